// The common parts of both transports for a call's sound, `/ws/audio` and WebRTC: our token, the server's text messages, and reconnecting.
// docs/web-audio.md describes the messages.
import { w } from "./words";

/** How long the call waits for a party that is away, in ms, if the server does not say so. */
export const RETURN_MS = 10_000;

/** The token that admits us: a one-time token, or the `resume` token of a lost connection, and how long the call waits for it, in ms. */
export type Pass = { token: string } | { resume: string; returnMs: number };

/** The party that a visitor is connected with, or the state they are in. */
export type CallerStand = { stand: "assistant" | "hold" | "ringing" | "queue" | "person"; position?: number };

/** Something that was said in a visitor's call. A message with a known number replaces that line. */
export interface SaidLine {
  number: number;
  by: "visitor" | "assistant";
  text: string;
}

/** The server's text messages, over either transport. */
export type ServerMessage =
  | { type: "ready"; call_id: string; resume: string; return_ms?: number; typed?: number }
  | ({ type: "stand" } & CallerStand)
  | ({ type: "line" } & SaidLine)
  | { type: "typed"; number: number }
  | { type: "bye"; cause: string; words: string };

/** The causes with which the server reports that the call is over, or was. */
export const ENDED: readonly string[] = ["ended", "no_call"];

/** Events of a party. */
export interface PartyEvents {
  /** The call has our audio: for the first time, or again. `typed`: the number of the visitor's newest text that it has. */
  onReady: (callId: string, typed?: number) => void;
  /** The connection broke and is being retried. */
  onBroken: () => void;
  /** The call is over; `words` is a sentence for people. */
  onOver: (cause: string, words: string) => void;
  /** A visitor sees whom they are connected with, and what was said. */
  onStand?: ((now: CallerStand) => void) | undefined;
  onLine?: ((line: SaidLine) => void) | undefined;
  /** The call has a visitor's texts up to this number. */
  onTyped?: ((number: number) => void) | undefined;
  /** How long the call waits for the party if that is longer than the server said in `ready`, in ms. */
  patienceMs?: (() => number) | undefined;
}

/** One party of a call. */
export class Party {
  isOver = false;
  private tries = 0;
  /** Since when there is no connection; null while there is one. */
  private brokenSince: number | null = null;

  /** `waitsMs`: the pauses before each attempt to reconnect; there are at least as many attempts as pauses. `isLast`: no other transport tries after
   * this one, so the last pause is repeated as long as the call waits. */
  constructor(
    private shown: Pass,
    private readonly events: PartyEvents,
    private readonly waitsMs: readonly number[],
    private readonly isLast: boolean,
  ) {}

  /** The token for the next connection. */
  get pass(): Pass {
    return this.shown;
  }

  /** The token with which another page can resume; null before there is one, and once the call is over. */
  get wayBack(): Pass | null {
    return this.isOver || "token" in this.shown ? null : this.shown;
  }

  /** Handles a message of the server. */
  take(message: ServerMessage): void {
    switch (message.type) {
      case "ready":
        this.shown = { resume: message.resume, returnMs: message.return_ms ?? RETURN_MS };
        this.tries = 0;
        this.brokenSince = null;
        this.events.onReady(message.call_id, message.typed);
        return;
      case "stand":
        this.events.onStand?.(message);
        return;
      case "line":
        this.events.onLine?.(message);
        return;
      case "typed":
        this.events.onTyped?.(message.number);
        return;
      case "bye":
        if (message.cause !== "bad_token") this.over(message.cause, message.words);
        // Our resume token is no longer valid, for example after an update of the server: an agent's page requests another token then.
        else if (this.wayBack !== null) this.isLost();
        // A token that was never valid: nothing broke.
        else this.over(message.cause, w.notLetIn);
    }
  }

  /** The connection broke: reconnects after a pause. A token is valid once, so without a `resume` token we can't reconnect. */
  again(connect: () => void): void {
    if (this.isOver) return;
    this.brokenSince ??= performance.now();
    const wait = this.waitsMs[this.tries] ?? this.pauseWhileAwaited(performance.now() - this.brokenSince);
    if (wait === undefined || this.wayBack === null) {
      this.isLost();
      return;
    }
    this.tries += 1;
    this.events.onBroken();
    setTimeout(() => {
      if (!this.isOver) connect();
    }, wait);
  }

  /** The last pause once more, if the call still waits after it. */
  private pauseWhileAwaited(brokenMs: number): number | undefined {
    const last = this.waitsMs.at(-1);
    if (!this.isLast || last === undefined || "token" in this.shown) return undefined;
    return brokenMs + last < Math.max(this.shown.returnMs, this.events.patienceMs?.() ?? 0) ? last : undefined;
  }

  /** Reconnecting is not possible. */
  isLost(): void {
    this.over("broken", w.broken);
  }

  private over(cause: string, words: string): void {
    if (this.isOver) return;
    this.isOver = true;
    this.events.onOver(cause, words);
  }
}
