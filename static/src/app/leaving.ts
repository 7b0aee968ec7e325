// Unsaved changes: before a user leaves them, they are asked, by the browser (guard-leaving.ts) or by our links.
import { signal } from "@preact/signals";

/** How many forms guard the page; whether a step back in the browser is undone, when a form guards it (guard-leaving.ts). */
export const unsaved: { count: number; takesBack?: () => boolean } = { count: 0 };

/** The destination of a user who has unsaved changes: the frame asks them. */
export const wantsToLeave = signal<{ go: () => void } | null>(null);

/** Calls `leave`, at once or when a user with unsaved changes confirms. */
export function leaving(leave: () => void): void {
  if (unsaved.count === 0) leave();
  else wantsToLeave.value = { go: leave };
}
