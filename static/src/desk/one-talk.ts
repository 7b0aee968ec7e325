// An agent talks with one caller at a time: a caller who was still connecting when another call was accepted is put on hold once they are connected.
import { effect } from "@preact/signals";
import type { AgentCall } from "../api/model";
import { wanted } from "./acts";
import { act, calls } from "./store";

/** A window in which the agent has accepted or resumed one of two calls puts the other on hold within this time, in ms. */
const SETTLE_MS = 3_000;

/** Puts other conversations on hold except the call that was accepted last, until the returned function is called. If no window knows which one that
 * was, because it was reloaded meanwhile, it is the one that began last. */
export function followOneTalk(): () => void {
  const asked = new Set<string>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const settle = () => {
    timer = undefined;
    const talked = talkedIn(calls.peek());
    if (talked.length < 2 || talked.some(({ call_id }) => call_id === wanted.peek())) return;
    wanted.value = talked.reduce((newest, call) => (beganAt(call) > beganAt(newest) ? call : newest)).call_id;
  };
  const stop = effect(() => {
    const talked = talkedIn(calls.value);
    for (const id of asked) if (!talked.some(({ call_id }) => call_id === id)) asked.delete(id);
    if (!talked.some(({ call_id }) => call_id === wanted.value)) {
      if (talked.length > 1) timer ??= setTimeout(settle, SETTLE_MS);
      return;
    }
    for (const { call_id } of talked) {
      if (call_id === wanted.value || asked.has(call_id)) continue;
      asked.add(call_id);
      void act({ command: "hold", call_id });
    }
  });
  return () => {
    clearTimeout(timer);
    stop();
  };
}

function talkedIn(now: readonly AgentCall[]): AgentCall[] {
  return now.filter(({ state, consult }) => state === "talking" && consult === null);
}

function beganAt({ talks_since }: AgentCall): number {
  return talks_since === null ? 0 : Date.parse(talks_since);
}
