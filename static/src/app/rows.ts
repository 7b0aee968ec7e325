// Rows of a list that grows.
import type { VNode } from "preact";
import { useRef } from "preact/hooks";

/** The rows of things that are the same object as long as they show the same: what was a row before is that row, so that one more behind
 * a thousand is one row's work. All are made anew where one of `by` changes. */
export function useRows<T extends object>(things: readonly T[], by: readonly unknown[], make: (thing: T) => VNode): VNode[] {
  const made = useRef({ by, rows: new WeakMap<T, VNode>() });
  if (by.some((value, at) => value !== made.current.by[at])) made.current = { by, rows: new WeakMap() };
  const { rows } = made.current;
  return things.map((thing) => {
    const row = rows.get(thing) ?? make(thing);
    rows.set(thing, row);
    return row;
  });
}
