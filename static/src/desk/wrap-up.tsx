// An agent's wrap-up after a call: the outcome for the business, and a note.
import { useId, useState } from "preact/hooks";
import { change, messageOf } from "../api/client";
import type { DeskWrapUp } from "../api/model";
import { Icon } from "../app/icons";
import { tell } from "../app/toasts";
import { causeInWords } from "../words/call";
import { length } from "../words/time";
import { Record } from "./record";
import { draftOf, drop, goOn, hold, KEYS_MAX, write } from "./drafts";
import { Note } from "./note";
import { nameOn } from "./people";
import { intentWords } from "./presence";
import { useRecord } from "./records";
import { desk, isLive, mine, queueTitle, sinceMs } from "./store";
import { w as deskWords } from "./words";
import { w } from "./words/parts";

/** How long before the limit the agent is notified. */
const NOTICE_MS = 15_000;


/** The form. */
export function WrapUpPanel({ wrapUp }: { wrapUp: DeskWrapUp }) {
  const { call_id, queue_id } = wrapUp;
  const name = nameOn(call_id);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState("");
  const why = useId();
  const queue = desk.value?.queues.find(({ id }) => id === queue_id);
  const draft = draftOf(call_id);
  const all = desk.value?.dispositions ?? [];
  const hasChosen = all.some(({ id }) => id === draft.disposition);
  const removed = draft.disposition !== null && !hasChosen ? w.wrapUp.removed : "";
  const required = queue?.wrap_up_required && all.length > 0 && !hasChosen ? w.wrapUp.required(queue.title || queue.name) : "";
  const reason = isLive.value ? required : w.wrapUp.reconnecting;
  const done = async (event: Event) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    await hold(call_id);
    try {
      // As it is now: the agent may have typed while an earlier version was being saved.
      const { disposition: chosen, note } = draftOf(call_id);
      // One that was removed meanwhile is none.
      const disposition = desk.peek()?.dispositions.some(({ id }) => id === chosen) ? chosen : null;
      const body = { call_id, queue_id, disposition_id: disposition, note, started_at: wrapUp.since };
      await change("POST", "/api/v1/wrap-ups", body);
      drop(call_id);
      setError("");
      // The desk's state follows in a moment and removes the form: nothing is sent again before that.
      tell(w.wrapUp.wrapped(name));
    } catch (fault) {
      setError(messageOf(fault));
      goOn(call_id);
      setBusy(false);
    }
  };
  return (
    <section class="wrap-up sheet" aria-label={w.wrapUp.name(name)}>
      <div class="top">
        <h2>{name}</h2>
        <p class="state wrap push">
          <Icon name="edit" />
          <span role="status" aria-label={deskWords.call.state}>
            {w.wrapUp.word}
          </span>
          <span class="figure n" role="timer" aria-label={w.wrapUp.time}>
            {length(sinceMs(wrapUp.since))}
          </span>
        </p>
      </div>
      <End callId={call_id} />
      <form onSubmit={(event) => void done(event)}>
        <Dispositions callId={call_id} />
        <Note callId={call_id} />
        <SoftLimit sinceMs={sinceMs(wrapUp.since)} limitS={queue?.wrap_up_s ?? 0} />
        <div class="actions">
          <button type="submit" class="primary" disabled={busy || reason !== ""} aria-describedby={why}>
            {w.wrapUp.done}
          </button>
          <Afterwards />
        </div>
        <p class="meta" role="status">
          {removed}
        </p>
        <p id={why} class="meta">
          {reason}
        </p>
        <p class="error" role="alert">
          {error}
        </p>
      </form>
      <Record key={call_id} callId={call_id} />
    </section>
  );
}

/** Why the call ended, as text: the code means nothing to agents. */
function End({ callId }: { callId: string }) {
  const call = useRecord(callId).call.value;
  if (!call) return null;
  const queue = queueTitle(desk.value?.wrapUps.find(({ call_id }) => call_id === callId)?.queue_id ?? null);
  return (
    <p class="end">
      {call.state === "ended" ? causeInWords(call) : w.wrapUp.over}
      {queue !== "" && <span class="meta">{queue}</span>}
    </p>
  );
}

function Dispositions({ callId }: { callId: string }) {
  const chosen = draftOf(callId).disposition;
  const all = desk.value?.dispositions ?? [];
  if (all.length === 0) return null;
  return (
    <fieldset class="choices">
      <legend>{w.wrapUp.how}</legend>
      {all.map(({ id, name }, index) => (
        <label key={id}>
          <input
            type="radio"
            name="disposition"
            value={id}
            checked={chosen === id}
            onChange={() => write(callId, { disposition: id })}
          />
          {index < KEYS_MAX && <kbd aria-hidden="true">{index + 1}</kbd>}
          {name}
        </label>
      ))}
    </fieldset>
  );
}

/** A notice shortly before the queue's time limit, and one after it. Nothing closes by itself. */
function SoftLimit({ sinceMs: ms, limitS }: { sinceMs: number; limitS: number }) {
  const leftMs = limitS * 1_000 - ms;
  const words =
    limitS === 0 || leftMs > NOTICE_MS
      ? ""
      : leftMs > 0
        ? w.wrapUp.nearly
        : w.wrapUp.late;
  return (
    <p class={`limit-notice ${leftMs <= 0 ? "over" : ""}`} role="status">
      {words}
    </p>
  );
}

/** The agent's next presence. */
function Afterwards() {
  const agent = mine.value;
  if (!agent) return null;
  return <span class="meta">{w.wrapUp.then(intentWords(agent.next_presence ?? agent.presence))}</span>;
}
