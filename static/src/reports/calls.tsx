// The calls of a figure: the list of calls, filtered to those that were counted.
import type { ComponentChildren } from "preact";
import type { components } from "../api/types";
import { addressOf, type Counted, type Filters, NONE } from "../calls/filters";
import type { Cut, ReportQuery } from "./asked";

type Report = components["schemas"]["Report"];
/** Days or moments, in the form of the list of calls. */
export type Span = Pick<Filters, "since" | "until">;

/** The cuts by which the list of calls can be filtered, and the name of each filter. */
const FILTERS: { [cut in Cut]?: "number" | "profile" | "agent" | "topic" } = { number: "number", profile: "profile", agent: "agent", topic: "topic" };

/** The time of a row, or of the whole report. If its days are not yet those of the business's clock, they become moments for the list, which uses
 * that clock; an hour always does. */
export function spanOf({ now, rows, next_tz }: Report, row?: Report["rows"][number]): Span {
  const [first, last] = row ? [row, row] : [rows[0], rows.at(-1)];
  const isDays = row?.hour == null && next_tz === null;
  if (isDays || !first || !last) return { since: row?.date ?? now.from, until: row?.date ?? now.to };
  return { since: first.at, until: last.until };
}

/** The address of the calls in this time that a figure counts; null if the list can't be filtered to them. */
export function callsOf(
  { cut, key }: Pick<ReportQuery, "cut" | "key">,
  span: Span,
  { counted = "call", cause = "" }: { counted?: Counted; cause?: string } = {},
): string | null {
  const name = FILTERS[cut];
  if (key !== "" && name === undefined) return null;
  const narrowed: Filters = { ...NONE };
  if (key !== "" && name !== undefined) narrowed[name] = key;
  return addressOf({ ...narrowed, ...span, counted, cause });
}

/** A figure that links to its calls, if the list can show them. `look`: the look of the link; without it, as in a sentence. */
export function ToCalls({ href, look = "", children }: { href: string | null; look?: "bare" | ""; children: ComponentChildren }) {
  if (href === null) return <>{children}</>;
  return (
    <a class={look} href={href}>
      {children}
    </a>
  );
}
