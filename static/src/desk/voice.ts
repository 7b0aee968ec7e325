// The agent's audio in one call, in this browser: connecting, losing and reconnecting it.
import { signal } from "@preact/signals";
import { messageOf } from "../api/client";
import type { AgentCall } from "../api/model";
import { claim, claimOf, isClaimed } from "../audio/claim";
import { NoMicrophone } from "../audio/microphone";
import type { Admission, Line } from "../audio/open-line";
import { DeskFault } from "./socket";
import { ask } from "./store";

/** The state of the audio. `words` is a sentence for people. */
export type Stand =
  | { at: "waiting" | "asking" | "connecting" | "live" | "reconnecting" | "suspended" | "elsewhere" }
  | { at: "blocked" | "failed"; words: string };

/** Audio counts as missing after this long: a reloaded page is back before that. */
const MISSING_MS = 2_000;
/** Pauses between attempts after the audio broke; the last one is repeated. */
const PAUSES_MS = [300, 1_000, 3_000];
/** A connection that was live for this long was a good one: the pauses start again from the first after it. */
const GOOD_MS = 10_000;

/** The audio of a call. */
export class Voice {
  readonly stand = signal<Stand>({ at: "waiting" });
  readonly isUnplugged = signal(false);
  /** The levels of both sides, 0 to 1. */
  readonly ownLevel = signal(0);
  readonly earLevel = signal(0);
  private line: Line | null = null;
  private call: AgentCall | null = null;
  private isMuted = false;
  private isOver = false;
  /** Called whenever something changes that [`run`] may wait for. */
  private wake: () => void = () => undefined;
  /** Ends the current connection, so that the next voice of the same call gets its turn. */
  private finish: (how: "broken" | "over") => void = () => undefined;
  private isWanted: boolean;
  private missingSince: number | null = null;
  /** Since when the current connection carries sound, and whether it has done so for long. */
  private liveSince: number | null = null;
  private wasGood = false;

  /** `how`: `claimed` if the agent has accepted the call in this window. */
  constructor(
    readonly callId: string,
    how: "claimed" | "seen",
  ) {
    this.isWanted = how === "claimed" || isClaimed(callId);
    void this.begin();
  }

  /** Whether the server has reported the call yet. */
  get wasSeen(): boolean {
    return this.call !== null;
  }

  /** The server's current state of the call, and whether the agent is muted. */
  seen(call: AgentCall, isMuted: boolean): void {
    this.call = call;
    const isMissing = call.state === "connecting" || call.state === "audio_lost";
    if (!isMissing) this.missingSince = null;
    else this.missingSince ??= Date.now();
    this.mute(isMuted);
    this.wake();
    if (isMissing) setTimeout(() => this.wake(), MISSING_MS + 50);
  }

  /** Sends silence, or the microphone again. */
  mute(on: boolean): void {
    this.isMuted = on;
    this.line?.mute(this.isSilent());
  }

  /** A party on hold hears nobody, whatever the server does with the sound; colleagues in the call still do. */
  private isSilent(): boolean {
    return this.isMuted || (this.call !== null && isAlone(this.call));
  }

  /** The agent wants the audio here: after a microphone was allowed, or instead of another window. */
  retry(): void {
    this.isWanted = true;
    this.wake();
  }

  /** Uses another microphone. Throws if it can't be used. */
  async useMicrophone(id: string): Promise<void> {
    await this.line?.useMicrophone(id);
    this.isUnplugged.value = false;
  }

  /** The call is no longer the agent's. */
  end(): void {
    this.isOver = true;
    claim(this.callId, false);
    this.line?.drop();
    this.finish("over");
    this.wake();
  }

  /** Only one window of a browser has the audio of a call: the others wait until it is gone. */
  private async begin(): Promise<void> {
    const run = () => this.run();
    if (navigator.locks) await navigator.locks.request(claimOf(this.callId), run);
    else await run();
  }

