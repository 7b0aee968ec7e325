// The tone that tells an agent that a call was accepted automatically, before they hear the caller. It is played only here.

/** Its notes, in Hz, and the duration of each. */
const NOTES_HZ = [660, 880];
const NOTE_S = 0.14;
/** The time of fading in and of fading out. */
const RAMP_S = 0.02;
const LOUDNESS = 0.2;
/** A browser that can't play it by then would play it over the call's first words, so it is skipped. */
const BEGIN_MS = 300;

/** Plays it, and resolves once it was played or skipped. */
export async function playTone(): Promise<void> {
  const context = new AudioContext();
  try {
    const late = new Promise<void>((done) => setTimeout(done, BEGIN_MS));
    await Promise.race([context.resume(), late]);
    if (context.state !== "running") return;
    const begin = context.currentTime;
    const notes = NOTES_HZ.map((frequency, at) => noteOf(context, frequency, begin + at * NOTE_S));
    await Promise.all(notes);
  } finally {
    void context.close().catch(() => null);
  }
}

/** A note from that time on; resolves when it is over. */
function noteOf(context: AudioContext, frequency: number, from: number): Promise<unknown> {
  const note = new OscillatorNode(context, { frequency });
  const level = new GainNode(context, { gain: 0 });
  const { gain } = level;
  const until = from + NOTE_S;
  gain.setValueAtTime(0, from);
  gain.linearRampToValueAtTime(LOUDNESS, from + RAMP_S);
  gain.setValueAtTime(LOUDNESS, until - RAMP_S);
  gain.linearRampToValueAtTime(0, until);
  note.connect(level).connect(context.destination);
  note.start(from);
  note.stop(until);
  return new Promise((done) => note.addEventListener("ended", done));
}
