// `/board`: what happens now, for whoever leads: calls on the line, queues, and agents.
import { useEffect } from "preact/hooks";
import { number } from "../app/language";
import { Heading, Skeleton } from "../app/parts";
import { follow, fresh, live } from "../calls/book";
import { NONE } from "../calls/filters";
import { CallTable } from "../calls/table";
import { desk, sinceMs } from "../desk/store";
import { Queues, Team } from "../desk/team";
import { length } from "../words/time";
import { w } from "./words";

/** The page. */
export function BoardPage() {
  useEffect(() => follow(() => NONE), []);
  const calls = live.value;
  return (
    <div class="board-page">
      <div class="head">
        <Heading title={w.board.title}>{w.board.title}</Heading>
      </div>
      <Now />
      <section class={calls && calls.length > 0 ? "calls ebonite" : "calls panel"} aria-labelledby="board-calls">
        <div class="head">
          <h2 id="board-calls">{w.board.calls}</h2>
        </div>
        {calls === null && <Skeleton rows={2} />}
        {calls?.length === 0 && <p class="none muted">{w.board.none}</p>}
        {calls && calls.length > 0 && <CallTable name={w.board.calls} calls={calls} fresh={fresh.value} groups={null} />}
      </section>
      <p class="meta">{w.board.open}</p>
      <div class="board-people">
        <Queues />
        <Team />
      </div>
    </div>
  );
}

/** The figures of this moment. */
function Now() {
  const calls = live.value ?? [];
  const withAgents = calls.filter(({ agents }) => agents.some(({ outcome }) => outcome === "talking")).length;
  const queues = desk.value?.queues ?? [];
  const waiting = queues.reduce((sum, queue) => sum + queue.waiting, 0);
  const waits = queues.flatMap(({ longest_since }) => (longest_since === null ? [] : [sinceMs(longest_since)]));
  const figures: [string, string][] = [
    [w.board.live, number(calls.length)],
    [w.board.assistant, number(calls.length - withAgents)],
    [w.board.people, number(withAgents)],
    [w.board.waiting, number(waiting)],
    [w.board.longest, waits.length === 0 ? "–" : length(Math.max(...waits))],
  ];
  return (
    <dl class="board-now panel" aria-label={w.board.tiles}>
      {figures.map(([name, figure]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd class="n">{figure}</dd>
        </div>
      ))}
    </dl>
  );
}
