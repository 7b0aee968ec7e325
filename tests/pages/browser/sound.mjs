// Sound of a call, as tests compare it: its recording, and how like one stretch is to the best place in another.
import { equal, token } from "./stage.mjs";

/** Samples a second that are compared. */
const COARSE_HZ = 4_000;
/** 400 ms. */
const WORD = 1_600;
/** 160 ms: a syllable. */
const SYLLABLE = 640;
/** A syllable is heard where its best place in the copy is as like it as this. */
const LIKE = 0.75;

/** The two sides of a call's recording at a house, and its rate. */
export async function recording(at, id) {
  const headers = { Authorization: `Bearer ${token}` };
  const answer = await fetch(`${at.origin}/api/v1/calls/${id}/recording`, { headers });
  equal(answer.status, 200, "the recording");
  const { rate, samples } = wavSamples(Buffer.from(await answer.arrayBuffer()));
  return { rate, caller: samples.filter((_, n) => n % 2 === 0), assistant: samples.filter((_, n) => n % 2 === 1) };
}

/** The samples of a WAV, as they stand in it (of two channels by turns), and its rate. */
export function wavSamples(wav) {
  const start = wav.indexOf("data") + 8;
  const samples = Array.from({ length: Math.floor((wav.length - start) / 2) }, (_, n) => wav.readInt16LE(start + 2 * n) / 32_768);
  return { rate: wav.readUInt32LE(24), samples };
}

/** Sound at the rate at which it is compared. */
export function coarse(samples, rate) {
  const step = rate / COARSE_HZ;
  const mean = (n) => {
    const piece = samples.slice(Math.floor(n * step), Math.floor((n + 1) * step));
    return piece.reduce((sum, sample) => sum + sample, 0) / piece.length;
  };
  return Array.from({ length: Math.floor(samples.length / step) }, (_, n) => mean(n));
}

/** The sum of the squares. */
export const energy = (piece) => piece.reduce((sum, value) => sum + value * value, 0);

/** Sound in pieces of so many samples. */
export function windowsOf(sound, size) {
  return Array.from({ length: Math.floor(sound.length / size) }, (_, n) => sound.slice(n * size, (n + 1) * size));
}

/** How like a piece is to the best place for it in the copy, wherever that stands: 1 where it is the same. */
export function likenessOf(piece, copy) {
  const own = energy(piece);
  let most = 0;
  for (let lag = 0; lag + piece.length <= copy.length; lag += 1) {
    let product = 0;
    let other = 0;
    for (let n = 0; n < piece.length; n += 1) {
      product += piece[n] * copy[lag + n];
      other += copy[lag + n] ** 2;
    }
    most = Math.max(most, product / Math.max(Math.sqrt(own * other), 1e-9));
  }
  return most;
}

/** The share of the original's syllables that are heard in the copy, wherever they stand there: a network moves them. */
export function syllablesHeard(original, copy) {
  const windows = windowsOf(original, SYLLABLE);
  const loudest = Math.max(...windows.map(energy));
  const all = windows.filter((window) => energy(window) > loudest / 10);
  // Spread over the whole, so that a machine that stands still for a moment takes one or two.
  const loud = all.filter((_, n) => n % Math.ceil(all.length / 14) === 0);
  return loud.filter((window) => likenessOf(window, copy) > LIKE).length / loud.length;
}

/** Whether the copy has what the original says: the best correlation of one of its loudest windows, wherever that stands. Of what comes late
 * on a busy machine the jitter buffer makes up parts, so the rest of them says how busy that is; what loss and jitter do to sound, the tests
 * of `rtc` measure in virtual time. */
export function likeness(original, copy) {
  const windows = windowsOf(original, WORD).sort((one, other) => energy(other) - energy(one));
  return Math.max(...windows.slice(0, 6).map((window) => likenessOf(window, copy)));
}
