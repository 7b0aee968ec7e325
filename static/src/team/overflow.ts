// What becomes of a caller for whom nobody of a queue is found.
import type { Overflow } from "../api/model";
import { w } from "./words";

/** What becomes of a caller, in words. */
export function overflowInWords(overflow: Overflow): string {
  switch (overflow.to) {
    case "message":
    case "callback":
      return w.queues.overflow[overflow.to];
    case "queue":
    case "extension":
      return w.queues.overflow[overflow.to](overflow.name);
  }
}
