// Resamples sound piece by piece: a windowed sinc that removes frequencies above what the lower rate can hold.

/** Zero crossings of the sinc on each side. */
const REACH = 12;

/** A converter that keeps its position between two pieces. If the rates are equal, sound passes through. */
export function resampler(from: number, to: number): (piece: Float32Array) => Float32Array {
  if (from === to) return (piece) => piece;
  const step = from / to;
  const cut = Math.min(1, to / from);
  const reach = Math.ceil(REACH / cut);
  let kept = new Float32Array(reach);
  /** The position of the next sample, in `kept`. */
  let at = reach;
  return (piece) => {
    const all = new Float32Array(kept.length + piece.length);
    all.set(kept);
    all.set(piece, kept.length);
    const made = new Float32Array(Math.max(0, Math.ceil((all.length - reach - at) / step)));
    let count = 0;
    for (; at + reach < all.length && count < made.length; at += step) {
      made[count] = sampleAt(all, at, reach, cut);
      count += 1;
    }
    const first = Math.max(0, Math.floor(at) - reach);
    kept = all.slice(first);
    at -= first;
    return made.subarray(0, count);
  };
}

function sampleAt(samples: Float32Array, at: number, reach: number, cut: number): number {
  let sum = 0;
  const middle = Math.floor(at);
  for (let index = middle - reach + 1; index <= middle + reach; index += 1) {
    const away = at - index;
    const x = Math.PI * away * cut;
    const sinc = Math.abs(x) < 1e-9 ? 1 : Math.sin(x) / x;
    const window = 0.5 + 0.5 * Math.cos((Math.PI * away) / (reach + 1));
    sum += (samples[index] ?? 0) * sinc * window * cut;
  }
  return sum;
}
