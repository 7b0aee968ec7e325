// `/integrations`: accounts at external services, and the lines on which calls come in.
import { useEffect } from "preact/hooks";
import { may, me } from "../api/me";
import type { Call, Integration, IntegrationKind, Page, Setting, Switch, VoiceHealth, Webhook } from "../api/model";
import { Icon } from "../app/icons";
import { listed, number } from "../app/language";
import { useLoaded } from "../app/load";
import { Failed, Heading, Skeleton } from "../app/parts";
import { w } from "../app/words";
import { ZoneNote } from "../app/zone-note";
import { Ruled } from "../house/parts";
import { addressesOf, elevenlabsAddress } from "./addresses";
import { isOf, LINE_KINDS, nameOf, SWITCH_NAMES } from "./kinds";
import { Line } from "./lines";
import { Service } from "./service";
import { t } from "./words";

/** How often the state of the switches is requested. */
const LOOK_AGAIN_MS = 10_000;

const KINDS: IntegrationKind[] = ["openai", "elevenlabs", "deepgram", "gemini", "cascade", "twilio"];

/** The page. */
export default function IntegrationsPage() {
  const accounts = useLoaded<Page<Integration>>("/api/v1/integrations", ["integration"]);
  const isOperator = may("installation") === true;
  const switches = useLoaded<Page<Switch>>(isOperator ? "/api/v1/switches" : null);
  const settings = useLoaded<Page<Setting>>(isOperator ? "/api/v1/admin/config" : null);
  const calls = useLoaded<Page<Call>>("/api/v1/calls?limit=100");
  const health = useLoaded<Page<VoiceHealth>>("/api/v1/voices/health");
  const webhooks = useLoaded<Page<Webhook>>("/api/v1/webhooks", ["webhook"]);
  useEffect(() => {
    if (!isOperator) return undefined;
    const timer = setInterval(() => {
      if (!document.hidden) void Promise.all([switches.renew(), health.renew()]);
    }, LOOK_AGAIN_MS);
    return () => clearInterval(timer);
  }, [isOperator]);
  const all = accounts.value?.items ?? null;
  const isKnown = !isOperator || settings.value !== null || settings.fault !== "";
  const changed = (kind: IntegrationKind, now: Integration | null) => {
    if (!all) return;
    const others = all.filter((one) => one.kind !== kind);
    accounts.show({ items: now ? [...others, now] : others, next_cursor: null });
  };
  return (
    <div class="house-page integrations-page">
      <div class="intro">
        <Heading title={w.rooms.integrations}>{w.rooms.integrations}</Heading>
        {all && (calls.value || calls.fault !== "") && (switches.value || !switches.busy) && (
          <p class="lede">{sentence(all, switches.value?.items ?? [], calls.value?.items ?? [])}</p>
        )}
        <p class="soft">{t.intro}</p>
        <ZoneNote />
      </div>
      <section class="part" aria-labelledby="services">
        <h2 id="services" class="caps">
          {t.services}
        </h2>
        {accounts.fault !== "" && <Failed message={accounts.fault} onRetry={() => void accounts.again()} />}
        {!all && accounts.fault === "" && <Skeleton rows={6} />}
        {all &&
          KINDS.map((kind) => (
            <Service
              key={kind}
              kind={kind}
              account={all.find((one) => one.kind === kind) ?? null}
              health={health.value?.items.find((one) => one.provider === kind) ?? null}
              tellsAt={
                kind === "elevenlabs" && me.value && all.some((one) => one.kind === kind)
                  ? elevenlabsAddress(addressesOf(settings.value?.items ?? null), me.value.organization.id)
                  : null
              }
              onChanged={(now) => changed(kind, now)}
              onStale={() => void accounts.again()}
            />
          ))}
        {health.fault !== "" && <Failed message={health.fault} onRetry={() => void health.again()} />}
      </section>
      <section class="part" aria-labelledby="lines">
        <h2 id="lines" class="caps">
          {t.lines}
        </h2>
        {isKnown ? (
          LINE_KINDS.map((kind) => (
            <Line
              key={kind}
              kind={kind}
              at={addressesOf(settings.value?.items ?? null)}
              switches={switches.value?.items ?? []}
              last={calls.value ? (calls.value.items.find((call) => isOf(call, kind)) ?? null) : undefined}
              among={calls.value?.next_cursor ? calls.value.items.length : null}
              onCame={() => void calls.again()}
            />
          ))
        ) : (
          <Skeleton rows={6} />
        )}
        {settings.fault !== "" && <Failed message={settings.fault} onRetry={() => void settings.again()} />}
        {calls.fault !== "" && <Failed message={calls.fault} onRetry={() => void calls.again()} />}
        {switches.fault !== "" && <Failed message={switches.fault} onRetry={() => void switches.again()} />}
      </section>
      <section class="part" aria-labelledby="programs">
        <h2 id="programs" class="caps">
          {t.programs}
        </h2>
        <Ruled title={t.dialler} text={t.diallerText}>
          <a class="btn" href="/dialler">
            <Icon name="dialler" />
            {t.toDialler}
          </a>
        </Ruled>
        <Ruled title={t.webhooks} text={t.webhooksText}>
          {webhooks.fault !== "" && <Failed message={webhooks.fault} onRetry={() => void webhooks.again()} />}
          {webhooks.value && (
            <p>
              {webhooks.value.items.length === 0
                ? t.webhooksNone
                : t.webhooksSome(number(webhooks.value.items.length), webhooks.value.items.length)}
            </p>
          )}
          <a class="btn" href="/developers?show=webhooks">
            <Icon name="developers" />
            {t.toDevelopers}
          </a>
        </Ruled>
      </section>
    </div>
  );
}

/** The connected services in one sentence; those that need attention in a second. */
function sentence(accounts: Integration[], switches: Switch[], calls: Call[]): string {
  const names = new Set<string>();
  const wrong = new Set<string>();
  for (const { kind, unused_because } of accounts) {
    if (unused_because === null) names.add(t.kinds[kind].name);
    else wrong.add(t.kinds[kind].name);
  }
  for (const { kind, is_connected, name } of switches) {
    if (!is_connected) wrong.add(name);
    else if (kind) names.add(SWITCH_NAMES[kind]);
  }
  for (const kind of LINE_KINDS) if (calls.some((call) => isOf(call, kind))) names.add(nameOf(kind));
  const good = names.size === 0 ? t.ledeNone : t.ledeConnected(listed([...names]));
  return wrong.size === 0 ? good : `${good} ${t.ledeAttention(listed([...wrong]))}`;
}
