// Data of the API for a page: loaded when the page is shown, loaded again on demand, and kept while it is.
import { useEffect, useRef, useState } from "preact/hooks";
import { get, messageOf } from "../api/client";
import type { Page } from "../api/model";

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

/** Loads what `path` answers; with null nothing. Asked anew whenever the path changes. */
export function useLoaded<T>(path: string | null): Loaded<T> {
  const [state, setState] = useState<{ of: string | null; value: T | null; fault: string; busy: boolean }>({
    of: path,
    value: null,
    fault: "",
    busy: path !== null,
  });
  const asked = useRef<AbortController | null>(null);
  const again = async () => {
    asked.current?.abort();
    if (path === null) return;
    const request = new AbortController();
    asked.current = request;
    setState((was) => ({ of: path, value: was.of === path ? was.value : null, fault: "", busy: true }));
    try {
      const value = await get<T>(path, request.signal);
      if (!request.signal.aborted) setState({ of: path, value, fault: "", busy: false });
    } catch (error) {
      if (!request.signal.aborted) setState((was) => ({ ...was, fault: messageOf(error), busy: false }));
    }
  };
  useEffect(() => {
    void again();
    return () => asked.current?.abort();
  }, [path]);
  return { ...state, again, show: (value) => setState({ of: path, value, fault: "", busy: false }) };
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

/** Loads the list at `path`, whose query may hold filters; with null nothing. */
export function useList<T>(path: string | null): LoadedList<T> {
  const [items, setItems] = useState<T[] | null>(null);
  const [next, setNext] = useState<string | null>(null);
  const [fault, setFault] = useState("");
  const [busy, setBusy] = useState(path !== null);
  const asked = useRef<AbortController | null>(null);
  const load = async (cursor: string | null) => {
    asked.current?.abort();
    if (path === null) return;
    const request = new AbortController();
    asked.current = request;
    setBusy(true);
    setFault("");
    const join = path.includes("?") ? "&" : "?";
    try {
      const page = await get<Page<T>>(cursor === null ? path : `${path}${join}cursor=${encodeURIComponent(cursor)}`, request.signal);
      if (request.signal.aborted) return;
      setItems((was) => (cursor === null ? page.items : [...(was ?? []), ...page.items]));
      setNext(page.next_cursor);
    } catch (error) {
      if (request.signal.aborted) return;
      setFault(messageOf(error));
    }
    setBusy(false);
  };
  useEffect(() => {
    setItems(null);
    setNext(null);
    void load(null);
    return () => asked.current?.abort();
  }, [path]);
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
