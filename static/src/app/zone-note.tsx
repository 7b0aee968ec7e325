// The line that names the clock of a page's days and times.
import { ownZone } from "./business-clock";
import { clockZone } from "./clock-zone";
import { w } from "./words";

/** Nothing where the browser has the same clock. */
export function ZoneNote() {
  const zone = clockZone.value;
  return zone === undefined || zone === ownZone ? null : <p class="meta zone">{w.inZone(zone)}</p>;
}
