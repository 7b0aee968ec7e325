// The clock of the page: one for everything that ticks.
import { computed, signal } from "@preact/signals";

/** Milliseconds since 1970, updated every second. */
export const now = signal(Date.now());

/** A smaller difference is the network's: each message would change every time that is shown. */
const SAME_MS = 250;

/** How far the server's clock is ahead of this computer's, in ms. */
const aheadMs = signal(0);

/** The server's time, ms since 1970, updated every second. Durations since a moment of the server are measured by it. */
export const serverNow = computed(() => now.value + aheadMs.value);

/** Notes the server's time in a message that has just come. */
export function noteServerTime(at: string): void {
  const ahead = Date.parse(at) - Date.now();
  if (Math.abs(ahead - aheadMs.peek()) > SAME_MS) aheadMs.value = ahead;
}

setInterval(() => {
  now.value = Date.now();
}, 1_000);
