// Data of the API for a page: loaded when the page is shown, and reloaded on demand and when the server reports a change. It is kept while the page
// is shown.
import { useEffect, useRef, useState } from "preact/hooks";
import { get, messageOf } from "../api/client";
import type { Page } from "../api/model";
import { type Followed, useFollowed } from "./followed";
import { type Cursor, type Kept, KEPT_ROWS, NONE, withEarlier, withMore } from "./kept";

/** A requested value. `value` stays while it is requested again. */
export interface Loaded<T> {
  value: T | null;
  /** A sentence for people if the last attempt failed; otherwise empty. */
  fault: string;
  busy: boolean;
  /** Requests it again. */
  again: () => Promise<void>;
  /** The same without a visible sign, for periodic reloads: what is shown stays if there is no answer. */
  renew: () => Promise<void>;
  /** Shows this value, for example after a change whose answer is the new state. */
  show: (value: T) => void;
  /** Changes what is shown now, which may differ from what was shown when the change began. */
  edit: (to: (value: T) => T) => void;
}

/** Loads what `path` returns; nothing for null. Requested again whenever the path changes, and when something `followed` changes. */
export function useLoaded<T>(path: string | null, followed?: Followed): Loaded<T> {
  return useAsked<T>(path, (of, signal) => get<T>(of, signal), followed);
}

/** Loads every page of the list at `path`, which is bounded and needed completely; nothing for null. `limit`: the maximum rows of a page; none if the
 * list has no pages. */
export function useAll<T>(path: string | null, limit?: number, followed?: Followed): Loaded<T[]> {
  return useAsked<T[]>(path, (of, signal) => all<T>(of, limit, signal), followed);
}

/** Every row of the list at `path`, one page after the other. */
export async function all<T>(path: string, limit?: number, signal?: AbortSignal): Promise<T[]> {
  const items: T[] = [];
  for (let cursor: string | null = ""; cursor !== null; ) {
    const query = new URLSearchParams({ ...(limit === undefined ? {} : { limit: String(limit) }), ...(cursor === "" ? {} : { cursor }) });
    const page: Page<T> = await get<Page<T>>(`${path}${path.includes("?") ? "&" : "?"}${query.toString()}`, signal);
    items.push(...page.items);
    cursor = page.next_cursor;
  }
  return items;
}

/** Whether two answers are equal: then nothing on the page moves. */
function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function useAsked<T>(path: string | null, ask: (path: string, signal: AbortSignal) => Promise<T>, followed: Followed | undefined): Loaded<T> {
  const [state, setState] = useState<{ of: string | null; value: T | null; fault: string; busy: boolean }>({
    of: path,
    value: null,
    fault: "",
    busy: path !== null,
  });
  const asked = useRef<AbortController | null>(null);
  /** `how`: whether the request is visible. A quiet request that fails is repeated with the next change. */
  const load = async (how: "shown" | "quietly") => {
    asked.current?.abort();
    if (path === null) return;
    const request = new AbortController();
    asked.current = request;
    if (how === "shown") setState((was) => ({ of: path, value: was.of === path ? was.value : null, fault: "", busy: true }));
    try {
      const value = await ask(path, request.signal);
      if (request.signal.aborted) return;
      setState((was) => ({ of: path, value: was.of === path && isSame(was.value, value) ? was.value : value, fault: "", busy: false }));
    } catch (error) {
      if (request.signal.aborted) return;
      setState((was) => ({ ...was, fault: how === "shown" || was.value === null ? messageOf(error) : was.fault, busy: false }));
    }
  };
  useEffect(() => {
    void load("shown");
    return () => asked.current?.abort();
  }, [path]);
  // A failed request is reported, with a button to retry: the page does not disappear while somebody uses it.
  useFollowed(path === null ? undefined : followed, () => {
    if (state.value !== null || state.fault === "") void load("quietly");
  });
  return {
    ...state,
    again: () => load("shown"),
    renew: () => load("quietly"),
    show: (value) => setState({ of: path, value, fault: "", busy: false }),
    edit: (to) => setState((was) => (was.of === path && was.value !== null ? { ...was, value: to(was.value) } : was)),
  };
}

/** A list that the API returns page by page. */
export interface LoadedList<T> {
  /** The rows loaded so far and kept; null before the first page. */
  items: T[] | null;
  hasMore: boolean;
  /** Whether earlier rows were loaded and dropped. */
  hasEarlier: boolean;
  fault: string;
  busy: boolean;
  again: () => Promise<void>;
  /** Reloads all rows that are kept. */
  renew: () => Promise<void>;
  more: () => Promise<void>;
  earlier: () => Promise<void>;
  /** Changes what is shown, without a request. */
  change: (edit: (items: T[]) => T[]) => void;
}

/** Loads the list at `path`, whose query may have filters; nothing for null. When something `followed` changes, the kept rows are reloaded.
 * `rowsMax`: the maximum number of rows kept. */
