// A chart on a canvas, drawn by uPlot in the colours of the tokens. Its label describes it as text, and a table has its numbers.
import { useEffect, useRef, useState } from "preact/hooks";
import uPlot from "uplot";
import { locale } from "../app/language";
import { colours } from "../app/theme";
import { colourOf } from "../app/token-colour";

/** A row of numbers, one for each label. */
export interface Series {
  name: string;
  values: (number | null)[];
  /** `bar`: stacked on those before it. `then`: the previous period, dotted. */
  look: "bar" | "line" | "then";
  token: string;
  /** The fill of a bar, if it differs from the edge. */
  fill?: string;
  isHatched?: boolean;
}

const HEIGHT = 220;

/** The chart. `say`: the format of a number on the axis. `says`: the whole chart as a sentence. */
export function Plot(props: { label: string; says: string; labels: string[]; series: Series[]; say: (value: number) => string }) {
  const { label, says, labels, series, say } = props;
  const box = useRef<HTMLDivElement>(null);
  const [at, setAt] = useState<number | null>(null);
  const drawn = JSON.stringify([labels, series]);
  useEffect(() => {
    const container = box.current;
    if (!container) return;
    const chart = draw(container, { labels, series, say }, setAt);
    const watch = new ResizeObserver(() => chart.setSize({ width: container.clientWidth, height: HEIGHT }));
    watch.observe(container);
    return () => {
      watch.disconnect();
      chart.destroy();
    };
  }, [drawn, colours.value]);
  const shown = at !== null && labels[at] !== undefined ? at : null;
  return (
    <>
      <p class="readout" aria-hidden="true">
        {shown !== null && (
          <>
            <strong>{labels[shown]}</strong>
            {series.map(({ name, values }) => {
              const value = values[shown];
              return value == null ? null : (
                <span key={name}>
                  {name} <b>{say(value)}</b>
                </span>
              );
            })}
          </>
        )}
      </p>
      <div ref={box} class="plot-box" role="img" aria-label={`${label}. ${says}`} />
    </>
  );
}

/** Each row stacked on those below it, so that the topmost is drawn first and the others in front of it. */
function stacked(series: Series[]): (number | null)[][] {
  const sums: number[] = [];
  return series.map(({ values, look }) => {
    if (look !== "bar") return values;
    return values.map((value, at) => {
      sums[at] = (sums[at] ?? 0) + (value ?? 0);
      return sums[at] ?? 0;
    });
  });
}

function hatch(colour: string): CanvasPattern | string {
  const tile = document.createElement("canvas");
  tile.width = tile.height = 8;
  const context = tile.getContext("2d");
  if (!context) return colour;
  context.strokeStyle = colour;
  context.lineWidth = 2;
  for (const shift of [-8, 0, 8]) {
    context.moveTo(shift, 8);
    context.lineTo(shift + 8, 0);
  }
  context.stroke();
  return context.createPattern(tile, "repeat") ?? colour;
}

function draw(
  container: HTMLElement,
  { labels, series, say }: { labels: string[]; series: Series[]; say: (value: number) => string },
  onAt: (at: number | null) => void,
): uPlot {
  const colour = (token: string) => colourOf(container, token);
  const [ink, grid, sheet] = [colour("--ink-3"), colour("--chart-grid"), colour("--sheet")];
  const font = `500 11.5px ${getComputedStyle(container).fontFamily}`;
  const columns = stacked(series);
  const bars = uPlot.paths.bars?.({ size: [0.68, 36], radius: 0 });
  // The top of the stack is drawn first, because those below it are in front of it.
  const order = [...series.keys()].sort((one, other) => {
    const [a, b] = [series[one]?.look === "bar", series[other]?.look === "bar"];
    return a && b ? other - one : a ? -1 : b ? 1 : one - other;
  });
  const shown = order.map((at): uPlot.Series => {
    const { name, look, token, fill: fillToken, isHatched } = series[at] as Series;
    const stroke = colour(token);
    if (look === "bar") {
      const inside = colour(fillToken ?? token);
      const fill = isHatched ? () => hatch(stroke) : () => inside;
      return { label: name, stroke, width: 1, fill, ...(bars ? { paths: bars } : {}), points: { show: false } };
    }
    const isThen = look === "then";
    return {
      label: name,
      stroke,
      width: isThen ? 1.5 : 2,
      dash: isThen ? [2, 3] : [],
      spanGaps: false,
      // A single point has no line.
      points: { show: !isThen && labels.length <= 31, size: 4, fill: sheet },
    };
  });
  const xs = labels.map((_, at) => at);
  const data: uPlot.AlignedData = [xs, ...order.map((at) => columns[at] ?? [])];
  return new uPlot(
    {
      width: container.clientWidth,
      height: HEIGHT,
      legend: { show: false },
      padding: [8, 8, 0, 0],
      cursor: { drag: { x: false, y: false }, points: { show: false }, y: false },
      scales: {
        x: { time: false, range: () => [-0.6, labels.length - 0.4] },
        y: { range: (_, __, max) => [0, max > 0 ? max * 1.08 : 1] },
      },
      axes: [
        {
          stroke: ink,
          font,
          grid: { show: false },
          ticks: { show: false },
          gap: 6,
          size: 28,
          splits: () => everyFew(labels, container.clientWidth),
          values: (_, splits) => splits.map((at) => labels[at] ?? ""),
        },
        {
          stroke: ink,
          font,
          gap: 6,
          size: (_, values) => 14 + Math.max(0, ...(values ?? []).map((value) => value.length)) * 6.5,
          grid: { stroke: grid, width: 1 },
          ticks: { show: false },
          space: 48,
          incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, ...[1, 2, 5, 10, 20, 60, 120, 300, 600, 1_800, 3_600, 7_200, 21_600, 86_400].map((s) => s * 1_000)],
          values: (_, splits) => splits.map(say),
        },
      ],
      series: [{}, ...shown],
      hooks: { setCursor: [(chart) => onAt(chart.cursor.idx ?? null)] },
    },
    data,
    container,
  );
}

/** As many labels as fit. */
function everyFew(labels: string[], width: number): number[] {
  const longest = Math.max(0, ...labels.map((label) => label.length));
  const step = Math.max(1, Math.ceil(labels.length / Math.max(2, Math.floor(width / (24 + 7 * longest)))));
  return Array.from({ length: Math.ceil(labels.length / step) }, (_, at) => at * step);
}

/** The format of numbers on an axis. */
export const compact = (value: number) => new Intl.NumberFormat(locale, { notation: "compact" }).format(value);
