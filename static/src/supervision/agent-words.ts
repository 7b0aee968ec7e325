// What an agent is doing, and since when, in a few words.
import type { AgentNow } from "../api/model";
import { doing, intentWords } from "../desk/presence";
import { sinceMs } from "../desk/store";
import { length } from "../words/time";

/** What they do with a call, else what they want. */
export function agentWords(agent: AgentNow): string {
  const busy = doing(agent);
  if (busy !== "") return `${busy} ${length(sinceMs(agent.activity_since))}`;
  const words = intentWords(agent.presence);
  return agent.presence.intent === "offline" ? words : `${words} ${length(sinceMs(agent.presence_since))}`;
}
