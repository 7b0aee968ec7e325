// The state of an appointment as it is shown.
import { computed } from "@preact/signals";
import type { Appointment } from "../api/model";
import { serverNow } from "../app/now";

const STEP_MS = 10_000;
/** The server's time in steps: what shows it is not drawn anew every second. */
const about = computed(() => Math.floor(serverNow.value / STEP_MS) * STEP_MS);

/** Its state. A hold that was not confirmed in time has lapsed: its time is free, although it is marked as cancelled only when another booking takes it. */
export function stateOf({ status, hold_until }: Appointment): Appointment["status"] | "lapsed" {
  return status === "held" && hold_until !== null && Date.parse(hold_until) <= about.value ? "lapsed" : status;
}

/** Whether its time is free again. */
export function isOff(one: Appointment): boolean {
  const state = stateOf(one);
  return state === "cancelled" || state === "lapsed";
}
