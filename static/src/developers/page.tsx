// `/developers`: tokens for programs that use the API, and webhooks that notify them of events. `?show=` selects which.
import { may } from "../api/me";
import { Heading } from "../app/parts";
import { query } from "../app/router";
import { w } from "../app/words";
import { ZoneNote } from "../app/zone-note";
import { Tokens } from "./tokens";
import { Webhooks } from "./webhooks";
import { t } from "./words";

type View = "tokens" | "webhooks";

/** The page. */
export default function DevelopersPage() {
  const views: View[] = [];
  if (may("tokens_write")) views.push("tokens");
  if (may("integrations_read")) views.push("webhooks");
  const wanted = new URLSearchParams(query.value).get("show");
  const view = views.find((one) => one === wanted) ?? views[0];
  return (
    <div class="house-page developers-page">
      <div class="intro">
        <Heading title={w.rooms.developers}>{w.rooms.developers}</Heading>
        <p class="soft">{t.intro}</p>
        <ZoneNote />
        <nav class="docs" aria-label={t.docs}>
          <a class="alone" href="/api/openapi.json" target="_blank" rel="noreferrer">
            {t.openapi}
          </a>
          <a class="alone" href="/api/asyncapi.json" target="_blank" rel="noreferrer">
            {t.asyncapi}
          </a>
        </nav>
      </div>
      <nav class="tabs" aria-label={t.views}>
        {views.map((one) => (
          <a key={one} href={one === "tokens" ? "/developers" : `/developers?show=${one}`} aria-current={one === view ? "page" : undefined}>
            {t[one]}
          </a>
        ))}
      </nav>
      {view === "tokens" && <Tokens />}
      {view === "webhooks" && <Webhooks />}
    </div>
  );
}
