// A call of the agent's in words and icons.
import type { AgentCall, AgentCallState } from "../api/model";
import type { IconName } from "../app/icons";
import { w } from "./words";

/** How the agent stands in a call. */
export const standWords: Record<AgentCallState, { word: string; icon: IconName; tone: string }> = {
  dialling: { word: w.stands.dialling, icon: "wait", tone: "wrap" },
  connecting: { word: w.stands.connecting, icon: "wait", tone: "wrap" },
  briefed: { word: w.stands.briefed, icon: "person", tone: "live" },
  talking: { word: w.stands.talking, icon: "voice", tone: "live" },
  held: { word: w.stands.held, icon: "hold", tone: "held" },
  consulted: { word: w.stands.consulted, icon: "person", tone: "live" },
  audio_lost: { word: w.stands.audio_lost, icon: "warning", tone: "missed" },
  caller_lost: { word: w.stands.caller_lost, icon: "warning", tone: "missed" },
};

/** A caller who is held for longer is told as long, in ms. */
export const HELD_LONG_MS = 60_000;

/** Since when the shown timer runs: on hold that of the hold, else that of the conversation. */
export function timedSince(call: AgentCall): string | null {
  return call.state === "held" ? (call.held_since ?? call.talks_since) : call.talks_since;
}
