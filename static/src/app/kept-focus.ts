// Moves the focus when the focused element is removed with its row.
import { useEffect, useRef } from "preact/hooks";

/** When the rows change and the focused element is gone, moves the focus to the element that matches `selector`. `rows`: how many there are, or which
 * ones if new rows replace removed ones. A list that is loading, or that somebody else changes, takes the focus from nothing else: it moves only if
 * the focused element is lost. */
export function useKeptFocus(rows: number | string | undefined, selector: string): void {
  const was = useRef(rows);
  const last = useRef<Element | null>(null);
  useEffect(() => {
    const note = ({ target }: FocusEvent) => {
      if (target instanceof Element) last.current = target;
    };
    document.addEventListener("focusin", note);
    return () => document.removeEventListener("focusin", note);
  }, []);
  useEffect(() => {
    const isOther = was.current !== undefined && was.current !== rows;
    was.current = rows;
    const isLost = last.current?.isConnected === false && document.activeElement === document.body;
    if (isOther && isLost) document.querySelector<HTMLElement>(selector)?.focus({ preventScroll: true });
  }, [rows]);
}
