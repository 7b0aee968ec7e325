// Days of the dashboard, and the days that they are compared with.
import { locale } from "../app/language";

/** How many days are shown: today alone, or so many up to today. */
export type Range = 1 | 7 | 28;

/** A span of days as the API takes them, both ends among them. */
export interface Days {
  from: string;
  to: string;
}

/** The range in an address. */
export function rangeIn(search: string): Range {
  const days = new URLSearchParams(search).get("days");
  return days === "7" ? 7 : days === "28" ? 28 : 1;
}

/** The zone of the browser, whose days they are. */
export const zone: string = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** A day of the browser's calendar as `2026-11-24`. */
export function isoDay(at: Date): string {
  const two = (n: number) => String(n).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

function back(from: Date, days: number): Date {
  return new Date(from.getFullYear(), from.getMonth(), from.getDate() - days);
}

/** The days of a range, and as many before them: of a day the same weekday a week ago. */
export function daysOf(range: Range, today: Date): { now: Days; before: Days } {
  if (range === 1) {
    const before = isoDay(back(today, 7));
    return { now: { from: isoDay(today), to: isoDay(today) }, before: { from: before, to: before } };
  }
  const now = { from: isoDay(back(today, range - 1)), to: isoDay(today) };
  return { now, before: { from: isoDay(back(today, 2 * range - 1)), to: isoDay(back(today, range)) } };
}

const weekday = new Intl.DateTimeFormat(locale, { weekday: "long" });
const whole = new Intl.DateTimeFormat(locale, { weekday: "long", day: "numeric", month: "long" });
const short = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short" });

/** `Tuesday`. */
export function weekdayOf(day: Date): string {
  return weekday.format(day);
}

/** `Tuesday 24 November`. */
export function dayInWords(day: Date): string {
  return whole.format(day);
}

/** `24 Nov`, of an API's day. */
export function shortDay(day: string): string {
  const [year = 0, month = 1, date = 1] = day.split("-").map(Number);
  return short.format(new Date(year, month - 1, date));
}
