// Calls by the days of the browser's zone, newest first, as the list has them.
import type { Call } from "../api/model";
import { locale, number, plural } from "../app/language";
import { w } from "./views/words";

const DAY_MS = 86_400_000;
const ofThisYear = new Intl.DateTimeFormat(locale, { weekday: "long", day: "numeric", month: "long" });
const ofAnother = new Intl.DateTimeFormat(locale, { weekday: "long", day: "numeric", month: "long", year: "numeric" });

/** A day and its calls. */
export interface Day {
  key: string;
  name: string;
  calls: Call[];
}

/** The days of calls that are in the order of their starts. */
export function byDays(calls: readonly Call[], now: number): Day[] {
  const days: Day[] = [];
  for (const call of calls) {
    const at = new Date(call.started_at);
    const key = at.toDateString();
    const last = days.at(-1);
    if (last?.key === key) last.calls.push(call);
    else days.push({ key, name: nameOf(at, new Date(now)), calls: [call] });
  }
  return days;
}

function nameOf(at: Date, now: Date): string {
  if (at.toDateString() === now.toDateString()) return w.today;
  if (at.toDateString() === new Date(midnight(now).getTime() - DAY_MS / 2).toDateString()) return w.yesterday;
  return (at.getFullYear() === now.getFullYear() ? ofThisYear : ofAnother).format(at);
}

function midnight(at: Date): Date {
  return new Date(at.getFullYear(), at.getMonth(), at.getDate());
}

/** How many calls a day has; of the last day that is loaded there may be more. */
export function countOf(day: Day, isWhole: boolean): string {
  const n = day.calls.length;
  return `${number(n)}${isWhole ? "" : "+"} ${plural(n, w.calls)}`;
}
