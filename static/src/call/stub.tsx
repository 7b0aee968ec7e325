// The figures of a call, on the stub of its ticket.
import type { ComponentChildren } from "preact";
import type { Call } from "../api/model";
import { serverNow } from "../app/now";
import { duration, money, providerName } from "../words/call";
import { length, shortLength } from "../words/time";
import type { Story, Talk } from "./fold";
import { w } from "./words";

/** Its duration, its parties, how fast the answers were, its cost. */
export function Stub({ call, story }: { call: Call; story: Story }) {
  const now = call.ended_at ? Date.parse(call.ended_at) : serverNow.value;
  const ms = duration(call, now);
  const withPeople = peopleMs(call, story.talks, now);
  return (
    <dl class="stub stub-facts">
      <Figure name={call.direction === "outbound" ? w.facts.to : w.facts.from}>{(call.direction === "outbound" ? call.to : call.from) ?? w.unknown}</Figure>
      <Figure name={w.facts.length}>{ms === null ? "–" : length(ms)}</Figure>
      <Figure name={w.facts.assistant}>{providerName(call.provider)}</Figure>
      {withPeople > 0 && <Figure name={w.facts.withPeople}>{length(withPeople)}</Figure>}
      <Figure name={w.facts.reply}>{story.waits.length === 0 ? "–" : shortLength(median(story.waits))}</Figure>
      <Figure name={w.facts.cost}>{money(call.cost_micros, call.currency)}</Figure>
    </dl>
  );
}

/** How long people have talked with each other or with the caller, in ms: a time with several of them counts once. Without its journal, only the talks of
 * each agent are known. */
function peopleMs(call: Call, talks: readonly Talk[], now: number): number {
  if (talks.length === 0) return call.agents.reduce((sum, agent) => sum + agent.talked_ms, 0);
  let [all, counted] = [0, 0];
  for (const { startedAt, endedAt } of talks) {
    const end = endedAt ?? now;
    all += Math.max(0, end - Math.max(startedAt, counted));
    counted = Math.max(counted, end);
  }
  return all;
}

function Figure({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd class="figure">{children}</dd>
    </div>
  );
}

/** The median. */
export function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
