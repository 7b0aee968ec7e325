// A microphone and an ear in the page: the audio graph of one call.
import { here } from "./here";
import { keepRunning } from "./keep-running";
import { unusable, whenUnplugged } from "./microphone";
import type { ForCapture, ForPlayout, FromCapture, FromPlayout } from "./messages";
import { Unheard } from "./unheard";

/** Set by build.mjs: the address of the worklet's file. */
declare const AUDIO_WORKLET: string;

/** The rate of the socket, in Hz. */
export const RATE = 24_000;

/** Events of the graph. */
export interface EngineEvents {
  /** 20 ms from the microphone at [`RATE`], 16-bit. */
  onSound: (sound: ArrayBuffer) => void;
  /** The level of the microphone, 0 to 1. */
  onOwnLevel: (level: number) => void;
  /** The level of the playout, 0 to 1, and whether its queue is empty. */
  onEarLevel: (level: number, isEmpty: boolean) => void;
  /** Everything before this mark was played. */
  onMark: (name: string) => void;
  /** The microphone was disconnected. */
  onUnplugged: () => void;
  /** The browser does not run audio, perhaps until the user clicks or presses a key. */
  onSuspended: () => void;
  /** The browser runs audio again. */
  onResumed: () => void;
}

/** Loads the worklet's file into the browser's cache, which keeps it: after an update the server no longer has the file of this page. */
export async function keepWorklet(): Promise<void> {
  await (await fetch(here(AUDIO_WORKLET))).arrayBuffer();
}

/** The graph of a call. */
export class AudioEngine {
  /** Replaces the loudspeaker and the microphone while the browser does not run audio. */
  private unheard: Unheard | null = null;
  private isClosed = false;
  /** Stops watching the context. */
  private unwatch: () => void = () => undefined;

  private constructor(
    private readonly context: AudioContext,
    private microphone: MediaStream | null,
    private source: MediaStreamAudioSourceNode | null,
    private readonly capture: AudioWorkletNode,
    private readonly playout: AudioWorkletNode,
    private readonly loudness: GainNode,
    private readonly events: EngineEvents,
  ) {
    this.watch();
  }

  /** Builds the graph, and resolves once it runs: browsers wait for a click if nobody has clicked on the page yet. Without a microphone it sends
   * silence until one is connected, and does not wait for a click, because a visitor who writes needs no sound. */
  static async open(microphone: MediaStream | null, events: EngineEvents): Promise<AudioEngine> {
    const { context, source } = connected(microphone);
    try {
      await context.audioWorklet.addModule(here(AUDIO_WORKLET));
    } catch (fault) {
      // For example if a site's policy refuses the script.
      void context.close().catch(() => null);
      giveBack(microphone);
      throw fault;
    }
    const processorOptions = { rate: RATE };
    const mono = { channelCount: 1, channelCountMode: "explicit", processorOptions } as const;
    const capture = new AudioWorkletNode(context, "cordboard-capture", { ...mono, numberOfOutputs: 1 });
    const playout = new AudioWorkletNode(context, "cordboard-playout", {
      ...mono,
      numberOfInputs: 0,
      outputChannelCount: [1],
    });
    capture.port.onmessage = ({ data }: MessageEvent<FromCapture>) => {
      if (data.type === "sound") events.onSound(data.sound);
      else events.onOwnLevel(data.level);
    };
    playout.port.onmessage = ({ data }: MessageEvent<FromPlayout>) => {
      if (data.type === "mark") events.onMark(data.name);
      else events.onEarLevel(data.audible > 0 ? data.level : 0, data.isEmpty);
    };
    source?.connect(capture);
    // A node without a destination is not run; its output is silence.
    capture.connect(context.destination);
    const loudness = new GainNode(context);
    playout.connect(loudness).connect(context.destination);
    const engine = new AudioEngine(context, microphone, source, capture, playout, loudness, events);
    await engine.run();
    return engine;
  }

