// Sound of a call, as tests compare it: its recording, and how like one stretch is to the best place in another.
import { equal, token } from "./stage.mjs";

/** Samples a second that are compared. */
const COARSE_HZ = 4_000;

/** The two sides of a call's recording at a house, and its rate. */
export async function recording(at, id) {
  const headers = { Authorization: `Bearer ${token}` };
  const answer = await fetch(`${at.origin}/api/v1/calls/${id}/recording`, { headers });
  equal(answer.status, 200, "the recording");
  const wav = Buffer.from(await answer.arrayBuffer());
  const rate = wav.readUInt32LE(24);
  const start = wav.indexOf("data") + 8;
  const sides = [[], []];
  for (let n = start; n + 3 < wav.length; n += 4) {
    sides[0].push(wav.readInt16LE(n) / 32_768);
    sides[1].push(wav.readInt16LE(n + 2) / 32_768);
  }
  return { rate, caller: sides[0], assistant: sides[1] };
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
