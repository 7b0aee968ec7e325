// The figures of the dashboard, computed from the API's counts by hour and by day.
import type { Dashboard, DayByHour } from "../api/model";
import { clock } from "../appointments/zone";

/** The figures of a period. Times in ms, money in millionths. */
export interface Figures {
  calls: number;
  alone: number;
  handedOver: number;
  missed: number;
  leads: number;
  bookings: number;
  averageMs: number | null;
  costMicros: number;
}

/** A bar of the chart: an hour, or a day. */
export interface Bar {
  /** The text below it. */
  label: string;
  /** The same for places with more room: an hour in the language's format. */
  name: string;
  alone: number;
  handedOver: number;
  missed: number;
  /** All other calls: those in progress, and our own calls that nobody answered. */
  open: number;
  /** All calls of the same hour or day in the previous period; null if there is none. */
  before: number | null;
  /** Whether it is in the future. */
  isAhead: boolean;
}

const HOUR_MS = 3_600_000;

/** The figures of a day up to `until`; of the current hour, a proportional part counts. */
export function ofHours(day: DayByHour, until = Number.POSITIVE_INFINITY): Figures {
  const part = ({ at }: DayByHour["hours"][number]) => Math.min(1, Math.max(0, (until - Date.parse(at)) / HOUR_MS));
  const sum = (of: (hour: DayByHour["hours"][number]) => number) => day.hours.reduce((all, hour) => all + part(hour) * of(hour), 0);
  const count = (of: (hour: DayByHour["hours"][number]) => number) => Math.round(sum(of));
  const mean = (all: number, many: number) => (many === 0 ? null : all / many);
  return {
    calls: count((hour) => hour.calls),
    alone: count((hour) => hour.alone),
    handedOver: count((hour) => hour.handed_over),
    missed: count((hour) => hour.missed),
    leads: count((hour) => hour.leads),
    bookings: count((hour) => hour.bookings),
    averageMs: mean(
      sum((hour) => hour.talk_ms),
      sum((hour) => hour.talked),
    ),
    costMicros: count((hour) => hour.cost_micros),
  };
}

/** The figures of several days. */
export function ofDays({ calls, leads, days }: Dashboard): Figures {
  return {
    calls: calls.total,
    alone: calls.contained,
    handedOver: calls.handed_over,
    missed: calls.missed,
    leads: leads.total,
    bookings: days.reduce((all, { bookings }) => all + bookings, 0),
    averageMs: calls.average_ms ?? null,
    costMicros: calls.cost_micros,
  };
}

/** A bar for this many calls. A call that was transferred before it was answered is both handed over and missed. */
function barOf(all: number, [alone, handedOver, missed]: [number, number, number]): Pick<Bar, "alone" | "handedOver" | "missed" | "open"> {
  return { alone, handedOver, missed, open: Math.max(0, all - alone - handedOver - missed) };
}

/** The number of calls in a bar. */
export const total = ({ alone, handedOver, missed, open }: Bar) => alone + handedOver + missed + open;

/** The bars of a day, from its first hour with a call to its last, together with those of the day before. */
export function barsOfDay(day: DayByHour, before: DayByHour | null, now: number): Bar[] {
  // An hour occurs twice when the clocks go back: each gets its own counterpart, and the last one what is left.
  const then = (hour: number, place: number) => {
    const isSame = (other: { hour: number }) => other.hour === hour;
    const nth = day.hours.slice(0, place).filter(isSame).length;
    const isLast = !day.hours.slice(place + 1).some(isSame);
    const same = (before?.hours ?? []).filter(isSame).slice(nth, isLast ? undefined : nth + 1);
    return same.length === 0 ? null : same.reduce((all, { calls }) => all + calls, 0);
  };
  const bars = day.hours.map(({ at, hour, calls, alone, handed_over, missed }, place) => ({
    label: String(hour).padStart(2, "0"),
    name: clock(hour * 60),
    ...barOf(calls, [alone, handed_over, missed]),
    before: then(hour, place),
    isAhead: Date.parse(at) > now,
  }));
  const isBusy = (bar: Bar) => total(bar) + (bar.before ?? 0) > 0;
  const first = Math.min(bars.findIndex(isBusy), 8);
  const last = Math.max(bars.findLastIndex(isBusy), 18);
  return first < 0 ? bars.slice(8, 19) : bars.slice(first, last + 1);
}

/** The bars of several days. */
export function barsOfDays(now: Dashboard, before: Dashboard | null, label: (day: string) => string): Bar[] {
  return now.days.map(({ date, calls }, at) => ({
    label: label(date),
    name: label(date),
    ...barOf(calls.total, [calls.contained, calls.handed_over, calls.missed]),
    before: before?.days[at]?.calls.total ?? null,
    isAhead: false,
  }));
}
