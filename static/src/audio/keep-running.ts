// Browsers halt the sound of a page: before somebody has clicked on it, and on a telephone while a call comes in, where Safari calls it
// `interrupted`. It runs again when it is asked to at the right moment, which no browser tells.

/** How long a browser may take; later than this it waits for a click. */
const RESUME_MS = 500;

/** A click or a key may be what the browser waits for. The first one may not count. */
const KINDS = ["pointerdown", "keydown"] as const;

/** Sound that a browser may halt. */
interface Sound {
  /** Tells of changes, by these events. */
  target: EventTarget;
  changes: readonly string[];
  isRunning: () => boolean;
  isClosed: () => boolean;
  run: () => Promise<void>;
}

/** Has a context run, now and whenever it is halted: at once, when the page is seen again, and at each click or key. `told` learns whether it
 * runs, where that is not as before; a halt that is over within a moment is none. The returned function ends that. */
export function keepRunning(context: AudioContext, told: (isRunning: boolean) => void): () => void {
  const isRunning = () => context.state === "running";
  const isClosed = () => context.state === "closed";
  return kept({ target: context, changes: ["statechange"], isRunning, isClosed, run: () => context.resume() }, told);
}

/** Has a loudspeaker play, in the same way. One that waits for its first sound counts as playing. */
export function keepPlaying(loudspeaker: HTMLAudioElement, told: (isPlaying: boolean) => void): () => void {
  const isRunning = () => !loudspeaker.paused;
  const isClosed = () => loudspeaker.srcObject === null;
  return kept({ target: loudspeaker, changes: ["playing", "pause"], isRunning, isClosed, run: () => loudspeaker.play() }, told);
}

function kept(sound: Sound, told: (isRunning: boolean) => void): () => void {
  let known: boolean | null = null;
  let late: ReturnType<typeof setTimeout> | undefined;
  let tries = 0;
  const tell = (now: boolean) => {
    if (known === now) return;
    known = now;
    told(now);
  };
  const runs = () => {
    clearTimeout(late);
    late = undefined;
    tell(true);
  };
  const look = (event?: Event) => {
    if (sound.isRunning()) return runs();
    if (sound.isClosed()) return;
    late ??= setTimeout(() => (sound.isRunning() ? runs() : tell(false)), RESUME_MS);
    // A try that is refused may pause a loudspeaker once more, which is no reason for the next try.
    if (event?.type === "pause" && tries > 0) return;
    tries += 1;
    // Refused for as long as a telephone call lasts.
    void sound
      .run()
      .catch(() => null)
      .finally(() => (tries -= 1));
  };
  for (const change of sound.changes) sound.target.addEventListener(change, look);
  document.addEventListener("visibilitychange", look);
  for (const kind of KINDS) addEventListener(kind, look, { capture: true });
  look();
  return () => {
    clearTimeout(late);
    for (const change of sound.changes) sound.target.removeEventListener(change, look);
    document.removeEventListener("visibilitychange", look);
    for (const kind of KINDS) removeEventListener(kind, look, { capture: true });
  };
}
