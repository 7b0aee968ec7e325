// An audio connection of the page: microphone and ear on one side, `/ws/audio` on the other.
import { AudioEngine } from "./engine";
import { openMicrophone } from "./microphone";
import type { PartyEvents, Pass } from "./party";
import { AudioSocket } from "./socket";

/** Whether a user begins with the microphone, or writes and can connect one later. */
export type Means = "voice" | "writing";

/** How long the last words are played after the call is over. */
const LAST_WORDS_MS = 3_000;

/** Events of the connection. */
export interface LineEvents extends PartyEvents {
  /** The microphone is open; the pass into the call is requested now. */
  onConnecting: () => void;
  /** The level of the microphone, 0 to 1. */
  onOwnLevel: (level: number) => void;
  /** The level of the playout, 0 to 1, and whether its queue is empty. */
  onEarLevel: (level: number, isEmpty: boolean) => void;
  /** The microphone was disconnected. */
  onUnplugged: () => void;
  /** The browser runs no audio until the user clicks or presses a key; then it continues by itself. */
  onSuspended?: () => void;
  /** The browser runs audio again. */
  onResumed?: () => void;
}

/** The audio of one call. */
export class AudioLine {
  private socket: AudioSocket | null = null;

  private constructor(private readonly engine: AudioEngine) {}

  /** Opens the microphone, unless it is open, then requests a pass into the call and connects. From then on the call waits for us. Throws if any of
   * that fails, and releases the microphone. */
  static async open(pass: () => Promise<Pass>, events: LineEvents, means: Means = "voice", open?: MediaStream): Promise<AudioLine> {
    let line: AudioLine | null = null;
    const microphone = open ?? (means === "voice" ? await openMicrophone() : null);
    let engine: AudioEngine | null = null;
    try {
      events.onConnecting();
      engine = await AudioEngine.open(microphone, {
        onSound: (sound) => line?.socket?.sound(sound),
        onOwnLevel: events.onOwnLevel,
        onEarLevel: events.onEarLevel,
        onMark: (name) => line?.socket?.mark(name),
        onUnplugged: events.onUnplugged,
        onSuspended: () => events.onSuspended?.(),
        onResumed: () => events.onResumed?.(),
      });
      line = new AudioLine(engine);
      line.connect(await pass(), events);
      return line;
    } catch (fault) {
      for (const track of microphone?.getTracks() ?? []) track.stop();
      engine?.close(0);
      throw fault;
    }
  }

  private connect(pass: Pass, events: LineEvents): void {
    this.socket = new AudioSocket(pass, {
      onReady: events.onReady,
      onStand: events.onStand,
      onLine: events.onLine,
      onTyped: events.onTyped,
      patienceMs: events.patienceMs,
      onSound: (sound) => this.engine.play(sound),
      onMark: (name) => this.engine.mark(name),
      onClear: () => this.engine.clear(),
      onBroken: () => {
        this.engine.clear();
        events.onBroken();
      },
      onOver: (cause, words) => {
        this.engine.close(LAST_WORDS_MS);
        events.onOver(cause, words);
      },
    });
  }

  /** The token with which another page can resume. */
  get wayBack(): Pass | null {
    return this.socket?.wayBack ?? null;
  }

  /** Presses a key. */
  press(digit: string): void {
    this.socket?.press(digit);
  }

  /** Says something in writing: a turn, as if it had been spoken. */
  write(text: string, number: number): void {
    this.socket?.write(text, number);
  }

  /** Requests a person. */
  askForPerson(): void {
    this.socket?.askForPerson();
  }

  /** Makes the playout audible, or not. */
  hear(on: boolean): void {
    this.engine.hear(on);
  }

  /** Sends silence instead of the microphone, or the microphone again. */
  mute(on: boolean): void {
    this.engine.mute(on);
  }

  /** Replaces the microphone, or connects the first one. Throws if it can't be used. */
  async useMicrophone(deviceId?: string): Promise<void> {
    this.engine.replaceMicrophone(await openMicrophone(deviceId));
  }

  /** Hangs up. */
  bye(): void {
    this.socket?.bye();
    this.engine.clear();
    this.engine.close(0);
  }

  /** The page goes away, and may come back. */
  leave(): void {
    this.socket?.leave();
    this.engine.close(0);
  }

  /** Disconnects without hanging up, and releases the microphone. */
  drop(): void {
    this.socket?.drop();
    this.engine.close(0);
  }
}
