// Request of a report, kept in the address.
import type { components } from "../api/types";
import { dayAfter } from "../app/business-clock";
import { locale } from "../app/language";

type Schemas = components["schemas"];
export type Cut = Schemas["Cut"];
export type Grain = Schemas["Grain"];

/** The request. Days as `2026-11-24`, both ends among them. */
export interface ReportQuery {
  from: string;
  to: string;
  by: Grain;
  cut: Cut;
  key: string;
}

export const CUTS: Cut[] = ["all", "number", "profile", "version", "queue", "agent", "provider", "campaign", "topic", "extraction"];
/** As many days can be shown, and as many by hours. */
export const DAYS_MAX = 366;
export const HOUR_DAYS_MAX = 31;
const USUAL_DAYS = 28;

/** A day as the API takes it. */
function isoDay(at: Date): string {
  const two = (n: number) => String(n).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

/** A day of the API at noon, which no change of clocks touches; null where it is none. */
export function dayOf(text: string): Date | null {
  const parts = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text);
  if (!parts) return null;
  const [, year, month, date] = parts.map(Number);
  const at = new Date(year!, month! - 1, date, 12);
  return isoDay(at) === text ? at : null;
}

/** How many days lie from one to another, both among them. */
export function daysIn({ from, to }: { from: string; to: string }): number {
  const [first, last] = [dayOf(from), dayOf(to)];
  return first && last ? Math.round((last.getTime() - first.getTime()) / 86_400_000) + 1 : 0;
}

/** So many days up to today. */
export function lastDays(days: number, today: string): { from: string; to: string } {
  return { from: dayAfter(today, 1 - days), to: today };
}

/** Request of an address; missing or wrong parts are as usual. */
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

/** The request for a version's profile from the version's first day on, as far as a report goes: the time before is that without it. */
export function sinceVersion(key: string, published: string, today: string): ReportQuery {
  const last = dayAfter(published, DAYS_MAX - 1);
  // A page that is open for long may have begun on the day before.
  const to = today < published ? published : today;
  return { from: published, to: to < last ? to : last, by: "day", cut: "profile", key: key.split("/")[0]! };
}

/** The address of the page that asks for this. */
export function addressOf(asked: ReportQuery): string {
  return `/reports?${queryOf(asked).toString()}`;
}

/** Path of the API for it. */
export function apiPath(asked: ReportQuery): string {
  return `/api/v1/metrics/report?${queryOf(asked).toString()}`;
}

/** Path of the API for a table of it as a file. */
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

/** `14:00`, in the language's own clock. */
export function clockHour(hour: number): string {
  return clock.format(hour * 3_600_000);
}
