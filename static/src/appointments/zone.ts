// Days and times on the business's clock as text and in fields, and the weeks of its days.
import { dayAfter } from "../app/business-clock";
import { locale } from "../app/language";

/** The first day of the week here: 1 is Monday, 7 Sunday. */
function firstOfWeek(): number {
  const known = new Intl.Locale(locale) as Intl.Locale & { weekInfo?: { firstDay: number }; getWeekInfo?: () => { firstDay: number } };
  return (known.getWeekInfo?.() ?? known.weekInfo)?.firstDay ?? 1;
}

/** 0 is Sunday. */
function weekday(day: string): number {
  return new Date(`${day}T00:00:00Z`).getUTCDay();
}

/** The seven days of the week that contains a day. */
export function weekOf(day: string): string[] {
  const back = (weekday(day) - (firstOfWeek() % 7) + 7) % 7;
  return Array.from({ length: 7 }, (_, n) => dayAfter(day, n - back));
}

/** A day as text, in one of Intl's forms. */
export function dayWords(day: string, form: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat(locale, { ...form, timeZone: "UTC" }).format(new Date(`${day}T12:00:00Z`));
}

/** The days from one to another: `23–29 November 2026`. */
export function rangeWords(first: string, last: string): string {
  const form = new Intl.DateTimeFormat(locale, { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });
  return form.formatRange(new Date(`${first}T12:00:00Z`), new Date(`${last}T12:00:00Z`));
}

/** Such as `Mon 23 Nov`. */
export function shortDay(day: string): string {
  return dayWords(day, { weekday: "short", day: "numeric", month: "short" });
}

/** A time of the day as text, such as `09:30`. */
export function clock(minutes: number): string {
  const at = new Date(Date.UTC(2026, 0, 1, 0, minutes));
  return new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit", timeZone: "UTC" }).format(at);
}

const two = (n: number) => String(n).padStart(2, "0");

/** In the form of a field of type `time`. */
export function written(minutes: number): string {
  return `${two(Math.floor(minutes / 60) % 24)}:${two(minutes % 60)}`;
}

/** Minutes since midnight from a field of type `time`; null if it is empty. `24:00` is the end of the day. */
export function minutesOf(text: string): number | null {
  const found = /^(\d\d):(\d\d)/.exec(text);
  return found ? Number(found[1]) * 60 + Number(found[2]) : null;
}
