// Sound of a call for tests: its recording, and the similarity of one piece of sound to the best place in another.
import { equal, must, token } from "./stage.mjs";

/** The sample rate of sound in comparisons, in Hz. */
const COARSE_HZ = 4_000;
/** 400 ms. */
const WORD = 1_600;
/** 160 ms: a syllable. */
const SYLLABLE = 640;
/** The minimum similarity at which a syllable counts as heard. */
const LIKE = 0.75;
/** The minimum number of heard syllables that can't be chance. */
const HEARD_MIN = 3;

/** The two sides of a call's recording on a server, and its sample rate. */
export async function recording(at, id) {
  const headers = { Authorization: `Bearer ${token}` };
  const answer = await fetch(`${at.origin}/api/v1/calls/${id}/recording`, { headers });
  equal(answer.status, 200, "the recording");
  const { rate, samples } = wavSamples(Buffer.from(await answer.arrayBuffer()));
  return { rate, caller: samples.filter((_, n) => n % 2 === 0), assistant: samples.filter((_, n) => n % 2 === 1) };
}

/** The samples of a WAV file (two channels interleaved), and its sample rate. */
export function wavSamples(wav) {
  const start = wav.indexOf("data") + 8;
  const samples = Array.from({ length: Math.floor((wav.length - start) / 2) }, (_, n) => wav.readInt16LE(start + 2 * n) / 32_768);
  return { rate: wav.readUInt32LE(24), samples };
}

/** Reduces sound to the sample rate of comparisons. */
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

/** Splits sound into pieces of `size` samples. */
export function windowsOf(sound, size) {
  return Array.from({ length: Math.floor(sound.length / size) }, (_, n) => sound.slice(n * size, (n + 1) * size));
}

/** The similarity of a piece to the copy at each place, by the index where it begins; 1 is identical. */
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

/** The similarity of a piece to its best place in the copy. */
const likenessOf = (piece, copy) => likenesses(piece, copy).reduce((most, like) => Math.max(most, like), 0);

/** The places of a syllable in the copy, each where the similarity is highest. */
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

/** The length of the longest sequence that takes one place of each list, each after the one before it. */
function longestRise(all) {
  // `ends[n]` is the smallest last place of a sequence of n + 1 places.
  const ends = [];
  for (const places of all) {
    for (const place of places.toReversed()) {
      const next = ends.findIndex((end) => end >= place);
      ends[next === -1 ? ends.length : next] = place;
    }
  }
  return ends.length;
}

/** Counts syllables of the original, spread over all of it: how many were said, how many are heard in the copy, and how many of those can be put
 * in the order of the original. Syllables that resemble another place of the original are left out, because they would have several places in the
 * copy. */
export function syllables(original, copy) {
  const windows = windowsOf(original, SYLLABLE);
  const loudest = Math.max(...windows.map(energy));
  const all = windows.filter((window) => energy(window) > loudest / 10);
  const said = all.filter((_, n) => n % Math.ceil(all.length / 14) === 0).filter((syllable) => placesOf(syllable, original).length === 1);
  const heard = said.map((syllable) => placesOf(syllable, copy)).filter(({ length }) => length > 0);
  return { said: said.length, heard: heard.length, inOrder: longestRise(heard) };
}

/** Fails unless at least half of the original's syllables, and not just a few, are heard in the copy, all in their order. A jitter buffer replaces
 * parts that come late on a busy machine. The tests of `rtc` measure in virtual time how loss and jitter affect sound. */
export function mustBeHeard(original, copy, way) {
  const { said, heard, inOrder } = syllables(original, copy);
  console.log(`(${way}: ${heard} of ${said} syllables heard, ${inOrder} in order)`);
  must(heard >= Math.max(HEARD_MIN, said / 2), `${way}: ${heard} of ${said} syllables were heard`);
  equal(inOrder, heard, `${way}: syllables in their order`);
}

/** How well the copy contains the original: the best correlation of one of its loudest pieces, anywhere in the copy. Only the best counts, because
 * a jitter buffer replaces parts that come late on a busy machine. The tests of `rtc` measure in virtual time how loss and jitter affect sound. */
export function likeness(original, copy) {
  const windows = windowsOf(original, WORD).sort((one, other) => energy(other) - energy(one));
  let most = 0;
  for (const window of windows.slice(0, 6)) {
    most = Math.max(most, likenessOf(window, copy));
    // None is asked to be more alike.
    if (most > 0.95) break;
  }
  return most;
}
