// The state of the appointments page: the business's clock and hours, the days that are shown, and their appointments.
import type { Appointment, BusinessProfile } from "../api/model";
import { dayAfter, isDay, type Place, placeOf } from "../app/business-clock";
import { isMeant } from "../app/form/days";
import { openTimes, wallOf } from "../business/hours";
import { weekOf } from "./zone";

const DAY_MINUTES = 1_440;
/** The maximum length of an appointment in minutes, as the server accepts it. */
export const MINUTES_MAX = 720;

/** The days that are shown. */
export interface Look {
  view: "week" | "day";
  day: string;
  /** Whether cancelled ones are shown. */
  off: boolean;
  /** The appointment that is open. */
  open: string | null;
  isNew: boolean;
  lead: string | null;
  customer: string | null;
}

/** Up to this width a page shows a day if its address names no view; wider pages show a week. */
export const NARROW = "(max-width: 760px)";

/** The days in an address; `today` if it names no day. */
export function lookIn(search: string, today: string, isNarrow: boolean): Look {
  const asked = new URLSearchParams(search);
  const view = asked.get("view");
  const day = asked.get("day");
  return {
    view: view === "week" || view === "day" ? view : isNarrow ? "day" : "week",
    day: isDay(day) && isMeant(day) ? day : today,
    off: asked.get("off") === "1",
    open: asked.get("open"),
    isNew: asked.get("new") === "1",
    lead: asked.get("lead"),
    customer: asked.get("customer"),
  };
}

/** The address for these days. */
export function addressOf(look: Look, today: string, isNarrow: boolean): string {
  const query = new URLSearchParams();
  if (look.view !== (isNarrow ? "day" : "week")) query.set("view", look.view);
  if (look.day !== today) query.set("day", look.day);
  if (look.off) query.set("off", "1");
  if (look.open !== null) query.set("open", look.open);
  if (look.isNew) query.set("new", "1");
  if (look.lead !== null) query.set("lead", look.lead);
  if (look.customer !== null) query.set("customer", look.customer);
  const text = query.toString();
  return text === "" ? "/appointments" : `/appointments?${text}`;
}

/** The days that are shown. */
export function daysOf({ view, day }: Look): string[] {
  return view === "day" ? [day] : weekOf(day);
}

/** An appointment in a column of the grid, as far as it is on that day. `lane` of `lanes` side by side. */
export interface Meeting {
  of: Appointment;
  /** Its beginning in the column. */
  from: Place;
  /** Its start and end on the clock, in minutes since midnight. */
  begin: number;
  until: number;
  /** Its length in minutes, and how many of them are in the column. */
  long: number;
  shown: number;
  /** Whether it is the rest of one that began on the day before. */
  isRest: boolean;
  lane: number;
  lanes: number;
}

/** The part of an appointment on a day; null if there is none. */
function partOn(day: string, of: Appointment, zone: string): Meeting | null {
  const from = placeOf(new Date(of.starts_at), zone);
  const end = placeOf(new Date(of.ends_at), zone);
  const isRest = from.day < day && end.day === day && end.minutes > 0;
  if (from.day !== day && !isRest) return null;
  const long = lengthOf(of);
  const shown = isRest ? end.minutes : Math.min(long, DAY_MINUTES - from.minutes);
  return { of, from: isRest ? { day, minutes: 0 } : from, begin: from.minutes, until: end.minutes, long, shown, isRest, lane: 0, lanes: 1 };
}

/** The appointments of a day by start time, simultaneous ones side by side. */
export function meetingsOf(day: string, all: Appointment[], zone: string): Meeting[] {
  const own = all
    .flatMap((one) => partOn(day, one, zone) ?? [])
    .sort((one, other) => one.from.minutes - other.from.minutes || other.shown - one.shown);
  let group: Meeting[] = [];
  let end = -1;
  const close = () => {
    const lanes = Math.max(1, ...group.map(({ lane }) => lane + 1));
    for (const meeting of group) meeting.lanes = lanes;
    group = [];
  };
  for (const meeting of own) {
    if (meeting.from.minutes >= end) close();
    const taken = new Set(group.filter(({ from, shown }) => from.minutes + shown > meeting.from.minutes).map(({ lane }) => lane));
    while (taken.has(meeting.lane)) meeting.lane += 1;
    group.push(meeting);
    end = Math.max(end, meeting.from.minutes + meeting.shown);
  }
  close();
  return own;
}

/** The length of an appointment in minutes. */
export function lengthOf({ starts_at, ends_at }: Appointment): number {
  return Math.round((Date.parse(ends_at) - Date.parse(starts_at)) / 60_000);
}

/** A time of a day in which the business is open, in minutes since midnight. */
export interface OpenTime {
  from: number;
  to: number;
  /** Whether it is the rest of one that began on the day before. */
  isRest: boolean;
}

/** When the business is open on a day; null if that is not set. A time over midnight is on both days, as on the server. */
export function openOn(day: string, business: BusinessProfile | null): OpenTime[] | null {
  if (!business?.hours) return null;
  const begin = wallOf(day, "00:00");
  const own = openTimes(business, day).map(([opens, closes]) => ({ from: opens - begin, to: Math.min(closes - begin, DAY_MINUTES), isRest: false }));
  const rests = openTimes(business, dayAfter(day, -1))
    .map(([, closes]) => ({ from: 0, to: closes - begin, isRest: true }))
    .filter(({ to }) => to > 0);
  return [...rests, ...own];
}

/** The hours in the grid: those with opening times or appointments, and default hours if there are neither. */
export function hoursOf(days: string[], all: Appointment[], business: BusinessProfile | null, zone: string): { first: number; last: number } {
  const spans = days.flatMap((day) => openOn(day, business) ?? []);
  const meetings = days.flatMap((day) => meetingsOf(day, all, zone).map(({ from, shown }) => ({ from: from.minutes, to: from.minutes + shown })));
  const known = [...(spans.length > 0 ? spans : [{ from: 480, to: 1_080 }]), ...meetings];
  const first = Math.max(0, Math.floor(Math.min(...known.map(({ from }) => from)) / 60));
  const last = Math.min(24, Math.ceil(Math.max(...known.map(({ to }) => to)) / 60));
  return { first: Math.max(0, first - (spans.length > 0 ? 1 : 0)), last: Math.min(24, Math.max(last + (spans.length > 0 ? 1 : 0), first + 4)) };
}

/** The day one step forward or back. */
export function stepped({ view, day }: Look, by: 1 | -1): string {
  return dayAfter(day, view === "day" ? by : 7 * by);
}
