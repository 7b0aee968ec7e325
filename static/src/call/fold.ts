// What a call's page shows, folded from its journal: the lines that were said, the marks of the timeline, the turns.
import type { Entry } from "../api/model";
import type { IconName } from "../app/icons";
import { asWords, providerName } from "../words/call";
import { shortLength } from "../words/time";

/** One line of the transcript. Times are ms since 1970. */
export interface Line {
  seq: number;
  role: "caller" | "assistant";
  text: string;
  startedAt: number;
  endedAt: number;
  /** Whether the caller cut it short. */
  interrupted: boolean;
  /** How long the caller had waited for it, in ms: from the end of their speech to its beginning. */
  waitedMs: number | null;
}

/** One row of the timeline. */
export interface Mark {
  seq: number;
  at: number;
  icon: IconName;
  tone: "plain" | "good" | "bad" | "mark";
  title: string;
  detail: string;
  /** Shown when asked for: a tool's arguments and result. */
  more: { name: string; text: string }[];
}

/** Where the recording begins to say what was heard at a moment. */
interface Stretch {
  at: number;
  offsetMs: number;
}

/** All that is folded. */
export interface Story {
  lines: Line[];
  marks: Mark[];
  /** How long the caller waited, turn by turn, in ms. */
  waits: number[];
  stretches: Stretch[];
  bargeIns: number;
}

const text = (value: unknown): string => (typeof value === "string" ? value : value == null ? "" : String(value));
const number = (value: unknown): number => (typeof value === "number" ? value : 0);

/** Folds a journal, in its order and without gaps. */
export function fold(entries: readonly Entry[]): Story {
  const story: Story = { lines: [], marks: [], waits: [], stretches: [], bargeIns: 0 };
  const tools = new Tools();
  let speechBegan: number | null = null;
  let speechEnded: number | null = null;
  let waited: number | null = null;

  for (const entry of entries) {
    const at = Date.parse(entry.at);
    switch (entry.kind) {
      case "speech_started":
        speechBegan ??= at;
        speechEnded = null;
        break;
      case "speech_stopped":
        speechEnded = at;
        break;
      case "item_started":
        if (speechEnded !== null) {
          waited = Math.max(0, at - speechEnded);
          story.waits.push(waited);
          speechEnded = null;
        }
        break;
      case "caller_said":
        story.lines.push({
          ...line(entry, "caller", speechBegan ?? at, at),
          endedAt: speechEnded ?? at,
        });
        speechBegan = null;
        break;
      case "assistant_said": {
        if (text(entry.text) === "") break;
        const said = line(entry, "assistant", at - number(entry.heard_ms), at);
        story.lines.push({ ...said, interrupted: entry.end === "cleared", waitedMs: waited });
        waited = null;
        break;
      }
      case "recording_started":
        story.stretches.push({ at, offsetMs: number(entry.offset_ms) });
        break;
      default: {
        if (entry.kind === "barge_in") story.bargeIns += 1;
        const mark = tools.mark(entry, at) ?? markOf(entry, at);
        if (mark) story.marks.push(mark);
      }
    }
  }
  return story;
}

function line(entry: Entry, role: Line["role"], startedAt: number, endedAt: number): Line {
  return { seq: entry.seq, role, text: text(entry.text), startedAt, endedAt, interrupted: false, waitedMs: null };
}

/** Where a moment lies in the recording, in ms; null where it was not being written. */
export function inRecording(story: Story, at: number): number | null {
  const stretch = story.stretches.findLast((one) => one.at <= at + 1_000);
  return stretch ? Math.max(0, stretch.offsetMs + at - stretch.at) : null;
}

/** A tool's run is one row, that changes when it ends. */
class Tools {
  private readonly asked = new Map<string, Entry>();
  private readonly running = new Map<number, Mark>();

  /** The row that this entry adds, null where it changes one or adds none to the tools' rows. */
  mark(entry: Entry, at: number): Mark | null {
    if (entry.kind === "tool_call") {
      this.asked.set(text(entry.tool_call), entry);
      return null;
    }
    if (entry.kind === "tool_started") {
      const mark = row(entry.seq, at, "tool", "plain", text(entry.tool), "running");
      const request = this.asked.get(toolCallOf(entry.origin));
      if (request) mark.more.push({ name: "Arguments", text: pretty(request.arguments) });
      else mark.detail = "running, asked for by a key";
      this.running.set(number(entry.effect), mark);
      return mark;
    }
    if (entry.kind === "tool_finished") {
      const started = this.running.get(number(entry.effect));
      const mark = started ?? row(entry.seq, at, "tool", "plain", text(entry.tool), "");
      const outcome = text(entry.outcome);
      mark.tone = outcome === "done" ? "good" : "bad";
      mark.icon = outcome === "done" ? "tick" : "cross";
      mark.detail = `${outcomes[outcome] ?? asWords(outcome)} after ${shortLength(number(entry.took_ms))}`;
      const result = text(entry.note) || text(entry.reason);
      if (result !== "") mark.more.push({ name: "Result", text: result });
      return started ? null : mark;
    }
    return null;
  }
}

