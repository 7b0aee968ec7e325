// A link's widget: on which sites it may run, how it looks, and what a site's page and its policy need.
import { useEffect, useRef } from "preact/hooks";
import { Problem, sentence } from "../api/client";
import type { TalkLink } from "../api/model";
import { ChangedMeanwhile } from "../app/form/fields";
import { ALL, useDraft } from "../app/form/record";
import { patchInPlaceOf } from "../app/form/revised";
import { tell } from "../app/toasts";
import { Snippet } from "../house/parts";
import type { Look } from "../widget/launcher/look";
import { SigningPanel } from "./signing-panel";
import { Preview } from "./widget-preview";
import { w } from "./words";

const GREETING_LETTERS_MAX = 60;
/** The colour in the field when a link has none of its own. */
const OWN_ACCENT = "#8a5a00";

/** An example of how to write a site. */
const EXAMPLE = "https://www.example.com";

/** A site as browsers send it: `https://bücher.example` is `https://xn--bcher-kva.example`. A text with a path, or no address, stays as it is. */
function asSent(site: string): string {
  try {
    const { href, origin } = new URL(site);
    return href === `${origin}/` ? origin : site;
  } catch {
    return site;
  }
}

/** The sites and the look of a widget in the form: one site per line. */
type Dress = Look & { origins: string };

function dressOf({ origins, widget }: TalkLink): Dress {
  return { ...widget, accent: widget.accent ?? null, origins: origins.join("\n") };
}

/** The server's first fault, in the panel's words. */
function inWords(fault: unknown): unknown {
  const wrong = fault instanceof Problem ? fault.faults[0] : undefined;
  const name = wrong && wrong.field in w.widget.faults ? w.widget.faults[wrong.field as keyof typeof w.widget.faults] : null;
  if (!(fault instanceof Problem) || !wrong || !name) return fault;
  return new Problem(fault.status, sentence(name(wrong.reason)), fault.retryAfterS, fault.code, []);
}

/** The panel below a link. `token` if the link was just created: its address is shown once. */
export function WidgetPanel({ link, token, onSaved }: { link: TalkLink; token: string | null; onSaved: () => Promise<void> }) {
  const first = useRef<HTMLTextAreaElement>(null);
  const draft = useDraft<Dress>({
    value: dressOf(link),
    rules: {},
    follows: true,
    send: async ({ origins, ...widget }) => {
      const listed = origins.split(/[\s,]+/).filter((origin) => origin !== "").map(asSent);
      const sent = patchInPlaceOf(`/api/v1/talk-links/${link.id}`, link, { origins: listed, widget }, () => void onSaved());
      await sent.catch((fault: unknown) => {
        throw inWords(fault);
      });
      tell(w.widget.saved(link.name));
      await onSaved();
    },
  });
  const { origins, ...look } = draft.value;
  useEffect(() => first.current?.focus(), []);
  const id = (name: string) => `widget-${name}-${link.id}`;
  return (
    <section class="widget-panel" aria-label={w.widget.of(link.name)}>
      <form ref={draft.form} class="body" onSubmit={(event) => void draft.submit(event)} noValidate>
        <ChangedMeanwhile draft={draft} />
        <div class="field">
          <label for={id("origins")}>{w.widget.origins}</label>
          <textarea
            id={id("origins")}
            name="origins"
            ref={first}
            rows={3}
            dir="ltr"
            spellcheck={false}
            autocomplete="off"
            placeholder={EXAMPLE}
            value={origins}
            aria-describedby={`${id("hint")} ${id("fault")}`}
            onInput={(event) => draft.set("origins", event.currentTarget.value)}
          />
          <p id={id("hint")} class="hint">
            {w.widget.originsHint}
          </p>
        </div>
        <div class="field">
          <label for={id("greeting")}>{w.widget.greeting}</label>
          <input
            id={id("greeting")}
            name="greeting"
            maxLength={GREETING_LETTERS_MAX}
            autocomplete="off"
            placeholder={w.widget.greetingNone}
            value={look.greeting}
            onInput={(event) => draft.set("greeting", event.currentTarget.value)}
          />
        </div>
        <div class="field">
          <label for={id("position")}>{w.widget.position}</label>
          <select
            id={id("position")}
            name="position"
            value={look.position}
            onChange={(event) => draft.set("position", event.currentTarget.value === "left" ? "left" : "right")}
          >
            <option value="right">{w.widget.right}</option>
            <option value="left">{w.widget.left}</option>
          </select>
        </div>
        <div class="field">
          <label for={id("accent")}>{w.widget.accent}</label>
          <p class="accent">
            <input
              id={id("accent")}
              name="accent"
              type="color"
              value={look.accent ?? OWN_ACCENT}
              onInput={(event) => draft.set("accent", event.currentTarget.value)}
            />
            <button type="button" disabled={look.accent === null} onClick={() => draft.set("accent", null)}>
              {w.widget.accentOwn}
            </button>
          </p>
        </div>
        <p id={id("fault")} class="error" role="alert">
          {draft.faults[ALL] ?? ""}
        </p>
        <button type="submit" class="primary">
          {w.widget.save}
        </button>
      </form>
      <Preview look={look} />
      <Snippet name={w.widget.snippet} text={snippet(token, look)} />
      {token === null && <p class="hint">{w.widget.noToken}</p>}
      <Snippet name={w.widget.policy} text={policy()} />
      <p class="hint">{w.widget.policyHint}</p>
      <SigningPanel link={link} onChanged={onSaved} />
    </section>
  );
}

/** The snippet for a page's HTML. */
function snippet(token: string | null, { position, accent, greeting }: Look): string {
  const attributes = [
    `src="${location.origin}/widget.js"`,
    `data-talk="${token ?? "TOKEN"}"`,
    position === "left" ? 'data-position="left"' : "",
    accent === null ? "" : `data-accent="${accent}"`,
    greeting === "" ? "" : `data-greeting="${inHtml(greeting)}"`,
  ];
  return `<script ${attributes.filter((one) => one !== "").join(" ")} async></script>`;
}

const inHtml = (text: string) => text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");

/** The directives that a site's Content-Security-Policy needs. */
function policy(): string {
  const { origin, host, protocol } = location;
  const socket = protocol === "https:" ? "wss" : "ws";
  return `script-src ${origin}; connect-src ${origin} ${socket}://${host}`;
}
