// Calls by day on the business's clock, newest first, as the list shows them.
import type { Call } from "../api/model";
import { dayAfter, placeOf } from "../app/business-clock";
import { locale, number, plural } from "../app/language";
import { w } from "./views/words";

const ofThisYear = new Intl.DateTimeFormat(locale, { weekday: "long", day: "numeric", month: "long", timeZone: "UTC" });
const ofAnother = new Intl.DateTimeFormat(locale, { weekday: "long", day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });

/** A day and its calls. */
export interface Day {
  key: string;
  name: string;
  calls: Call[];
}

/** The days, on the clock of a zone, of calls that are ordered by their start. */
export function byDays(calls: readonly Call[], now: number, zone: string): Day[] {
  const today = placeOf(new Date(now), zone).day;
  const days: Day[] = [];
  for (const call of calls) {
    const key = placeOf(new Date(call.started_at), zone).day;
    const last = days.at(-1);
    if (last?.key === key) last.calls.push(call);
    else days.push({ key, name: nameOf(key, today), calls: [call] });
  }
  return days;
}

function nameOf(day: string, today: string): string {
  if (day === today) return w.today;
  if (day === dayAfter(today, -1)) return w.yesterday;
  const isOfThisYear = day.slice(0, 4) === today.slice(0, 4);
  return (isOfThisYear ? ofThisYear : ofAnother).format(new Date(`${day}T12:00:00Z`));
}

/** The number of calls on a day; the last day that is loaded may have more. */
export function countOf(day: Day, isWhole: boolean): string {
  const n = day.calls.length;
  return `${number(n)}${isWhole ? "" : "+"} ${plural(n, w.calls)}`;
}
