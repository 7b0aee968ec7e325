// The calls that the list shows: the live ones as told, the past ones by pages. It outlives the page, so that "back"
// finds the list as it was left.
import { signal } from "@preact/signals";
import { get, messageOf } from "../api/client";
import { listen } from "../api/live";
import type { Call, LiveMessage, Page } from "../api/model";
import { type Filters, fits, pastQuery } from "./filters";

const PAGE_ITEMS = 50;

/** Calls that are not over, newest first; null until the first snapshot. */
export const live = signal<Call[] | null>(null);

/** Past calls as far as they were loaded. */
export interface Past {
  /** The query that they answer. */
  query: string;
  calls: Call[];
  next: string | null;
  state: "loading" | "loaded" | "failed";
  error: string;
}

const NOTHING: Past = { query: "", calls: [], next: null, state: "loading", error: "" };

/** Past calls, newest first. */
export const past = signal<Past>(NOTHING);

/** Calls that came or ended while the page was open: their rows are highlighted for a moment. */
export const fresh = signal<ReadonlySet<string>>(new Set());

let asked: AbortController | null = null;

/** Loads the first page for these filters, unless it is there. */
export async function look(filters: Filters): Promise<void> {
  const query = pastQuery(filters, null, PAGE_ITEMS);
  if (past.value.query === query && past.value.state === "loaded") return;
  past.value = { ...NOTHING, query };
  await load(filters, null);
}

/** Loads the next page. */
export async function lookFurther(filters: Filters): Promise<void> {
  if (past.value.next !== null && past.value.state !== "loading") await load(filters, past.value.next);
}

async function load(filters: Filters, cursor: string | null): Promise<void> {
  asked?.abort();
  const request = new AbortController();
  asked = request;
  past.value = { ...past.value, state: "loading", error: "" };
  try {
    const page = await get<Page<Call>>(`/api/v1/calls?${pastQuery(filters, cursor, PAGE_ITEMS)}`, request.signal);
    // A call may have ended while the page was on its way: it is there already.
    const known = new Set(past.value.calls.map((call) => call.id));
    const added = page.items.filter((call) => !known.has(call.id));
    past.value = { ...past.value, calls: [...past.value.calls, ...added], next: page.next_cursor, state: "loaded" };
  } catch (fault) {
    if (request.signal.aborted) return;
    past.value = { ...past.value, state: "failed", error: messageOf(fault) };
  }
}

/** Follows live calls until the returned function is called. */
export function follow(filters: () => Filters): () => void {
  return listen((event) => take(event, filters()));
}

function take(event: LiveMessage, filters: Filters): void {
  switch (event.kind) {
    case "snapshot": {
      const shown = live.value;
      live.value = newestFirst(event.calls.filter((call) => call.state !== "ended"));
      // What was live when the line broke and is not any more has ended meanwhile: the first page is asked again.
      const gone = shown?.some((call) => !event.calls.some((other) => other.id === call.id));
      if (gone) {
        past.value = { ...past.value, state: "loading", query: "" };
        void look(filters);
      }
      break;
    }
    case "call":
      if (event.call.state === "ended") ended(event.call, filters);
      else changed(event.call);
      break;
    case "entry":
      break;
  }
}

function changed(call: Call): void {
  const calls = live.value ?? [];
  const known = calls.some((other) => other.id === call.id);
  if (!known) highlight(call.id);
  live.value = known ? calls.map((other) => (other.id === call.id ? call : other)) : newestFirst([call, ...calls]);
}

function ended(call: Call, filters: Filters): void {
  live.value = (live.value ?? []).filter((other) => other.id !== call.id);
  const known = past.value.calls.some((other) => other.id === call.id);
  if (known) {
    const calls = past.value.calls.map((other) => (other.id === call.id ? call : other));
    past.value = { ...past.value, calls };
  } else if (fits(call, filters)) {
    highlight(call.id);
    past.value = { ...past.value, calls: newestFirst([call, ...past.value.calls]) };
  }
}

function highlight(id: string): void {
  fresh.value = new Set([...fresh.value, id]);
  setTimeout(() => {
    fresh.value = new Set([...fresh.value].filter((other) => other !== id));
  }, 3_000);
}

/** Ids are in the order of starting. */
function newestFirst(calls: Call[]): Call[] {
  return calls.sort((a, b) => (a.id < b.id ? 1 : -1));
}
