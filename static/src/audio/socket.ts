// `/ws/audio`: the messages of docs/web-audio.md, and sound between them.
import { RATE } from "./engine";
import { hangUpBy } from "./hang-up";
import { here } from "./here";
import { Party, type PartyEvents, type Pass, type ServerMessage } from "./party";

const VERSION = 1;
/** How often, and in how long, a broken connection is tried again: the server waits for 10 s. */
const RETRY_AFTER_MS = [100, 400, 800, 1_500, 2_000, 2_500, 2_500];
/** How long a connection of somebody who comes back may take, in ms: one that the network swallows does not end by itself. */
const CONNECT_MS = 5_000;
/** Bytes that may wait to be sent; what is said beyond them is lost, not late. */
const WAITING_BYTES_MAX = 48_000;
/** A connection that takes nothing of them for so long is broken, whether or not the browser has noticed, in ms. */
const STUCK_MS = 2_000;

type FromServer = ServerMessage | { type: "clear" } | { type: "mark"; name: string };

/** Events of the connection. */
export interface SocketEvents extends PartyEvents {
  onSound: (sound: ArrayBuffer) => void;
  onMark: (name: string) => void;
  onClear: () => void;
}

/** The audio of one party. */
export class AudioSocket {
  private readonly party: Party;
  private socket: WebSocket | null = null;
  private isReady = false;
  /** Since when more waits to be sent than may. */
  private stuckSince: number | null = null;

  /** Connects. */
  constructor(
    pass: Pass,
    private readonly events: SocketEvents,
  ) {
    this.party = new Party(pass, events, RETRY_AFTER_MS);
    this.connect();
  }

  /** Token that brings us back from elsewhere. */
  get wayBack(): Pass | null {
    return this.party.wayBack;
  }

  /** Sends 20 ms of sound; nothing before the server is ready for it. */
  sound(sound: ArrayBuffer): void {
    const { socket } = this;
    if (!this.isReady || socket?.readyState !== WebSocket.OPEN) return;
    if (socket.bufferedAmount < WAITING_BYTES_MAX) {
      this.stuckSince = null;
      socket.send(sound);
      return;
    }
    this.stuckSince ??= performance.now();
    if (performance.now() - this.stuckSince >= STUCK_MS) this.lost(socket);
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

  /** Hangs up: by a request where the connection does not carry that for sure. */
  bye(): void {
    const { party, socket } = this;
    if (party.isOver) return;
    // A visitor who is not let in yet has said `hello`: the goodbye comes behind it.
    if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ type: "bye" }));
    if (!this.isReady || socket?.readyState !== WebSocket.OPEN || this.stuckSince !== null) void hangUpBy(party.pass);
    this.end(null);
  }

  /** The page goes away, and may come back. */
  leave(): void {
    this.end({ type: "away" });
  }

  /** Goes without a word: the call may wait for us. */
  drop(): void {
    this.end(null);
  }

  private end(word: object | null): void {
    if (this.party.isOver) return;
    if (word !== null) this.say(word);
    this.party.isOver = true;
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
    socket.onopen = () => socket.send(JSON.stringify({ type: "hello", version: VERSION, rate: RATE, ...this.party.pass }));
    socket.onmessage = ({ data }: MessageEvent<ArrayBuffer | string>) => {
      if (this.socket !== socket) return;
      if (typeof data === "string") this.take(JSON.parse(data) as FromServer);
      else this.events.onSound(data);
    };
    socket.onclose = () => this.lost(socket);
    // A token is good once: whoever comes for the first time waits for as long as it takes.
    if (this.wayBack === null) return;
    setTimeout(() => {
      if (!this.isReady) this.lost(socket);
    }, CONNECT_MS);
  }

  /** A connection carries nothing any more: another one takes its place. */
  private lost(socket: WebSocket): void {
    if (this.socket !== socket) return;
    this.socket = null;
    this.isReady = false;
    this.stuckSince = null;
    socket.close();
    this.party.again(() => this.connect());
  }

  private take(message: FromServer): void {
    switch (message.type) {
      case "clear":
        this.events.onClear();
        return;
      case "mark":
        this.events.onMark(message.name);
        return;
      default:
        if (message.type === "ready") this.isReady = true;
        this.party.take(message);
    }
  }
}
