// A colleague who is asked about the caller: how it stands, the three ways on, and how it ended where nobody here has ended it.
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

/** How it stands; for the agent who asks, what they can do. */
export function Consulting({ call, consult }: { call: AgentCall; consult: Consult }) {
  const box = useRef<HTMLDivElement>(null);
  const isMine = asks(call);
  useLayoutEffect(() => {
    const { current } = box;
    unfolded.value = null;
    // The panel in which it was asked for is gone, and what had the focus with it.
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
    <div ref={box} class="consult" role="group" aria-label="Consult" tabIndex={-1}>
      <p>
        <Icon name="person" />
        <span role="status" aria-label="How the consult stands">
          {standing(call, consult)}
        </span>
        {musicMs !== null && (
          <span class={musicMs >= HELD_LONG_MS ? "stand long" : "meta"}>
            <span class="figure" role="timer" aria-label="How long the caller hears music">
              {length(musicMs)}
            </span>
            {musicMs >= HELD_LONG_MS && "a long hold"}
          </span>
        )}
      </p>
      {isMine && (
        <>
          <div class="actions">
            <button type="button" class="primary" disabled={!isThere || !isLive.value} onClick={way("join_consult")}>
              Join
            </button>
            <button type="button" disabled={!isThere || !isLive.value} onClick={way("complete_consult")}>
              Complete
            </button>
            <button type="button" disabled={!isLive.value} onClick={way("cancel_consult")}>
              Cancel
            </button>
          </div>
          <p class="meta">
            {isThere
              ? "Join: all three talk. Complete: you leave the caller to them. Cancel: you talk with the caller again."
              : "Join and Complete work once they have answered. Cancel: you talk with the caller again."}
          </p>
        </>
      )}
    </div>
  );
}

function standing(call: AgentCall, consult: Consult): string {
  const name = askedIn(consult);
  if (asks(call)) {
    return consult.is_there
      ? `You talk with ${name}. The caller hears music.`
      : `${name} is asked. The caller hears music.`;
  }
  const isAsked = call.talks_since === null;
  return `${nameOfAgent(consult.by)} asks ${isAsked ? "you" : name} about this caller, who hears music.`;
}

/** A consult that is over, in words. */
const news = signal<{ callId: string; words: string } | null>(null);

/** A consult as this desk has seen it last. */
interface Seen {
  consult: Consult;
  /** Who was asked. */
  name: string;
  /** Whether it was the agent of this desk. */
  wasAsked: boolean;
}

const seen = new Map<string, Seen>();

/** What is told above whatever page is open. */
export function ConsultNews() {
  useEffect(followConsults, []);
  const { value } = news;
  return (
    <div class={value ? "notice" : "hidden"} role="status" aria-label="How the consult ended">
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
            Close
          </button>
        </>
      )}
    </div>
  );
}

/** Follows the consults of all calls until the returned function is called. */
function followConsults(): () => void {
  const stop = effect(() => {
    const now = calls.value;
    untracked(() => {
      for (const call of now) look(call);
      for (const [callId, { wasAsked }] of seen) {
        if (now.some(({ call_id }) => call_id === callId)) continue;
        seen.delete(callId);
        if (wasAsked) tell("You are asked about the caller no more.");
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
  const again = call.state === "talking" ? " You are talking with the caller again." : "";
  if (end?.how === "not_reached") news.value = { callId, words: `${before.name} ${inVain(end.failure)}.${again}` };
  else if (end?.how === "colleague_left") news.value = { callId, words: `${before.name} has left.${again}` };
  else if (end?.how === "completed" && before.wasAsked) {
    news.value = { callId, words: `${nameOfAgent(before.consult.by)} has left the caller to you.` };
  }
}

function inVain(failure: HandoffFailure): string {
  switch (failure) {
    case "declined":
      return "declined";
    case "no_answer":
      return "did not answer";
    case "busy":
      return "is busy";
    case "offline":
      return "is not there";
    case "unavailable":
      return "is away";
    case "timeout":
      return "accepted, but their sound did not come";
    default:
      return "could not be reached";
  }
}
