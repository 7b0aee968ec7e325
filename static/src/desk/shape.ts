// An agent's call as text and icons.
import type { AgentCall, AgentCallState } from "../api/model";
import type { IconName } from "../app/icons";
import { w } from "./words";

/** The agent's state in a call. */
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

/** From this time on, a caller on hold is marked as waiting long, in ms. */
export const HELD_LONG_MS = 60_000;

/** When the shown timer started: on hold that of the hold, otherwise that of the conversation. */
export function timedSince(call: AgentCall): string | null {
  return call.state === "held" ? (call.held_since ?? call.talks_since) : call.talks_since;
}
