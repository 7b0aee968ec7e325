// The audio thread's part: sound from the microphone to the server, and from the server to the ear.
//
// A separate file, loaded with `audioWorklet.addModule`, because our Content-Security-Policy allows no other scripts. The context runs at 24 kHz if
// the browser can do that for a microphone, otherwise at its own rate; then sound is resampled here.
import type { ForCapture, ForPlayout, FromCapture, FromPlayout } from "./messages";
import { resampler } from "./resampler";

declare const sampleRate: number;
declare function registerProcessor(name: string, processor: unknown): void;
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}
interface Options {
  processorOptions: { rate: number };
}

/** Milliseconds of sound in a message, and between two levels. */
const PIECE_MS = 20;
const LEVEL_MS = 100;
/** Sound quieter than this is silence. */
const AUDIBLE = 1 / 2_000;
/** The maximum seconds of sound that are queued; the server sends about 0.1 s ahead. */
const QUEUE_S_MAX = 10;
/** More than this is queued only after a network stall, or if the server's clock is faster. */
const LATE_S = 0.3;
/** A piece in which every sample is quieter than this is a pause: a hundredth of full scale. */
const QUIET = 0.01;
/** If no pause comes for this long, any piece is skipped. */
const PAUSE_AWAITED_S = 1;
/** Cleared sound falls to silence within this time, so that it does not end with a click. */
const FADE_S = 0.005;

class Capture extends AudioWorkletProcessor {
  private readonly convert: (piece: Float32Array) => Float32Array;
  private readonly piece: Int16Array;
  private filled = 0;
  private loudest = 0;
  private samples = 0;
  private isMuted = false;
  private isOver = false;

  constructor({ processorOptions: { rate } }: Options) {
    super();
    this.convert = resampler(sampleRate, rate);
    this.piece = new Int16Array((rate * PIECE_MS) / 1_000);
    this.port.onmessage = ({ data }: MessageEvent<ForCapture>) => {
      if (data.type === "end") {
        this.isOver = true;
        return;
      }
      this.isMuted = data.on;
      this.loudest = 0;
      // Sound from before the mute must not be sent after it.
      if (data.on) this.piece.fill(0);
    };
  }

  process([input]: Float32Array[][]): boolean {
    // A disconnected microphone has no channel: silence is sent.
    const heard = input?.[0] ?? new Float32Array(128);
    for (const sample of this.convert(heard)) {
      const said = this.isMuted ? 0 : Math.max(-1, Math.min(1, sample));
      this.loudest = Math.max(this.loudest, Math.abs(said));
      this.piece[this.filled] = Math.round(said * 32_767);
      this.filled += 1;
      if (this.filled === this.piece.length) this.give();
    }
    return !this.isOver;
  }

  private give(): void {
    const sound = this.piece.slice().buffer;
    this.filled = 0;
    this.tell({ type: "sound", sound }, [sound]);
    this.samples += PIECE_MS;
    if (this.samples >= LEVEL_MS) {
      this.tell({ type: "level", level: this.loudest });
      this.samples = 0;
      this.loudest = 0;
    }
  }

  private tell(message: FromCapture, moved: Transferable[] = []): void {
    this.port.postMessage(message, moved);
  }
}

/** An item of the playout queue: samples, or a mark that is sent back when everything before it was played. */
type Queued = Float32Array | string;

class Playout extends AudioWorkletProcessor {
  private readonly convert: (piece: Float32Array) => Float32Array;
  private queue: Queued[] = [];
  /** How much of the first piece was played. */
  private place = 0;
  private waiting = 0;
  /** How many samples were played since too much was queued, or since a piece was skipped because of that. */
  private late = 0;
  private loudest = 0;
  private audible = 0;
  private frames = 0;
  /** The last sample that was played; 0 in silence. */
  private last = 0;
  private isOver = false;

  constructor({ processorOptions: { rate } }: Options) {
    super();
    this.convert = resampler(rate, sampleRate);
    this.port.onmessage = ({ data }: MessageEvent<ForPlayout>) => this.take(data);
  }

  private take(message: ForPlayout): void {
    switch (message.type) {
      case "sound": {
        const samples = Float32Array.from(new Int16Array(message.sound), (sample) => sample / 32_768);
        const piece = this.convert(samples).slice();
        if (this.waiting + piece.length > sampleRate * QUEUE_S_MAX) return;
        this.waiting += piece.length;
        this.queue.push(piece);
        return;
      }
      case "mark":
        this.queue.push(message.name);
        return;
      case "clear": {
        const end = message.fades ? this.fadeOut() : new Float32Array(0);
        this.queue = end.length > 0 ? [end] : [];
        this.place = 0;
        this.waiting = end.length;
        return;
      }
      case "end":
        this.isOver = true;
    }
  }

  process(_: Float32Array[][], [output]: Float32Array[][]): boolean {
    const channel = output?.[0];
    if (!channel) return !this.isOver;
    let written = 0;
    while (written < channel.length) {
      const next = this.queue[0];
      if (next === undefined) break;
      if (typeof next === "string") {
        this.queue.shift();
        this.tell({ type: "mark", name: next });
        continue;
      }
      if (this.place === 0 && this.isSkipped(next)) {
        this.queue.shift();
        this.waiting -= next.length;
        continue;
      }
      const part = next.subarray(this.place, this.place + channel.length - written);
      channel.set(part, written);
      written += part.length;
      this.place += part.length;
      this.waiting -= part.length;
      for (const sample of part) {
        this.loudest = Math.max(this.loudest, Math.abs(sample));
        if (Math.abs(sample) > AUDIBLE) this.audible += 1;
      }
      if (this.place >= next.length) {
        this.queue.shift();
        this.place = 0;
      }
    }
    channel.fill(0, written);
    this.last = channel[channel.length - 1] ?? 0;
    this.frames += channel.length;
    if (this.frames >= (sampleRate * LEVEL_MS) / 1_000) {
      this.tell({ type: "level", level: this.loudest, audible: this.audible, isEmpty: this.waiting === 0 });
      this.frames = 0;
      this.loudest = 0;
      this.audible = 0;
    }
    // After the call is over and the queue is empty, the node is no longer needed.
    return !(this.isOver && this.waiting === 0);
  }

  /** The few samples with which the sound that is heard now falls to silence; none in a pause. */
  private fadeOut(): Float32Array {
    if (Math.abs(this.last) < QUIET) return new Float32Array(0);
    const length = Math.round(sampleRate * FADE_S);
    const end: number[] = [];
    let from = this.place;
    for (const piece of this.queue) {
      if (typeof piece === "string") continue;
      end.push(...piece.subarray(from, from + length - end.length));
      from = 0;
      if (end.length >= length) break;
    }
    // A parabola, which begins smoothly.
    return Float32Array.from(end, (sample, at) => sample * (1 - (at / end.length) ** 2));
  }

  /** Whether a piece is skipped, because too much is queued. Otherwise everything after it would be late for as long as the party speaks. */
  private isSkipped(piece: Float32Array): boolean {
    if (this.waiting <= sampleRate * LATE_S) {
      this.late = 0;
      return false;
    }
    const isOut = this.late >= sampleRate * PAUSE_AWAITED_S || piece.every((sample) => Math.abs(sample) < QUIET);
    this.late = isOut ? 0 : this.late + piece.length;
    return isOut;
  }

  private tell(message: FromPlayout): void {
    this.port.postMessage(message);
  }
}

registerProcessor("cordboard-capture", Capture);
registerProcessor("cordboard-playout", Playout);
