// Notes to the next party of a call that were typed and not sent. An agent who looks at another call finds them when they come back.
import { session } from "../api/session";
import { calls } from "./store";
import type { Part } from "./unfolded";

const notes = new Map<string, string>();

/** The notes of the previous user belong to nobody else. */
const keyOf = (part: Part, callId: string) => [session.peek()?.user?.id, part, callId].join();

/** What was typed so far. */
export function nextNote(part: Part, callId: string): string {
  return notes.get(keyOf(part, callId)) ?? "";
}

/** Keeps what was typed for as long as the agent has the call. */
export function keepNextNote(part: Part, callId: string, note: string): void {
  for (const key of notes.keys()) if (!calls.peek().some(({ call_id }) => key.endsWith(call_id))) notes.delete(key);
  notes.set(keyOf(part, callId), note);
}
