// The clock of the page: one for all that ticks.
import { signal } from "@preact/signals";

/** Milliseconds since 1970, a new value each second. */
export const now = signal(Date.now());

setInterval(() => {
  now.value = Date.now();
}, 1_000);
