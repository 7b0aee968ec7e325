// How long the caller waited for each answer: a bar for each turn, against the goal.
import { length, shortLength } from "../words/time";
import type { Line } from "./fold";
import { w } from "./words";

/** An answer that begins within this time is a fast one, in ms. */
const GOAL_MS = 800;
/** How many of the newest turns are shown. */
const SHOWN = 12;

/** The turns; empty if no answer was waited for. */
export function Waits({ lines, since }: { lines: Line[]; since: number }) {
  const turns = lines.filter((line) => line.waitedMs !== null).slice(-SHOWN);
  if (turns.length === 0) return null;
  const most = Math.max(GOAL_MS * 1.25, ...turns.map(({ waitedMs }) => waitedMs ?? 0));
  const goal = (GOAL_MS / most) * 200;
  return (
    <section class="panel" aria-labelledby="waits">
      <div class="top">
        <h2 id="waits">{w.waits.title}</h2>
        <span class="meta push">{w.waits.goal(shortLength(GOAL_MS))}</span>
      </div>
      <table class="lat-table">
        <tbody>
          {turns.map(({ seq, startedAt, waitedMs }) => (
            <tr key={seq}>
              <th scope="row">{length(startedAt - since)}</th>
              <td>
                <svg class="plot lat-bar" viewBox="0 0 200 14" preserveAspectRatio="none" aria-hidden="true" focusable="false">
                  <rect class="s1" x="0.5" y="2" width={Math.max(2, ((waitedMs ?? 0) / most) * 199)} height="10" />
                  <line class="goal" x1={goal} x2={goal} y1="0" y2="14" />
                </svg>
              </td>
              <td class="num">{shortLength(waitedMs ?? 0)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
