// When a business is open, computed as on the server (schema/src/business/hours.rs): hours by weekday, holidays, and the resulting state at a moment
// of local time. Local times are minutes since 1970-01-01 00:00 there. Changes of the clock don't matter here, only local time does.
import type { Business, DaySpan, Holiday, WeekHours } from "../api/model";
import { locale } from "../app/language";

/** The weekdays by their names in the API, starting with Monday. */
export const DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] as const;
/** A weekday. */
export type Day = (typeof DAYS)[number];

const DAY_MINUTES = 24 * 60;
/** How many days the server looks ahead for the next opening. */
const DAYS_MAX = 400;

/** The data from which hours are computed. */
export type Opening = Pick<Business, "hours" | "holidays" | "time_zone">;

/** Minutes since the start of the day for `HH:MM`; NaN for anything else. */
export function minutesOf(time: string): number {
  const [, hours, minutes] = /^(\d\d):(\d\d)$/.exec(time) ?? [];
  return Number(hours) * 60 + Number(minutes);
}

/** `HH:MM` for what a user has typed; null if it is no time of day. */
export function timeFrom(text: string): string | null {
  const [, hours, minutes = "0", half] = /^\s*(\d{1,2})(?:\s*[:.hH]?\s*(\d{2}))?\s*(?:([ap])\.?\s*m?\.?)?\s*$/i.exec(text) ?? [];
  if (hours === undefined || Number(minutes) > 59) return null;
  const later = half === undefined ? 0 : half.toLowerCase() === "p" ? (hours === "12" ? 0 : 12) : hours === "12" ? -12 : 0;
  const all = (Number(hours) + later) * 60 + Number(minutes);
  return all > 24 * 60 ? null : timeOf(all);
}

/** `HH:MM` for minutes since the start of the day. */
export function timeOf(minutes: number): string {
  const two = (n: number) => String(n).padStart(2, "0");
  return `${two(Math.floor(minutes / 60) % 24)}:${two(minutes % 60)}`;
}

/** When a span ends, in minutes after the start of its day; past 24 hours if it goes over midnight. */
export function endOf(span: DaySpan): number {
  const to = minutesOf(span.to);
  return to <= minutesOf(span.from) ? to + DAY_MINUTES : to;
}

/** The day of a local time, as `2026-01-05`. */
export function dateOf(wall: number): string {
  return new Date(wall * 60_000).toISOString().slice(0, 10);
}

/** The local time of `HH:MM` on a date. */
export function wallOf(date: string, time: string): number {
  return Date.parse(`${date}T00:00:00Z`) / 60_000 + minutesOf(time);
}

function dayAfter(date: string, days = 1): string {
  return dateOf(wallOf(date, "00:00") + days * DAY_MINUTES);
}

/** The local time in a zone at a moment. */
export function wallIn(zone: string, at: Date): number {
  let parts: Intl.DateTimeFormatPart[];
  const form = { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hourCycle: "h23" } as const;
  try {
    parts = new Intl.DateTimeFormat("en-GB", { ...form, timeZone: zone }).formatToParts(at);
  } catch {
    // A zone that this browser does not know.
    parts = new Intl.DateTimeFormat("en-GB", { ...form, timeZone: "UTC" }).formatToParts(at);
  }
  const of = (type: string) => parts.find((part) => part.type === type)?.value ?? "";
  return wallOf(`${of("year")}-${of("month")}-${of("day")}`, `${of("hour")}:${of("minute")}`);
}

/** The holiday on a date; the shortest if there are several. */
export function holidayOn(holidays: readonly Holiday[], date: string): Holiday | null {
  const length = ({ from, to }: Holiday) => wallOf(to ?? from, "00:00") - wallOf(from, "00:00");
  const on = holidays.filter(({ from, to }) => from !== "" && from <= date && date <= (to || from));
  return on.reduce<Holiday | null>((best, one) => (best === null || length(one) < length(best) ? one : best), null);
}

/** The spans that begin on a date. */
export function spansOn(opening: Opening, date: string): readonly DaySpan[] {
  const holiday = holidayOn(opening.holidays, date);
  if (holiday) return holiday.hours;
  const day = DAYS[(new Date(`${date}T00:00:00Z`).getUTCDay() + 6) % 7] as Day;
  return opening.hours?.[day] ?? [];
}

/** The opening times that begin on a date, in local times. One that goes over midnight ends at the latest when the first one of the next day
 * begins. */
