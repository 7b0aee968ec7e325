// Chooses the transport for a call's sound: WebRTC if the server has it and a connection succeeds in time, otherwise `/ws/audio`.
import { hangUpBy } from "./hang-up";
import { AudioLine, type LineEvents, type Means } from "./line";
import { openMicrophone } from "./microphone";
import type { Pass } from "./party";
import type { RtcLine } from "./rtc";

export { keepWorklet } from "./engine";

/** How a user gets into a call: the pass, and whether the server accepts their sound by WebRTC. */
export interface Admission {
  pass: Pass;
  byWebrtc: boolean;
}

/** A transport for a call's sound. */
type Way = Pick<
  AudioLine,
  "wayBack" | "press" | "write" | "askForPerson" | "hear" | "mute" | "useMicrophone" | "bye" | "leave" | "drop"
>;

/** The audio of a call, over either transport. */
export class Line {
  private way: Way | null = null;
  /** The state that one transport hands to the next, while there is none. */
  private between: { pass: Pass; microphone: MediaStream; next: Promise<Way> } | null = null;
  private isHeard = true;
  private isGone = false;

  private constructor(
    private readonly events: LineEvents,
    private isMuted: boolean,
  ) {}

  /** Opens the microphone if the user speaks, then requests the pass into the call and connects. A user who writes gets the socket, because it loses
   * no text. Throws if any of that fails, and releases the microphone. */
  static async open(admission: () => Promise<Admission>, events: LineEvents, means: Means = "voice", isMuted = false): Promise<Line> {
    const line = new Line(events, isMuted);
    line.way = await (means === "voice" ? line.spoken(admission) : AudioLine.open(async () => (await admission()).pass, events, means));
    return line;
  }

  private async spoken(admission: () => Promise<Admission>): Promise<Way> {
    const { events } = this;
    const microphone = await openMicrophone();
    try {
      events.onConnecting();
      const { pass, byWebrtc } = await admission();
      const way = byWebrtc && typeof RTCPeerConnection !== "undefined" ? await this.overUdp(pass, microphone) : null;
      return way ?? (await AudioLine.open(() => Promise.resolve(pass), { ...events, onConnecting: () => undefined }, "voice", microphone));
    } catch (fault) {
      for (const track of microphone.getTracks()) track.stop();
      throw fault;
    }
  }

  private async overUdp(pass: Pass, microphone: MediaStream): Promise<RtcLine | null> {
    // The WebRTC code is loaded only if it is used.
    const code = await import("./rtc").catch(() => null);
    if (code === null) return null;
    let way: RtcLine | null = null;
    const onNoWay = (present: MediaStream, words: string) => void this.overSocket(way?.pass ?? pass, present, words);
    way = await code.RtcLine.open(pass, microphone, { ...this.events, onNoWay }, this.isMuted);
    return way;
  }

  /** UDP no longer works: the call continues over the socket, with the same microphone, because the user may not be there to allow another. */
  private async overSocket(pass: Pass, microphone: MediaStream, words: string): Promise<void> {
    this.way = null;
    const events = { ...this.events, onConnecting: () => undefined };
    const next = AudioLine.open(() => Promise.resolve(pass), events, "voice", microphone);
    this.between = { pass, microphone, next };
    try {
      const way = await next;
      this.way = way;
      // The server was notified when we left.
      if (this.isGone) way.drop();
      way.mute(this.isMuted);
      way.hear(this.isHeard);
    } catch {
      if (!this.isGone) this.events.onOver("broken", words);
    } finally {
      this.between = null;
    }
  }

  /** The token with which another page can resume; null if there is none. */
  get wayBack(): Pass | null {
    if (this.way !== null) return this.way.wayBack;
    const left = this.between?.pass;
    return left !== undefined && "resume" in left ? left : null;
  }

  /** Presses a key. */
  press(digit: string): void {
    this.way?.press(digit);
  }

  /** Says something in writing: a turn, as if it had been spoken. */
  write(text: string, number: number): void {
    this.way?.write(text, number);
  }

  /** Requests a person. */
  askForPerson(): void {
    this.way?.askForPerson();
  }

  /** Makes the playout audible, or not. */
  hear(on: boolean): void {
    this.isHeard = on;
    this.way?.hear(on);
  }

  /** Sends silence instead of the microphone, or the microphone again. */
  mute(on: boolean): void {
    this.isMuted = on;
    this.way?.mute(on);
  }

  /** Replaces the microphone, or connects the first one; between two transports the next one gets it. Throws if it can't be used. */
  async useMicrophone(deviceId?: string): Promise<void> {
    const way = this.way ?? (await this.between?.next.catch(() => null));
    if (!this.isGone) await way?.useMicrophone(deviceId);
  }

  /** Hangs up. */
  bye(): void {
    if (this.between !== null) void hangUpBy(this.between.pass);
    this.go();
    this.way?.bye();
  }

  /** The page goes away, and may come back. */
  leave(): void {
    this.go();
    this.way?.leave();
  }

  /** Disconnects without hanging up, and releases the microphone. */
  drop(): void {
    this.go();
    this.way?.drop();
  }

  /** A transport that is being set up may wait for a click that never comes, so the microphone is released before. */
  private go(): void {
    this.isGone = true;
    for (const track of this.between?.microphone.getTracks() ?? []) track.stop();
  }
}
