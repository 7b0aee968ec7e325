// The time zone in which the pages show times.
import { signal } from "@preact/signals";

/** The business's zone, as the frame has it from the server (`business-clock.ts`). Undefined if nobody is signed in or it can't be known: then the
 * browser's zone is used. */
export const clockZone = signal<string | undefined>(undefined);
