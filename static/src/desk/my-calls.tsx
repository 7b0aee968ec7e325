// The agent's calls: what rings, what is live or held, what is to be written down, and what was.
import type { ComponentChildren } from "preact";
import { Icon, type IconName } from "../app/icons";
import { StateBadge, When } from "../app/parts";
import { callerName } from "../words/call";
import { length } from "../words/time";
import { chosen } from "./acts";
import { fateOf, recent } from "./history";
import { nameOn } from "./people";
import { shownCall } from "./selection";
import { HELD_LONG_MS } from "./shape";
import { standOf } from "./standing";
import { desk, queueTitle, sinceMs } from "./store";

/** The list. */
export function MyCalls() {
  const now = desk.value;
  if (!now) return null;
  const { offers, calls, wrapUps } = now;
  return (
    <section class="mine panel" aria-label="My calls">
      <div class="head">
        <h2>My calls</h2>
      </div>
      {offers.length === 0 && calls.length === 0 && wrapUps.length === 0 && <p class="none muted">None at the moment.</p>}
      <ul>
        {offers.map(({ call_id, waits_since }) => (
          <Row key={call_id} id={call_id} icon="ring" tone="ringing" word="Ringing">
            <span class="figure">{length(sinceMs(waits_since))}</span>
          </Row>
        ))}
        {calls.map((call) => {
          const { word, icon, tone } = standOf(call);
          const heldMs = call.state === "held" && call.held_since ? sinceMs(call.held_since) : null;
          const ms = heldMs ?? (call.talks_since ? sinceMs(call.talks_since) : null);
          const isLong = heldMs !== null && heldMs >= HELD_LONG_MS;
          return (
            <Row key={call.call_id} id={call.call_id} icon={icon} tone={isLong ? `${tone} long` : tone} word={word}>
              {ms !== null && <span class="figure">{length(ms)}</span>}
            </Row>
          );
        })}
        {wrapUps.map(({ call_id, since }) => (
          <Row key={call_id} id={call_id} icon="note" tone="" word="Wrap-up">
            <span class="figure">{length(sinceMs(since))}</span>
          </Row>
        ))}
      </ul>
      <Recent />
    </section>
  );
}

function Row(props: { id: string; icon: IconName; tone: string; word: string; children: ComponentChildren }) {
  const { id, icon, tone, word } = props;
  const queue = queueTitle(queueOf(id));
  return (
    <li>
      <button
        type="button"
        class="plain row"
        aria-current={shownCall.value?.id === id ? "true" : undefined}
        onClick={() => {
          chosen.value = id;
        }}
      >
        <span class="name">{nameOn(id)}</span>
        <span class={`stand ${tone}`}>
          <Icon name={icon} />
          {word} {props.children}
        </span>
        {queue !== "" && <span class="meta queue">{queue}</span>}
      </button>
    </li>
  );
}

/** The queue of a call, as far as the desk knows. */
function queueOf(callId: string): string | null {
  const now = desk.value;
  const of = [...(now?.offers ?? []), ...(now?.wrapUps ?? [])].find((one) => one.call_id === callId);
  return of?.queue_id ?? null;
}

function Recent() {
  const { value } = recent;
  return (
    <>
      <h3>Recent</h3>
      {value?.length === 0 && <p class="none muted">You have had no call yet.</p>}
      <ul class="recent">
        {value?.map((call) => (
          <li key={call.id}>
            <a href={`/calls/${call.id}`}>{callerName(call)}</a>
            <span class="meta">
              {fateOf(call)} · <When at={call.started_at} />
            </span>
            <span class="meta">
              <StateBadge call={call} />
            </span>
          </li>
        ))}
      </ul>
    </>
  );
}
