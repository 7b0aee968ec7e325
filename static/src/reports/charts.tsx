// The charts of a report, each with the same data as a table.
import type { ComponentChildren } from "preact";
import type { components } from "../api/types";
import type { Counted } from "../calls/filters";
import { Icon } from "../app/icons";
import { number } from "../app/language";
import { length, shortLength } from "../words/time";
import { type ReportQuery, clockHour, csvPath, shortDay } from "./asked";
import { callsOf, spanOf, ToCalls } from "./calls";
import { areOfPeople, type Figures } from "./figures";
import { compact, Plot, type Series } from "./plot";
import { w } from "./words";

type Report = components["schemas"]["Report"];
type Row = components["schemas"]["ReportRow"];

/** The name of a row: a day, or an hour of it. */
function nameOf(row: Row, isOneDay: boolean): string {
  if (row.hour == null) return shortDay(row.date);
  return isOneDay ? clockHour(row.hour) : `${shortDay(row.date)}, ${clockHour(row.hour)}`;
}

/** All charts. */
export function Charts({ report, asked }: { report: Report; asked: ReportQuery }) {
  const { rows } = report;
  const isOneDay = report.now.from === report.now.to;
  const labels = rows.map((row) => nameOf(row, isOneDay));
  const values = (of: (figures: Figures) => number | null | undefined) => rows.map(({ figures }) => of(figures) ?? null);
  const all = report.now.figures;
  // The others are our own unanswered calls, or calls in progress.
  const other = ({ calls, contained, handed_over, missed }: Figures) => Math.max(0, calls - contained - handed_over - missed);
  const bars: (Series & { counted?: Counted })[] = [
    ...(areOfPeople(asked)
      ? []
      : [{ counted: "contained" as const, name: w.figures.contained, values: values(({ contained }) => contained), look: "bar" as const, token: "--brass-edge", fill: "--brass" }]),
    { counted: "handed_over", name: w.figures.handedOver, values: values(({ handed_over }) => handed_over), look: "bar", token: "--chart-2" },
    ...(rows.some(({ figures }) => other(figures) > 0)
      ? [{ name: w.figures.open, values: values(other), look: "bar" as const, token: "--chart-3" }]
      : []),
    { counted: "missed", name: w.figures.missed, values: values(({ missed }) => missed), look: "bar", token: "--chart-bad", isHatched: true },
  ];
  const half = { name: w.chart.half, look: "line" as const, token: "--chart-1", isLine: true };
  const most = { name: w.chart.most, look: "line" as const, token: "--chart-2", isLine: true };
  const table = { rows, labels, report, asked };
  return (
    <div class="report-charts">
      <Figure
        title={w.chart.calls}
        isWide
        keys={bars}
        twin={<Twin {...table} title={w.chart.calls} columns={[{ name: w.figures.calls, say: ({ calls }) => number(calls), leads: "call" }, ...bars.map(({ name, values: column, counted }) => ({ name, say: (_: Figures, at: number) => number(column[at] ?? 0), ...(counted ? { leads: counted } : {}) }))]} />}
      >
        <Plot label={w.chart.calls} says={w.chart.says(all.calls, all.missed)} labels={labels} series={bars} say={compact} />
      </Figure>
      <Figure
        title={w.chart.reply}
        keys={[half, most]}
        twin={<Twin {...table} title={w.chart.reply} columns={times(({ reply_p50_ms }) => reply_p50_ms, ({ reply_p95_ms }) => reply_p95_ms, shortLength)} />}
      >
        {all.replies === 0 ? (
          <p class="nothing soft">{w.chart.noReply}</p>
        ) : (
          <Plot
            label={w.chart.reply}
            says={w.chart.saysTime(shortLength(all.reply_p50_ms ?? 0), shortLength(all.reply_p95_ms ?? 0))}
            labels={labels}
            series={[
              { ...half, values: values(({ reply_p50_ms }) => reply_p50_ms) },
              { ...most, values: values(({ reply_p95_ms }) => reply_p95_ms) },
            ]}
            say={shortLength}
          />
        )}
      </Figure>
      <Figure
        title={w.chart.wait}
        keys={[half, most]}
        twin={<Twin {...table} title={w.chart.wait} columns={times(({ wait_p50_ms }) => wait_p50_ms, ({ wait_p95_ms }) => wait_p95_ms, length)} />}
      >
        {all.waits === 0 ? (
          <p class="nothing soft">{w.chart.noWait}</p>
        ) : (
          <Plot
            label={w.chart.wait}
            says={w.chart.saysTime(length(all.wait_p50_ms ?? 0), length(all.wait_p95_ms ?? 0))}
            labels={labels}
            series={[
              { ...half, values: values(({ wait_p50_ms }) => wait_p50_ms) },
              { ...most, values: values(({ wait_p95_ms }) => wait_p95_ms) },
            ]}
            say={length}
          />
        )}
      </Figure>
    </div>
  );
}

type OfFigures = (figures: Figures) => number | null | undefined;
const times = (half: OfFigures, most: OfFigures, say: (ms: number) => string): Column[] =>
  [
    { name: w.chart.half, of: half },
    { name: w.chart.most, of: most },
  ].map(({ name, of }) => ({
    name,
    say: (figures) => {
      const ms = of(figures);
      return ms == null ? "–" : say(ms);
    },
  }));

const LINES: Record<string, string> = { "--chart-1": "swatch l1", "--chart-2": "swatch l2" };

interface Column {
  name: string;
  say: (figures: Figures, at: number) => string;
  /** The calls to which it links. */
  leads?: Counted;
}

const SWATCHES: Record<string, string> = { "--brass-edge": "swatch", "--chart-2": "swatch s2", "--chart-3": "swatch s3", "--chart-bad": "swatch bad" };

function Figure(props: {
  title: string;
  isWide?: true;
  keys: { name: string; token: string; isLine?: boolean }[];
  twin: ComponentChildren;
  children: ComponentChildren;
}) {
  return (
    <figure class={props.isWide ? "sheet report-figure wide" : "sheet report-figure"} aria-label={props.title}>
      <div class="top">
        <h2>{props.title}</h2>
        <ul class="key-list push">
          {props.keys.map(({ name, token, isLine }) => (
            <li key={name}>
              <span class={isLine ? LINES[token] : SWATCHES[token]} />
              {name}
            </li>
          ))}
        </ul>
      </div>
      <div class="fig-body">
        {props.children}
        {props.twin}
      </div>
    </figure>
  );
}

function Twin(props: { title: string; rows: Row[]; labels: string[]; columns: Column[]; report: Report; asked: ReportQuery }) {
  const { title, rows, labels, columns, report, asked } = props;
  return (
    <details class="twin">
      <summary>
        <Icon name="table" size="small" />
        {w.chart.asTable}
      </summary>
      <div class="scroll" tabIndex={0} role="region" aria-label={`${title}: ${w.chart.asTable}`}>
        <table class="table">
          <thead>
            <tr>
              <th scope="col">{asked.by === "hour" ? w.chart.hour : w.chart.day}</th>
              {columns.map(({ name }) => (
                <th key={name} scope="col" class="num">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row, at) => (
              <tr key={row.at}>
                <th scope="row">{labels[at]}</th>
                {columns.map(({ name, say, leads }) => (
                  <td key={name} class="num">
                    <ToCalls look="bare" href={leads && row.figures.calls > 0 ? callsOf(asked, spanOf(report, row), { counted: leads }) : null}>{say(row.figures, at)}</ToCalls>
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <a class="btn small" href={csvPath(asked, "rows")} download>
        <Icon name="download" />
        {w.csvOf(title)}
      </a>
    </details>
  );
}
