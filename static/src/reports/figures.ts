// The names of figures, their formats, and which direction is better.
import type { components } from "../api/types";
import { locale, number } from "../app/language";
import { length, shortLength } from "../words/time";
import type { ReportQuery } from "./asked";
import { w } from "./words";

type Schemas = components["schemas"];
export type Figures = Schemas["ReportFigures"];

/** A figure of the ledger and the tables. */
export interface Figure {
  name: string;
  of: (figures: Figures) => number | null;
  say: (value: number) => string;
  kind: "count" | "share" | "time" | "money" | "mean";
  /** Whether more is better; null if that can't be said. */
  isMoreBetter: boolean | null;
}

/** The cost of many calls, in whole cents. */
export function spent(micros: number, currency: string): string {
  return new Intl.NumberFormat(locale, { style: "currency", currency }).format(micros / 1_000_000);
}

const percent = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 0 });

/** `68 %`. */
export function share(part: number): string {
  return percent.format(part);
}

/** What figures are limited to. */
type Limit = Pick<ReportQuery, "cut" | "key">;

/** Whether figures are those of a queue or an agent, who answer no call that the assistant handles alone. */
export const areOfPeople = ({ cut, key }: Limit) => key !== "" && (cut === "queue" || cut === "agent");

/** The share of the answered calls that the assistant handled alone; null if none was answered, or people answered them. */
export function containment({ contained, answered }: Figures, limit: Limit): number | null {
  return answered === 0 || areOfPeople(limit) ? null : contained / answered;
}

/** The share of calls that needed no second one, among those for which that is known; null if there are none. */
export function resolution({ resolved, settled }: Figures): number | null {
  return settled === 0 ? null : resolved / settled;
}

/** The share of silence in the time that callers were with the assistant. */
export function silence({ silent_ms, conversed_ms }: Figures): number | null {
  return conversed_ms === 0 ? null : silent_ms / conversed_ms;
}

/** How often callers interrupted the assistant, per call. */
export function interruptions({ interruptions: times, conversations }: Figures): number | null {
  return conversations === 0 ? null : times / conversations;
}

const tenths = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });

/** `1.4`. */
export function mean(value: number): string {
  return tenths.format(value);
}

/** The figures that are shown; `currency` is that of the costs. */
export function ledgerOf(currency: string, limit: Limit): Figure[] {
  const count = (name: string, of: (figures: Figures) => number, isMoreBetter: boolean | null): Figure => ({
    name,
    of,
    say: number,
    kind: "count",
    isMoreBetter,
  });
  const time = (name: string, of: Figure["of"], say: (ms: number) => string, isMoreBetter: boolean | null): Figure => ({
    name,
    of,
    say,
    kind: "time",
    isMoreBetter,
  });
  return [
    count(w.figures.calls, ({ calls }) => calls, null),
    { name: w.figures.containment, of: (figures) => containment(figures, limit), say: share, kind: "share", isMoreBetter: true },
    count(w.figures.handedOver, ({ handed_over }) => handed_over, null),
    count(w.figures.missed, ({ missed }) => missed, false),
    time(w.figures.replyHalf, ({ reply_p50_ms }) => reply_p50_ms ?? null, shortLength, false),
    time(w.figures.replyMost, ({ reply_p95_ms }) => reply_p95_ms ?? null, shortLength, false),
    time(w.figures.waitHalf, ({ wait_p50_ms }) => wait_p50_ms ?? null, length, false),
    time(w.figures.waitMost, ({ wait_p95_ms }) => wait_p95_ms ?? null, length, false),
    time(w.figures.talk, ({ talk_ms }) => talk_ms ?? null, length, null),
    { name: w.figures.cost, of: ({ cost_micros }) => cost_micros, say: (micros) => spent(micros, currency), kind: "money", isMoreBetter: null },
    { name: w.figures.resolved, of: resolution, say: share, kind: "share", isMoreBetter: true },
    { name: w.figures.silence, of: silence, say: share, kind: "share", isMoreBetter: false },
    { name: w.figures.interruptions, of: interruptions, say: mean, kind: "mean", isMoreBetter: false },
    count(w.figures.leads, ({ leads }) => leads, true),
    count(w.figures.bookings, ({ bookings }) => bookings, true),
  ];
}

/** The change of a figure from the previous period: the text, its direction, and whether that is good. */
export function change(figure: Figure, now: number | null, before: number | null): { words: string; up: boolean | null; tone: "" | "good" | "bad" } {
  if (now === null || before === null) return { words: w.figures.noBefore, up: null, tone: "" };
  const difference = figure.kind === "share" ? Math.round(now * 100) - Math.round(before * 100) : now - before;
  const told = figure.kind === "share" ? w.figures.points(Math.abs(difference)) : figure.say(Math.abs(difference));
  // Figures that look the same count as unchanged.
  if (difference === 0 || (figure.kind !== "share" && figure.say(now) === figure.say(before))) {
    return { words: w.figures.same, up: null, tone: "" };
  }
  const up = difference > 0;
  const [more, fewer] = figure.kind === "time" ? [w.figures.longer, w.figures.shorter] : [w.figures.more, w.figures.fewer];
  const tone = figure.isMoreBetter === null ? "" : up === figure.isMoreBetter ? "good" : "bad";
  return { words: up ? more(told) : fewer(told), up, tone };
}
