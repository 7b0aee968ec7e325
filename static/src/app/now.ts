// The clock of the page: one for everything that ticks.
import { signal } from "@preact/signals";

/** Milliseconds since 1970, updated every second. */
export const now = signal(Date.now());

setInterval(() => {
  now.value = Date.now();
}, 1_000);
