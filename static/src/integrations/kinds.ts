// Kinds of switches, and the lines on which their calls come: one entry each.
import type { Call, Switch } from "../api/model";
import type { Addresses } from "./addresses";

type SwitchKind = NonNullable<Switch["kind"]>;

/** The names of switches, the same in every language. */
export const SWITCH_NAMES: Record<SwitchKind, string> = { asterisk: "Asterisk", freeswitch: "FreeSWITCH", twilio: "Twilio" };

/** A line. */
interface KnownLine {
  /** The kind of switch that its calls come from. */
  switch: SwitchKind;
  /** Address to which such a switch connects; null if it asks this server by HTTP. */
  place: ((at: Addresses) => string) | null;
}

const known = {
  audiosocket: { switch: "asterisk", place: (at) => at.audiosocket },
  freeswitch: { switch: "freeswitch", place: (at) => at.esl },
  twilio: { switch: "twilio", place: null },
} satisfies Record<string, KnownLine>;

/** The lines, as calls name them. */
export type LineKind = keyof typeof known;

/** Facts about each. */
export const LINES: Record<LineKind, KnownLine> = known;

/** The lines in the order of the page. */
export const LINE_KINDS = Object.keys(known) as LineKind[];

/** The name of the switch behind a line. */
export const nameOf = (kind: LineKind): string => SWITCH_NAMES[LINES[kind].switch];

/** Whether a call came by this line. */
export function isOf(call: Call, kind: LineKind): boolean {
  return call.leg_kind === kind || call.outside_ids.some((outside) => outside.kind === kind);
}