export function openTimes(opening: Opening, date: string): [number, number][] {
  const begin = wallOf(date, "00:00");
  const sound = (span: DaySpan) => !Number.isNaN(minutesOf(span.from)) && !Number.isNaN(minutesOf(span.to));
  const nextFirst = Math.min(...spansOn(opening, dayAfter(date)).filter(sound).map(({ from }) => minutesOf(from)));
  const nextOpens = begin + DAY_MINUTES + nextFirst;
  return spansOn(opening, date)
    .filter(sound)
    .map((span): [number, number] => [begin + minutesOf(span.from), Math.min(begin + endOf(span), nextOpens)])
    .filter(([opens, closes]) => opens < closes)
    .sort(([a], [b]) => a - b);
}

/** The state of a business at a moment. */
export type Standing =
  /** It has no hours: calls are answered at all times. */
  | { is: "always" }
  /** `until`: when it closes; null if it does not within a week. */
  | { is: "open"; until: number | null }
  /** `opens`: when it opens next; null if that is unknown. */
  | { is: "closed"; opens: number | null };

/** Whether it is open at a local time, and until when that stays so. */
export function standingAt(opening: Opening, wall: number): Standing {
  if (!opening.hours) return { is: "always" };
  let closes: number | null = null;
  const first = dayAfter(dateOf(wall), -1);
  for (let days = 0, date = first; days <= DAYS_MAX; days += 1, date = dayAfter(date)) {
    for (const [opens, ends] of openTimes(opening, date)) {
      if (closes !== null) {
        if (opens > closes) return { is: "open", until: closes };
        closes = Math.max(closes, ends);
      } else if (opens <= wall && wall < ends) closes = ends;
      else if (opens > wall) return { is: "closed", opens };
    }
    if (closes !== null && closes - wall > 7 * DAY_MINUTES) return { is: "open", until: null };
    // No later day can extend it.
    if (closes !== null && closes < wallOf(date, "00:00")) return { is: "open", until: closes };
  }
  return closes === null ? { is: "closed", opens: null } : { is: "open", until: closes };
}

const clock = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit", timeZone: "UTC" });
const weekday = new Intl.DateTimeFormat(locale, { weekday: "long", timeZone: "UTC" });
const weekdayShort = new Intl.DateTimeFormat(locale, { weekday: "short", timeZone: "UTC" });
const dayAndDate = new Intl.DateTimeFormat(locale, { weekday: "long", day: "numeric", month: "long", timeZone: "UTC" });
const plainDate = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });

/** The time of day of a local time, as `17:00`. */
export function timeIn(wall: number): string {
  return clock.format(wall * 60_000);
}

/** A local time as people say it at `now`: only the time today, the weekday within a week, otherwise the date. */
export function momentIn(wall: number, now: number): string {
  const days = Math.floor(wall / DAY_MINUTES) - Math.floor(now / DAY_MINUTES);
  if (days === 0) return timeIn(wall);
  return `${(days < 7 && days > 0 ? weekday : dayAndDate).format(wall * 60_000)}, ${timeIn(wall)}`;
}

/** The name of a weekday. */
export function dayName(day: Day, form: "long" | "short" = "long"): string {
  // The first of January 2024 was a Monday.
  return (form === "long" ? weekday : weekdayShort).format(Date.UTC(2024, 0, 1 + DAYS.indexOf(day)));
}

/** The date of a holiday, as text. */
export function dateInWords(date: string): string {
  const at = Date.parse(`${date}T00:00:00Z`);
  return Number.isNaN(at) ? date : plainDate.format(at);
}

/** `08:00 – 17:00`, in the format of the language. */
export function spanInWords(span: DaySpan): string {
  const time = (text: string) => (Number.isNaN(minutesOf(text)) ? "…" : timeIn(minutesOf(text)));
  return `${time(span.from)} – ${time(span.to)}`;
}

/** The fault in the spans of a day, by the server's rules. */
export function spanFault(spans: readonly DaySpan[]): "times" | "same" | "overlap" | null {
  if (spans.some(({ from, to }) => Number.isNaN(minutesOf(from)) || Number.isNaN(minutesOf(to)))) return "times";
  if (spans.some(({ from, to }) => from === to)) return "same";
  const sorted = [...spans].sort((a, b) => minutesOf(a.from) - minutesOf(b.from));
  const meets = sorted.some((span, at) => {
    const next = sorted[at + 1];
    return next !== undefined && endOf(span) > minutesOf(next.from);
  });
  return meets ? "overlap" : null;
}

/** A week without opening hours. */
export const NO_HOURS: WeekHours = { monday: [], tuesday: [], wednesday: [], thursday: [], friday: [], saturday: [], sunday: [] };
