// The filter and the view of the leads, kept in the address.
import type { LeadStatus } from "../api/model";
import { dayAfter, isDay, momentOf, placeOf, zoneHere } from "../app/business-clock";

/** The statuses of a lead, in the order of the board. */
export const STATUSES = ["new", "contacted", "qualified", "won", "lost"] as const satisfies readonly LeadStatus[];

/** The periods in which a lead was created. */
export const WHENS = ["today", "week", "month", "quarter"] as const;

/** `owner`: a user's id, `none` for leads without an owner. `since` and `until`: days of the business's clock, both inclusive, from a figure's link;
 * they take precedence over `when`. An empty field filters nothing. */
export interface Filters {
  as: "board" | "table";
  q: string;
  owner: string;
  when: "" | (typeof WHENS)[number];
  since: string;
  until: string;
  status: "" | LeadStatus;
}

/** The filters in an address. */
export function filtersIn(search: string): Filters {
  const asked = new URLSearchParams(search);
  const when = asked.get("when");
  const status = asked.get("status");
  const day = (name: string) => {
    const given = asked.get(name);
    // The API accepts no later ones.
    return isDay(given) && given < "2200" ? given : "";
  };
  return {
    as: asked.get("as") === "table" ? "table" : "board",
    q: asked.get("q") ?? "",
    owner: asked.get("owner") ?? "",
    when: WHENS.find((one) => one === when) ?? "",
    since: day("since"),
    until: day("until"),
    status: STATUSES.find((one) => one === status) ?? "",
  };
}

/** The address for these filters. */
export function addressOf(filters: Filters): string {
  const query = new URLSearchParams();
  if (filters.as === "table") query.set("as", "table");
  for (const name of ["q", "owner", "when", "since", "until", "status"] as const) if (filters[name] !== "") query.set(name, filters[name]);
  const text = query.toString();
  return text === "" ? "/leads" : `/leads?${text}`;
}

/** Whether anything is filtered. */
export function isFiltered({ q, owner, when, since, until, status }: Filters): boolean {
  return q + owner + when + since + until + status !== "";
}

/** The same view without any filter. */
export function unfiltered(filters: Filters): Filters {
  return { ...filters, q: "", owner: "", when: "", since: "", until: "", status: "" };
}

const DAYS = { today: 0, week: 7, month: 30, quarter: 90 };

/** The query to the API. */
export function queryOf({ q, owner, when, since, until }: Filters, status: "" | LeadStatus, limit: number): string {
  const query = new URLSearchParams({ limit: String(limit) });
  if (q !== "") query.set("q", q);
  if (status !== "") query.set("status", status);
  if (owner !== "") query.set("owner_id", owner);
  const zone = zoneHere();
  const begin = (day: string) => momentOf({ day, minutes: 0 }, zone).toISOString();
  if (since !== "" || until !== "") {
    if (since !== "") query.set("since", begin(since));
    if (until !== "") query.set("until", begin(dayAfter(until, 1)));
  } else if (when !== "") {
    query.set("since", begin(dayAfter(placeOf(new Date(), zone).day, -DAYS[when])));
  }
  return query.toString();
}
