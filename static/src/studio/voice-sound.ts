// The playout of a voice's sample: one at a time, and none after its page is left.
import { computed, signal } from "@preact/signals";

/** The sample: the name with which it was started, and whether it is audible yet. */
export interface Heard {
  voice: string;
  at: "asked" | "sounding";
}

const heard = signal<Heard | null>(null);
let turn = 0;
let sounding: AudioBufferSourceNode | null = null;
let context: AudioContext | null = null;

/** The voice whose sample is played; null if there is none. */
export const hearing = computed(() => heard.value);

/** Stops the playout. */
export function quiet(): void {
  turn += 1;
  heard.value = null;
  sounding?.stop();
  sounding = null;
}

/** Plays a voice's sample instead of the current one: `fetched` returns its WAV file. Throws what that throws. */
export async function hear(voice: string, fetched: () => Promise<ArrayBuffer>): Promise<void> {
  quiet();
  const own = turn;
  heard.value = { voice, at: "asked" };
  try {
    // Within the click, because a browser may refuse the sound otherwise.
    context ??= new AudioContext();
    void context.resume();
    const file = await fetched();
    const buffer = await context.decodeAudioData(file);
    if (own !== turn) return;
    const source = new AudioBufferSourceNode(context, { buffer });
    source.connect(context.destination);
    source.onended = () => {
      if (own === turn) quiet();
    };
    source.start();
    sounding = source;
    heard.value = { voice, at: "sounding" };
  } catch (fault) {
    if (own !== turn) return;
    quiet();
    throw fault;
  }
}
