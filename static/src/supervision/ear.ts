// A supervisor's ear and voice in a live call, as long as their page is open.
import { signal } from "@preact/signals";
import { change, messageOf } from "../api/client";
import type { SupervisionMode, SupervisionView } from "../api/model";
import { claim } from "../audio/claim";
import { AudioLine } from "../audio/line";
import { w } from "./words";

/** State of the audio. */
export type Stand = "off" | "connecting" | "live" | "reconnecting";

/** A supervisor in one call. */
export class Ear {
  /** How they take part; null while they don't. */
  readonly mode = signal<SupervisionMode | null>(null);
  readonly stand = signal<Stand>("off");
  /** How loud the call is, 0 to 1. */
  readonly level = signal(0);
  /** Why something was not done, a sentence for people. */
  readonly fault = signal("");
  /** Whether the microphone went away while somebody was to hear them. */
  readonly isUnplugged = signal(false);
  /** A supervisor who listens needs none. */
  private hasMicrophone = false;
  private line: AudioLine | null = null;
  /** Counts their stays in the call: one that was left on the way in does not begin any more. */
  private stay = 0;
  private readonly at: string;

  constructor(readonly callId: string) {
    this.at = `/api/v1/calls/${callId}/supervision`;
  }

  /** Takes part in this way: for the first time, or in another way than before. */
  async takePart(mode: SupervisionMode): Promise<void> {
    this.fault.value = "";
    const { stay } = this;
    try {
      if (!this.line) await this.connect(mode);
      else if (mode === "listen" || (await this.hasVoice(this.line))) await this.ask(mode);
      // They have left, or the call was over meanwhile.
      if (stay !== this.stay || !this.line) return;
      this.mode.value = mode;
      this.line.mute(mode === "listen");
      if (mode === "listen") this.isUnplugged.value = false;
    } catch (fault) {
      if (stay !== this.stay) return;
      this.fault.value = messageOf(fault);
      if (!this.line) this.stand.value = "off";
    }
  }

  /** Puts a microphone in the place of one that went away. */
  async useMicrophone(): Promise<void> {
    this.fault.value = "";
    try {
      if (this.line) await this.hasVoice(this.line);
    } catch (fault) {
      this.fault.value = messageOf(fault);
    }
  }

  private async connect(mode: SupervisionMode): Promise<void> {
    this.stand.value = "connecting";
    const { stay } = this;
    const speaks = mode !== "listen";
    const ofThis = (tell: () => void) => {
      if (stay === this.stay) tell();
    };
    const events = {
      onConnecting: () => undefined,
      onReady: () => ofThis(() => (this.stand.value = "live")),
      onBroken: () => ofThis(() => (this.stand.value = "reconnecting")),
      onOver: (_: string, words: string) => ofThis(() => this.over(words)),
      onOwnLevel: () => undefined,
      onEarLevel: (level: number) => ofThis(() => (this.level.value = level)),
      onUnplugged: () => ofThis(() => this.unplugged()),
    };
    const pass = async () => {
      // The microphone may have taken its time.
      if (stay !== this.stay) throw new Error("left");
      const token = await this.ask(mode);
      if (stay === this.stay) return { token };
      // Unless they are on their way in again, which would end by it as well.
      if (this.stand.value === "off") await this.tellOfLeaving();
      throw new Error("left");
    };
    // A way for somebody who writes has no microphone either, and sends silence.
    this.line = await AudioLine.open(pass, events, speaks ? "voice" : "writing");
    this.hasMicrophone = speaks;
  }

  /** Asks for the microphone, unless it is there. Whether they are still in the call; throws where it can't be used. */
  private async hasVoice(line: AudioLine): Promise<boolean> {
    if (!this.hasMicrophone) {
      try {
        await line.useMicrophone();
      } catch (fault) {
        throw new Error(w.noMicrophone(messageOf(fault)));
      }
    }
    if (this.line !== line) return false;
    this.hasMicrophone = true;
    this.isUnplugged.value = false;
    return true;
  }

  private unplugged(): void {
    this.hasMicrophone = false;
    this.isUnplugged.value = this.mode.value !== "listen";
  }

  /** Asks for it, and answers with what brings our audio to the call. */
  private async ask(mode: SupervisionMode): Promise<string> {
    const view = await change<SupervisionView>("PUT", this.at, { mode });
    return view?.token ?? "";
  }

  /** Hears the call no more. */
  async leave(): Promise<void> {
    const { line } = this;
    this.ends();
    if (!line) return;
    line.drop();
    await this.tellOfLeaving();
  }

  private async tellOfLeaving(): Promise<void> {
    try {
      await change("DELETE", this.at);
    } catch {
      // The call is over, or has let them go already.
    }
  }

  /** The page is left. */
  close(): void {
    void this.leave();
  }

  /** Has the caller from now on, at the desk; whether that was done. */
  async takeOver(): Promise<boolean> {
    this.fault.value = "";
    try {
      await change("POST", `${this.at}/take-over`);
    } catch (fault) {
      this.fault.value = messageOf(fault);
      return false;
    }
    claim(this.callId, true);
    const { line } = this;
    this.ends();
    line?.drop();
    return true;
  }

  private over(words: string): void {
    this.ends();
    this.fault.value = words;
  }

  private ends(): void {
    this.stay += 1;
    this.line = null;
    this.mode.value = null;
    this.stand.value = "off";
    this.level.value = 0;
    this.hasMicrophone = false;
    this.isUnplugged.value = false;
  }
}