export function useList<T>(path: string | null, followed?: Followed, rowsMax = KEPT_ROWS): LoadedList<T> {
  const [kept, setKept] = useState<Kept<T> | null>(null);
  const [fault, setFault] = useState("");
  const [busy, setBusy] = useState(path !== null);
  const asked = useRef<AbortController | null>(null);
  const shown = useRef<Kept<T> | null>(null);
  shown.current = kept;
  /** Whether the next page is loading, or the one before. It is also shown if a change reloads all rows in the meantime. */
  const goes = useRef<"on" | "back" | null>(null);
  const page = (cursor: Cursor, signal: AbortSignal) => {
    const join = path?.includes("?") ? "&" : "?";
    return get<Page<T>>(cursor === null ? `${path}` : `${path}${join}cursor=${encodeURIComponent(cursor)}`, signal);
  };
  /** Requests something, and computes what to keep from the answer and what was kept. */
  const load = async (make: (signal: AbortSignal) => Promise<(was: Kept<T> | null) => Kept<T>>, way: "on" | "back" | null = null) => {
    asked.current?.abort();
    goes.current = way;
    if (path === null) return;
    const request = new AbortController();
    asked.current = request;
    setBusy(true);
    setFault("");
    try {
      const made = await make(request.signal);
      if (request.signal.aborted) return;
      setKept(made);
    } catch (error) {
      if (request.signal.aborted) return;
      setFault(messageOf(error));
    }
    goes.current = null;
    setBusy(false);
  };
  /** The same number of rows as before, if they still exist, from the page at which they begin. */
  const reload = async (before: Cursor[], cursor: Cursor, wanted: number, signal: AbortSignal): Promise<Kept<T>> => {
    let all: Kept<T> = { ...NONE, before, next: cursor };
    do {
      const at = all.next;
      all = withMore(all, at, await page(at, signal), Number.POSITIVE_INFINITY);
    } while (all.next !== null && all.items.length < wanted);
    return all;
  };
  const first = () =>
    load(async (signal) => {
      const begin = await page(null, signal);
      return () => withMore(NONE, null, begin, rowsMax);
    });
  const more = (cursor: string) =>
    load(async (signal) => {
      const next = await page(cursor, signal);
      return (was) => withMore(was ?? NONE, cursor, next, rowsMax);
    }, "on");
  const earlier = (now: Kept<T>) =>
    load(async (signal) => {
      const cursor = now.before.at(-1) ?? null;
      const before = await page(cursor, signal);
      // Rows have been removed since: the rows after this page begin further down.
      if (before.next_cursor !== now.pages[0]?.cursor) {
        const all = await reload(now.before.slice(0, -1), cursor, rowsMax, signal);
        return () => all;
      }
      return (was) => withEarlier(was ?? NONE, cursor, before, rowsMax);
    }, "back");
  /** Reloads the kept rows; if that fails, it is repeated with the next change. */
  const renew = async () => {
    if (path === null) return;
    // A page that is still loading may have been read before the change; a page further back is waited for.
    const was = shown.current;
    asked.current?.abort();
    const request = new AbortController();
    asked.current = request;
    try {
      const isBack = goes.current === "back" && was !== null && was.before.length > 0;
      let all = isBack
        ? await reload(was.before.slice(0, -1), was.before.at(-1) ?? null, rowsMax, request.signal)
        : await reload(was?.before ?? [], was?.pages[0]?.cursor ?? null, was?.items.length ?? 0, request.signal);
      if (goes.current === "on" && all.next !== null) all = withMore(all, all.next, await page(all.next, request.signal), rowsMax);
      if (request.signal.aborted) return;
      setKept((now) => (isSame(now, all) ? now : all));
      setFault("");
    } catch (error) {
      if (request.signal.aborted) return;
      if (shown.current === null) setFault(messageOf(error));
    }
    goes.current = null;
    setBusy(false);
  };
  useEffect(() => {
    setKept(null);
    void first();
    return () => asked.current?.abort();
  }, [path]);
  useFollowed(path === null ? undefined : followed, () => {
    if (kept !== null || fault === "") void renew();
  });
  const next = kept?.next ?? null;
  const hasEarlier = kept !== null && kept.before.length > 0;
  return {
    items: kept?.items ?? null,
    hasMore: next !== null,
    hasEarlier,
    fault,
    busy,
    // If only a further page has failed, the rows that are there stay.
    again: () => (hasEarlier || (kept !== null && fault !== "") ? renew() : first()),
    renew,
    more: () => (next === null || busy ? Promise.resolve() : more(next)),
    earlier: () => (!hasEarlier || busy || kept === null ? Promise.resolve() : earlier(kept)),
    change: (edit) => setKept((was) => (was === null ? was : { ...was, items: edit(was.items) })),
  };
}
