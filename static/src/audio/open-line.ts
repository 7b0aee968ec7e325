// Choice of the way for a call's sound: by WebRTC where the server has it and a connection is made in time, else over `/ws/audio`.
import { hangUpBy } from "./hang-up";
import { AudioLine, type LineEvents, type Means } from "./line";
import { openMicrophone } from "./microphone";
import type { Pass } from "./party";
import type { RtcLine } from "./rtc";

/** How somebody gets into a call: with what, and whether the server takes their sound by WebRTC. */
export interface Admission {
  pass: Pass;
  byWebrtc: boolean;
}

/** One way of a call's sound. */
type Way = Pick<
  AudioLine,
  "wayBack" | "press" | "write" | "askForPerson" | "hear" | "mute" | "useMicrophone" | "bye" | "leave" | "drop"
>;

/** The audio of a call, whichever way it goes. */
export class Line {
  private way: Way | null = null;
  /** What one way leaves to the next, while there is none. */
  private between: { pass: Pass; microphone: MediaStream; next: Promise<Way> } | null = null;
  private isHeard = true;
  private isGone = false;

  private constructor(
    private readonly events: LineEvents,
    private isMuted: boolean,
  ) {}

  /** Opens the microphone, where somebody speaks, then asks how we get into the call and connects. Who writes goes over the socket: words lose
   * no packet. Throws where any of it fails, with the microphone given back. */
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
    // If nothing goes by WebRTC, no page loads its code.
    const code = await import("./rtc").catch(() => null);
    if (code === null) return null;
    let way: RtcLine | null = null;
    const onNoWay = (present: MediaStream, words: string) => void this.overSocket(way?.pass ?? pass, present, words);
    way = await code.RtcLine.open(pass, microphone, { ...this.events, onNoWay }, this.isMuted);
    return way;
  }

  /** UDP comes through no more: the call goes on over the socket, with the same microphone, because nobody is there to allow another. */
  private async overSocket(pass: Pass, microphone: MediaStream, words: string): Promise<void> {
    this.way = null;
    const events = { ...this.events, onConnecting: () => undefined };
    const next = AudioLine.open(() => Promise.resolve(pass), events, "voice", microphone);
    this.between = { pass, microphone, next };
    try {
      const way = await next;
      this.way = way;
      // The server was told when we went.
      if (this.isGone) way.drop();
      way.mute(this.isMuted);
      way.hear(this.isHeard);
    } catch {
      if (!this.isGone) this.events.onOver("broken", words);
    } finally {
      this.between = null;
    }
  }

  /** Token that brings us back from elsewhere; null where there is none. */
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
  write(text: string): void {
    this.way?.write(text);
  }

  /** Asks for a person. */
  askForPerson(): void {
    this.way?.askForPerson();
  }

  /** Lets be heard what is played, or not. */
  hear(on: boolean): void {
    this.isHeard = on;
    this.way?.hear(on);
  }

  /** Sends silence in place of the microphone, or the microphone again. */
  mute(on: boolean): void {
    this.isMuted = on;
    this.way?.mute(on);
  }

  /** Takes another microphone in place of the one there was, or the first; the next way takes it where none is there at the moment. Throws
   * where it can't be used. */
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

  /** Goes without hanging up, and gives the microphone back. */
  drop(): void {
    this.go();
    this.way?.drop();
  }

  /** A way that is being made may wait for a click, which nobody owes us: the microphone is given back before. */
  private go(): void {
    this.isGone = true;
    for (const track of this.between?.microphone.getTracks() ?? []) track.stop();
  }
}
