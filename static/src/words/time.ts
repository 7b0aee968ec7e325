// Times and lengths as people read them, by the business's clock where no other is named.
import { clockZone } from "../app/clock-zone";
import { locale, number, plural } from "../app/language";
import { w } from ".";

/** Forms of moments in a zone. */
interface Forms {
  clock: Intl.DateTimeFormat;
  longDay: Intl.DateTimeFormat;
  dayAndTime: Intl.DateTimeFormat;
  day: Intl.DateTimeFormat;
  dayOfYear: Intl.DateTimeFormat;
  year: Intl.DateTimeFormat;
  whole: Intl.DateTimeFormat;
}

const forms = new Map<string | undefined, Forms>();

function formsIn(timeZone: string | undefined): Forms {
  let found = forms.get(timeZone);
  if (!found) {
    const form = (parts: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(locale, timeZone === undefined ? parts : { ...parts, timeZone });
    found = {
      clock: form({ hour: "2-digit", minute: "2-digit" }),
      longDay: form({ weekday: "long", day: "numeric", month: "long", year: "numeric" }),
      dayAndTime: form({ weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" }),
      day: form({ day: "numeric", month: "short" }),
      dayOfYear: form({ day: "numeric", month: "short", year: "numeric" }),
      year: form({ year: "numeric" }),
      whole: form({ dateStyle: "full", timeStyle: "long" }),
    };
    forms.set(timeZone, found);
  }
  return found;
}

/** A moment in a list: `14:05` today, `3 Mar, 14:05` this year, with the year before that. */
export function shortTime(at: Date, now: Date, zone = clockZone.value): string {
  const { clock, day, dayOfYear, year } = formsIn(zone);
  const time = clock.format(at);
  if (dayOfYear.format(at) === dayOfYear.format(now)) return time;
  const date = year.format(at) === year.format(now) ? day : dayOfYear;
  return `${date.format(at)}, ${time}`;
}

/** A moment where there is little room: of today the time, else the day. */
export function briefTime(at: Date, now: Date): string {
  const { clock, day, dayOfYear, year } = formsIn(clockZone.value);
  if (dayOfYear.format(at) === dayOfYear.format(now)) return clock.format(at);
  return (year.format(at) === year.format(now) ? day : dayOfYear).format(at);
}

/** The time alone: `14:05`. */
export function timeOfDay(at: Date): string {
  return formsIn(clockZone.value).clock.format(at);
}

/** The day of a moment: `Tuesday 3 March 2026`. */
export function dayInFull(at: Date): string {
  return formsIn(clockZone.value).longDay.format(at);
}

/** A moment to come: `Tue 3 Mar, 14:05`. */
export function dayAndTime(at: Date): string {
  return formsIn(clockZone.value).dayAndTime.format(at);
}

/** The moment in full, with its zone. */
export function fullTime(at: Date, zone = clockZone.value): string {
  return formsIn(zone).whole.format(at);
}

/** `0:07`, `12:34`, `1:02:03`. */
export function length(ms: number): string {
  const s = Math.max(0, Math.floor(ms / 1000));
  const two = (n: number) => String(n).padStart(2, "0");
  const hours = Math.floor(s / 3600);
  const minutes = Math.floor(s / 60) % 60;
  return hours > 0 ? `${hours}:${two(minutes)}:${two(s % 60)}` : `${minutes}:${two(s % 60)}`;
}

/** The same in words, for screen readers: `1 minute 4 seconds`. */
export function lengthInWords(ms: number): string {
  const s = Math.max(0, Math.floor(ms / 1000));
  const part = (n: number, forms: { one: string; other: string }) => (n === 0 ? "" : `${number(n)} ${plural(n, forms)}`);
  const parts = [part(Math.floor(s / 3600), w.hour), part(Math.floor(s / 60) % 60, w.minute), part(s % 60, w.second)];
  return parts.filter((word) => word !== "").join(" ") || `${number(0)} ${plural(0, w.second)}`;
}

const tenths = new Intl.NumberFormat(locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 });

/** A short length: `840 ms`, `1.2 s`. */
export function shortLength(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${tenths.format(ms / 1000)} s`;
}
