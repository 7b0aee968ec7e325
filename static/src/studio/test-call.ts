// The test call: this page calls the assistant in the studio, and follows the call's journal during the call.
import { effect, signal } from "@preact/signals";
import { change } from "../api/client";
import type { Entry, WebCallPass } from "../api/model";
import { WebCall } from "../audio/web-call";
import { openRecord, type Record } from "../call/record";
import { saysWhich, type Slot } from "./context";
import { w } from "./words";

/** The version under test. */
export type Version = "draft" | "published";

/** A tool that the assistant has used. Times in ms since 1970. */
export interface ToolRun {
  effect: number;
  tool: string;
  at: number;
  /** Its request, as JSON; empty if a key requested it. */
  asked: string;
  end: { outcome: "done" | "refused" | "failed" | "timed_out"; tookMs: number; words: string } | null;
}

/** The call; a page has one at a time. */
export const call = new WebCall(() => w.hear.hungUp);
/** The version in the call, and its profile; null before the first call. */
export const tested = signal<{ profile: string; version: Version; number: number } | null>(null);
/** The newest call's journal. */
export const journal = signal<{ id: string; record: Record } | null>(null);
export const tools = signal<ToolRun[]>([]);
/** The assistant's provider, by the server's name; empty until it is connected. */
export const provider = signal("");

/** How often, and at what interval, a call without a record is looked up. */
const LOOKS = 20;
const LOOK_MS = 300;

let stopLooking = () => {};

/** Begins a call. Must be called in answer to a click. */
export async function begin(profile: string, version: Version, number: number, slot: Slot): Promise<void> {
  if (call.isOn()) return;
  forget();
  tested.value = { profile, version, number };
  await call.begin(async () => {
    const pass = await passOf(profile, version, slot);
    followOnce(pass.call_id);
    return pass.token;
  });
}

/** Follows the journal from a moment after our audio is connected: before that the call has no record. */
function followOnce(id: string): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stop = effect(() => {
    if (call.since.value !== null) timer ??= setTimeout(() => follow(id), LOOK_MS);
  });
  stopLooking = () => {
    stop();
    clearTimeout(timer);
  };
}

/** Has the server create the call, with the draft or with the version that callers hear. */
async function passOf(profile: string, version: Version, slot: Slot): Promise<WebCallPass> {
  const pass = await change<WebCallPass>("POST", `/api/v1/agent-profiles/${profile}/test-calls`, { version, ...(version === "draft" ? saysWhich(slot) : {}) });
  if (!pass) throw new Error(w.hear.noCall);
  return pass;
}

/** Hangs up, and stops following the journal. */
export function forget(): void {
  if (call.isOn()) call.hangUp();
  stopLooking();
  journal.value?.record.close();
  journal.value = null;
  tools.value = [];
  provider.value = "";
  tested.value = null;
  call.stand.value = { at: "idle" };
}

function follow(id: string): void {
  stopLooking();
  const asked = new Map<string, unknown>();
  const record = openRecord(id, (entry) => see(entry, asked));
  journal.value = { id, record };
  // The record exists a moment after the call has begun.
  let looks = 0;
  const again = setInterval(() => {
    looks += 1;
    if (record.loaded.value || looks > LOOKS) clearInterval(again);
    else if (record.fault.value === "missing") record.reload();
  }, LOOK_MS);
  stopLooking = () => clearInterval(again);
}

function see(entry: Entry, asked: Map<string, unknown>): void {
  switch (entry.kind) {
    case "assistant_ready":
      provider.value = entry.provider;
      break;
    case "tool_call":
      asked.set(entry.tool_call, entry.arguments);
      break;
    case "tool_started":
    case "custom_tool_started": {
      const by = typeof entry.origin === "string" ? "" : entry.origin.assistant.tool_call;
      const run = { effect: entry.effect, tool: entry.tool, at: Date.parse(entry.at), asked: inText(asked.get(by)), end: null };
      tools.value = [...tools.value, run];
      break;
    }
    case "tool_finished": {
      const words = entry.outcome === "done" ? entry.note : entry.outcome === "timed_out" ? "" : entry.reason;
      const end = { outcome: entry.outcome, tookMs: entry.took_ms, words };
      tools.value = tools.value.map((run) => (run.effect === entry.effect ? { ...run, end } : run));
      break;
    }
  }
}

/** Arguments come as JSON, or as a model's text that is not valid JSON. */
function inText(value: unknown): string {
  if (value === undefined) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}
