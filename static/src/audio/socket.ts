// `/ws/audio`: the messages of docs/web-audio.md, and the way back where the connection breaks.
import { RATE } from "./engine";
import { here } from "./here";
import { w } from "./words";

const VERSION = 1;
/** How often, and in how long, a broken connection is tried again: the server waits for 5 s. */
const RETRY_AFTER_MS = [100, 400, 800, 1_500, 2_000];
/** Bytes that may wait to be sent; what is said beyond them is lost, not late. */
const WAITING_BYTES_MAX = 48_000;

type FromServer =
  | { type: "ready"; version: number; call_id: string; rate: number; resume: string }
  | { type: "clear" }
  | { type: "mark"; name: string }
  | ({ type: "stand" } & CallerStand)
  | ({ type: "line" } & SaidLine)
  | { type: "bye"; cause: string; words: string };

/** With whom, or with what, a visitor is. */
export type CallerStand = { stand: "assistant" | "hold" | "ringing" | "queue" | "person"; position?: number };

/** Something that was said in a visitor's call. One of the same number is the same line. */
export interface SaidLine {
  number: number;
  by: "visitor" | "assistant";
  text: string;
}

/** What the connection tells. */
export interface SocketEvents {
  /** The call has our audio: for the first time, or again. */
  onReady: (callId: string) => void;
  onSound: (sound: ArrayBuffer) => void;
  onMark: (name: string) => void;
  onClear: () => void;
  /** A visitor is told with whom they are from now on. */
  onStand?: ((now: CallerStand) => void) | undefined;
  /** A visitor is told what was said. */
  onLine?: ((line: SaidLine) => void) | undefined;
  /** The connection broke and is tried again. */
  onBroken: () => void;
  /** It is over; `words` is a sentence for people. */
  onOver: (cause: string, words: string) => void;
}

/** The audio of one party. */
export class AudioSocket {
  private socket: WebSocket | null = null;
  private resume: string | null = null;
  private tries = 0;
  private isReady = false;
  private isOver = false;

  /** Connects, with a one-time token. */
  constructor(
    private readonly token: string,
    private readonly events: SocketEvents,
  ) {
    this.connect();
  }

  /** Sends 20 ms of sound; nothing before the server is ready for it. */
  sound(sound: ArrayBuffer): void {
    const { socket } = this;
    const isOpen = this.isReady && socket?.readyState === WebSocket.OPEN;
    if (isOpen && socket.bufferedAmount < WAITING_BYTES_MAX) socket.send(sound);
  }

  /** Tells that all before this mark was played. */
  mark(name: string): void {
    this.say({ type: "mark", name });
  }

  /** Presses a key. */
  press(digit: string): void {
    this.say({ type: "dtmf", digit });
  }

  /** Says something in writing. */
  write(text: string): void {
    this.say({ type: "typed", text });
  }

  /** Asks for a person. */
  askForPerson(): void {
    this.say({ type: "person" });
  }

  /** Hangs up. */
  bye(): void {
    if (this.isOver) return;
    this.say({ type: "bye" });
    this.isOver = true;
    this.socket?.close();
  }

  /** Goes without a word: the call may wait for us. */
  drop(): void {
    this.isOver = true;
    this.socket?.close();
  }

  private say(message: object): void {
    if (this.isReady && this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  private connect(): void {
    const url = here("/ws/audio");
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(url);
    socket.binaryType = "arraybuffer";
    this.socket = socket;
    socket.onopen = () => {
      const who = this.resume === null ? { token: this.token } : { resume: this.resume };
      socket.send(JSON.stringify({ type: "hello", version: VERSION, rate: RATE, ...who }));
    };
    socket.onmessage = ({ data }: MessageEvent<ArrayBuffer | string>) => {
      if (this.socket !== socket) return;
      if (typeof data === "string") this.take(JSON.parse(data) as FromServer);
      else this.events.onSound(data);
    };
    socket.onclose = () => {
      if (this.socket === socket) this.closed();
    };
  }

  private take(message: FromServer): void {
    switch (message.type) {
      case "ready":
        this.resume = message.resume;
        this.isReady = true;
        this.tries = 0;
        this.events.onReady(message.call_id);
        return;
      case "clear":
        this.events.onClear();
        return;
      case "mark":
        this.events.onMark(message.name);
        return;
      case "stand":
        this.events.onStand?.(message);
        return;
      case "line":
        this.events.onLine?.(message);
        return;
      case "bye":
        this.over(message.cause, message.words);
    }
  }

  private closed(): void {
    this.isReady = false;
    if (this.isOver) return;
    const wait = RETRY_AFTER_MS[this.tries];
    // A token is good once: without a `resume` there is no way back.
    if (wait === undefined || this.resume === null) {
      this.over("broken", w.broken);
      return;
    }
    this.tries += 1;
    this.events.onBroken();
    setTimeout(() => {
      if (!this.isOver) this.connect();
    }, wait);
  }

  private over(cause: string, words: string): void {
    if (this.isOver) return;
    this.isOver = true;
    this.events.onOver(cause, words);
  }
}
