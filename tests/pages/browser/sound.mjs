// Sound of a call, as tests compare it: its recording, and how like one stretch is to the best place in another.
import { equal, must, token } from "./stage.mjs";

/** Samples a second that are compared. */
const COARSE_HZ = 4_000;
/** 400 ms. */
const WORD = 1_600;
/** 160 ms: a syllable. */
const SYLLABLE = 640;
/** A syllable is heard where a place in the copy is as like it as this. */
const LIKE = 0.75;
/** So many syllables are words that were heard, and no chance. */
const HEARD_MIN = 3;

/** The two sides of a call's recording at a house, and its rate. */
export async function recording(at, id) {
  const headers = { Authorization: `Bearer ${token}` };
  const answer = await fetch(`${at.origin}/api/v1/calls/${id}/recording`, { headers });
  equal(answer.status, 200, "the recording");
  const { rate, samples } = wavSamples(Buffer.from(await answer.arrayBuffer()));
  return { rate, caller: samples.filter((_, n) => n % 2 === 0), assistant: samples.filter((_, n) => n % 2 === 1) };
}

/** The samples of a WAV, as they are in it (two channels interleaved), and its rate. */
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

/** How like a piece is to each place of the copy, by where that begins: 1 where it is the same. */
function likenesses(piece, copy) {
  const own = energy(piece);
  const all = [];
  let other = energy(copy.slice(0, piece.length));
  for (let lag = 0; lag + piece.length <= copy.length; lag += 1) {
    let product = 0;
    for (let n = 0; n < piece.length; n += 1) product += piece[n] * copy[lag + n];
    all.push(product / Math.max(Math.sqrt(own * Math.max(other, 0)), 1e-9));
    other += (copy[lag + piece.length] ?? 0) ** 2 - copy[lag] ** 2;
  }
  return all;
}

/** How like a piece is to the best place for it in the copy, wherever that is. */
const likenessOf = (piece, copy) => likenesses(piece, copy).reduce((most, like) => Math.max(most, like), 0);

/** The places of a syllable in the copy, each where it is most like it. */
function placesOf(syllable, copy) {
  const places = [];
  likenesses(syllable, copy).forEach((like, at) => {
    if (like <= LIKE) return;
    const last = places.at(-1);
    if (!last || at - last.at > SYLLABLE / 2) places.push({ at, like });
    else if (like > last.like) Object.assign(last, { at, like });
  });
  return places.map(({ at }) => at);
}

/** How many of these can be chosen, one place of each, so that each comes after the one before it. */
function longestRise(all) {
  // The least last place of a choice of so many.
  const ends = [];
  for (const places of all) {
    for (const place of places.toReversed()) {
      const behind = ends.findIndex((end) => end >= place);
      ends[behind === -1 ? ends.length : behind] = place;
    }
  }
  return ends.length;
}

/** Of the original's syllables, spread over the whole: how many there are, how many are heard in the copy, and of how many of these each comes behind
 * the one before it. None of them is like another place of the original; where that is said again and again, they have several places. */
export function syllables(original, copy) {
  const windows = windowsOf(original, SYLLABLE);
  const loudest = Math.max(...windows.map(energy));
  const all = windows.filter((window) => energy(window) > loudest / 10);
  const said = all.filter((_, n) => n % Math.ceil(all.length / 14) === 0).filter((syllable) => placesOf(syllable, original).length === 1);
  const heard = said.map((syllable) => placesOf(syllable, copy)).filter(({ length }) => length > 0);
  return { said: said.length, heard: heard.length, inOrder: longestRise(heard) };
}

/** Fails unless half of the original's syllables are heard in the copy, and some at least, all in the order in which they were said. A jitter buffer makes up
 * parts of what comes late on a busy machine. The tests of `rtc` measure in virtual time what loss and jitter do to sound. */
export function mustBeHeard(original, copy, way) {
  const { said, heard, inOrder } = syllables(original, copy);
  console.log(`(${way}: ${heard} of ${said} syllables heard, ${inOrder} in order)`);
  must(heard >= Math.max(HEARD_MIN, said / 2), `${way}: of ${said} syllables ${heard} were heard`);
  equal(inOrder, heard, `${way}: syllables in the order in which they were said`);
}

/** Whether the copy has what the original says: the best correlation of one of its loudest windows, wherever that stands. Of what comes late
 * on a busy machine the jitter buffer makes up parts, so the rest of them says how busy that is; what loss and jitter do to sound, the tests
 * of `rtc` measure in virtual time. */
export function likeness(original, copy) {
  const windows = windowsOf(original, WORD).sort((one, other) => energy(other) - energy(one));
  return Math.max(...windows.slice(0, 6).map((window) => likenessOf(window, copy)));
}
