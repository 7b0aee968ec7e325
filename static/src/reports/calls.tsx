// The calls behind a figure: the list of calls, narrowed to those that were counted.
import type { ComponentChildren } from "preact";
import { addressOf, type Counted, type Filters, NONE } from "../calls/filters";
import type { Cut, ReportQuery } from "./asked";

/** Cuts by which the list of calls can be narrowed, and the name of its filter. */
const FILTERS: { [cut in Cut]?: "to" | "profile" | "agent" | "topic" } = { number: "to", profile: "profile", agent: "agent", topic: "topic" };

/** Address of the calls of these days that a figure counts; null where the list can't be narrowed to them. */
export function callsOf(
  { cut, key }: Pick<ReportQuery, "cut" | "key">,
  days: { from: string; to: string },
  { counted = "call", cause = "" }: { counted?: Counted; cause?: string } = {},
): string | null {
  const name = FILTERS[cut];
  if (key !== "" && name === undefined) return null;
  const narrowed: Filters = { ...NONE };
  if (key !== "" && name !== undefined) narrowed[name] = key;
  // An agent's figures count what they did, not what became of the call.
  const as = key !== "" && cut === "agent" ? "call" : counted;
  return addressOf({ ...narrowed, counted: as, cause, since: days.from, until: days.to });
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
