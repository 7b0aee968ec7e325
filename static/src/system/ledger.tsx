// Everything that the node opens and closes again, by kind.
import { number } from "../app/language";
import type { Actors } from "../api/model";
import { asWords } from "../words/call";
import { length } from "../words/time";

/** A row for each kind: what is open, since when at the longest, the most at a time, and how often since the start. */
export function Ledger({ ledger }: { ledger: Actors["ledger"] }) {
  return (
    <section class="sheet" aria-labelledby="ledger">
      <div class="head">
        <h2 id="ledger">Open and closed</h2>
      </div>
      <table aria-labelledby="ledger">
        <thead>
          <tr>
            <th scope="col">What</th>
            <th scope="col">Open</th>
            <th scope="col">Most at a time</th>
            <th scope="col">Since the start</th>
          </tr>
        </thead>
        <tbody>
          {ledger.map((row) => (
            <tr key={row.kind}>
              <th scope="row">{asWords(row.kind)}</th>
              <td class="figure">
                {number(row.open)}
                {row.oldest_ms !== null && <span class="meta"> oldest {length(row.oldest_ms)}</span>}
              </td>
              <td class="figure">{number(row.most)}</td>
              <td class="figure">{number(row.opened)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
