// The request for a report, kept in the address.
import type { components } from "../api/types";
import { dayAfter } from "../app/business-clock";
import { locale } from "../app/language";

type Schemas = components["schemas"];
export type Cut = Schemas["Cut"];
export type Grain = Schemas["Grain"];

/** The request. Days as `2026-11-24`, both ends inclusive. */
export interface ReportQuery {
  from: string;
  to: string;
  by: Grain;
  cut: Cut;
  key: string;
}

export const CUTS: Cut[] = ["all", "number", "profile", "version", "queue", "agent", "provider", "campaign", "topic", "extraction"];
/** The maximum number of days that can be shown, and the same for days shown by hours. */
export const DAYS_MAX = 366;
export const HOUR_DAYS_MAX = 31;
const USUAL_DAYS = 28;

/** A day in the form of the API. */
function isoDay(at: Date): string {
  const two = (n: number) => String(n).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

/** A day of the API at noon, which no change of clocks affects; null if it is none. */
export function dayOf(text: string): Date | null {
  const parts = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text);
  if (!parts) return null;
  const [, year, month, date] = parts.map(Number);
  const at = new Date(year!, month! - 1, date, 12);
  return isoDay(at) === text ? at : null;
}

/** The number of days from one to another, both inclusive. */
export function daysIn({ from, to }: { from: string; to: string }): number {
  const [first, last] = [dayOf(from), dayOf(to)];
  return first && last ? Math.round((last.getTime() - first.getTime()) / 86_400_000) + 1 : 0;
}

/** This many days up to today. */
export function lastDays(days: number, today: string): { from: string; to: string } {
  return { from: dayAfter(today, 1 - days), to: today };
}

/** The request in an address; defaults replace missing or invalid parts. */
export function askedIn(search: string, today: string): ReportQuery {
  const query = new URLSearchParams(search);
  const said = { from: query.get("from") ?? "", to: query.get("to") ?? "" };
  const days = daysIn(said);
  const range = days >= 1 && days <= DAYS_MAX ? said : lastDays(USUAL_DAYS, today);
  const cut = CUTS.find((one) => one === query.get("cut")) ?? "all";
  const byHour = query.get("by") === "hour" && daysIn(range) <= HOUR_DAYS_MAX;
  return { ...range, by: byHour ? "hour" : "day", cut, key: cut === "all" ? "" : (query.get("key") ?? "") };
}

function queryOf({ from, to, by, cut, key }: ReportQuery): URLSearchParams {
  const query = new URLSearchParams({ from, to });
  if (by !== "day") query.set("by", by);
  if (cut !== "all") query.set("cut", cut);
  if (key !== "") query.set("key", key);
  return query;
}

/** The request for a version's profile from the version's first day on, up to the maximum of a report: the period before it is without that
 * version. */
export function sinceVersion(key: string, published: string, today: string): ReportQuery {
  const last = dayAfter(published, DAYS_MAX - 1);
  // A page that has been open for long may have been loaded on the day before.
  const to = today < published ? published : today;
  return { from: published, to: to < last ? to : last, by: "day", cut: "profile", key: key.split("/")[0]! };
}

/** The address of the page for this request. */
export function addressOf(asked: ReportQuery): string {
  return `/reports?${queryOf(asked).toString()}`;
}

/** The path of the API for it. */
export function apiPath(asked: ReportQuery): string {
  return `/api/v1/metrics/report?${queryOf(asked).toString()}`;
}

/** The path of the API for one of its tables as a file. */
export function csvPath(asked: ReportQuery, table: "rows" | "keys" | "outcomes" | "failures"): string {
  const query = queryOf(asked);
  query.set("table", table);
  return `/api/v1/metrics/report.csv?${query.toString()}`;
}

const short = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short" });
const long = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short", year: "numeric" });
const clock = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit", timeZone: "UTC" });

/** `24 Nov`. */
export function shortDay(day: string): string {
  const at = dayOf(day);
  return at ? short.format(at) : day;
}

/** `24 Nov 2026`. */
export function longDay(day: string): string {
  const at = dayOf(day);
  return at ? long.format(at) : day;
}

/** `14:00`, in the language's format. */
export function clockHour(hour: number): string {
  return clock.format(hour * 3_600_000);
}
