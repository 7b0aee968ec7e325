// An agent's activity, and its duration, in a few words.
import type { AgentNow } from "../api/model";
import { doing, intentWords } from "../desk/presence";
import { sinceMs } from "../desk/store";
import { length } from "../words/time";

/** Their activity on a call, otherwise their intent. */
export function agentWords(agent: AgentNow): string {
  const busy = doing(agent);
  if (busy !== "") return `${busy} ${length(sinceMs(agent.activity_since))}`;
  const words = intentWords(agent.presence);
  return agent.presence.intent === "offline" ? words : `${words} ${length(sinceMs(agent.presence_since))}`;
}
