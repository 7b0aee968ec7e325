// The recording's outline, read from the WAV as it arrives, or from the head of an Opus file. The browser's decoder would need the whole file in
// memory as floats: half a gigabyte for an hour.
import { w } from "./words";

/** Left is the caller, right the assistant; each bucket is the loudest sample of its time, 0 to 1. */
export interface Outline {
  durationMs: number;
  channels: [Float32Array, Float32Array];
}

/** The number of buckets in a lane: more than a screen has pixels. */
const BUCKETS = 2_400;
/** The maximum bytes to search before the sound. */
const HEAD_BYTES_MAX = 16_384;
/** The outline in our Opus files: ms, and a byte for each bucket and side. */
const OUTLINE = /CORDBOARD_OUTLINE=(\d+);([\w+/]+=*)OggS/;

/** Reads `GET url`: a 16-bit WAV, or our Opus. Throws if it is neither. A message from Twilio has one side, the caller's. */
export async function outlineOf(url: string, signal: AbortSignal): Promise<Outline> {
  const response = await fetch(url, { signal });
  if (!response.ok || !response.body) throw new Error(w.player.unreadable);
  const reader = response.body.getReader();
  let head = new Uint8Array(0);
  let format: Format | null = null;
  while (format === null) {
    const { done, value } = await reader.read();
    if (done || head.length > HEAD_BYTES_MAX) throw new Error(w.player.noWav);
    head = joined(head, value);
    const text = String.fromCharCode(...head.subarray(0, HEAD_BYTES_MAX));
    if (text.startsWith("OggS")) {
      const told = OUTLINE.exec(text);
      if (!told) continue;
      reader.cancel().catch(() => undefined);
      return { durationMs: Number(told[1]), channels: sidesOf(atob(told[2] ?? "")) };
    }
    format = formatIn(head);
  }
  const length = Number(response.headers.get("Content-Length") ?? 0);
  const bytes = Math.min(format.bytes, length > 0 ? length - format.start : format.bytes);
  const sides = format.channels === 1 ? ([0] as const) : ([0, 1] as const);
  const block = 2 * sides.length;
  const frames = Math.floor(bytes / block);
  const buckets = Math.max(1, Math.min(BUCKETS, frames));
  const channels: Outline["channels"] = [new Float32Array(buckets), new Float32Array(buckets)];
  let frame = 0;
  let rest = head.subarray(format.start);
  for (;;) {
    const whole = rest.length - (rest.length % block);
    const view = new DataView(rest.buffer, rest.byteOffset, whole);
    for (let at = 0; at < whole && frame < frames; at += block, frame += 1) {
      const bucket = Math.floor((frame * buckets) / frames);
      for (const side of sides) {
        const level = Math.abs(view.getInt16(at + side * 2, true)) / 32_768;
        if (level > (channels[side][bucket] ?? 0)) channels[side][bucket] = level;
      }
    }
    const { done, value } = await reader.read();
    if (done) break;
    rest = joined(rest.subarray(whole), value);
  }
  return { durationMs: (frames / format.rate) * 1000, channels };
}

function sidesOf(levels: string): Outline["channels"] {
  const side = (from: number) =>
    Float32Array.from({ length: levels.length >> 1 }, (_, bucket) => levels.charCodeAt(bucket * 2 + from) / 255);
  return [side(0), side(1)];
}

interface Format {
  rate: number;
  channels: number;
  start: number;
  bytes: number;
}

/** The beginning of the samples; null until that has arrived. */
function formatIn(head: Uint8Array): Format | null {
  const view = new DataView(head.buffer, head.byteOffset, head.length);
  const name = (at: number) => String.fromCharCode(...head.subarray(at, at + 4));
  if (head.length < 12) return null;
  if (name(0) !== "RIFF" || name(8) !== "WAVE") throw new Error(w.player.noWav);
  let rate = 0;
  let channels = 0;
  for (let at = 12; at + 8 <= head.length; ) {
    const bytes = view.getUint32(at + 4, true);
    if (name(at) === "data") return { rate, channels, start: at + 8, bytes };
    if (name(at) === "fmt ") {
      if (at + 24 > head.length) return null;
      channels = view.getUint16(at + 10, true);
      if (channels < 1 || channels > 2 || view.getUint16(at + 22, true) !== 16) {
        throw new Error(w.player.noFormat);
      }
      rate = view.getUint32(at + 12, true);
    }
    at += 8 + bytes + (bytes % 2);
  }
  return null;
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(a.length + b.length);
  all.set(a);
  all.set(b, a.length);
  return all;
}
