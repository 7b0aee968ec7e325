// The line that names the time zone of a page's days and times.
import { ownZone } from "./business-clock";
import { clockZone } from "./clock-zone";
import { w } from "./words";

/** Empty if the browser is in the same zone. */
export function ZoneNote() {
  const zone = clockZone.value;
  return zone === undefined || zone === ownZone ? null : <p class="meta zone">{w.inZone(zone)}</p>;
}
