// A list that is bounded and needed whole, as that of those who work here: all its pages, one after the other.
import { useEffect, useRef, useState } from "preact/hooks";
import { get, messageOf } from "../api/client";
import type { Page } from "../api/model";
import type { Loaded } from "./load";

/** Loads every page of the list at `path`; with null nothing. `limit`: how many rows a page has at most; none where the list has no pages. */
export function useAll<T>(path: string | null, limit?: number): Loaded<T[]> {
  const [state, setState] = useState<{ value: T[] | null; fault: string; busy: boolean }>({ value: null, fault: "", busy: path !== null });
  const asked = useRef<AbortController | null>(null);
  const again = async () => {
    asked.current?.abort();
    if (path === null) return;
    const request = new AbortController();
    asked.current = request;
    setState((was) => ({ ...was, fault: "", busy: true }));
    try {
      const items: T[] = [];
      for (let cursor: string | null = ""; cursor !== null; ) {
        const query = new URLSearchParams({ ...(limit === undefined ? {} : { limit: String(limit) }), ...(cursor === "" ? {} : { cursor }) });
        const page: Page<T> = await get<Page<T>>(`${path}?${query.toString()}`, request.signal);
        items.push(...page.items);
        cursor = page.next_cursor;
      }
      if (!request.signal.aborted) setState({ value: items, fault: "", busy: false });
    } catch (error) {
      if (!request.signal.aborted) setState((was) => ({ ...was, fault: messageOf(error), busy: false }));
    }
  };
  useEffect(() => {
    void again();
    return () => asked.current?.abort();
  }, [path]);
  return { ...state, again, show: (value) => setState({ value, fault: "", busy: false }) };
}
