// The figures of the dashboard, out of what the API counts by hours and by days.
import type { Dashboard, DayByHour } from "../api/model";
import { clock } from "../appointments/zone";

/** Figures of some time. Times in ms, money in millionths. */
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
  /** Text below it. */
  label: string;
  /** The same where there is room: an hour by the language's own clock. */
  name: string;
  alone: number;
  handedOver: number;
  missed: number;
  /** All others: those that go on, and those of ours that nobody answered. */
  open: number;
  /** All calls of the same hour or day of the time before; null where that has no such. */
  before: number | null;
  /** Whether it is still to come. */
  isAhead: boolean;
}

/** Figures of the hours of a day that begin before `until`. */
export function ofHours(day: DayByHour, until: number): Figures {
  const hours = day.hours.filter(({ at }) => Date.parse(at) < until);
  const sum = (of: (hour: DayByHour["hours"][number]) => number) => hours.reduce((all, hour) => all + of(hour), 0);
  const mean = (total: number, count: number) => (count === 0 ? null : total / count);
  return {
    calls: sum((hour) => hour.calls),
    alone: sum((hour) => hour.alone),
    handedOver: sum((hour) => hour.handed_over),
    missed: sum((hour) => hour.missed),
    leads: sum((hour) => hour.leads),
    bookings: sum((hour) => hour.bookings),
    averageMs: mean(
      sum((hour) => hour.talk_ms),
      sum((hour) => hour.talked),
    ),
    costMicros: sum((hour) => hour.cost_micros),
  };
}

/** Figures of several days. */
export function ofDays({ calls, leads, bookings }: Dashboard): Figures {
  return {
    calls: calls.total,
    alone: calls.contained,
    handedOver: calls.handed_over,
    missed: calls.missed,
    leads: leads.total,
    bookings: Object.values(bookings).reduce((all, count) => all + count, 0),
    averageMs: calls.average_ms ?? null,
    costMicros: calls.cost_micros,
  };
}

/** A bar of so many calls. A call that was sent on before it was answered is both handed over and missed. */
function barOf(all: number, [alone, handedOver, missed]: [number, number, number]): Pick<Bar, "alone" | "handedOver" | "missed" | "open"> {
  return { alone, handedOver, missed, open: Math.max(0, all - alone - handedOver - missed) };
}

/** How many calls a bar has. */
export const total = ({ alone, handedOver, missed, open }: Bar) => alone + handedOver + missed + open;

/** The bars of a day, from its first hour with a call to its last, and of the day before beside them. */
export function barsOfDay(day: DayByHour, before: DayByHour | null, now: number): Bar[] {
  const then = (hour: number) => before?.hours.find((other) => other.hour === hour)?.calls ?? null;
  const bars = day.hours.map(({ at, hour, calls, alone, handed_over, missed }) => ({
    label: String(hour).padStart(2, "0"),
    name: clock(hour * 60),
    ...barOf(calls, [alone, handed_over, missed]),
    before: then(hour),
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
