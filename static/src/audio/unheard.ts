// Sound for a visitor who writes while the browser plays none: its time passes by the clock, as if it were heard.
import type { EngineEvents } from "./engine";

/** How often a piece of silence is sent, in ms. For the server a page is gone after 5 s without any sound. */
const SILENCE_EVERY_MS = 1_000;
const PIECE_MS = 20;
const BYTES_OF_SAMPLE = 2;

/** A loudspeaker that nobody hears, and a microphone that is silent. */
export class Unheard {
  /** When all that was to be played has passed, by `performance.now()`. */
  private passedAt = 0;
  private readonly marks = new Set<ReturnType<typeof setTimeout>>();
  private readonly endSilence: () => void;

  /** `rate` is that of the sound, in Hz. */
  constructor(
    private readonly events: Pick<EngineEvents, "onSound" | "onMark">,
    private readonly rate: number,
  ) {
    const bytes = ((rate * PIECE_MS) / 1_000) * BYTES_OF_SAMPLE;
    this.endSilence = again(() => events.onSound(new ArrayBuffer(bytes)), SILENCE_EVERY_MS);
  }

  /** Lets sound pass behind what waits. */
  play(sound: ArrayBuffer): void {
    const ms = (sound.byteLength / BYTES_OF_SAMPLE / this.rate) * 1_000;
    this.passedAt = Math.max(this.passedAt, performance.now()) + ms;
  }

  /** Asks to be notified when all that waits has passed. */
  mark(name: string): void {
    const timer = setTimeout(() => {
      this.marks.delete(timer);
      this.events.onMark(name);
    }, this.passedAt - performance.now());
    this.marks.add(timer);
  }

  /** Throws away what waits, and its marks. */
  clear(): void {
    this.passedAt = 0;
    for (const timer of this.marks) clearTimeout(timer);
    this.marks.clear();
  }

  /** Sends no more silence. Marks that wait are still reported. */
  end(): void {
    this.endSilence();
  }
}

/** Does something again and again, on a hidden page too: there a timer that was set by timers waits for up to a minute, and one that a message
 * has set for a second. The returned function ends that. */
function again(act: () => void, everyMs: number): () => void {
  const { port1: here, port2: there } = new MessageChannel();
  let timer: ReturnType<typeof setTimeout>;
  const wait = () => {
    timer = setTimeout(() => {
      there.postMessage(null);
      act();
    }, everyMs);
  };
  here.onmessage = wait;
  wait();
  return () => {
    clearTimeout(timer);
    here.close();
  };
}
