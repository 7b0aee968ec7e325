// The agent's calls: ringing, live or on hold, waiting for a wrap-up, and recent ones.
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import type { Call } from "../api/model";
import { Icon, type IconName } from "../app/icons";
import { When } from "../app/parts";
import { callerName } from "../words/call";
import { length } from "../words/time";
import { chosen } from "./acts";
import { DockedCards } from "./card";
import { followHistory, outcomeOf, outcomeText, recent } from "./history";
import { nameOn } from "./people";
import { shownCall } from "./selection";
import { HELD_LONG_MS } from "./shape";
import { standOf } from "./standing";
import { desk, queueTitle, sinceMs } from "./store";
import { w } from "./words";

/** The list. */
export function MyCalls() {
  useEffect(followHistory, []);
  const now = desk.value;
  if (!now) return null;
  const { offers, calls, wrapUps } = now;
  const isIdle = offers.length === 0 && calls.length === 0 && wrapUps.length === 0;
  return (
    <section class="mine" aria-label={w.mine.title}>
      <DockedCards />
      <h2 class="caps">{w.mine.title}</h2>
      {isIdle && <p class="none muted">{w.mine.none}</p>}
      <ul>
        {offers.map(({ call_id, waits_since }) => (
          <Row key={call_id} id={call_id} jack="ring" icon="ring" tone="ringing" word={w.ringing.word}>
            {length(sinceMs(waits_since))}
          </Row>
        ))}
        {calls.map((call) => {
          const { word, icon, tone } = standOf(call);
          const heldMs = call.state === "held" && call.held_since ? sinceMs(call.held_since) : null;
          const ms = heldMs ?? (call.talks_since ? sinceMs(call.talks_since) : null);
          const isLong = heldMs !== null && heldMs >= HELD_LONG_MS;
          return (
            <Row key={call.call_id} id={call.call_id} jack={call.state === "held" ? "caller" : "agent"} icon={icon} tone={tone} word={word} isLong={isLong}>
              {ms !== null && length(ms)}
            </Row>
          );
        })}
        {wrapUps.map(({ call_id, since }) => (
          <Row key={call_id} id={call_id} jack="" icon="edit" tone="wrap" word={w.stands.wrapUp}>
            {length(sinceMs(since))}
          </Row>
        ))}
      </ul>
      <Recent />
    </section>
  );
}

function Row(props: { id: string; jack: string; icon: IconName; tone: string; word: string; isLong?: boolean; children: ComponentChildren }) {
  const { id, jack, icon, tone, word } = props;
  const queue = queueTitle(queueOf(id));
  return (
    <li>
      <button
        type="button"
        class="mine-row"
        aria-current={shownCall.value?.id === id ? "true" : undefined}
        onClick={() => {
          chosen.value = id;
        }}
      >
        <span class={jack === "" ? "jack" : `jack in ${jack}`} />
        <span class="mine-name">{nameOn(id)}</span>
        <span class={`state ${tone}`}>
          <Icon name={icon} />
          {word} <span class="n figure">{props.children}</span>
        </span>
        {queue !== "" && <span class="meta">{queue}</span>}
        {props.isLong && (
          <span class="meta over">
            <Icon name="warning" size="small" />
            {w.mine.longHold}
          </span>
        )}
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
      <h3 class="caps">{w.mine.recent}</h3>
      {value?.length === 0 && <p class="none muted">{w.mine.noneYet}</p>}
      <ul class="past">
        {value?.map((call) => (
          <li key={call.id}>
            <a class="mine-row" href={`/calls/${call.id}`}>
              <Outcome call={call} />
              <span class="mine-name">{callerName(call)}</span>
              <span class="meta">
                <When at={call.started_at} />
              </span>
              <span class="meta">{outcomeText(call)}</span>
            </a>
          </li>
        ))}
      </ul>
    </>
  );
}

/** The outcome as a glyph, with text next to it. */
function Outcome({ call }: { call: Call }) {
  const outcome = outcomeOf(call);
  const isBad = outcome === "missed" || outcome === "declined" || outcome === "accepted";
  return (
    <span class={isBad ? "glyph bad" : "glyph"}>
      <Icon name={isBad ? "cross" : outcome === "consulted" ? "person" : "tick"} size="small" />
    </span>
  );
}
