// A microphone and an ear in the page: the audio graph of one call.
import { here } from "./here";
import { keepRunning } from "./keep-running";
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

  /** Makes the graph, and answers once it runs: where nobody has clicked on the page yet, browsers wait until somebody does. Without a
   * microphone it sends silence until one is put in, and it waits for no click: whoever writes needs no sound. */
  static async open(microphone: MediaStream | null, events: EngineEvents): Promise<AudioEngine> {
    const { context, source } = connected(microphone);
    try {
      await context.audioWorklet.addModule(here(AUDIO_WORKLET));
    } catch (fault) {
      // As where a site's policy refuses the script.
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
    // A node that leads nowhere is not run; what it puts out is silence.
    capture.connect(context.destination);
    const loudness = new GainNode(context);
    playout.connect(loudness).connect(context.destination);
    const engine = new AudioEngine(context, microphone, source, capture, playout, loudness, events);
    await engine.run();
    return engine;
  }

  /** Has the context run, now and whenever the browser halts it. Answers once it runs for the first time; whoever writes does not wait for that.
   * While it is halted the sound's time passes, and silence is sent: a page that sends nothing is gone for the server. */
  private run(): Promise<void> {
    let isTold = false;
    return new Promise((runs) => {
      if (this.microphone === null) {
        this.unheard = new Unheard(this.events, RATE);
        runs();
      }
      this.unwatch = keepRunning(this.context, (isRunning) => {
        if (isRunning) {
          this.unheard?.end();
          this.unheard = null;
          if (isTold) this.events.onResumed();
          isTold = false;
          runs();
          return;
        }
        this.unheard ??= new Unheard(this.events, RATE);
        // Words of before a telephone call are none to hear behind it.
        this.toPlayout({ type: "clear" });
        // A visitor who writes misses nothing.
        isTold = this.microphone !== null;
        if (isTold) this.events.onSuspended();
      });
    });
  }

  /** Hears another microphone in place of the one there was. It is given back where the call was over before somebody had allowed it, and
   * where it can't be heard. */
  replaceMicrophone(microphone: MediaStream): void {
    if (this.isClosed) {
      giveBack(microphone);
      return;
    }
    let source: MediaStreamAudioSourceNode;
    try {
      source = this.context.createMediaStreamSource(microphone);
    } catch (fault) {
      giveBack(microphone);
      throw fault;
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
    microphone?.getAudioTracks()[0]?.addEventListener("ended", () => {
      if (this.microphone === microphone) this.events.onUnplugged();
    });
  }

  /** Has sound played behind what waits. */
  play(sound: ArrayBuffer): void {
    if (this.unheard === null) this.toPlayout({ type: "sound", sound }, [sound]);
    else this.unheard.play(sound);
  }

  /** Asks to be notified when all that waits was played. */
  mark(name: string): void {
    if (this.unheard === null) this.toPlayout({ type: "mark", name });
    else this.unheard.mark(name);
  }

  /** Throws away what waits. */
  clear(): void {
    this.unheard?.clear();
    this.toPlayout({ type: "clear" });
  }

  /** Lets be heard what is played, or not: it is played in silence then, because its time passes. */
  hear(on: boolean): void {
    this.loudness.gain.value = on ? 1 : 0;
  }

  /** Sends silence in place of the microphone, or the microphone again. */
  mute(on: boolean): void {
    this.toCapture({ type: "mute", on });
  }

  /** Gives the microphone back at once. What waits is played for so long. */
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

/** A context at the socket's rate; where the browser joins no microphone to that, at its own. */
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

/** The microphone in this context; null where one may be put in later. Throws where the browser joins none to it: Firefox joins no sound of
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