  /** Keeps the context running, now and whenever the browser suspends it. Resolves once it runs for the first time; a visitor who writes does not
   * wait for that. While it is suspended, the sound's time passes and silence is sent, because the server takes a page that sends nothing for
   * gone. */
  private run(): Promise<void> {
    let isNotified = false;
    return new Promise((runs) => {
      if (this.microphone === null) {
        this.unheard = new Unheard(this.events, RATE);
        runs();
      }
      this.unwatch = keepRunning(this.context, (isRunning) => {
        if (isRunning) {
          this.unheard?.end();
          this.unheard = null;
          if (isNotified) this.events.onResumed();
          isNotified = false;
          runs();
          return;
        }
        this.unheard ??= new Unheard(this.events, RATE);
        // Words from before a telephone call must not be heard after it.
        this.toPlayout({ type: "clear", fades: false });
        // A visitor who writes misses nothing.
        isNotified = this.microphone !== null;
        if (isNotified) this.events.onSuspended();
      });
    });
  }

  /** Replaces the microphone. The new one is released if the call ended before the user allowed it, or if it can't be used. */
  replaceMicrophone(microphone: MediaStream): void {
    if (this.isClosed) {
      giveBack(microphone);
      return;
    }
    let source: MediaStreamAudioSourceNode;
    try {
      source = this.context.createMediaStreamSource(microphone);
    } catch (fault) {
      // Firefox connects no microphone of another rate, as that of a headset.
      giveBack(microphone);
      throw unusable(fault);
    }
    this.source?.disconnect();
    giveBack(this.microphone);
    source.connect(this.capture);
    this.source = source;
    this.microphone = microphone;
    this.watch();
  }

  private watch(): void {
    const { microphone } = this;
    whenUnplugged(microphone, () => {
      if (this.microphone === microphone) this.events.onUnplugged();
    });
  }

  /** Plays sound after what is queued. */
  play(sound: ArrayBuffer): void {
    if (this.unheard === null) this.toPlayout({ type: "sound", sound }, [sound]);
    else this.unheard.play(sound);
  }

  /** Requests a notification when everything queued so far was played. */
  mark(name: string): void {
    if (this.unheard === null) this.toPlayout({ type: "mark", name });
    else this.unheard.mark(name);
  }

  /** Clears the queue: what is heard now falls to silence within 5 ms. */
  clear(): void {
    this.unheard?.clear();
    this.toPlayout({ type: "clear", fades: this.unheard === null });
  }

  /** Makes the playout audible, or not: it continues silently, because its time passes. */
  hear(on: boolean): void {
    this.loudness.gain.value = on ? 1 : 0;
  }

  /** Sends silence instead of the microphone, or the microphone again. */
  mute(on: boolean): void {
    this.toCapture({ type: "mute", on });
  }

  /** Releases the microphone at once. The queue is played for up to this long. */
  close(playsOnMs: number): void {
    this.isClosed = true;
    this.unwatch();
    giveBack(this.microphone);
    this.unheard?.end();
    this.toCapture({ type: "end" });
    this.toPlayout({ type: "end" });
    setTimeout(() => void this.context.close().catch(() => null), playsOnMs);
  }

  private toCapture(message: ForCapture): void {
    this.capture.port.postMessage(message);
  }

  private toPlayout(message: ForPlayout, moved: Transferable[] = []): void {
    this.playout.port.postMessage(message, moved);
  }
}

function giveBack(microphone: MediaStream | null): void {
  for (const track of microphone?.getTracks() ?? []) track.stop();
}

/** A context at the socket's rate or, if the browser can't connect the microphone at that rate, at its own. */
function connected(microphone: MediaStream | null): { context: AudioContext; source: MediaStreamAudioSourceNode | null } {
  const context = new AudioContext({ sampleRate: RATE, latencyHint: "interactive" });
  try {
    return { context, source: joined(context, microphone) };
  } catch {
    void context.close().catch(() => null);
    const own = new AudioContext({ latencyHint: "interactive" });
    try {
      return { context: own, source: microphone && own.createMediaStreamSource(microphone) };
    } catch (fault) {
      void own.close().catch(() => null);
      throw fault;
    }
  }
}

/** The microphone in this context; null if one may be connected later. Throws if the browser can't connect it: Firefox connects no microphone of
 * another rate. */
function joined(context: AudioContext, microphone: MediaStream | null): MediaStreamAudioSourceNode | null {
  if (microphone !== null) return context.createMediaStreamSource(microphone);
  const usual = new AudioContext();
  try {
    context.createMediaStreamSource(new MediaStreamAudioDestinationNode(usual).stream);
    return null;
  } finally {
    void usual.close().catch(() => null);
  }
}
