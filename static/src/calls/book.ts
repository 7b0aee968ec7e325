// The calls in the list: the live ones from events, the past ones by pages, up to what a page can show. It outlives the page, so that "back" finds
// the list as it was left.
import { signal } from "@preact/signals";
import { get, messageOf } from "../api/client";
import { listen } from "../api/live";
import type { Call, LiveMessage, Page } from "../api/model";
import { type Cursor, type Kept, KEPT_ROWS, NONE, withEarlier, withMore } from "../app/kept";
import { type Asked, fits, pastQuery } from "./filters";

const PAGE_ITEMS = 50;

/** Calls that are not over, newest first; null until the first snapshot. */
export const live = signal<Call[] | null>(null);

/** Past calls, as far as they were loaded and are kept. */
export interface Past {
  /** The query that they answer. */
  query: string;
  kept: Kept<Call>;
  state: "loading" | "loaded" | "failed";
  error: string;
}

const NOTHING: Past = { query: "", kept: NONE, state: "loading", error: "" };

/** Past calls, newest first. */
export const past = signal<Past>(NOTHING);

/** Calls that came or ended while the page was open: their rows are highlighted for a moment. */
export const fresh = signal<ReadonlySet<string>>(new Set());

let running: AbortController | null = null;

/** Whether the list is the one requested. It stays while other pages follow the calls, which request no list. */
const isOf = (asked: Asked) => past.value.query === pastQuery(asked, null, PAGE_ITEMS);

/** Loads the first page of a request, unless it is there. */
export async function look(asked: Asked): Promise<void> {
  if (isOf(asked) && past.value.state === "loaded") return;
  past.value = { ...NOTHING, query: pastQuery(asked, null, PAGE_ITEMS) };
  await load((signal) => further(asked, null, signal));
}

/** Loads the next page. */
export async function lookFurther(asked: Asked): Promise<void> {
  const { kept, state } = past.value;
  const { next } = kept;
  if (next !== null && state !== "loading") await load((signal) => further(asked, next, signal));
}

/** Loads the page before those that are kept. */
export async function lookBack(asked: Asked): Promise<void> {
  const { kept, state } = past.value;
  if (kept.before.length === 0 || state === "loading") return;
  await load((signal) => back(asked, signal));
  // A call that ended while the first page was loading was not added above it.
  void catchUp(asked);
}

const pageAt = (asked: Asked, cursor: Cursor, signal: AbortSignal) => get<Page<Call>>(`/api/v1/calls?${pastQuery(asked, cursor, PAGE_ITEMS)}`, signal);

/** The kept rows with the page after them, at the cursor. */
async function further(asked: Asked, cursor: Cursor, signal: AbortSignal): Promise<Kept<Call>> {
  const page = await pageAt(asked, cursor, signal);
  const { kept } = past.value;
  // A call may have ended while the page was loading: it is there already.
  const known = new Set(kept.items.map((call) => call.id));
  return withMore(kept, cursor, { ...page, items: page.items.filter((call) => !known.has(call.id)) }, KEPT_ROWS);
}

/** The kept rows with the page before them. If calls have been added since, that page ends further up, and what follows it is read again. */
async function back(asked: Asked, signal: AbortSignal): Promise<Kept<Call>> {
  const { before, pages } = past.value.kept;
  const cursor = before.at(-1) ?? null;
  const page = await pageAt(asked, cursor, signal);
  if (page.next_cursor === pages[0]?.cursor) return withEarlier(past.value.kept, cursor, page, KEPT_ROWS);
  const asMany = Number.POSITIVE_INFINITY;
  let all = withMore<Call>({ ...NONE, before: before.slice(0, -1) }, cursor, page, asMany);
  while (all.next !== null && all.items.length < KEPT_ROWS) all = withMore(all, all.next, await pageAt(asked, all.next, signal), asMany);
  return all;
}

async function load(make: (signal: AbortSignal) => Promise<Kept<Call>>): Promise<void> {
  running?.abort();
  const request = new AbortController();
  running = request;
  past.value = { ...past.value, state: "loading", error: "" };
  try {
    const kept = await make(request.signal);
    if (request.signal.aborted) return;
    past.value = { ...past.value, kept, state: "loaded" };
  } catch (fault) {
    if (request.signal.aborted) return;
    past.value = { ...past.value, state: "failed", error: messageOf(fault) };
  }
}

