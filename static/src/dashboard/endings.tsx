// How the calls of a range of days ended.
import { number } from "../app/language";
import { causeList, isBadEnd } from "../words/call";
import { callsOf } from "./range";
import { w } from "./words";

const SHOWN = 8;
const words = new Map(causeList);

/** Bars, the longest first; each links to its calls. */
export function Endings({ outcomes, days }: { outcomes: Record<string, number>; days: { from: string; to: string } }) {
  const rows = Object.entries(outcomes)
    .sort(([, one], [, other]) => other - one)
    .slice(0, SHOWN);
  const most = Math.max(1, ...rows.map(([, count]) => count));
  return (
    <figure class="panel endings-of" aria-labelledby="endings-title">
      <div class="top">
        <h2 id="endings-title">{w.endings.title}</h2>
      </div>
      {rows.length === 0 ? (
        <p class="soft">{w.endings.none}</p>
      ) : (
        <table class="endings">
          <tbody>
            {rows.map(([cause, count]) => (
              <tr key={cause}>
                <th scope="row">
                  <a class="bare" href={callsOf(days, "call", cause)}>
                    {words.get(cause) ?? cause.replaceAll("_", " ")}
                  </a>
                </th>
                <td>
                  <svg class="plot end-bar" viewBox="0 0 240 12" preserveAspectRatio="none" aria-hidden="true" focusable="false">
                    <rect
                      class={isBadEnd(cause) ? "bad" : "s1"}
                      {...(isBadEnd(cause) ? { fill: "url(#hatch)" } : {})}
                      x="0.5"
                      y="0.5"
                      width={Math.max(2, (count / most) * 239)}
                      height="11"
                    />
                  </svg>
                </td>
                <td class="num">{number(count)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </figure>
  );
}
