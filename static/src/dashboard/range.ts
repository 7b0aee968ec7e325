// The days of the dashboard, and the days that they are compared with, in the business's calendar, as `2026-11-24`.
import { dayAfter } from "../app/business-clock";
import { dayWords } from "../appointments/zone";
import { addressOf, type Counted, NONE } from "../calls/filters";

/** How many days are shown: only today, or this many up to today. */
export type Range = 1 | 7 | 28;

/** A range of days in the form of the API, both ends inclusive. */
export interface Days {
  from: string;
  to: string;
}

/** The range in an address. */
export function rangeIn(search: string): Range {
  const days = new URLSearchParams(search).get("days");
  return days === "7" ? 7 : days === "28" ? 28 : 1;
}

/** The days of a range, and the same number before them; for a single day, the same weekday a week ago. */
export function daysOf(range: Range, today: string): { now: Days; before: Days } {
  if (range === 1) {
    const before = dayAfter(today, -7);
    return { now: { from: today, to: today }, before: { from: before, to: before } };
  }
  const now = { from: dayAfter(today, 1 - range), to: today };
  return { now, before: { from: dayAfter(today, 1 - 2 * range), to: dayAfter(today, -range) } };
}

/** `Tuesday`. */
export function weekdayOf(day: string): string {
  return dayWords(day, { weekday: "long" });
}

/** `Tuesday 24 November`. */
export function dayInWords(day: string): string {
  return dayWords(day, { weekday: "long", day: "numeric", month: "long" });
}

/** `24 Nov`. */
export function shortDay(day: string): string {
  return dayWords(day, { day: "numeric", month: "short" });
}

/** The address of the calls on these days that a figure counts. `cause`: only those that ended this way. */
export function callsOf({ from, to }: Days, counted: Counted, cause = ""): string {
  return addressOf({ ...NONE, counted, cause, since: from, until: to });
}

/** The address of the leads of these days. */
export function leadsOf({ from, to }: Days): string {
  return `/leads?since=${from}&until=${to}`;
}
