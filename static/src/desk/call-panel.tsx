// The agent's call in the middle of the desk.
import type { AgentCall } from "../api/model";
import { Cord } from "../app/cord";
import { Icon } from "../app/icons";
import { Skeleton } from "../app/parts";
import { length } from "../words/time";
import { Controls } from "./controls";
import { nameOn, numberOn, personOn } from "./people";
import { HELD_LONG_MS } from "./shape";
import { SoundBanner } from "./sound";
import { callParts, standOf } from "./standing";
import { isLive, mine, sinceMs } from "./store";
import { shown } from "./window";
import { w } from "./words";

/** The call. */
export function CallPanel({ call }: { call: AgentCall }) {
  const { call_id } = call;
  const { known } = personOn(call_id);
  const name = nameOn(call_id);
  const summary = known.value.state === "there" ? known.value.customer.summary : "";
  const number = numberOn(call_id);
  const extension = mine.value?.extension ?? null;
  const parts = callParts.code.value;
  return (
    <section class="call-panel" aria-label={w.call.name(name)}>
      <div class="ebonite deck">
        <div class="joined">
          <div class="end-a">
            <div>
              <h2>{name}</h2>
              {number !== "" && number !== name && <p class="meta n">{number}</p>}
            </div>
            <Jack is={call.state === "held" ? "caller" : "agent"} />
          </div>
          <div class="span">
            <Between call={call} />
          </div>
          <div class="end-b">
            <Jack is={call.state === "held" || call.state === "talking" ? "agent" : null} />
            <div>
              <p class="end-name">{w.call.you}</p>
              {extension !== null && <p class="meta n">{w.call.extension(extension)}</p>}
            </div>
          </div>
          <Timers call={call} />
          {!call.colleague && <CustomerButton callId={call_id} />}
        </div>
        <SoundBanner call={call} />
        {!isLive.value && (
          <p class="banner" role="status">
            <Icon name="wait" />
            {w.call.reconnecting}
          </p>
        )}
        {parts && <parts.Lanes key={`lanes-${call_id}`} call={call} />}
        <Controls key={call_id} call={call} />
      </div>
      {parts && <parts.DockedCustomer at="below" />}
      {summary !== "" && (
        <p class="brief">
          <strong>{w.call.brief}</strong> <bdi>{summary}</bdi>
        </p>
      )}
      {parts ? <parts.Record key={`record-${call_id}`} callId={call_id} /> : <Skeleton rows={4} />}
    </section>
  );
}

function Jack({ is }: { is: "caller" | "agent" | null }) {
  return <span class={is ? `jack in ${is}` : "jack"} aria-hidden="true" />;
}

/** The cord between the caller and the agent. */
function Between({ call }: { call: AgentCall }) {
  const isTalking = call.state === "talking";
  return <Cord kind={call.state === "held" ? "held" : isTalking ? "agent" : "ring"} isTalking={isTalking} />;
}

/** The state in a word, and the duration: of the conversation, and of the hold. */
function Timers({ call }: { call: AgentCall }) {
  const { word, icon, tone } = standOf(call);
  const since = call.talks_since ?? call.dialling?.since;
  // The hold of a consultation is shown with the consultation's actions.
  const heldMs = call.state === "held" && call.held_since && !call.consult ? sinceMs(call.held_since) : null;
  const isLong = heldMs !== null && heldMs >= HELD_LONG_MS;
  return (
    <p class="timers">
      <span class={`state ${tone}`}>
        <Icon name={icon} />
        <span role="status" aria-label={w.call.state}>
          {word}
        </span>
        {heldMs !== null && (
          <span class="n figure" role="timer" aria-label={w.call.timeHeld}>
            {length(heldMs)}
          </span>
        )}
        {since && heldMs === null && <Whole since={since} />}
      </span>
      {isLong && (
        <span class="meta over">
          <Icon name="warning" size="small" />
          {w.call.longHold}
        </span>
      )}
      {since && heldMs !== null && <Whole since={since} />}
    </p>
  );
}

function Whole({ since }: { since: string }) {
  return (
    <span class="n figure" role="timer" aria-label={w.call.time}>
      {length(sinceMs(since))}
    </span>
  );
}

/** Opens and closes the customer window. */
function CustomerButton({ callId }: { callId: string }) {
  const isOpen = shown.value === callId;
  return (
    <button
      type="button"
      class="customer-button"
      aria-pressed={isOpen}
      onClick={() => {
        shown.value = isOpen ? null : callId;
      }}
    >
      <Icon name="person" />
      {w.call.customer}
    </button>
  );
}
