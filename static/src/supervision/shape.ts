// The state of a call on the board, as a word, a shape and a colour.
import type { IconName } from "../app/icons";
import { callerName } from "../words/call";
import { type BoardCall, type Stand, talkerOf } from "./calls";
import { w } from "./words";

/** The word, the icon and the look of each state. */
export const STANDS: Record<Stand, { word: string; icon: IconName; look: string }> = {
  ringing: { word: w.board.stands.ringing, icon: "ring", look: "ringing" },
  assistant: { word: w.board.stands.assistant, icon: "dot", look: "ada" },
  agent: { word: w.board.stands.agent, icon: "voice", look: "live" },
  held: { word: w.board.stands.held, icon: "hold", look: "held" },
  interrupted: { word: w.board.stands.interrupted, icon: "warning", look: "missed" },
};

/** The other party of a call. */
export function whoOf({ call }: BoardCall): string {
  return call.direction === "outbound" ? w.board.to(callerName(call)) : callerName(call);
}

/** The party that has the caller. */
export function withOf({ call }: BoardCall, nameOf: (profileId: string) => string): string {
  const agent = talkerOf(call);
  return agent ? (agent.name ?? w.board.somebody) : nameOf(call.profile_id);
}

/** The start of the shown time: of the hold if there is one, otherwise of the call. */
export function sinceOf({ call, heldSince }: BoardCall): number {
  return heldSince ?? Date.parse(call.started_at);
}
