// How two variants of a campaign compare, and whether the difference could be chance.
import type { CampaignComparison } from "../api/model";
import { locale, number } from "../app/language";
import { When } from "../app/parts";
import { preciseShare } from "./parts";
import { w } from "./words";

const probabilities = new Intl.NumberFormat(locale, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const percents = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 1 });

/** A probability for people: `0.31`, `< 0.001`. */
function probability(p: number): string {
  if (p < 0.001) return `< ${new Intl.NumberFormat(locale, { minimumFractionDigits: 3 }).format(0.001)}`;
  return `= ${p < 0.01 ? new Intl.NumberFormat(locale, { maximumFractionDigits: 3 }).format(p) : probabilities.format(p)}`;
}

/** The result as a sentence. */
function verdictOf({ a, b, p_value, verdict, answered_min }: CampaignComparison): string {
  const [ofA, ofB] = [number(a.answered), number(b.answered)];
  const p = p_value === null ? "" : probability(p_value);
  const words = w.comparison;
  if (verdict === "too_few") return words.tooFew(ofA, ofB, number(answered_min));
  if (verdict === "may_be_chance") return words.mayBeChance(ofA, ofB, p);
  return words.better(verdict === "a_better" ? "A" : "B", ofA, ofB, p);
}

/** The panel. */
export function Comparison({ comparison }: { comparison: CampaignComparison }) {
  const words = w.comparison;
  return (
    <section class="panel" aria-labelledby="comparison">
      <h2 id="comparison" class="top">
        {words.title}
      </h2>
      <table class="table campaign-comparison">
        <caption class="hidden">{words.title}</caption>
        <thead>
          <tr>
            <th scope="col">{words.variant}</th>
            <th scope="col" class="num">
              {w.calls}
            </th>
            <th scope="col" class="num">
              {words.answered}
            </th>
            <th scope="col" class="num">
              {words.reached}
            </th>
            <th scope="col" class="num">
              {words.interval}
            </th>
          </tr>
        </thead>
        <tbody>
          {([
            ["A", comparison.a],
            ["B", comparison.b],
          ] as const).map(([name, one]) => (
            <tr key={name}>
              <th scope="row">
                {name} <bdi class="meta">{words.talks(one.profile ?? w.usual, one.version === null ? null : number(one.version))}</bdi>
              </th>
              <td class="num">{number(one.attempts)}</td>
              <td class="num">{number(one.answered)}</td>
              <td class="num">{one.share === null ? "–" : preciseShare(one.reached, one.answered)}</td>
              <td class="num">{one.share === null ? "–" : `${percents.format(one.share.low)}–${percents.format(one.share.high)}`}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p role="status">{verdictOf(comparison)}</p>
      <p class="meta">
        {words.since} <When at={comparison.since} />. {words.early(number(comparison.answered_min))}
      </p>
    </section>
  );
}
