// The filters, kept in the address so that a reload and a link keep them.
import type { Call } from "../api/model";
import { dayAfter, isDay, momentOf } from "../app/business-clock";

/** The kinds by which figures count a call. `call` is any except those between colleagues. */
export const COUNTED = ["call", "contained", "handed_over", "missed"] as const;
export type Counted = (typeof COUNTED)[number];

/** The filters; empty means any. `since` and `until` are days of the business's clock, both inclusive, such as `2026-03-01`, or moments, of which the
 * second is exclusive, such as `2026-03-01T14:00:00Z`. */
export interface Filters {
  show: "" | "live" | "ended";
  from: string;
  to: string;
  /** Our number in the call, as in reports. */
  number: string;
  q: string;
  tag: string;
  topic: string;
  cause: string;
  counted: "" | Counted;
  /** The ids of the profile that answered, and of an agent who was offered the call. */
  profile: string;
  agent: string;
  since: string;
  until: string;
  /** The saved view that they came from; `all` if no view should open by itself. It filters nothing. */
  view: string;
}

/** No filter. */
export const NONE: Filters = { show: "", from: "", to: "", number: "", q: "", tag: "", topic: "", cause: "", counted: "", profile: "", agent: "", since: "", until: "", view: "" };

/** Filters, and the zone in which their days begin and end. */
export interface Asked {
  filters: Filters;
  zone: string;
}

/** Every call, of any day. */
export const ALL: Asked = { filters: NONE, zone: "UTC" };

const NAMES = Object.keys(NONE) as (keyof Filters)[];

/** The filters in an address. */
export function filtersIn(search: string): Filters {
  const asked = new URLSearchParams(search);
  const filters = { ...NONE };
  for (const name of NAMES) {
    if (name !== "show" && name !== "counted") filters[name] = asked.get(name) ?? "";
  }
  filters.counted = COUNTED.find((one) => one === asked.get("counted")) ?? "";
  const show = asked.get("show");
  if (show === "live" || show === "ended") filters.show = show;
  return filters;
}

/** The address for these filters. */
export function addressOf(filters: Filters): string {
  const query = new URLSearchParams();
  for (const name of NAMES) if (filters[name] !== "") query.set(name, filters[name]);
  const text = query.toString();
  return text === "" ? "/calls" : `/calls?${text}`;
}

/** The names of the filters that are set. */
const narrowing = (filters: Filters) => NAMES.filter((name) => name !== "view" && filters[name] !== "");

/** Whether any filter is set. */
export function isFiltered(filters: Filters): boolean {
  return narrowing(filters).length > 0;
}

/** Whether no filter needs what only the server knows of a call: its words, tags and topics, and whether a person has joined. */
export const isKnownHere = ({ q, tag, topic, counted }: Filters) => q + tag + topic === "" && (counted === "" || counted === "call");

/** The filters that are set, by name, as a saved view stores them. */
export function partsOf(filters: Filters): Record<string, string> {
  return Object.fromEntries(narrowing(filters).map((name) => [name, filters[name]]));
}

/** The filters of a saved view. */
export function filtersOf(parts: Record<string, string>): Filters {
  return filtersIn(new URLSearchParams(parts).toString());
}

/** Whether live calls are listed among the past ones: only the server knows which of them a person has joined. */
export const isMixed = ({ show, counted }: Filters) => show === "" && counted === "handed_over";

/** The address of the matching past calls as a file. */
export function csvOf(asked: Asked): string {
  const query = new URLSearchParams(pastQuery(asked, null, 200));
  query.delete("limit");
  return `/api/v1/calls.csv?${query.toString()}`;
}

/** The API's query for past calls. */
export function pastQuery({ filters, zone }: Asked, cursor: string | null, limit: number): string {
  const query = new URLSearchParams({ ...(isMixed(filters) ? {} : { state: "ended" }), limit: String(limit) });
  for (const name of ["from", "to", "number", "q", "tag", "topic", "cause", "counted"] as const) if (filters[name] !== "") query.set(name, filters[name]);
  if (filters.profile !== "") query.set("profile_id", filters.profile);
  if (filters.agent !== "") query.set("agent_id", filters.agent);
  const since = edge(filters.since, 0, zone);
  const until = edge(filters.until, 1, zone);
  if (since) query.set("since", since);
  if (until) query.set("until", until);
  if (cursor) query.set("cursor", cursor);
  return query.toString();
}

/** Whether a filter is a moment and not a day. */
export function isMoment(text: string): boolean {
  return /^\d{4}-\d\d-\d\dT.*(Z|[+-]\d\d:\d\d)$/.test(text) && !Number.isNaN(Date.parse(text));
}

/** The start of the day `later` days after it, or the moment itself, in RFC 3339; null if it is neither. */
function edge(text: string, later: number, zone: string): string | null {
  if (isMoment(text)) return new Date(text).toISOString();
  return isDay(text) ? momentOf({ day: dayAfter(text, later), minutes: 0 }, zone).toISOString() : null;
}

/** How many characters of a number reports keep. */
const NUMBER_CHARS_MAX = 128;

/** Our number in a call, as in reports; null between colleagues. */
function ownNumber({ direction, from, to }: Call): string | null {
  const own = direction === "inbound" ? to : direction === "outbound" ? from : null;
  return own === null ? null : [...own].slice(0, NUMBER_CHARS_MAX).join("");
}

/** Whether a call from an event matches. Only the server knows its words, tags and topics, and who has joined: with such a filter no call matches. */
export function fits(call: Call, { filters, zone }: Asked): boolean {
  // A number may be typed with marks between its digits.
  const readings = (text: string) => [text, text.replace(/\(0\)|[\s./()-]/g, "") || text];
  const has = (value: string | null, part: string) => readings(part.toLowerCase()).some((one) => (value ?? "").toLowerCase().includes(one));
  const since = edge(filters.since, 0, zone);
  const until = edge(filters.until, 1, zone);
  return (
    has(call.from, filters.from) &&
    has(call.to, filters.to) &&
    (filters.number === "" || ownNumber(call) === filters.number) &&
    isKnownHere(filters) &&
    (filters.cause === "" || (call.hangup_cause ?? "unknown") === filters.cause) &&
    (filters.counted === "" || call.direction !== "internal") &&
    (filters.profile === "" || call.profile_id === filters.profile) &&
    (filters.agent === "" || call.agents.some(({ user_id }) => user_id === filters.agent)) &&
    (since === null || Date.parse(call.started_at) >= Date.parse(since)) &&
    (until === null || Date.parse(call.started_at) < Date.parse(until))
  );
}
