// Browsers suspend a page's audio: before the user has clicked on the page, and on a phone during an incoming call, where Safari calls it
// `interrupted`. It runs again if it is resumed at the right moment, which no browser announces.

/** How long a browser may take; after this it waits for a click. */
const RESUME_MS = 500;

/** The browser may wait for a click or a key. The first one may not count. */
const KINDS = ["pointerdown", "keydown"] as const;

/** Audio that a browser may suspend. */
interface Sound {
  /** Emits these events when the state changes. */
  target: EventTarget;
  changes: readonly string[];
  isRunning: () => boolean;
  isClosed: () => boolean;
  run: () => Promise<void>;
}

/** Keeps a context running, now and whenever it is suspended: at once, when the page becomes visible again, and at each click or key. `onChange` is
 * called with whether it runs, when that has changed; a suspension that is over within a moment doesn't count. The returned function stops this. */
export function keepRunning(context: AudioContext, onChange: (isRunning: boolean) => void): () => void {
  const isRunning = () => context.state === "running";
  const isClosed = () => context.state === "closed";
  return kept({ target: context, changes: ["statechange"], isRunning, isClosed, run: () => context.resume() }, onChange);
}

/** Keeps a loudspeaker playing, in the same way. One that waits for its first sound counts as playing. */
export function keepPlaying(loudspeaker: HTMLAudioElement, onChange: (isPlaying: boolean) => void): () => void {
  const isRunning = () => !loudspeaker.paused;
  const isClosed = () => loudspeaker.srcObject === null;
  return kept({ target: loudspeaker, changes: ["playing", "pause"], isRunning, isClosed, run: () => loudspeaker.play() }, onChange);
}

function kept(sound: Sound, onChange: (isRunning: boolean) => void): () => void {
  let known: boolean | null = null;
  let late: ReturnType<typeof setTimeout> | undefined;
  let tries = 0;
  const tell = (now: boolean) => {
    if (known === now) return;
    known = now;
    onChange(now);
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
    // A refused attempt may pause a loudspeaker once more, which must not cause the next attempt.
    if (event?.type === "pause" && tries > 0) return;
    tries += 1;
    // Refused during a telephone call.
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
