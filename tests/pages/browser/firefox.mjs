// A Firefox, driven by WebDriver BiDi (https://w3c.github.io/webdriver-bidi/), with its own sound card: its output is recorded, and sound played into
// its microphone is its input. Playwright can only drive its own patched Firefox.
import { spawn } from "node:child_process";
import { once } from "node:events";
// Node 20 has no WebSocket client; Playwright includes one.
import bundle from "playwright-core/lib/utilsBundle";
import { equal, must, unowned as at, until } from "./stage.mjs";

/** The time limit for its start on a busy machine. */
const START_MS_MAX = 40_000;
/** The sample rate of the recording, in Hz. */
export const HEARD_HZ = 24_000;

const ended = (child) => (child.exitCode === null && child.signalCode === null ? once(child, "exit") : null);

/** Runs a test with a Firefox, whose errors fail the test, and cleans up afterwards. */
export async function withFirefox(run) {
  const programs = await at.ask("firefox");
  const child = spawn(programs.program, ["--remote-debugging-port", "0", "about:blank"], { stdio: ["ignore", "ignore", "pipe"] });
  const end = () => child.kill("SIGKILL");
  process.once("exit", end);
  let socket = null;
  const recorders = [];
  try {
    socket = await connected(child);
    const firefox = new Firefox(socket, programs, recorders);
    await firefox.begin();
    await run(firefox).catch((error) => {
      throw new Error([error.stack, ...firefox.faults].join("\n"));
    });
    equal(firefox.faults, [], "errors in Firefox");
  } finally {
    socket?.terminate();
    for (const one of [...recorders, child]) one.kill("SIGKILL");
    await ended(child);
    process.off("exit", end);
  }
}

/** Connects to the address that Firefox prints on standard error. */
async function connected(child) {
  let said = "";
  child.stderr.on("data", (piece) => (said += piece));
  const address = await until("a Firefox that accepts connections", () => /WebDriver BiDi listening on (ws:\S+)/.exec(said)?.[1], START_MS_MAX).catch((late) => {
    throw new Error(`${late.message}; it said:\n${said}`);
  });
  const socket = new bundle.ws(`${address}/session`);
  await once(socket, "open");
  return socket;
}

/** A running Firefox with one page. */
class Firefox {
  constructor(socket, programs, recorders) {
    this.socket = socket;
    this.programs = programs;
    this.recorders = recorders;
    this.sent = 0;
    this.waiting = new Map();
    /** Errors of the page. */
    this.faults = [];
    socket.on("message", (text) => this.take(JSON.parse(text)));
    socket.on("close", () => this.waiting.forEach(({ refuse }) => refuse(new Error("Firefox is gone"))));
  }

  take({ type, id, result, message, method, params }) {
    if (type === "event") {
      if (method === "log.entryAdded" && params.level === "error") this.faults.push(params.text);
      return;
    }
    const { answer, refuse } = this.waiting.get(id);
    this.waiting.delete(id);
    if (type === "success") answer(result);
    else refuse(new Error(message));
  }

  send(method, params) {
    this.sent += 1;
    const id = this.sent;
    const answered = new Promise((answer, refuse) => this.waiting.set(id, { answer, refuse }));
    this.socket.send(JSON.stringify({ id, method, params }));
    return answered;
  }

  async begin() {
    await this.send("session.new", { capabilities: {} });
    await this.send("session.subscribe", { events: ["log.entryAdded"] });
    const { contexts } = await this.send("browsingContext.getTree", {});
    this.context = contexts[0].context;
  }

  /** Makes every page run this script first. */
  async beforePages(script) {
    await this.send("script.addPreloadScript", { functionDeclaration: `${script}` });
  }

  async visit(url) {
    await this.send("browsingContext.navigate", { context: this.context, url, wait: "complete" });
  }

  /** The result of a function without arguments, evaluated in the page. */
  async evaluate(script) {
    const functionDeclaration = `async () => JSON.stringify((await (${script})()) ?? null)`;
    const target = { context: this.context };
    const { result, exceptionDetails } = await this.send("script.callFunction", { functionDeclaration, target, awaitPromise: true });
    must(result, exceptionDetails?.text);
    return JSON.parse(result.value);
  }

  /** Clicks on the button of this name once it exists. The search runs in the page, because Firefox's own lookup by role and name blocks the page
   * for seconds. */
  async click(name) {
    const functionDeclaration = `(name) => [...document.querySelectorAll("button")].find((one) => one.checkVisibility() && (one.ariaLabel ?? one.textContent).trim() === name)`;
    const look = { functionDeclaration, arguments: [{ type: "string", value: name }], target: { context: this.context }, awaitPromise: false };
    const node = await until(`the button ${name}`, async () => {
      const { result } = await this.send("script.callFunction", look);
      return result?.type === "node" && result;
    });
    const origin = { type: "element", element: { sharedId: node.sharedId } };
    await this.act({
      type: "pointer",
      actions: [{ type: "pointerMove", x: 0, y: 0, origin }, { type: "pointerDown", button: 0 }, { type: "pointerUp", button: 0 }],
    });
  }

  async pressEscape() {
    const value = "\uE00C";
    await this.act({ type: "key", actions: [{ type: "keyDown", value }, { type: "keyUp", value }] });
  }

  async act(action) {
    await this.send("input.performActions", { context: this.context, actions: [{ id: action.type, ...action }] });
  }

  /** Plays a WAV file into the microphone. */
  async say(wav) {
    const [code] = await once(spawn(this.programs.play, [wav], { stdio: "inherit" }), "exit");
    equal(code, 0, "exit code of the player");
  }

  /** Records the output. */
  listen() {
    const recorder = spawn(this.programs.record, [], { stdio: ["ignore", "pipe", "inherit"] });
    this.recorders.push(recorder);
    const pieces = [];
    recorder.stdout.on("data", (piece) => pieces.push(piece));
    return {
      seconds: () => pieces.reduce((sum, piece) => sum + piece.length, 0) / 2 / HEARD_HZ,
      samples: () => {
        const bytes = Buffer.concat(pieces);
        return Array.from({ length: Math.floor(bytes.length / 2) }, (_, n) => bytes.readInt16LE(2 * n) / 32_768);
      },
    };
  }
}
