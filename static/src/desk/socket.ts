// `/ws/desk`: one WebSocket for events and commands, reopened whenever it breaks (docs/desk.md).
import { type ReadonlySignal, signal } from "@preact/signals";
import { sentence } from "../api/client";
import { refusal } from "../api/refusals";
import { awayAs, type Connection, counted, pauseMs } from "../api/connection";
import type { DeskCommand, DeskMessage } from "../api/model";
import { awaitSession } from "../api/session";
import { w } from "./words";

/** An answer that takes longer than this will not come: the connection is reopened. */
const ANSWER_MS_MAX = 10_000;
/** How long a connection may take to open: an attempt that the network swallows does not end by itself. */
const OPEN_MS_MAX = 8_000;
/** A connection on which nothing has come for this long is tested: a dead one looks like a quiet one. */
const QUIET_MS_MAX = 20_000;

/** A command that failed; `message` is a sentence for people. */
export class DeskFault extends Error {
  /** `kind`: the server's code; `no_answer` if no answer came. */
  constructor(
    readonly kind: string,
    message: string,
  ) {
    super(message);
  }
}

type Answer = { id: string; ok: true; result: unknown } | { id: string; ok: false; error: { kind: string; detail?: string; title: string } };

interface Waiting {
  done: (result: unknown) => void;
  failed: (fault: DeskFault) => void;
  timer: ReturnType<typeof setTimeout>;
}

/** The socket of a desk. */
export class DeskSocket {
  private readonly state = signal<Connection>("connecting");
  private readonly uncounted = counted(this.state);
  private readonly waiting = new Map<string, Waiting>();
  private socket: WebSocket | null = null;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private expected: number | null = null;
  private asked = 0;
  private heardAt = 0;
  private readonly watch: ReturnType<typeof setInterval>;
  private failed = 0;
  private isOver = false;

  /** Connects; `take` is called with each snapshot and what follows it, in order. `presence` returns the query for the presence that the agent has
   * chosen, as far as is known here: a server that has forgotten it learns it. */
  constructor(
    private readonly take: (message: DeskMessage) => void,
    private readonly presence: () => string,
  ) {
    addEventListener("online", this.online);
    addEventListener("offline", this.offline);
    document.addEventListener("visibilitychange", this.looked);
    this.watch = setInterval(this.listened, QUIET_MS_MAX);
    this.connect();
  }

  /** The state of the connection. */
  get connection(): ReadonlySignal<Connection> {
    return this.state;
  }

  /** Sends a command, and resolves with its result. Throws a [`DeskFault`]. */
  ask(command: DeskCommand): Promise<unknown> {
    const { socket } = this;
    if (socket?.readyState !== WebSocket.OPEN) {
      const words = w.faults.noConnection;
      return Promise.reject(new DeskFault("no_answer", words));
    }
    this.asked += 1;
    const id = String(this.asked);
    return new Promise((done, failed) => {
      const timer = setTimeout(() => {
        // The connection is dead without notice, for example after the computer slept.
        if (this.waiting.has(id)) socket.close();
        this.broke(socket);
      }, ANSWER_MS_MAX);
      this.waiting.set(id, { done, failed, timer });
      socket.send(JSON.stringify({ id, ...command }));
    });
  }

  /** Closes it. */
  close(): void {
    this.isOver = true;
    clearTimeout(this.retry);
    clearInterval(this.watch);
    removeEventListener("online", this.online);
    removeEventListener("offline", this.offline);
    document.removeEventListener("visibilitychange", this.looked);
    this.giveUp();
    if (this.socket) letGo(this.socket);
    this.uncounted();
  }

  private connect(): void {
    const url = new URL(`/ws/desk${this.presence()}`, location.href);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(url);
    this.socket = socket;
    this.expected = null;
    socket.onmessage = ({ data }: MessageEvent<string>) => {
      if (this.socket === socket) this.received(JSON.parse(data) as DeskMessage | Answer);
    };
    socket.onclose = () => this.broke(socket);
    setTimeout(() => {
      if (this.socket !== socket || socket.readyState !== WebSocket.CONNECTING) return;
      letGo(socket);
      this.broke(socket);
    }, OPEN_MS_MAX);
  }

  private received(message: DeskMessage | Answer): void {
    this.heardAt = Date.now();
    if (!("seq" in message)) {
      this.answered(message);
      return;
    }
    if (message.kind !== "snapshot" && message.seq !== this.expected) {
      // A message is missing: from here on only a snapshot has the current state. It is requested once.
      if (this.expected !== null) void this.ask({ command: "snapshot" }).catch(() => null);
      this.expected = null;
      return;
    }
    this.expected = message.seq + 1;
    if (message.kind === "snapshot") {
      this.failed = 0;
      this.state.value = "live";
    }
    this.take(message);
  }

  private answered(answer: Answer): void {
    const waiting = this.waiting.get(answer.id);
    if (!waiting) return;
    this.waiting.delete(answer.id);
    clearTimeout(waiting.timer);
    if (answer.ok) waiting.done(answer.result);
    else {
      const { kind, detail, title } = answer.error;
      void refusal(kind, {}).then((said) => waiting.failed(new DeskFault(kind, said ?? sentence(detail ?? title))));
    }
  }

  private broke(socket: WebSocket): void {
    if (this.socket !== socket) return;
    this.socket = null;
    this.giveUp();
    if (this.isOver) return;
    this.state.value = awayAs(this.failed);
    clearTimeout(this.retry);
    this.retry = setTimeout(() => void this.again(), pauseMs(this.failed));
    this.failed += 1;
  }

  private giveUp(): void {
    const words = w.faults.broke;
    for (const { failed, timer } of this.waiting.values()) {
      clearTimeout(timer);
      failed(new DeskFault("no_answer", words));
    }
    this.waiting.clear();
  }

  private async again(): Promise<void> {
    // A WebSocket can't tell a refusal from a broken connection, but a request for the session can.
    await awaitSession();
    if (!this.isOver && !this.socket) this.connect();
  }

  private readonly online = () => {
    this.failed = 0;
    if (this.socket) return;
    clearTimeout(this.retry);
    void this.again();
  };

  private readonly offline = () => {
    this.state.value = "offline";
    // A pending retry could wait for minutes, but the browser has just reported that it is online.
    const { socket } = this;
    if (!socket) return;
    letGo(socket);
    this.broke(socket);
  };

  private readonly listened = () => {
    // A clock that was set back counts as a long time: the connection is tested once more than needed.
    const isQuiet = Math.abs(Date.now() - this.heardAt) >= QUIET_MS_MAX;
    if (isQuiet && this.socket?.readyState === WebSocket.OPEN) void this.ask({ command: "ping" }).catch(() => null);
  };

  /** An agent who comes back to the page needs the current state, and to know whether the connection still works. */
  private readonly looked = () => {
    if (document.visibilityState === "visible") void this.ask({ command: "snapshot" }).catch(() => null);
  };
}

/** Closes a socket; one that is still opening is closed once it is open, because browsers complain otherwise. */
function letGo(socket: WebSocket): void {
  if (socket.readyState === WebSocket.CONNECTING) socket.onopen = () => socket.close();
  else socket.close();
}
