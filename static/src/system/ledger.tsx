// Everything that the node opens and closes again, by kind.
import { number } from "../app/language";
import type { Actors } from "../api/model";
import { asWords } from "../words/call";
import { length } from "../words/time";
import { w } from "./words";

/** A row for each kind: how many are open, since when the oldest, the peak, and the total since the start. */
export function Ledger({ ledger }: { ledger: Actors["ledger"] }) {
  return (
    <section class="panel" aria-labelledby="ledger">
      <div class="top">
        <h2 id="ledger">{w.ledger}</h2>
      </div>
      <table class="table" aria-labelledby="ledger">
        <thead>
          <tr>
            <th scope="col">{w.what}</th>
            <th scope="col" class="num">{w.open}</th>
            <th scope="col" class="num">{w.most}</th>
            <th scope="col" class="num">{w.opened}</th>
          </tr>
        </thead>
        <tbody>
          {ledger.map((row) => (
            <tr key={row.kind}>
              <th scope="row">{w.kinds[row.kind] ?? asWords(row.kind)}</th>
              <td class="num">
                {row.oldest_ms !== null && <span class="meta">{w.oldest(length(row.oldest_ms))} </span>}
                {number(row.open)}
              </td>
              <td class="num">{number(row.most)}</td>
              <td class="num">{number(row.opened)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
