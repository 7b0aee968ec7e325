// The data of a call's page, folded from its journal: the lines of the transcript, the marks of the timeline, the turns.
import type { Capability, Entry } from "../api/model";
import { type Mark, markOf, ToolMarks } from "./marks";

/** One line of the transcript. Times are ms since 1970. */
export interface Line {
  seq: number;
  role: "caller" | "assistant";
  text: string;
  startedAt: number;
  endedAt: number;
  /** Whether the caller interrupted it. */
  interrupted: boolean;
  /** How long the caller waited for it, in ms: from the end of their speech to its beginning. */
  waitedMs: number | null;
}

/** A time in which a person talked with the caller, without a transcript. Times are ms since 1970. */
export interface Talk {
  seq: number;
  /** The agent; null for a person whom only the switch knows. */
  userId: string | null;
  startedAt: number;
  /** Null while it continues. */
  endedAt: number | null;
}

/** A part of the call that was recorded without a gap. */
interface Stretch {
  /** When it began, ms since 1970. */
  at: number;
  /** The position of its beginning in the file. */
  offsetMs: number;
}

/** The measured quality of a party's connection. */
export interface Measured {
  seq: number;
  /** Whether it is the caller's: for an agent's leg the journal says whose it is. */
  isCaller: boolean;
  quality: Extract<Entry, { kind: "line_measured" }>["quality"];
}

/** The result of the fold. */
export interface Story {
  lines: Line[];
  /** Tool runs: each is among the lines, and among the marks. */
  tools: Mark[];
  marks: Mark[];
  talks: Talk[];
  /** How long the caller waited, by turn, in ms. */
  waits: number[];
  stretches: Stretch[];
  measured: Measured[];
  bargeIns: number;
  /** The party that is speaking, with the words known so far: their line comes when they have finished. */
  speaking: { role: Line["role"]; text: string } | null;
  /** The current capabilities of the call; null if it has not reported any, for example because its leg has them. */
  capabilities: readonly Capability[] | null;
  /** The conversation's summary in the provider's own report; empty without one. */
  summary: string;
  /** Whether the caller is on hold. */
  isHeld: boolean;
  /** Whether the caller has only written so far, on a page. */
  isWriting: boolean;
}

/** The recording is reported a moment after its first sample. */
const STRETCH_SLACK_MS = 1_000;

/** After a longer wait the caller has got something other than an answer, in ms: as in reports. */
const ANSWER_MS_MAX = 30_000;

/** The assistant's words after these do not answer what the caller said before: they were on hold, away, or with a person. */
const answersEnd: ReadonlySet<Entry["kind"]> = new Set(["hold_began", "interrupted", "handed_back", "caller_returned"]);

/** From these entries on people talk, with the caller or about them. */
const withPeople: ReadonlySet<Entry["kind"]> = new Set(["agent_joined", "handoff_bridged", "consult_began", "colleague_joined", "outsider_joined"]);

/** Folds a journal entry by entry, in order and without gaps: a call of hours is not folded again for every word. */
export class Folding {
  private readonly lines: Line[] = [];
  private readonly tools: Mark[] = [];
  private readonly marks: Mark[] = [];
  private readonly talks: Talk[] = [];
  private readonly waits: number[] = [];
  private readonly stretches: Stretch[] = [];
  private readonly measured: Measured[] = [];
  /** The legs of agents. */
  private readonly agentsLegs = new Set<number>();
  private readonly runs = new ToolMarks();
  private bargeIns = 0;
  private speaking: Story["speaking"] = null;
  private capabilities: Story["capabilities"] = null;
  private summary = "";
  private isHeld = false;
  /** Null until the caller writes or speaks. */
  private isWriting: boolean | null = null;
  /** When the process died that had the call before the present one. */
  private diedAt: number | null = null;
  private speechBegan: number | null = null;
  private speechEnded: number | null = null;
  /** The caller's speech that has no answer yet, and how long it has waited. */
  private unanswered: number | null = null;
  private waitedMs: number | null = null;

  /** The story so far. Unchanged lines and marks are the same objects as in the story before. */
  story(): Story {
    const { bargeIns, speaking, capabilities, summary, isHeld } = this;
    const isWriting = this.isWriting === true;
    const [lines, tools, marks, talks] = [[...this.lines], [...this.tools], [...this.marks], [...this.talks]];
    const [waits, stretches, measured] = [[...this.waits], [...this.stretches], [...this.measured]];
    return { lines, tools, marks, talks, waits, stretches, measured, bargeIns, speaking, capabilities, summary, isHeld, isWriting };
  }

