// Presence as text, and the choices of an agent.
import type { IconName } from "../app/icons";
import type { AgentNow, Intent } from "../api/model";
import { asWords } from "../words/call";
import { act, desk } from "./store";
import { w } from "./words";

/** The server's own reason: an agent did not answer a call. */
const MISSED = "missed_call";

const activityWords: Record<string, string> = { idle: "", ...w.activities };

/** An intent as text. */
export function intentWords(intent: Intent): string {
  switch (intent.intent) {
    case "available":
      return w.presence.available;
    case "offline":
      return w.presence.offline;
    case "away":
      if (intent.reason === MISSED) return w.presence.awayMissed;
      return intent.reason ? w.presence.awayFor(intent.reason) : w.presence.away;
  }
}

/** Its icon: never colour alone. */
export function intentIcon(intent: Intent): IconName {
  return intent.intent === "available" ? "dot" : intent.intent === "away" ? "away" : "cross";
}

/** An agent's activity; empty if they have no call. */
export function doing(agent: AgentNow): string {
  const word = String(agent.activity);
  return activityWords[word] ?? asWords(word);
}

/** Whether the server has set the agent to away. */
export function hasMissed(agent: AgentNow | null): boolean {
  return agent?.presence.intent === "away" && agent.presence.reason === MISSED;
}

/** All choices: each reason to be away, or simply away if there are none. */
export function choices(): Intent[] {
  const reasons = desk.value?.reasons ?? [];
  const away: Intent[] =
    reasons.length === 0 ? [{ intent: "away", reason: null }] : reasons.map(({ name }) => ({ intent: "away", reason: name }));
  return [{ intent: "available" }, ...away];
}

/** Whether both are equal. */
export function isSame(one: Intent | null, other: Intent | null): boolean {
  return JSON.stringify(one && intentWords(one)) === JSON.stringify(other && intentWords(other));
}

/** Sets the intent from now on. */
export async function want(presence: Intent): Promise<void> {
  await act({ command: "set_presence", presence });
}

/** Sets the intent for when the current work is finished; null withdraws it. */
export async function wantNext(presence: Intent | null): Promise<void> {
  await act({ command: "set_next_presence", presence });
}
