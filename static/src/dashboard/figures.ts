// The figures of the dashboard, out of what the API counts by hours and by days.
import type { Dashboard, DayByHour } from "../api/model";
import type { components } from "../api/types";

type Report = components["schemas"]["Report"];
type ReportFigures = components["schemas"]["ReportFigures"];

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
  alone: number;
  handedOver: number;
  missed: number;
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

/** Figures of several days. The report counts calls that a person joined, the dashboard hand-offs, of which a call may have several: that is shown
 * until the report is there. */
export function ofDays({ calls, handoffs, leads, bookings }: Dashboard, reported: ReportFigures | null): Figures {
  return {
    calls: calls.total,
    alone: reported?.contained ?? Math.max(0, calls.answered - handoffs.bridged),
    handedOver: reported?.handed_over ?? handoffs.bridged,
    missed: calls.missed,
    leads: leads.total,
    bookings: Object.values(bookings).reduce((all, count) => all + count, 0),
    averageMs: calls.average_ms ?? null,
    costMicros: calls.cost_micros,
  };
}

/** The bars of a day, from its first hour with a call to its last, and of the day before beside them. */
export function barsOfDay(day: DayByHour, before: DayByHour | null, now: number): Bar[] {
  const then = (hour: number) => before?.hours.find((other) => other.hour === hour)?.calls ?? null;
  const bars = day.hours.map(({ at, hour, alone, handed_over, missed }) => ({
    label: String(hour).padStart(2, "0"),
    alone,
    handedOver: handed_over,
    missed,
    before: then(hour),
    isAhead: Date.parse(at) > now,
  }));
  const isBusy = ({ alone, handedOver, missed, before: count }: Bar) => alone + handedOver + missed + (count ?? 0) > 0;
  const first = Math.min(bars.findIndex(isBusy), 8);
  const last = Math.max(bars.findLastIndex(isBusy), 18);
  return first < 0 ? bars.slice(8, 19) : bars.slice(first, last + 1);
}

/** The bars of several days, of which the report says who took the calls. */
export function barsOfDays(now: Dashboard, before: Dashboard | null, report: Report | null, label: (day: string) => string): Bar[] {
  return now.days.map(({ date, calls, handoffs }, at) => {
    const reported = report?.rows.find((row) => row.date === date)?.figures;
    return {
      label: label(date),
      alone: reported?.contained ?? Math.max(0, calls.answered - handoffs),
      handedOver: reported?.handed_over ?? Math.min(calls.answered, handoffs),
      missed: calls.missed,
      before: before?.days[at]?.calls.total ?? null,
      isAhead: false,
    };
  });
}
