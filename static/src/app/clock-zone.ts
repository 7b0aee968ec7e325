// The zone by whose clock the pages show times.
import { signal } from "@preact/signals";

/** The business's, as the frame has it from the server (`business-clock.ts`). Undefined where nobody is signed in, or it can't be known: then it
 * is the browser's. */
export const clockZone = signal<string | undefined>(undefined);
