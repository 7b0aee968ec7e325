// The calls behind a figure: the list of calls, narrowed to those that were counted.
import type { ComponentChildren } from "preact";
import type { components } from "../api/types";
import { addressOf, type Counted, type Filters, NONE } from "../calls/filters";
import type { Cut, ReportQuery } from "./asked";

type Report = components["schemas"]["Report"];
/** Days or moments, as the list of calls takes them. */
export type Span = Pick<Filters, "since" | "until">;

/** Cuts by which the list of calls can be narrowed, and the name of its filter. */
const FILTERS: { [cut in Cut]?: "number" | "profile" | "agent" | "topic" } = { number: "number", profile: "profile", agent: "agent", topic: "topic" };

/** Time of a row, or of the whole report. Days that are not those of the business's clock yet are moments for the list, which has that clock; an hour
 * always is. */
export function spanOf({ now, rows, next_tz }: Report, row?: Report["rows"][number]): Span {
  const [first, last] = row ? [row, row] : [rows[0], rows.at(-1)];
  const isDays = row?.hour == null && next_tz === null;
  if (isDays || !first || !last) return { since: row?.date ?? now.from, until: row?.date ?? now.to };
  return { since: first.at, until: last.until };
}

/** Address of the calls of this time that a figure counts; null where the list can't be narrowed to them. */
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

/** A figure that leads to its calls, where the list has them. `look`: how the link looks, that of a sentence where it is left out. */
export function ToCalls({ href, look = "", children }: { href: string | null; look?: "bare" | ""; children: ComponentChildren }) {
  if (href === null) return <>{children}</>;
  return (
    <a class={look} href={href}>
      {children}
    </a>
  );
}
