// The filters, kept in the address so that a reload and a link keep them.
import type { Call } from "../api/model";
import { dayAfter, isDay, momentOf } from "../app/business-clock";

/** Those who can have served a call, as the API names them. */
export const SERVED_BY = ["assistant", "person", "nobody"] as const;
export type ServedBy = (typeof SERVED_BY)[number];

/** The filters; empty means any. `since` and `until` are days of the business's clock, as `2026-03-01`. */
export interface Filters {
  show: "" | "live" | "ended";
  from: string;
  to: string;
  q: string;
  tag: string;
  topic: string;
  cause: string;
  served_by: "" | ServedBy;
  since: string;
  until: string;
  /** The saved view that they came from; `all` where none opens by itself. It narrows nothing. */
  view: string;
}

/** No filter. */
export const NONE: Filters = { show: "", from: "", to: "", q: "", tag: "", topic: "", cause: "", served_by: "", since: "", until: "", view: "" };

/** Filters, and the zone by whose clock their days begin and end. */
export interface Asked {
  filters: Filters;
  zone: string;
}

/** Every call, of whatever day. */
export const ALL: Asked = { filters: NONE, zone: "UTC" };

const NAMES = Object.keys(NONE) as (keyof Filters)[];

/** The filters in an address. */
export function filtersIn(search: string): Filters {
  const asked = new URLSearchParams(search);
  const filters = { ...NONE };
  for (const name of NAMES) {
    if (name !== "show" && name !== "served_by") filters[name] = asked.get(name) ?? "";
  }
  filters.served_by = SERVED_BY.find((one) => one === asked.get("served_by")) ?? "";
  const show = asked.get("show");
  if (show === "live" || show === "ended") filters.show = show;
  return filters;
}

/** The address with these filters. */
export function addressOf(filters: Filters): string {
  const query = new URLSearchParams();
  for (const name of NAMES) if (filters[name] !== "") query.set(name, filters[name]);
  const text = query.toString();
  return text === "" ? "/calls" : `/calls?${text}`;
}

/** Names of the filters that narrow. */
const narrowing = (filters: Filters) => NAMES.filter((name) => name !== "view" && filters[name] !== "");

/** Whether anything is filtered. */
export function isFiltered(filters: Filters): boolean {
  return narrowing(filters).length > 0;
}

/** Whether none is by what the server alone knows of a call: its words, tags and topics, and whether a person was joined at a telephone. */
export const isKnownHere = ({ q, tag, topic, served_by }: Filters) => q + tag + topic + served_by === "";

/** The filters that narrow, by their names, as a saved view keeps them. */
export function partsOf(filters: Filters): Record<string, string> {
  return Object.fromEntries(narrowing(filters).map((name) => [name, filters[name]]));
}

/** The filters of a saved view. */
export function filtersOf(parts: Record<string, string>): Filters {
  return filtersIn(new URLSearchParams(parts).toString());
}

/** Address of the matching past calls as a file. */
export function csvOf(asked: Asked): string {
  const query = new URLSearchParams(pastQuery(asked, null, 200));
  query.delete("limit");
  return `/api/v1/calls.csv?${query.toString()}`;
}

/** The API's query for past calls. */
export function pastQuery({ filters, zone }: Asked, cursor: string | null, limit: number): string {
  const query = new URLSearchParams({ state: "ended", limit: String(limit) });
  for (const name of ["from", "to", "q", "tag", "topic", "cause", "served_by"] as const) if (filters[name] !== "") query.set(name, filters[name]);
  const since = midnight(filters.since, 0, zone);
  const until = midnight(filters.until, 1, zone);
  if (since) query.set("since", since);
  if (until) query.set("until", until);
  if (cursor) query.set("cursor", cursor);
  return query.toString();
}

/** The start of a day, `later` days on, in RFC 3339; null for no day. */
function midnight(day: string, later: number, zone: string): string | null {
  return isDay(day) ? momentOf({ day: dayAfter(day, later), minutes: 0 }, zone).toISOString() : null;
}

/** Whether a call that was reported to us fits; what the server alone knows fits none. */
export function fits(call: Call, { filters, zone }: Asked): boolean {
  const has = (value: string | null, part: string) => (value ?? "").toLowerCase().includes(part.toLowerCase());
  const since = midnight(filters.since, 0, zone);
  const until = midnight(filters.until, 1, zone);
  return (
    has(call.from, filters.from) &&
    has(call.to, filters.to) &&
    isKnownHere(filters) &&
    (filters.cause === "" || call.hangup_cause === filters.cause) &&
    (since === null || Date.parse(call.started_at) >= Date.parse(since)) &&
    (until === null || Date.parse(call.started_at) < Date.parse(until))
  );
}
