// Changes that are not saved: whoever leaves them is asked first, by the browser (guard-leaving.ts) and by links of ours.
import { signal } from "@preact/signals";

/** How many hold the page; whether a step of the browser's is taken back, where a form is held (guard-leaving.ts). */
export const unsaved: { count: number; takesBack?: () => boolean } = { count: 0 };

/** Target of a user who leaves a page with unsaved changes: the frame asks them. */
export const wantsToLeave = signal<{ go: () => void } | null>(null);

/** Goes on with `leave`, at once or when they who have unsaved changes say so. */
export function leaving(leave: () => void): void {
  if (unsaved.count === 0) leave();
  else wantsToLeave.value = { go: leave };
}
