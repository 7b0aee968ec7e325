// Common parts of both ways of a call's sound, `/ws/audio` and WebRTC: our token, the server's written messages, and the way
// back where the connection breaks. docs/web-audio.md has the messages.
import { w } from "./words";

/** Token that admits us: a one-time token, or the `resume` of a connection that is gone. */
export type Pass = { token: string } | { resume: string };

/** With whom, or with what, a visitor is. */
export type CallerStand = { stand: "assistant" | "hold" | "ringing" | "queue" | "person"; position?: number };

/** Something that was said in a visitor's call. One of the same number is the same line. */
export interface SaidLine {
  number: number;
  by: "visitor" | "assistant";
  text: string;
}

/** The server's written messages, whichever way the sound goes. */
export type ServerMessage =
  | { type: "ready"; call_id: string; resume: string }
  | ({ type: "stand" } & CallerStand)
  | ({ type: "line" } & SaidLine)
  | { type: "bye"; cause: string; words: string };

/** Events of a party. */
export interface PartyEvents {
  /** The call has our audio: for the first time, or again. */
  onReady: (callId: string) => void;
  /** The connection broke and is tried again. */
  onBroken: () => void;
  /** It is over; `words` is a sentence for people. */
  onOver: (cause: string, words: string) => void;
  /** A visitor sees with whom they are, and what was said. */
  onStand?: ((now: CallerStand) => void) | undefined;
  onLine?: ((line: SaidLine) => void) | undefined;
}

/** One party of a call. */
export class Party {
  isOver = false;
  private tries = 0;

  /** `waitsMs`: how often, and in how long, a connection that broke is made again. */
  constructor(
    private shown: Pass,
    private readonly events: PartyEvents,
    private readonly waitsMs: readonly number[],
  ) {}

  /** Token of the next connection. */
  get pass(): Pass {
    return this.shown;
  }

  /** Token that brings us back from elsewhere; null before there is one, and once the call is over. */
  get wayBack(): Pass | null {
    return this.isOver || "token" in this.shown ? null : this.shown;
  }

  /** Takes what the server says. */
  take(message: ServerMessage): void {
    switch (message.type) {
      case "ready":
        this.shown = { resume: message.resume };
        this.tries = 0;
        this.events.onReady(message.call_id);
        return;
      case "stand":
        this.events.onStand?.(message);
        return;
      case "line":
        this.events.onLine?.(message);
        return;
      case "bye":
        if (message.cause !== "bad_token") this.over(message.cause, message.words);
        // Our way back is none any more, as behind an update of the server: an agent's page asks for another token then.
        else if (this.wayBack !== null) this.isLost();
        // A token that was never good: nothing broke.
        else this.over(message.cause, w.notLetIn);
    }
  }

  /** The connection broke: has another one made in a while. A token is good once, so that without a `resume` there is no way back. */
  again(connect: () => void): void {
    if (this.isOver) return;
    const wait = this.waitsMs[this.tries];
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

  /** The connection can't be made again. */
  isLost(): void {
    this.over("broken", w.broken);
  }

  private over(cause: string, words: string): void {
    if (this.isOver) return;
    this.isOver = true;
    this.events.onOver(cause, words);
  }
}
