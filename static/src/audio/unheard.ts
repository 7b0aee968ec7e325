// Sound for a visitor who writes while the browser plays none: its time passes by the clock, as if it were heard.
import type { EngineEvents } from "./engine";

/** How often a piece of silence is sent, in ms. The server takes a page for gone after 5 s without any sound. */
const SILENCE_EVERY_MS = 1_000;
const PIECE_MS = 20;
const BYTES_OF_SAMPLE = 2;

/** A loudspeaker that nobody hears, and a microphone that is silent. */
export class Unheard {
  /** When everything to be played has passed, by `performance.now()`. */
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

  /** Lets sound pass after what is queued. */
  play(sound: ArrayBuffer): void {
    const ms = (sound.byteLength / BYTES_OF_SAMPLE / this.rate) * 1_000;
    this.passedAt = Math.max(this.passedAt, performance.now()) + ms;
  }

  /** Requests a notification when everything queued so far has passed. */
  mark(name: string): void {
    const timer = setTimeout(() => {
      this.marks.delete(timer);
      this.events.onMark(name);
    }, this.passedAt - performance.now());
    this.marks.add(timer);
  }

  /** Clears the queue and its marks. */
  clear(): void {
    this.passedAt = 0;
    for (const timer of this.marks) clearTimeout(timer);
    this.marks.clear();
  }

  /** Stops sending silence. Queued marks are still reported. */
  end(): void {
    this.endSilence();
  }
}

/** Repeats something, on a hidden page too. There a timer that was set by a timer waits for up to a minute, and one that was set by a message for a
 * second. The returned function stops this. */
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
