// `/board`: what happens now, for whoever leads: calls on the line, queues, and agents. Its parts are those of `/calls` and `/desk`, and their code.
import type { Call, DeskQueue } from "../api/model";
import { number } from "../app/language";
import { Later } from "../app/later";
import { Heading } from "../app/parts";
import { length } from "../words/time";
import { w } from "./words";

const calls = () => import("../calls/room").then(({ LiveCalls }) => LiveCalls);
const floor = () => import("../desk/page").then(({ Floor }) => Floor);

/** The page. */
export function BoardPage() {
  return (
    <div class="board-page">
      <div class="head">
        <Heading title={w.board.title}>{w.board.title}</Heading>
        <p class="meta">{w.board.open}</p>
      </div>
      <div class="board-parts">
        <div class="board-part">
          <Later load={calls} props={{ above: onTheLine }} />
        </div>
        <div class="board-part">
          <Later load={floor} props={{ above: inQueues }} />
        </div>
      </div>
    </div>
  );
}

function onTheLine(live: Call[]) {
  const withAgents = live.filter(({ agents }) => agents.some(({ outcome }) => outcome === "talking")).length;
  return (
    <Figures
      name={w.board.line}
      figures={[
        [w.board.live, number(live.length)],
        [w.board.assistant, number(live.length - withAgents)],
        [w.board.people, number(withAgents)],
      ]}
    />
  );
}

function inQueues(queues: DeskQueue[], now: number) {
  const waiting = queues.reduce((sum, queue) => sum + queue.waiting, 0);
  const waits = queues.flatMap(({ longest_since }) => (longest_since === null ? [] : [now - Date.parse(longest_since)]));
  return (
    <Figures
      name={w.board.queues}
      figures={[
        [w.board.waiting, number(waiting)],
        [w.board.longest, waits.length === 0 ? "–" : length(Math.max(0, ...waits))],
      ]}
    />
  );
}

/** Figures of this moment. */
function Figures({ name, figures }: { name: string; figures: [string, string][] }) {
  return (
    <dl class="board-now panel" aria-label={name}>
      {figures.map(([what, figure]) => (
        <div key={what}>
          <dt>{what}</dt>
          <dd class="n">{figure}</dd>
        </div>
      ))}
    </dl>
  );
}
