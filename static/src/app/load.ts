// Data of the API for a page: loaded when the page is shown, loaded again on demand and when the server says that it was changed, and kept
// while it is.
import { useEffect, useRef, useState } from "preact/hooks";
import { get, messageOf } from "../api/client";
import type { Page } from "../api/model";
import { type Followed, useFollowed } from "./followed";

/** What was asked for. `value` stays while it is asked again. */
export interface Loaded<T> {
  value: T | null;
  /** A sentence for people where the last attempt failed; else empty. */
  fault: string;
  busy: boolean;
  /** Asks again. */
  again: () => Promise<void>;
  /** Shows this, as after a change whose answer is the new state. */
  show: (value: T) => void;
}

/** Loads what `path` answers; with null nothing. Asked anew whenever the path changes, and when something that is `followed` does. */
export function useLoaded<T>(path: string | null, followed?: Followed): Loaded<T> {
  return useAsked<T>(path, (of, signal) => get<T>(of, signal), followed);
}

/** Loads every page of the list at `path`, which is bounded and needed whole; with null nothing. `limit`: how many rows a page has at most;
 * none where the list has no pages. */
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

/** Whether two answers say the same: then nothing that is shown moves. */
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
  /** `how`: whether anybody is to see that it is asked. What is asked quietly and fails is asked again with the next change. */
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
  // What could not be loaded is told, with a way on: it does not vanish under somebody's hand.
  useFollowed(path === null ? undefined : followed, () => {
    if (state.value !== null || state.fault === "") void load("quietly");
  });
  return { ...state, again: () => load("shown"), show: (value) => setState({ of: path, value, fault: "", busy: false }) };
}

/** A list that the API gives page by page. */
export interface LoadedList<T> {
  /** As far as it was loaded; null before the first page. */
  items: T[] | null;
  hasMore: boolean;
  fault: string;
  busy: boolean;
  again: () => Promise<void>;
  more: () => Promise<void>;
  /** Changes what is shown, without asking. */
  change: (edit: (items: T[]) => T[]) => void;
}

/** Loads the list at `path`, whose query may hold filters; with null nothing. When something that is `followed` was changed, it is loaded
 * again as far as it was. */
export function useList<T>(path: string | null, followed?: Followed): LoadedList<T> {
  const [items, setItems] = useState<T[] | null>(null);
  const [next, setNext] = useState<string | null>(null);
  const [fault, setFault] = useState("");
  const [busy, setBusy] = useState(path !== null);
  const asked = useRef<AbortController | null>(null);
  const shown = useRef<T[] | null>(null);
  shown.current = items;
  const page = (cursor: string | null, signal: AbortSignal) => {
    const join = path?.includes("?") ? "&" : "?";
    return get<Page<T>>(cursor === null ? `${path}` : `${path}${join}cursor=${encodeURIComponent(cursor)}`, signal);
  };
  const load = async (cursor: string | null) => {
    asked.current?.abort();
    if (path === null) return;
    const request = new AbortController();
    asked.current = request;
    setBusy(true);
    setFault("");
    try {
      const { items: more, next_cursor } = await page(cursor, request.signal);
      if (request.signal.aborted) return;
      setItems((was) => (cursor === null ? more : [...(was ?? []), ...more]));
      setNext(next_cursor);
    } catch (error) {
      if (request.signal.aborted) return;
      setFault(messageOf(error));
    }
    setBusy(false);
  };
  /** Loads as many rows as there were, while they stay; what fails is asked again with the next change. */
  const renew = async () => {
    if (path === null) return;
    // A page that is on its way may have been read before the change; one that is further back is waited for.
    const wanted = shown.current?.length ?? 0;
    asked.current?.abort();
    const request = new AbortController();
    asked.current = request;
    const anew: T[] = [];
    let cursor: string | null = null;
    try {
      do {
        const { items: some, next_cursor }: Page<T> = await page(cursor, request.signal);
        anew.push(...some);
        cursor = next_cursor;
      } while (cursor !== null && anew.length < wanted);
    } catch (error) {
      if (request.signal.aborted) return;
      if (shown.current === null) setFault(messageOf(error));
      setBusy(false);
      return;
    }
    if (request.signal.aborted) return;
    setItems((was) => (isSame(was, anew) ? was : anew));
    setNext(cursor);
    setFault("");
    setBusy(false);
  };
  useEffect(() => {
    setItems(null);
    setNext(null);
    void load(null);
    return () => asked.current?.abort();
  }, [path]);
  useFollowed(path === null ? undefined : followed, () => {
    if (items !== null || fault === "") void renew();
  });
  return {
    items,
    hasMore: next !== null,
    fault,
    busy,
    again: () => load(null),
    more: () => (next === null || busy ? Promise.resolve() : load(next)),
    change: (edit) => setItems((was) => (was === null ? was : edit(was))),
  };
}
