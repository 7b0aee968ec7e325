// Changes that are not saved: whoever leaves them is asked first, by the browser and by links of ours.
import { signal } from "@preact/signals";

let guards = 0;

/** Target of a user who leaves a page with unsaved changes: the frame asks them. */
export const wantsToLeave = signal<{ go: () => void } | null>(null);

function ask(event: BeforeUnloadEvent): void {
  event.preventDefault();
}

/** Holds the page until the returned function is called. */
export function guardLeaving(): () => void {
  guards += 1;
  if (guards === 1) addEventListener("beforeunload", ask);
  return () => {
    guards -= 1;
    if (guards === 0) removeEventListener("beforeunload", ask);
  };
}

/** Whether somebody is asked before they leave. */
export function isGuarded(): boolean {
  return guards > 0;
}

/** Goes on with `leave`, at once or when they who have unsaved changes say so. */
export function leaving(leave: () => void): void {
  if (guards === 0) leave();
  else wantsToLeave.value = { go: leave };
}
