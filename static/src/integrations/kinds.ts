// The kinds of switches, and the lines on which their calls come: one entry each.
import type { Call, Switch } from "../api/model";
import type { Addresses } from "./addresses";

type SwitchKind = NonNullable<Switch["kind"]>;

/** The names of switches, the same in every language. */
export const SWITCH_NAMES: Record<SwitchKind, string> = { asterisk: "Asterisk", freeswitch: "FreeSWITCH", twilio: "Twilio" };

/** A line. */
interface KnownLine {
  /** The kind of switch that its calls come from. */
  switch: SwitchKind;
  /** The address to which such a switch connects; null if it sends requests to this server by HTTP. */
  place: ((at: Addresses) => string) | null;
}

const known = {
  audiosocket: { switch: "asterisk", place: (at) => at.audiosocket },
  freeswitch: { switch: "freeswitch", place: (at) => at.esl },
  twilio: { switch: "twilio", place: null },
} satisfies Record<string, KnownLine>;

/** The lines, by their names in calls. */
export type LineKind = keyof typeof known;

/** The facts about each line. */
export const LINES: Record<LineKind, KnownLine> = known;

/** The lines in the order of the page. */
export const LINE_KINDS = Object.keys(known) as LineKind[];

/** The name of a line's switch. */
export const nameOf = (kind: LineKind): string => SWITCH_NAMES[LINES[kind].switch];

/** Whether a call came through this line. */
export function isOf(call: Call, kind: LineKind): boolean {
  return call.leg_kind === kind || call.outside_ids.some((outside) => outside.kind === kind);
}
