// A call of the agent's in words and icons.
import type { AgentCall, AgentCallState } from "../api/model";
import type { IconName } from "../app/icons";

/** How the agent stands in a call. */
export const standWords: Record<AgentCallState, { word: string; icon: IconName; tone: string }> = {
  dialling: { word: "Dialling", icon: "wait", tone: "" },
  connecting: { word: "Connecting", icon: "wait", tone: "" },
  briefed: { word: "Hear who calls", icon: "person", tone: "live" },
  talking: { word: "Talking", icon: "dot", tone: "live" },
  held: { word: "On hold", icon: "hold", tone: "held" },
  consulted: { word: "A colleague asks you", icon: "person", tone: "live" },
  audio_lost: { word: "Your audio is lost", icon: "cross", tone: "bad" },
  caller_lost: { word: "Caller’s connection lost", icon: "cross", tone: "bad" },
};

/** A caller who is held for longer is told as long, in ms. */
export const HELD_LONG_MS = 60_000;

/** Since when the shown timer runs: on hold that of the hold, else that of the conversation. */
export function timedSince(call: AgentCall): string | null {
  return call.state === "held" ? (call.held_since ?? call.talks_since) : call.talks_since;
}
