// A colleague who is consulted about the caller: the state, the three ways to continue, and how the consultation ended if this agent has not ended
// it.
import { effect, signal, untracked } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { AgentCall, Consult, HandoffFailure } from "../api/model";
import { Icon } from "../app/icons";
import { tell } from "../app/toasts";
import { length } from "../words/time";
import { HELD_LONG_MS } from "./shape";
import { askedIn, asks, nameOfAgent } from "./standing";
import { act, calls, isLive, sinceMs } from "./store";
import { focusBack, unfolded } from "./unfolded";
import { w as frame } from "../app/words";
import { w } from "./words/parts";

/** The state and, for the agent who asks, the actions. */
export function Consulting({ call, consult }: { call: AgentCall; consult: Consult }) {
  const box = useRef<HTMLDivElement>(null);
  const isMine = asks(call);
  useLayoutEffect(() => {
    const { current } = box;
    unfolded.value = null;
    // The panel that started it is gone, and the focused element with it.
    const { activeElement } = document;
    const isLost = !activeElement || activeElement === document.body || activeElement.matches(":disabled");
    if (isMine && isLost) current?.focus({ preventScroll: true });
    return () => focusBack(current);
  }, []);
  const isThere = consult.is_there;
  const musicMs = call.held_since && isMine ? sinceMs(call.held_since) : null;
  const way = (command: "join_consult" | "complete_consult" | "cancel_consult") => () =>
    void act({ command, call_id: call.call_id });
  return (
    <div ref={box} class="consult" role="group" aria-label={w.consult.name} tabIndex={-1}>
      <p>
        <Icon name="person" />
        <span role="status" aria-label={w.consult.stands}>
          {standing(call, consult)}
        </span>
        {musicMs !== null && (
          <span class={musicMs >= HELD_LONG_MS ? "long meta" : "meta"}>
            <span class="figure" role="timer" aria-label={w.consult.music}>
              {length(musicMs)}
            </span>
            {musicMs >= HELD_LONG_MS && w.consult.longHold}
          </span>
        )}
      </p>
      {isMine && (
        <>
          <div class="actions">
            <button type="button" class="primary" disabled={!isThere || !isLive.value} onClick={way("join_consult")}>
              {w.consult.join}
            </button>
            <button type="button" disabled={!isThere || !isLive.value} onClick={way("complete_consult")}>
              {w.consult.complete}
            </button>
            <button type="button" disabled={!isLive.value} onClick={way("cancel_consult")}>
              {w.consult.cancel}
            </button>
          </div>
          <p class="meta">
            {isThere ? w.consult.hintThere : w.consult.hintAsked}
          </p>
        </>
      )}
    </div>
  );
}

function standing(call: AgentCall, consult: Consult): string {
  const name = askedIn(consult);
  if (asks(call)) {
    return consult.is_there ? w.consult.talking(name) : w.consult.asked(name);
  }
  const by = nameOfAgent(consult.by);
  return call.talks_since === null ? w.consult.asksYou(by) : w.consult.asksOther(by, name);
}

/** A consultation that is over, as text. */
const news = signal<{ callId: string; words: string } | null>(null);

/** A consultation as this desk saw it last. */
interface Seen {
  consult: Consult;
  /** The colleague who was consulted. */
  name: string;
  /** Whether it was the agent of this desk. */
  wasAsked: boolean;
}

const seen = new Map<string, Seen>();

/** Notices above any page. */
export function ConsultNews() {
  useEffect(followConsults, []);
  const { value } = news;
  return (
    <div class={value ? "notice" : "hidden"} role="status" aria-label={w.consult.ended}>
      {value && (
        <>
          <p>
            <Icon name="person" />
            {value.words}
          </p>
          <button
            type="button"
            onClick={() => {
              news.value = null;
            }}
          >
            {frame.act.close}
          </button>
        </>
      )}
    </div>
  );
}

/** Follows the consultations of all calls until the returned function is called. */
function followConsults(): () => void {
  const stop = effect(() => {
    const now = calls.value;
    untracked(() => {
      for (const call of now) look(call);
      for (const [callId, { wasAsked }] of seen) {
        if (now.some(({ call_id }) => call_id === callId)) continue;
        seen.delete(callId);
        if (wasAsked) tell(w.consult.noMore);
      }
      if (!now.some(({ call_id }) => call_id === news.value?.callId)) news.value = null;
    });
  });
  return () => {
    stop();
    seen.clear();
    news.value = null;
  };
}

function look(call: AgentCall): void {
  const { call_id: callId, consult, last_consult: end } = call;
  if (consult) {
    if (news.value?.callId === callId) news.value = null;
    seen.set(callId, { consult, name: askedIn(consult), wasAsked: call.talks_since === null });
    return;
  }
  const before = seen.get(callId);
  seen.delete(callId);
  if (!before) return;
  const again = call.state === "talking" ? ` ${w.consult.again}` : "";
  if (end?.how === "not_reached") news.value = { callId, words: w.consult.inVain(before.name, inVain(end.failure)) + again };
  else if (end?.how === "colleague_left") news.value = { callId, words: w.consult.left(before.name) + again };
  else if (end?.how === "completed" && before.wasAsked) {
    news.value = { callId, words: w.consult.leftToYou(nameOfAgent(before.consult.by)) };
  }
}

function inVain(failure: HandoffFailure): string {
  return w.consult.why[failure] ?? w.consult.notReached;
}