  private async run(): Promise<void> {
    let tries = 0;
    if (!this.isWanted) this.stands("elsewhere");
    while (!this.isOver) {
      await this.until(() => this.call !== null && (this.isWanted || this.isMissing()));
      if (this.isOver) return;
      const end = await this.talk();
      this.line = null;
      if (this.isOver) return;
      if (this.wasGood) tries = 0;
      this.wasGood = false;
      if (end === "broken") {
        await pause(PAUSES_MS[Math.min(tries, PAUSES_MS.length - 1)] ?? 0);
        tries += 1;
      } else {
        tries = 0;
        this.isWanted = false;
      }
    }
  }

  private isMissing(): boolean {
    const mayAsk = this.stand.value.at !== "blocked" && this.stand.value.at !== "failed";
    return mayAsk && this.missingSince !== null && Date.now() - this.missingSince >= MISSING_MS;
  }

  /** Connects, and resolves when it is over: `broken` if it should be retried at once. */
  private async talk(): Promise<"broken" | "over"> {
    this.stand.value = { at: "asking" };
    const ended = new Promise<"broken" | "over">((done) => {
      this.finish = done;
    });
    try {
      let isSuspended = false;
      // Loaded after the desk (call-parts.tsx); if the network fails at that moment, it is retried.
      const code = await import("../audio/open-line").catch(() => null);
      if (code === null) return "broken";
      const events = {
        onConnecting: () => this.stands("connecting"),
        onSuspended: () => {
          isSuspended = true;
          this.stands("suspended");
        },
        onResumed: () => {
          isSuspended = false;
          this.stands(this.liveSince === null ? "connecting" : "live");
        },
        onReady: () => {
          this.liveSince = Date.now();
          if (!isSuspended) this.stands("live");
        },
        onBroken: () => {
          this.breaks();
          this.stands("reconnecting");
        },
        onOver: (cause: string) => {
          this.breaks();
          this.finish(cause === "broken" ? "broken" : "over");
        },
        onOwnLevel: (level: number) => (this.ownLevel.value = level),
        onEarLevel: (level: number) => (this.earLevel.value = level),
        onUnplugged: () => (this.isUnplugged.value = true),
      };
      // Before the microphone is opened: it may be disconnected while the connection is being made.
      this.isUnplugged.value = false;
      const line = await code.Line.open(() => this.admission(), events, "voice", this.isSilent());
      if (this.isOver) {
        line.drop();
        return "over";
      }
      this.line = line;
      this.mute(this.isMuted);
      claim(this.callId, true);
    } catch (fault) {
      return this.failedBy(fault);
    }
    const end = await ended;
    this.ownLevel.value = 0;
    this.earLevel.value = 0;
    if (end === "over" && !this.isOver) {
      // The server has ended the connection while the call continues: its audio is somewhere else now.
      claim(this.callId, false);
      this.missingSince = null;
      this.stands("elsewhere");
    }
    return end;
  }

  private failedBy(fault: unknown): "broken" | "over" {
    // Both pass by themselves, so the agent need not click.
    if (fault instanceof DeskFault && (fault.kind === "no_answer" || fault.kind === "unavailable")) return "broken";
    const at = fault instanceof NoMicrophone ? "blocked" : "failed";
    this.stand.value = { at, words: messageOf(fault) };
    return "over";
  }

  private async admission(): Promise<Admission> {
    this.stands("connecting");
    const { token, webrtc } = (await ask({ command: "audio", call_id: this.callId })) as { token: string; webrtc: boolean };
    return { pass: { token }, byWebrtc: webrtc };
  }

  /** The connection no longer carries sound. */
  private breaks(): void {
    if (this.liveSince !== null && Date.now() - this.liveSince >= GOOD_MS) this.wasGood = true;
    this.liveSince = null;
  }

  private stands(at: "connecting" | "live" | "reconnecting" | "suspended" | "elsewhere"): void {
    if (!this.isOver) this.stand.value = { at };
  }

  /** Waits until the condition holds, or the call is over. */
  private async until(isSo: () => boolean): Promise<void> {
    while (!this.isOver && !isSo()) {
      await new Promise<void>((done) => {
        this.wake = done;
      });
    }
    this.wake = () => undefined;
  }
}

/** Whether the only other party is a caller on hold. */
function isAlone({ state, consult, others, outsiders }: AgentCall): boolean {
  return state === "held" && consult === null && others.length + outsiders.length === 0;
}

function pause(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}
