// A supervisor's ear and voice in a live call, as long as their page is open.
import { signal } from "@preact/signals";
import { change, messageOf } from "../api/client";
import type { SupervisionMode, SupervisionView } from "../api/model";
import { claim } from "../audio/claim";
import { AudioLine } from "../audio/line";
import { ENDED } from "../audio/party";
import { w } from "./words";

/** The state of the audio. */
export type Stand = "off" | "connecting" | "live" | "reconnecting";

/** A supervisor in one call. */
export class Ear {
  /** How they take part; null while they don't. */
  readonly mode = signal<SupervisionMode | null>(null);
  readonly stand = signal<Stand>("off");
  /** The level of the call, 0 to 1. */
  readonly level = signal(0);
  /** Why something failed, as a sentence for people. */
  readonly fault = signal("");
  /** Whether the microphone was disconnected while they needed it. */
  readonly isUnplugged = signal(false);
  /** A supervisor who listens needs none. */
  private hasMicrophone = false;
  private line: AudioLine | null = null;
  /** Counts their stays in the call: one that was left during the setup is not started any more. */
  private stay = 0;
  private readonly at: string;

  constructor(readonly callId: string) {
    this.at = `/api/v1/calls/${callId}/supervision`;
  }

  /** Takes part in this mode: for the first time, or in another mode than before. */
  async takePart(mode: SupervisionMode): Promise<void> {
    this.fault.value = "";
    const { stay } = this;
    try {
      if (!this.line) await this.connect(mode);
      else if (mode === "listen" || (await this.hasVoice(this.line))) await this.ask(mode);
      // They have left, or the call ended in the meantime.
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

  /** Replaces a microphone that was disconnected. */
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
      // The server's words are English. The call may go on without them, for example if their sign-in has ended.
      onOver: (cause: string, words: string) => ofThis(() => this.over(ENDED.includes(cause) ? w.ended : words)),
      onOwnLevel: () => undefined,
      onEarLevel: (level: number) => ofThis(() => (this.level.value = level)),
      onUnplugged: () => ofThis(() => this.unplugged()),
    };
    const pass = async () => {
      // Opening the microphone may have taken a while.
      if (stay !== this.stay) throw new Error("left");
      const token = await this.ask(mode);
      if (stay === this.stay) return { token };
      // Unless they are entering again, which this would end as well.
      if (this.stand.value === "off") await this.tellOfLeaving();
      throw new Error("left");
    };
    // The connection of a writing user has no microphone either, and sends silence.
    this.hasMicrophone = speaks;
    this.line = await AudioLine.open(pass, events, speaks ? "voice" : "writing");
  }

  /** Opens the microphone, unless it is open. Returns whether they are still in the call; throws if it can't be used. */
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

  /** Requests supervision, and returns the token that connects our audio with the call. */
  private async ask(mode: SupervisionMode): Promise<string> {
    const view = await change<SupervisionView>("PUT", this.at, { mode });
    return view?.token ?? "";
  }

  /** Stops taking part in the call. */
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
      // The call is over, or has removed them already.
    }
  }

  /** The page is left. */
  close(): void {
    void this.leave();
  }

  /** Takes the caller over, at the desk; returns whether that succeeded. */
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
