// How figures developed, by hour or by day, and how fast people were served, from the report of the same days.
import type { components } from "../api/types";
import { apiPath, type ReportQuery } from "../reports/asked";
import type { Days, Range } from "./range";

type Report = components["schemas"]["Report"];
type ReportFigures = components["schemas"]["ReportFigures"];

/** The numbers of each hour or day; null if there is none. Times in ms, money in millionths. */
export interface Trend {
  rows: Record<
    "calls" | "alone" | "handedOver" | "missed" | "leads" | "bookings" | "talkMs" | "costMicros" | "replyMs" | "waitMs",
    (number | null)[]
  >;
  /** Half of the assistant's answers came within this time. */
  replyMs: number | null;
  replyMostMs: number | null;
  /** The same for callers who waited for a person. */
  waitMs: number | null;
  waitMostMs: number | null;
  /** Those of the previous period; null until they are loaded. */
  before: { replyMs: number | null; waitMs: number | null } | null;
}

/** The request for a trend: one day by hours, several by days. */
export function trendOf(range: Range, { from, to }: Days): ReportQuery {
  return { from, to, by: range === 1 ? "hour" : "day", cut: "all", key: "" };
}

/** The path of the API for it. */
export function trendPath(range: Range, days: Days): string {
  return apiPath(trendOf(range, days));
}

const speed = ({ reply_p50_ms, wait_p50_ms }: ReportFigures) => ({ replyMs: reply_p50_ms ?? null, waitMs: wait_p50_ms ?? null });

/** The trend up to `until`; hours before the first call are left out. `before`: the figures of the previous period, if known. */
export function trendIn(report: Report, until: number, before: ReportFigures | null): Trend {
  const past = report.rows.filter(({ at }) => Date.parse(at) < until);
  const first = past.findIndex(({ figures }) => figures.calls > 0);
  const rows = report.by === "hour" ? past.slice(Math.max(0, first)) : past;
  const each = (of: (figures: ReportFigures) => number | null | undefined) => rows.map(({ figures }) => of(figures) ?? null);
  const { figures } = report.now;
  return {
    rows: {
      calls: each(({ calls }) => calls),
      alone: each(({ contained }) => contained),
      handedOver: each(({ handed_over }) => handed_over),
      missed: each(({ missed }) => missed),
      leads: each(({ leads }) => leads),
      bookings: each(({ bookings }) => bookings),
      talkMs: each(({ talk_ms }) => talk_ms),
      costMicros: each(({ cost_micros }) => cost_micros),
      replyMs: each(({ reply_p50_ms }) => reply_p50_ms),
      waitMs: each(({ wait_p50_ms }) => wait_p50_ms),
    },
    ...speed(figures),
    replyMostMs: figures.reply_p95_ms ?? null,
    waitMostMs: figures.wait_p95_ms ?? null,
    before: before && speed(before),
  };
}
