// `/ws/audio`: the messages of docs/web-audio.md, and sound between them.
import { RATE } from "./engine";
import { hangUpBy } from "./hang-up";
import { here } from "./here";
import { Party, type PartyEvents, type Pass, type ServerMessage } from "./party";

const VERSION = 1;
/** The pauses before each attempt to reconnect, some 10 s together. The last one is repeated while the server waits longer. */
const RETRY_AFTER_MS = [100, 400, 800, 1_500, 2_000, 2_500, 2_500];
/** How long reconnecting may take, in ms: an attempt that the network swallows does not end by itself. */
const CONNECT_MS = 5_000;
/** The maximum bytes that wait to be sent; sound beyond them is dropped, not delayed. */
const WAITING_BYTES_MAX = 48_000;
/** If none of them are sent for this long, the connection is broken, whether or not the browser has noticed, in ms. */
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
  /** Since when more bytes than the maximum are waiting. */
  private stuckSince: number | null = null;

  /** Connects. */
  constructor(
    pass: Pass,
    private readonly events: SocketEvents,
  ) {
    this.party = new Party(pass, events, RETRY_AFTER_MS, true);
    this.connect();
  }

  /** The token with which another page can resume. */
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

  /** Reports that everything before this mark was played. */
  mark(name: string): void {
    this.say({ type: "mark", name });
  }

  /** Presses a key. */
  press(digit: string): void {
    this.say({ type: "dtmf", digit });
  }

  /** Says something in writing. */
  write(text: string, number: number): void {
    this.say({ type: "typed", text, number });
  }

  /** Requests a person. */
  askForPerson(): void {
    this.say({ type: "person" });
  }

  /** Hangs up: by a request if the connection may not carry the message. */
  bye(): void {
    const { party, socket } = this;
    if (party.isOver) return;
    // A visitor who is not admitted yet has sent `hello`: the goodbye comes after it.
    if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ type: "bye" }));
    if (!this.isReady || socket?.readyState !== WebSocket.OPEN || this.stuckSince !== null) void hangUpBy(party.pass);
    this.end(null);
  }

  /** The page goes away, and may come back. */
  leave(): void {
    this.end({ type: "away" });
  }

  /** Disconnects without a message: the call may wait for us. */
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
    socket.onopen = () => socket.send(JSON.stringify({ type: "hello", version: VERSION, rate: RATE, ...presented(this.party.pass) }));
    socket.onmessage = ({ data }: MessageEvent<ArrayBuffer | string>) => {
      if (this.socket !== socket) return;
      if (typeof data === "string") this.take(JSON.parse(data) as FromServer);
      else this.events.onSound(data);
    };
    socket.onclose = () => this.lost(socket);
    // A token is valid once, so the first connection has no time limit.
    if (this.wayBack === null) return;
    setTimeout(() => {
      if (!this.isReady) this.lost(socket);
    }, CONNECT_MS);
  }

  /** A connection no longer works: another one replaces it. */
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

/** A pass as `hello` has it. */
const presented = (pass: Pass) => ("token" in pass ? { token: pass.token } : { resume: pass.resume });
