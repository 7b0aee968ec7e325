// A call of the agent's, in the middle of the desk.
import type { AgentCall } from "../api/model";
import { Cord } from "../app/cord";
import { Icon } from "../app/icons";
import { agentName } from "../call/people";
import { Timeline } from "../call/timeline";
import { Transcript } from "../call/transcript";
import { length } from "../words/time";
import { Controls } from "./controls";
import { Note } from "./note";
import { nameOn, personOn } from "./people";
import { useRecord } from "./records";
import { HELD_LONG_MS } from "./shape";
import { SoundBanner } from "./sound";
import { callParts, standOf } from "./standing";
import { isLive, sinceMs } from "./store";
import { shown } from "./window";

/** The call. */
export function CallPanel({ call }: { call: AgentCall }) {
  const { call_id } = call;
  const { call: row, known } = personOn(call_id);
  const name = nameOn(call_id);
  const summary = known.value.state === "there" ? known.value.customer.summary : "";
  const number = row.value?.from ?? "";
  const parts = callParts.code.value;
  return (
    <section class="call-panel" aria-label={`Call with ${name}`}>
      <div class="ebonite deck">
        <div class="head">
          <div>
            <h2>{name}</h2>
            {number !== "" && number !== name && <p class="meta">{number}</p>}
          </div>
          <Joined call={call} />
          <Timers call={call} />
          {!call.colleague && <CustomerButton callId={call_id} />}
        </div>
        <SoundBanner call={call} />
        {!isLive.value && (
          <p class="banner" role="status">
            <Icon name="wait" />
            Reconnecting to the server. The sound goes on; the buttons work again once the connection is back.
          </p>
        )}
        {parts && <parts.Lanes key={`lanes-${call_id}`} call={call} />}
        <Controls key={call_id} call={call} />
      </div>
      {parts && <parts.DockedCustomer at="below" />}
      {summary !== "" && (
        <div class="summary">
          <h3>So far</h3>
          <p>{summary}</p>
        </div>
      )}
      <Record key={`record-${call_id}`} callId={call_id} />
      {parts && <parts.AboutCustomer key={`about-${call_id}`} callId={call_id} />}
      <Note key={`note-${call_id}`} callId={call_id} />
    </section>
  );
}

/** The cord between the caller and the agent. */
function Joined({ call }: { call: AgentCall }) {
  const isHeld = call.state === "held";
  const isTalking = call.state === "talking";
  return (
    <span class="joined" aria-hidden="true">
      <span class="jack in caller" />
      <Cord kind={isHeld ? "held" : isTalking ? "agent" : "ring"} isTalking={isTalking} />
      <span class={isHeld || isTalking ? "jack in agent" : "jack"} />
    </span>
  );
}

/** The state in a word, and how long: of the conversation, and of the hold. */
function Timers({ call }: { call: AgentCall }) {
  const { word, icon, tone } = standOf(call);
  const since = call.talks_since ?? call.dialling?.since;
  // That of a consult stands beside what can be done with it.
  const heldMs = call.state === "held" && call.held_since && !call.consult ? sinceMs(call.held_since) : null;
  const isLong = heldMs !== null && heldMs >= HELD_LONG_MS;
  return (
    <p class={`stand ${tone} ${isLong ? "long" : ""}`}>
      <span role="status" aria-label="State of the call">
        <Icon name={icon} />
        {word}
      </span>
      {heldMs !== null && (
        <span class="figure" role="timer" aria-label="Time on hold">
          {length(heldMs)}
          {isLong && " a long hold"}
        </span>
      )}
      {since && (
        <span class="figure whole" role="timer" aria-label="Time of the call">
          {length(sinceMs(since))}
        </span>
      )}
    </p>
  );
}

/** Opens and closes the customer window by hand. */
function CustomerButton({ callId }: { callId: string }) {
  const isOpen = shown.value === callId;
  return (
    <button
      type="button"
      class="push"
      aria-pressed={isOpen}
      onClick={() => {
        shown.value = isOpen ? null : callId;
      }}
    >
      <Icon name="person" />
      Customer
    </button>
  );
}

/** What was said and what happened, as it goes on. */
export function Record({ callId }: { callId: string }) {
  const record = useRecord(callId);
  const { story, call } = record;
  const since = Date.parse(call.value?.started_at ?? new Date().toISOString());
  return (
    <>
      <Transcript
        story={story.value}
        playback={null}
        since={since}
        isLive={call.value?.state !== "ended"}
        nameOf={(userId) => agentName(call.value ?? { agents: [] }, userId)}
      />
      <details class="happened">
        <summary>What happened on this call</summary>
        <Timeline marks={story.value.marks} since={since} />
      </details>
    </>
  );
}