  add(entry: Entry): void {
    const at = Date.parse(entry.at);
    const { seq } = entry;
    switch (entry.kind) {
      case "speech_started":
        this.speechBegan ??= at;
        this.speaking = { role: "caller", text: "" };
        this.unanswered = null;
        this.isWriting = false;
        break;
      case "speech_stopped":
        this.speechEnded = at;
        this.unanswered = at;
        break;
      case "transcript":
        this.speaking = { role: "caller", text: entry.text };
        break;
      case "item_complete":
        if (this.speaking?.role === "assistant") this.speaking = { role: "assistant", text: entry.text };
        break;
      case "item_started":
        this.speaking = { role: "assistant", text: "" };
        if (this.unanswered !== null && at - this.unanswered <= ANSWER_MS_MAX) {
          this.waitedMs = Math.max(0, at - this.unanswered);
          this.waits.push(this.waitedMs);
        }
        this.unanswered = null;
        break;
      case "caller_said": {
        const startedAt = this.speechBegan ?? at;
        const endedAt = Math.max(startedAt, this.speechEnded ?? at);
        const line = { seq, role: "caller", text: entry.text, startedAt, endedAt } as const;
        this.lines.push({ ...line, interrupted: false, waitedMs: null });
        this.speechBegan = null;
        this.speaking = null;
        break;
      }
      case "assistant_said": {
        if (this.speaking?.role === "assistant") this.speaking = null;
        if (entry.text === "") break;
        const startedAt = at - entry.heard_ms;
        const line = { seq, role: "assistant", text: entry.text, startedAt, endedAt: at } as const;
        this.lines.push({ ...line, interrupted: entry.end === "cleared", waitedMs: this.waitedMs });
        this.waitedMs = null;
        break;
      }
      case "recording_started":
        this.stretches.push({ at, offsetMs: entry.offset_ms });
        break;
      case "leg_arrived":
        if (entry.agent != null) this.agentsLegs.add(entry.leg);
        this.addOther(entry, at);
        break;
      case "line_measured":
        this.measured.push({ seq, isCaller: !this.agentsLegs.has(entry.leg), quality: entry.quality });
        break;
      case "capabilities_changed":
        this.capabilities = entry.capabilities;
        break;
      default:
        this.addOther(entry, at);
    }
  }

  /** Records who talks with the caller from here on, and who no longer does. */
  private followTalks(entry: Entry, at: number): void {
    const begin = (userId: string | null) => {
      this.talks.push({ seq: entry.seq, userId, startedAt: at, endedAt: null });
    };
    const end = (ends: (talk: Talk) => boolean) => {
      this.talks.forEach((talk, place) => {
        // A new object, so that its row is rendered again.
        if (talk.endedAt === null && ends(talk)) this.talks[place] = { ...talk, endedAt: at };
      });
    };
    switch (entry.kind) {
      case "agent_joined":
        if (!this.talks.some(isWith(entry.user_id))) begin(entry.user_id);
        break;
      case "agent_left":
        end(isWith(entry.user_id));
        break;
      case "handoff_bridged":
        // Agents at a desk are shown by name.
        if (this.talks.every(({ endedAt }) => endedAt !== null)) begin(null);
        break;
      case "caller_returned":
        end(isWith(null));
        break;
      case "server_restarted":
        this.diedAt = at - (entry.away_ms ?? 0);
        break;
      case "ended": {
        end(() => true);
        const { diedAt } = this;
        if (entry.cause !== "server_restart" || diedAt === null) break;
        // The caller did not come back: nobody talked while no server ran.
        this.talks.forEach((talk, place) => {
          this.talks[place] = { ...talk, endedAt: Math.min(talk.endedAt ?? at, Math.max(talk.startedAt, diedAt)) };
        });
      }
    }
  }

  private addOther(entry: Entry, at: number): void {
    // Sound from now on is not the caller's speech that began before.
    if (withPeople.has(entry.kind)) {
      this.speaking = null;
      this.speechBegan = null;
      this.unanswered = null;
    }
    if (answersEnd.has(entry.kind)) this.unanswered = null;
    this.followTalks(entry, at);
    if (entry.kind === "conversation_reported") this.summary = entry.report.summary ?? "";
    // A page says it when the call begins, before anything was typed.
    const announced = entry.kind === "announced" ? entry.announcement : entry.kind === "call_started" ? entry.announced : null;
    if (entry.kind === "typed" || announced?.writes) this.isWriting ??= true;
    if (entry.kind === "hold_began") this.isHeld = true;
    if (entry.kind === "hold_ended") this.isHeld = false;
    if (entry.kind === "barge_in") this.bargeIns += 1;
    // It comes directly after the key that it is about.
    if (entry.kind === "key_told_again" && this.marks.at(-1)?.icon === "key") this.marks.pop();
    const run = this.runs.take(entry, at);
    if (run?.ends) {
      replace(this.tools, run.ends, run.mark);
      replace(this.marks, run.ends, run.mark);
      return;
    }
    if (run) this.tools.push(run.mark);
    const mark = run?.mark ?? markOf(entry, at);
    if (mark) this.marks.push(mark);
  }
}

/** Whether an unfinished talk is with this person. */
const isWith = (userId: string | null) => (talk: Talk) => talk.userId === userId && talk.endedAt === null;

/** Replaces a mark that is near the end. */
function replace(marks: Mark[], old: Mark, now: Mark): void {
  const at = marks.lastIndexOf(old);
  if (at >= 0) marks[at] = now;
}

/** The position of a moment in the recording, in ms; null if there was no recording then. */
export function inRecording(story: Story, at: number): number | null {
  const stretch = story.stretches.findLast((one) => one.at <= at + STRETCH_SLACK_MS);
  return stretch ? Math.max(0, stretch.offsetMs + at - stretch.at) : null;
}
