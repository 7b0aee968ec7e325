// A voice that is being heard: one at a time, and none once its page is left.
import { computed, signal } from "@preact/signals";

/** The sound that is heard: the name that it was begun with, and whether it sounds already. */
export interface Heard {
  voice: string;
  at: "asked" | "sounding";
}

const heard = signal<Heard | null>(null);
let turn = 0;
let sounding: AudioBufferSourceNode | null = null;
let context: AudioContext | null = null;

/** The voice that is being heard; null where none is. */
export const hearing = computed(() => heard.value);

/** Ends what is heard. */
export function quiet(): void {
  turn += 1;
  heard.value = null;
  sounding?.stop();
  sounding = null;
}

/** Has a voice heard in the place of what is heard: `fetched` gives its WAV file. Throws as that does. */
export async function hear(voice: string, fetched: () => Promise<ArrayBuffer>): Promise<void> {
  quiet();
  const own = turn;
  heard.value = { voice, at: "asked" };
  try {
    // In the click, because a browser may else refuse the sound.
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
