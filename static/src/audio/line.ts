// A line of audio in the page: microphone and ear on one side, `/ws/audio` on the other.
import { AudioEngine } from "./engine";
import { openMicrophone } from "./microphone";
import type { PartyEvents, Pass } from "./party";
import { AudioSocket } from "./socket";

/** Whether somebody begins with the microphone, or writes and can put it in later. */
export type Means = "voice" | "writing";

/** How long the last words are played once the line is over. */
const LAST_WORDS_MS = 3_000;

/** Events of a line. */
export interface LineEvents extends PartyEvents {
  /** The microphone is there; whose audio it is, is asked for now. */
  onConnecting: () => void;
  /** How loud the microphone is, 0 to 1. */
  onOwnLevel: (level: number) => void;
  /** How loud what is played is, 0 to 1, and whether anything waits. */
  onEarLevel: (level: number, isEmpty: boolean) => void;
  /** The microphone is gone. */
  onUnplugged: () => void;
  /** The browser runs no sound before somebody clicks or presses a key; it goes on by itself then. */
  onSuspended?: () => void;
  /** It does now. */
  onResumed?: () => void;
}

/** The audio of one call. */
export class AudioLine {
  private socket: AudioSocket | null = null;

  private constructor(private readonly engine: AudioEngine) {}

  /** Opens the microphone, unless it is open, then asks for what lets us into the call and connects: from there on the call waits for us.
   * Throws where any of it fails, with the microphone given back. */
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

  /** Token that brings us back from elsewhere. */
  get wayBack(): Pass | null {
    return this.socket?.wayBack ?? null;
  }

  /** Presses a key. */
  press(digit: string): void {
    this.socket?.press(digit);
  }

  /** Says something in writing: a turn, as if it had been spoken. */
  write(text: string): void {
    this.socket?.write(text);
  }

  /** Asks for a person. */
  askForPerson(): void {
    this.socket?.askForPerson();
  }

  /** Lets be heard what is played, or not. */
  hear(on: boolean): void {
    this.engine.hear(on);
  }

  /** Sends silence in place of the microphone, or the microphone again. */
  mute(on: boolean): void {
    this.engine.mute(on);
  }

  /** Takes another microphone in place of the one there was, or the first. Throws where it can't be used. */
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

  /** Goes without hanging up, and gives the microphone back. */
  drop(): void {
    this.socket?.drop();
    this.engine.close(0);
  }
}
