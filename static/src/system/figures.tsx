// Limits against their use, and failures by cause.
import { number } from "../app/language";
import type { Actors } from "../api/model";
import { asWords } from "../words/call";

/** A share of a limit from which its bar warns. */
const NEARLY_FULL = 0.9;

/** A bar for each limit, with the numbers in words. */
export function Limits({ limits }: { limits: Actors["limits"] }) {
  return (
    <section class="sheet" aria-labelledby="limits">
      <div class="head">
        <h2 id="limits">Limits</h2>
      </div>
      <div class="body">
        {limits.map(({ name, used, max }) => {
          const isNearlyFull = max > 0 && used / max >= NEARLY_FULL;
          const id = `limit-${name}`;
          return (
            <div key={name} class={isNearlyFull ? "limit full" : "limit"}>
              <p>
                <span id={id}>{asWords(name)}</span>
                <span class="figure">
                  {isNearlyFull && <strong>nearly full: </strong>}
                  {number(used)} of {number(max)}
                </span>
              </p>
              <progress aria-labelledby={id} value={used} max={Math.max(1, max)} />
            </div>
          );
        })}
        {limits.length === 0 && <p class="muted">None are told.</p>}
      </div>
    </section>
  );
}

/** What failed since the start. */
export function Failures({ failures }: { failures: Actors["failures"] }) {
  return (
    <section class="sheet" aria-labelledby="failures">
      <div class="head">
        <h2 id="failures">Failures since the start</h2>
      </div>
      {failures.length === 0 ? (
        <div class="body">
          <p class="muted">None.</p>
        </div>
      ) : (
        <table aria-labelledby="failures">
          <thead>
            <tr>
              <th scope="col">Cause</th>
              <th scope="col">Times</th>
            </tr>
          </thead>
          <tbody>
            {failures.map(({ cause, count }) => (
              <tr key={cause}>
                <td>{asWords(cause)}</td>
                <td class="figure">{count}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
