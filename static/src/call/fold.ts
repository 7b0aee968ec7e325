// What a call's page shows, folded from its journal: the lines that were said, the marks of the timeline, the turns.
import type { Capability, Entry } from "../api/model";
import { type Mark, markOf, ToolMarks } from "./marks";

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

/** A part of the call that was recorded in one go. */
interface Stretch {
  /** When it began, ms since 1970. */
  at: number;
  /** Where it begins in the file. */
  offsetMs: number;
}

/** All that is folded. */
export interface Story {
  lines: Line[];
  /** Runs of tools: each stands among the lines, and among the marks. */
  tools: Mark[];
  marks: Mark[];
  /** How long the caller waited, turn by turn, in ms. */
  waits: number[];
  stretches: Stretch[];
  bargeIns: number;
  /** Who speaks now, with what is known of their words: their line comes when they are done. */
  speaking: { role: Line["role"]; text: string } | null;
  /** What the call can do as it stands; null where it has not said, as one whose leg says it. */
  capabilities: readonly Capability[] | null;
  /** Whether the caller is on hold. */
  isHeld: boolean;
}

/** The recording is told of a moment after its first sample. */
const STRETCH_SLACK_MS = 1_000;

/** From these on people talk, with the caller or about them. */
const withPeople: ReadonlySet<Entry["kind"]> = new Set(["agent_joined", "handoff_bridged", "consult_began", "colleague_joined", "outsider_joined"]);

/** Folds a journal, in its order and without gaps. */
export function fold(entries: readonly Entry[]): Story {
  const story: Story = {
    lines: [],
    tools: [],
    marks: [],
    waits: [],
    stretches: [],
    bargeIns: 0,
    speaking: null,
    capabilities: null,
    isHeld: false,
  };
  const tools = new ToolMarks();
  let speechBegan: number | null = null;
  let speechEnded: number | null = null;
  // The speech that nobody has answered yet, and how long it waited.
  let unanswered: number | null = null;
  let waitedMs: number | null = null;

  for (const entry of entries) {
    const at = Date.parse(entry.at);
    const { seq } = entry;
    switch (entry.kind) {
      case "speech_started":
        speechBegan ??= at;
        story.speaking = { role: "caller", text: "" };
        unanswered = null;
        break;
      case "speech_stopped":
        speechEnded = at;
        unanswered = at;
        break;
      case "transcript":
        story.speaking = { role: "caller", text: entry.text };
        break;
      case "item_complete":
        if (story.speaking?.role === "assistant") story.speaking = { role: "assistant", text: entry.text };
        break;
      case "item_started":
        story.speaking = { role: "assistant", text: "" };
        if (unanswered !== null) {
          waitedMs = Math.max(0, at - unanswered);
          story.waits.push(waitedMs);
          unanswered = null;
        }
        break;
      case "caller_said": {
        const startedAt = speechBegan ?? at;
        const endedAt = Math.max(startedAt, speechEnded ?? at);
        const line = { seq, role: "caller", text: entry.text, startedAt, endedAt } as const;
        story.lines.push({ ...line, interrupted: false, waitedMs: null });
        speechBegan = null;
        story.speaking = null;
        break;
      }
      case "assistant_said": {
        if (story.speaking?.role === "assistant") story.speaking = null;
        if (entry.text === "") break;
        const startedAt = at - entry.heard_ms;
        const line = { seq, role: "assistant", text: entry.text, startedAt, endedAt: at } as const;
        story.lines.push({ ...line, interrupted: entry.end === "cleared", waitedMs });
        waitedMs = null;
        break;
      }
      case "recording_started":
        story.stretches.push({ at, offsetMs: entry.offset_ms });
        break;
      case "capabilities_changed":
        story.capabilities = entry.capabilities;
        break;
      default: {
        // What is heard from now on is no speech of the caller's that began before.
        if (withPeople.has(entry.kind)) {
          story.speaking = null;
          speechBegan = null;
          unanswered = null;
        }
        if (entry.kind === "hold_began") story.isHeld = true;
        if (entry.kind === "hold_ended") story.isHeld = false;
        if (entry.kind === "barge_in") story.bargeIns += 1;
        const run = tools.take(entry, at);
        if (run) story.tools.push(run);
        const mark = run ?? markOf(entry, at);
        if (mark) story.marks.push(mark);
      }
    }
  }
  return story;
}

/** Where a moment lies in the recording, in ms; null where it was not being written. */
export function inRecording(story: Story, at: number): number | null {
  const stretch = story.stretches.findLast((one) => one.at <= at + STRETCH_SLACK_MS);
  return stretch ? Math.max(0, stretch.offsetMs + at - stretch.at) : null;
}
