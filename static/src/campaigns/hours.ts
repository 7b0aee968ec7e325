// The hours of a campaign as people write them, one line for each weekday: `09:00–12:00, 13:00–17:00`.
import type { CampaignSettings } from "../api/model";
import { CallingHoursBody } from "../api/rules";
import { locale } from "../app/language";
import { minutesOf, timeFrom } from "../business/hours";

type Window = CampaignSettings["rules"]["hours"]["windows"][number];

/** The days of the week, as the API counts them: 1 is Monday. */
export const WEEK = [1, 2, 3, 4, 5, 6, 7] as const;
/** A day of the week. */
export type Weekday = (typeof WEEK)[number];

const DAY_MINUTES = 24 * 60;
const names = new Intl.DateTimeFormat(locale, { weekday: "long", timeZone: "UTC" });

/** The name of a day. The first of January 2024 was a Monday. */
export function nameOf(day: Weekday): string {
  return names.format(Date.UTC(2024, 0, day));
}

function clock(minutes: number): string {
  const two = (n: number) => String(n).padStart(2, "0");
  return `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

/** The windows of one day as a line. */
export function spansOf(windows: Pick<Window, "from_minute" | "to_minute">[]): string {
  return windows.map(({ from_minute, to_minute }) => `${clock(from_minute)}–${clock(to_minute)}`).join(", ");
}

/** The windows of a given day as a line. */
export function lineOf(windows: Window[], day: Weekday): string {
  return spansOf(windows.filter((window) => window.day === day).sort((a, b) => a.from_minute - b.from_minute));
}

/** The windows in a line; null if it is invalid. Midnight as an end means the end of the day. */
export function windowsOf(line: string, day: Weekday): Window[] | null {
  const parts = line.split(/[,;]/).filter((part) => part.trim() !== "");
  const windows = parts.map((part) => {
    const [from, to, ...more] = part.split(/[–—-]/).map((time) => timeFrom(time));
    if (from == null || to == null || more.length > 0) return null;
    const from_minute = minutesOf(from);
    const to_minute = minutesOf(to) || DAY_MINUTES;
    return from_minute < to_minute ? { day, from_minute, to_minute } : null;
  });
  return windows.every((window) => window !== null) ? windows : null;
}

/** Time zones by their names in lower case: a browser accepts a name in any case, the server only the exact one. */
const EXACT = new Map(Intl.supportedValuesOf("timeZone").map((zone) => [zone.toLowerCase(), zone]));

/** Time zones in the form in which they are sent; null if one is invalid, or there are too many. */
export function zonesOf(line: string): string[] | null {
  const written = line.split(/[,;\s]+/).filter((part) => part !== "");
  const zones = written.map((name) => EXACT.get(name.toLowerCase()) ?? name);
  return zones.length <= CallingHoursBody.assumed_zones.maxItems && zones.every(isZone) ? zones : null;
}

function isZone(name: string): boolean {
  try {
    // A browser accepts offsets, too.
    return /^[A-Za-z]/.test(name) && new Intl.DateTimeFormat("en", { timeZone: name }) !== null;
  } catch {
    return false;
  }
}

/** Days in the form in which they are sent, from `2026-12-24` or `24.12.2026`; null if one is invalid. */
export function daysOf(line: string): string[] | null {
  const days = line.split(/[,;\s]+/).filter((part) => part !== "");
  const read = days.map((day) => {
    const [, date, month, year] = /^(\d{1,2})\.(\d{1,2})\.(\d{4})$/.exec(day) ?? [];
    const iso = date && month ? `${year}-${month.padStart(2, "0")}-${date.padStart(2, "0")}` : day;
    const time = /^\d{4}-\d\d-\d\d$/.test(iso) ? Date.parse(`${iso}T00:00:00Z`) : Number.NaN;
    // A browser takes the 31st of a month with 30 days for the first of the next month.
    return !Number.isNaN(time) && new Date(time).toISOString().startsWith(iso) ? iso : null;
  });
  return read.every((day) => day !== null) ? read : null;
}
