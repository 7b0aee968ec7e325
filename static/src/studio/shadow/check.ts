// Faults in a shadow that prevent sending: the rules of schema/src/shadow.rs.
import type { Profile } from "../../api/model";
import { w } from "./words";

export type Shadow = NonNullable<Profile["shadow"]>;

/** The server's limit. */
const MICROS_MAX = 1_000_000_000_000;

/** The faults of a shadow, by field. */
export function faultsOfShadow(shadow: Shadow | null): { share?: string; cost?: string } {
  if (shadow === null) return {};
  const { share_percent: share, month_cost_max_micros: cost } = shadow;
  const isWithin = (value: number, max: number) => Number.isInteger(value) && value >= 1 && value <= max;
  return {
    ...(isWithin(share, 100) ? {} : { share: w.form.badShare }),
    ...(isWithin(cost, MICROS_MAX) ? {} : { cost: w.form.badCost }),
  };
}

/** The first fault; null if there is none. */
export function faultOfShadow(shadow: Shadow | null): string | null {
  const { share, cost } = faultsOfShadow(shadow);
  return share ?? cost ?? null;
}
