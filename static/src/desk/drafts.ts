// An agent's notes on a call while it lasts and after it, kept in this browser until they are sent: a reload loses nothing.
import { signal } from "@preact/signals";
import { desk } from "./store";

/** Notes on one call. */
export interface Draft {
  note: string;
  disposition: string | null;
}

/** The most dispositions that a key chooses. */
export const KEYS_MAX = 9;
/** The element that the key for notes goes to. */
export const NOTE_FIELD = "desk-note";

const KEY = "cordboard.wrap_up_drafts";
/** As many are kept; those of calls long ago go. */
const DRAFTS_MAX = 20;
const NOTHING: Draft = { note: "", disposition: null };

const drafts = signal<Record<string, Draft>>(stored());

/** Notes on this call so far. */
export function draftOf(callId: string): Draft {
  return drafts.value[callId] ?? NOTHING;
}

/** Keeps what was written. */
export function write(callId: string, change: Partial<Draft>): void {
  const { [callId]: was, ...others } = drafts.value;
  const kept = Object.entries(others).slice(-(DRAFTS_MAX - 1));
  store({ ...Object.fromEntries(kept), [callId]: { ...(was ?? NOTHING), ...change } });
}

/** Chooses by a key, 1 to 9. Whether there was one to choose. */
export function chooseByKey(callId: string, key: number): boolean {
  const disposition = desk.value?.dispositions[key - 1];
  if (!disposition || key > KEYS_MAX) return false;
  write(callId, { disposition: disposition.id });
  return true;
}

/** It was sent. */
export function drop(callId: string): void {
  const { [callId]: _, ...others } = drafts.value;
  store(others);
}

function store(now: Record<string, Draft>): void {
  drafts.value = now;
  try {
    localStorage.setItem(KEY, JSON.stringify(now));
  } catch {
    // A browser that stores nothing keeps it until the page is left.
  }
}

function stored(): Record<string, Draft> {
  try {
    return (JSON.parse(localStorage.getItem(KEY) ?? "{}") ?? {}) as Record<string, Draft>;
  } catch {
    return {};
  }
}