/** Follows live calls until the returned function is called. */
export function follow(asked: () => Asked): () => void {
  // Calls that came and ended while nobody followed, or while the connection was lost, are not reported.
  let isBehind = past.value.state === "loaded";
  return listen((event) => {
    take(event, asked());
    if (event.kind !== "snapshot") return;
    if (isBehind) void catchUp(asked());
    isBehind = true;
  });
}

/** Adds calls that are newer than the list's top above it. If there is no answer, they are requested again with the next snapshot. */
async function catchUp(asked: Asked): Promise<void> {
  const isShown = () => past.value.state === "loaded" && isOf(asked) && past.value.kept.before.length === 0;
  if (!isShown()) return;
  const page = await get<Page<Call>>(`/api/v1/calls?${past.value.query}`).catch(() => null);
  if (page === null || !isShown()) return;
  const { kept } = past.value;
  const known = new Set(kept.items.map(({ id }) => id));
  const added = page.items.filter(({ id }) => !known.has(id));
  if (added.length === 0) return;
  // If none of them is known, there may be more between them and those shown.
  const isAll = added.length === page.items.length && page.next_cursor !== null;
  past.value = { ...past.value, kept: isAll ? withMore<Call>(NONE, null, page, KEPT_ROWS) : withAbove(kept, added) };
}

/** Adds calls above the kept ones, as part of their first page, which is divided as it grows. The last pages are dropped: while a list stays open for
 * a day, thousands of calls end. A page's cursor is the id of the call before it. */
function withAbove(kept: Kept<Call>, calls: Call[]): Kept<Call> {
  const items = newestFirst([...calls, ...kept.items]);
  const [first = { cursor: null, rows: 0 }, ...rest] = kept.pages;
  const rows = first.rows + calls.length;
  const middle = rows < 2 * PAGE_ITEMS ? undefined : items[rows - PAGE_ITEMS - 1];
  const top = middle ? [{ ...first, rows: rows - PAGE_ITEMS }, { cursor: middle.id, rows: PAGE_ITEMS }] : [{ ...first, rows }];
  const pages = [...top, ...rest];
  let { next } = kept;
  while (items.length > KEPT_ROWS && pages.length > 1) {
    items.splice(items.length - (pages.pop()?.rows ?? 0));
    next = items.at(-1)?.id ?? null;
  }
  return { ...kept, items, pages, next };
}

function take(event: LiveMessage, asked: Asked): void {
  switch (event.kind) {
    case "snapshot": {
      const shown = live.value;
      live.value = newestFirst(event.calls.filter((call) => call.state !== "ended"));
      // A call that was live when the connection broke and no longer is has ended in the meantime: the first page is reloaded.
      const gone = shown?.some((call) => !event.calls.some((other) => other.id === call.id));
      if (gone && isOf(asked)) {
        past.value = { ...past.value, state: "loading", query: "" };
        void look(asked);
      }
      break;
    }
    case "call":
      if (event.call.state === "ended") ended(event.call, asked);
      else changed(event.call);
      break;
  }
}

function changed(call: Call): void {
  const calls = live.value ?? [];
  const known = calls.some((other) => other.id === call.id);
  if (!known) highlight(call.id);
  live.value = known ? calls.map((other) => (other.id === call.id ? call : other)) : newestFirst([call, ...calls]);
}

function ended(call: Call, asked: Asked): void {
  live.value = (live.value ?? []).filter((other) => other.id !== call.id);
  const { kept } = past.value;
  const known = kept.items.some((other) => other.id === call.id);
  if (known) {
    // An event brings no tags: those of the list stay.
    past.value = { ...past.value, kept: { ...kept, items: kept.items.map((other) => (other.id === call.id ? { ...other, ...call } : other)) } };
  } else if (isOf(asked) && fits(call, asked) && kept.before.length === 0) {
    // If the first page was dropped, it is read again when the user goes back to it.
    highlight(call.id);
    past.value = { ...past.value, kept: withAbove(kept, [call]) };
  }
}

function highlight(id: string): void {
  fresh.value = new Set([...fresh.value, id]);
  setTimeout(() => {
    fresh.value = new Set([...fresh.value].filter((other) => other !== id));
  }, 3_000);
}

/** The order of ids is the order in which calls started. */
function newestFirst(calls: Call[]): Call[] {
  return calls.sort((a, b) => (a.id < b.id ? 1 : -1));
}
