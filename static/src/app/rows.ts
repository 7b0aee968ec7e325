// The rows of a list that grows.
import type { VNode } from "preact";
import { useRef } from "preact/hooks";

/** Renders things as rows. A thing must be the same object as long as it shows the same: then its row is reused, so that adding one row to a thousand
 * costs one row's work. All rows are made again when one of `by` changes. */
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
