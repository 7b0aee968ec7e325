// A list that users can reorder: rows are dragged by their handle, or moved with the arrow keys on it.
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { Icon } from "./icons";
import { w } from "./words";

/** Rows in an order. `onOrder` gets the keys in their new order. `name`: the name of a row; `row`: its content after the handle; `isFixed`: without
 * handles, for users who may not change the order. */
export function Ordered<T>(props: {
  label: string;
  items: readonly T[];
  keyOf: (item: T) => string;
  name: (item: T) => string;
  row: (item: T, at: number) => ComponentChildren;
  isFixed?: boolean;
  onOrder: (keys: string[]) => void;
}) {
  const { label, items, keyOf, name, row, isFixed = false, onOrder } = props;
  const list = useRef<HTMLOListElement>(null);
  const hint = useId();
  const [dragged, setDragged] = useState<{ key: string; order: string[] } | null>(null);
  const [announcement, setAnnouncement] = useState("");
  /** The row whose handle gets the focus back, because moving it in the page removes the focus. */
  const focused = useRef<string | null>(null);
  const keys = items.map(keyOf);
  const shown = (dragged?.order ?? keys).map((key) => items.find((item) => keyOf(item) === key)).filter((item) => item !== undefined);
  useEffect(() => {
    if (focused.current === null) return;
    list.current?.querySelector<HTMLElement>(`[data-key="${CSS.escape(focused.current)}"] .handle`)?.focus();
    focused.current = null;
  });
  const tell = (item: T, to: number) => setAnnouncement(w.order.moved(name(item), to + 1, items.length));
  const move = (item: T, by: number) => {
    const from = keys.indexOf(keyOf(item));
    const to = from + by;
    if (to < 0 || to >= keys.length) return;
    focused.current = keyOf(item);
    tell(item, to);
    onOrder(moved(keys, from, to));
  };
  /** The row under the pointer. */
  const placeAt = (y: number) => {
    const rows = [...(list.current?.children ?? [])];
    const over = rows.findIndex((element) => y < element.getBoundingClientRect().bottom);
    return over === -1 ? rows.length - 1 : over;
  };
  return (
    <>
      <p id={hint} class="hidden">
        {w.order.hint}
      </p>
      <p class="hidden" role="status">
        {announcement}
      </p>
      <ol ref={list} class="ordered" aria-label={label}>
        {shown.map((item, at) => (
          <li key={keyOf(item)} data-key={keyOf(item)} class={dragged?.key === keyOf(item) ? "dragged" : ""}>
            {!isFixed && (
              <button
                type="button"
                class="btn quiet square handle"
                aria-label={w.order.move(name(item))}
                aria-describedby={hint}
                title={w.order.title}
                onKeyDown={(event) => {
                  if (event.key === "Escape" && dragged) {
                    event.preventDefault();
                    setDragged(null);
                  }
                  if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return;
                  event.preventDefault();
                  move(item, event.key === "ArrowUp" ? -1 : 1);
                }}
                onPointerDown={(event) => {
                  if (event.button !== 0) return;
                  event.currentTarget.setPointerCapture(event.pointerId);
                  setDragged({ key: keyOf(item), order: keys });
                }}
                onPointerMove={(event) => {
                  if (dragged?.key !== keyOf(item)) return;
                  const from = dragged.order.indexOf(dragged.key);
                  const to = placeAt(event.clientY);
                  if (from !== to) setDragged({ key: dragged.key, order: moved(dragged.order, from, to) });
                }}
                onPointerUp={() => {
                  if (dragged?.key !== keyOf(item)) return;
                  setDragged(null);
                  if (dragged.order.some((key, place) => key !== keys[place])) {
                    focused.current = dragged.key;
                    tell(item, dragged.order.indexOf(dragged.key));
                    onOrder(dragged.order);
                  }
                }}
                onPointerCancel={() => setDragged(null)}
              >
                <Icon name="grip" />
              </button>
            )}
            {row(item, at)}
          </li>
        ))}
      </ol>
    </>
  );
}

function moved(keys: readonly string[], from: number, to: number): string[] {
  const rest = keys.filter((_, at) => at !== from);
  return [...rest.slice(0, to), keys[from] as string, ...rest.slice(to)];
}
