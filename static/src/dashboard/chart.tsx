// Calls by hour or by day: bars, the previous period as a dotted line, and the same as a table.
import { Icon } from "../app/icons";
import { number } from "../app/language";
import { type Bar, total } from "./figures";
import { w } from "./words";

const WIDTH = 600;
const HEIGHT = 160;

/** The top of the axis: a round number not below `most`. */
function roof(most: number): number {
  const steps = [4, 8, 12, 20, 40, 60, 80, 100];
  const found = steps.find((step) => step >= most);
  return found ?? Math.ceil(most / 100) * 100;
}

/** The figure. `head`: what a bar stands for. */
export function Chart(props: { title: string; head: string; bars: Bar[]; hasBefore: boolean }) {
  const { title, head, bars, hasBefore } = props;
  const top = roof(Math.max(1, ...bars.map((bar) => Math.max(total(bar), bar.before ?? 0))));
  const step = WIDTH / Math.max(1, bars.length);
  const y = (count: number) => HEIGHT - (count / top) * HEIGHT;
  const busiest = bars.reduce<Bar | null>((most, bar) => (most && total(most) >= total(bar) ? most : bar), null);
  const all = bars.reduce((sum, bar) => sum + total(bar), 0);
  const missed = bars.reduce((sum, bar) => sum + bar.missed, 0);
  const says = w.chart.says(all, busiest?.name ?? "", busiest ? total(busiest) : 0, missed);
  const then = bars.map(({ before }, at) => `${at === 0 ? "M" : "L"}${at * step} ${y(before ?? 0)}H${(at + 1) * step}`).join("");
  const series = [
    { key: "alone" as const, class: "s1", swatch: "swatch" },
    { key: "handedOver" as const, class: "s2", swatch: "swatch s2" },
    ...(bars.some(({ open }) => open > 0) ? [{ key: "open" as const, class: "s3", swatch: "swatch s3" }] : []),
    { key: "missed" as const, class: "bad", swatch: "swatch bad" },
  ];
  return (
    <figure class="sheet vol" aria-labelledby="vol-title">
      <div class="top">
        <h2 id="vol-title">{title}</h2>
        <ul class="key-list push">
          {series.map(({ key, swatch }) => (
            <li key={key}>
              <span class={swatch} />
              {w.chart[key]}
            </li>
          ))}
          {hasBefore && (
            <li>
              <span class="swatch then" />
              {w.chart.before}
            </li>
          )}
        </ul>
      </div>
      <div class="fig-body">
        <div class="chart" role="img" aria-label={`${title}. ${says}`}>
          <div class="y">
            {[1, 0.5, 0].map((part) => (
              <span key={part}>{number(top * part)}</span>
            ))}
          </div>
          <svg class="plot" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true" focusable="false">
            <defs>
              <pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
                <line class="hatch" x1="0" y1="0" x2="0" y2="6" />
              </pattern>
            </defs>
            <line class="grid" x1="0" x2={WIDTH} y1="0" y2="0" />
            <line class="grid" x1="0" x2={WIDTH} y1={HEIGHT / 2} y2={HEIGHT / 2} />
            {bars.map((bar, at) => {
              let from = 0;
              return series.map(({ key, class: kind }) => {
                const count = bar[key];
                if (count === 0) return null;
                const low = y(from);
                from += count;
                const high = y(from);
                return (
                  <rect
                    key={`${at}-${key}`}
                    class={kind}
                    {...(kind === "bad" ? { fill: "url(#hatch)" } : {})}
                    x={at * step + step * 0.2}
                    width={step * 0.6}
                    y={high}
                    height={Math.max(1, low - high)}
                  />
                );
              });
            })}
            {hasBefore && <path class="then" d={then} />}
            <line class="base" x1="0" x2={WIDTH} y1={HEIGHT} y2={HEIGHT} />
          </svg>
          <div class="x">
            {bars.map(({ label }, at) => (
              <span key={at}>{bars.length <= 14 || at % 4 === 0 ? label : ""}</span>
            ))}
          </div>
        </div>
        <details class="twin">
          <summary>
            <Icon name="table" size="small" />
            {w.chart.asTable}
          </summary>
          <div class="scroll" tabIndex={0} role="region" aria-label={`${title}: ${w.chart.asTable}`}>
            <table class="table">
              <thead>
                <tr>
                  <th scope="col">{head}</th>
                  {series.map(({ key }) => (
                    <th key={key} scope="col" class="num">
                      {w.chart[key]}
                    </th>
                  ))}
                  {hasBefore && (
                    <th scope="col" class="num">
                      {w.chart.before}
                    </th>
                  )}
                </tr>
              </thead>
              <tbody>
                {bars.map((bar, at) => (
                  <tr key={at}>
                    <th scope="row">{bar.name}</th>
                    {series.map(({ key }) => (
                      <td key={key} class="num">
                        {number(bar[key])}
                      </td>
                    ))}
                    {hasBefore && <td class="num">{bar.before === null ? "–" : number(bar.before)}</td>}
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </details>
      </div>
    </figure>
  );
}
