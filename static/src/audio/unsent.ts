// A visitor's texts that the server has not confirmed. Each is sent again until it is, also over the next connection; the server passes it on once.
import { signal } from "@preact/signals";

/** A text, and its number in the call, from 1. */
interface Text {
  number: number;
  text: string;
}

/** The state that a page that is reloaded passes on to the next one. */
export interface UnsentNow {
  newest: number;
  waiting: readonly Text[];
}

/** A text that is not confirmed after this long is sent again: the server accepts one every 2 s from a visitor who writes fast. */
const AGAIN_MS = 2_100;

/** The texts of one call after another. */
export class UnsentTexts {
  /** The texts that the page shows as not sent. */
  readonly shown = signal<readonly string[]>([]);
  private waiting: readonly Text[] = [];
  private newest = 0;
  /** Whether the server confirms texts; one of an earlier version does not. */
  private isConfirming = false;
  private timer: ReturnType<typeof setTimeout> | undefined;

  /** `send` sends a text, and returns false if there is no connection. */
  constructor(private readonly send: (text: string, number: number) => boolean) {}

  /** The state that the next page continues with. */
  get now(): UnsentNow {
    return { newest: this.newest, waiting: this.waiting };
  }

  /** A call begins, or is resumed with what an earlier page has left. */
  begin({ newest, waiting }: UnsentNow = { newest: 0, waiting: [] }): void {
    this.newest = newest;
    this.waiting = waiting;
    this.isConfirming = false;
    this.show();
  }

  /** Sends a text, now or once there is a connection. */
  write(text: string): void {
    this.newest += 1;
    // Half an emoji, left where a text was cut, is no Unicode: the server could not read the text, and those after it would wait for ever.
    const written = { number: this.newest, text: text.replace(/\p{Surrogate}/gu, "") };
    this.waiting = [...this.waiting, written];
    this.pass([written]);
  }

  /** There is a connection. The server has the texts up to `known`; undefined if it confirms none. */
  ready(known: number | undefined): void {
    this.isConfirming = known !== undefined;
    if (known !== undefined) this.confirmed(known);
    this.sendAll();
  }

  /** The server has the texts up to this one. */
  confirmed(number: number): void {
    this.newest = Math.max(this.newest, number);
    this.waiting = this.waiting.filter((text) => text.number > number);
    if (this.shown.peek().length > 0) this.show();
  }

  /** Sends everything that waits. */
  sendAll(): void {
    if (this.waiting.length > 0) this.pass(this.waiting);
  }

  /** Shows what waits: there is no connection, or the call is over. */
  show(): void {
    this.shown.value = this.waiting.map(({ text }) => text);
  }

  /** The call is over. */
  end(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.show();
  }

  private pass(texts: readonly Text[]): void {
    if (!texts.every(({ text, number }) => this.send(text, number))) this.show();
    else if (!this.isConfirming) this.confirmed(this.newest);
    if (this.waiting.length > 0) this.timer ??= setTimeout(() => this.again(), AGAIN_MS);
  }

  private again(): void {
    this.timer = undefined;
    if (this.waiting.length > 0) this.show();
    this.sendAll();
  }
}
