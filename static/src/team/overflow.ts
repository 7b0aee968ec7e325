// The overflow for a caller when no agent of a queue is found.
import type { Overflow, Queue } from "../api/model";
import { w } from "./words";

/** An overflow as text. `queues`: the queues that it may name. */
export function overflowInWords(overflow: Overflow, queues: readonly Queue[]): string {
  switch (overflow.to) {
    case "message":
    case "callback":
      return w.queues.overflow[overflow.to];
    case "queue":
      return w.queues.overflow.queue(queues.find(({ name }) => name === overflow.name)?.title || overflow.name);
    case "extension":
      return w.queues.overflow.extension(overflow.name);
  }
}
