// Browsers halt the sound of a page: before somebody has clicked on it, and on a telephone while a call comes in, where Safari calls it
// `interrupted`. It runs again when it is asked to at the right moment, which no browser tells.

/** How long a browser may take; later than this it waits for a click. */
const RESUME_MS = 500;

/** A click or a key may be what the browser waits for. The first one may not count. */
const KINDS = ["pointerdown", "keydown"] as const;

/** Has a context run, now and whenever it is halted: at once, when the page is seen again, and at each click or key. `told` learns whether it
 * runs, where that is not as before; a halt that is over within a moment is none. The returned function ends that. */
export function keepRunning(context: AudioContext, told: (isRunning: boolean) => void): () => void {
  let known: boolean | null = null;
  let late: ReturnType<typeof setTimeout> | undefined;
  const tell = (now: boolean) => {
    if (known === now) return;
    known = now;
    told(now);
  };
  const look = () => {
    if (context.state === "running") {
      clearTimeout(late);
      late = undefined;
      tell(true);
    } else if (context.state !== "closed") {
      // Refused for as long as a telephone call lasts.
      void context.resume().catch(() => null);
      late ??= setTimeout(() => tell(false), RESUME_MS);
    }
  };
  context.addEventListener("statechange", look);
  document.addEventListener("visibilitychange", look);
  for (const kind of KINDS) addEventListener(kind, look, { capture: true });
  look();
  return () => {
    clearTimeout(late);
    context.removeEventListener("statechange", look);
    document.removeEventListener("visibilitychange", look);
    for (const kind of KINDS) removeEventListener(kind, look, { capture: true });
  };
}