const outcomes: Record<string, string> = { done: "done", refused: "refused", failed: "failed", timed_out: "no answer" };

function toolCallOf(origin: unknown): string {
  if (typeof origin !== "object" || origin === null || !("assistant" in origin)) return "";
  const assistant = origin.assistant;
  return typeof assistant === "object" && assistant !== null && "tool_call" in assistant ? text(assistant.tool_call) : "";
}

function pretty(value: unknown): string {
  if (typeof value !== "string") return JSON.stringify(value, null, 2) ?? "";
  try {
    return JSON.stringify(JSON.parse(value), null, 2);
  } catch {
    return value;
  }
}

function row(seq: number, at: number, icon: IconName, tone: Mark["tone"], title: string, detail: string): Mark {
  return { seq, at, icon, tone, title, detail, more: [] };
}

/** Kinds that say nothing to a reader of the page: they are inner steps, or shown elsewhere. */
const SILENT = new Set([
  "announced",
  "outside_id_added",
  "leg_arrived",
  "transcript",
  "item_complete",
  "played_until",
  "tool_call",
  "tool_started",
  "tool_finished",
  "tool_done",
  "deadline_passed",
  "next_asked",
  "dtmf",
  "recording_finished",
  "usage",
]);

/** The row of an entry. Kinds that this page does not know yet are shown by their name. */
function markOf(entry: Entry, at: number): Mark | null {
  if (SILENT.has(entry.kind)) return null;
  const mark = (icon: IconName, tone: Mark["tone"], title: string, detail = "") =>
    row(entry.seq, at, icon, tone, title, detail);
  switch (entry.kind) {
    case "call_started":
      return mark("calls", "plain", "Call began");
    case "answered":
      return mark("calls", "good", "Answered");
    case "leg_joined":
      return mark("leg", "plain", "Leg joined", `${asWords(text(entry.leg_kind))}, ${number(entry.rate)} Hz`);
    case "leg_left":
      return mark("leg", entry.how === "broken" ? "bad" : "plain", "Leg left", text(entry.how));
    case "leg_misconfigured":
      return mark("cross", "bad", "Leg set up wrong", text(entry.finding));
    case "assistant_ready":
      return mark("voice", "plain", "Assistant ready", providerName(text(entry.provider)));
    case "assistant_failed":
      return mark("cross", "bad", "Assistant failed", text(entry.reason));
    case "key_pressed":
      return mark("key", "plain", `Key ${text(entry.digit)}`, actionOf(entry.action));
    case "barge_in":
      return mark("cut", "mark", "Barge-in", `heard until ${shortLength(number(entry.heard_ms))}`);
    case "message_taken":
      return mark("record", "good", "Message taken", `${shortLength(number(entry.to_ms) - number(entry.from_ms))} long`);
    case "silence_prompted":
      return mark("wait", "plain", "Asked whether the caller is there");
    case "interrupted":
      return mark("wait", "bad", "Interrupted", "waiting for the caller to come back");
    case "resumed":
      return mark("calls", "good", "Resumed", `after ${shortLength(number(entry.away_ms))}`);
    case "recording_failed":
      return mark("record", "bad", "Recording stopped", text(entry.reason));
    case "hangup":
      return mark("end", "plain", "Hang-up asked for", `by ${text(entry.by)}`);
    case "step_panicked":
    case "effect_failed":
      return mark("cross", "bad", asWords(entry.kind), text(entry.reason) || text(entry.message));
    case "ended":
      return mark("end", "plain", "Ended", text(entry.cause));
    default:
      return mark("dot", "plain", asWords(entry.kind), text(entry.reason));
  }
}

/** What a key does: a word, or an object with one. */
function actionOf(action: unknown): string {
  if (typeof action === "string") return asWords(action);
  if (typeof action !== "object" || action === null) return "";
  return Object.entries(action)
    .map(([name, value]) => (typeof value === "string" ? `${name.replaceAll("_", " ")} ${value}` : asWords(name)))
    .join(", ");
}
