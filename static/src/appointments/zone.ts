// Days and times on the clock of the business, whatever zone the browser is in.
import { locale } from "../app/language";

/** A place on the clock of a zone: the day as `2026-11-24`, and minutes since its midnight. */
export interface Place {
  day: string;
  minutes: number;
}

const DAY_MS = 86_400_000;
const forms = new Map<string, Intl.DateTimeFormat>();

function partsOf(at: number, zone: string): Record<string, number> {
  let form = forms.get(zone);
  if (!form) {
    form = new Intl.DateTimeFormat("en-US", {
      timeZone: zone,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
    forms.set(zone, form);
  }
  return Object.fromEntries(form.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
}

/** By how much the clock of a zone is ahead of UTC, in ms. */
function ahead(at: number, zone: string): number {
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = partsOf(at, zone);
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(at / 1000) * 1000;
}

const two = (n: number) => String(n).padStart(2, "0");

/** Time on the clock of a zone at a moment. */
export function placeOf(at: Date, zone: string): Place {
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0 } = partsOf(at.getTime(), zone);
  return { day: `${year}-${two(month)}-${two(day)}`, minutes: hour * 60 + minute };
}

/** When the clock of a zone is there. Of an hour that a day has twice it is the first; of one that it has not, the same time behind. */
export function momentOf({ day, minutes }: Place, zone: string): Date {
  const wall = Date.parse(`${day}T00:00:00Z`) + minutes * 60_000;
  // By the clock as it is set a day before, and a day behind: they differ where it is turned between.
  const before = wall - ahead(wall - DAY_MS, zone);
  const behind = wall - ahead(wall + DAY_MS, zone);
  const found = [before, behind].filter((at) => at + ahead(at, zone) === wall);
  return new Date(found.length > 0 ? Math.min(...found) : before);
}

/** The day so many days later. */
export function dayAfter(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}

/** Whether a text is a day. */
export function isDay(text: string | null): text is string {
  return text !== null && /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(`${text}T00:00:00Z`));
}

/** The day of the week with which weeks begin here: 1 is Monday, 7 Sunday. */
function firstOfWeek(): number {
  const known = new Intl.Locale(locale) as Intl.Locale & { weekInfo?: { firstDay: number }; getWeekInfo?: () => { firstDay: number } };
  return (known.getWeekInfo?.() ?? known.weekInfo)?.firstDay ?? 1;
}

/** 0 is Sunday. */
export function weekday(day: string): number {
  return new Date(`${day}T00:00:00Z`).getUTCDay();
}

/** The seven days of the week that a day is in. */
export function weekOf(day: string): string[] {
  const back = (weekday(day) - (firstOfWeek() % 7) + 7) % 7;
  return Array.from({ length: 7 }, (_, n) => dayAfter(day, n - back));
}

/** A day in words, in one of Intl's forms. */
export function dayWords(day: string, form: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat(locale, { ...form, timeZone: "UTC" }).format(new Date(`${day}T12:00:00Z`));
}

/** The days from one to another: `23–29 November 2026`. */
export function rangeWords(first: string, last: string): string {
  const form = new Intl.DateTimeFormat(locale, { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });
  return form.formatRange(new Date(`${first}T12:00:00Z`), new Date(`${last}T12:00:00Z`));
}

/** `Mon 23 Nov`, and so on. */
export function shortDay(day: string): string {
  return dayWords(day, { weekday: "short", day: "numeric", month: "short" });
}

/** A time of the day in words, as `09:30`. */
export function clock(minutes: number): string {
  const at = new Date(Date.UTC(2026, 0, 1, 0, minutes));
  return new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit", timeZone: "UTC" }).format(at);
}

/** As fields of type `time` have it. */
export function written(minutes: number): string {
  return `${two(Math.floor(minutes / 60) % 24)}:${two(minutes % 60)}`;
}

/** Minutes of what a field of type `time` has; null where it has none. `24:00` is the end of the day. */
export function minutesOf(text: string): number | null {
  const found = /^(\d\d):(\d\d)/.exec(text);
  return found ? Number(found[1]) * 60 + Number(found[2]) : null;
}
