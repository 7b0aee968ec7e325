// Moves the focus when the element that had it is removed with its row.
import { useEffect, useRef } from "preact/hooks";

/** When the rows change (`rows`: how many there are, or which where others come for those that go) and what had the focus is gone, what `selector`
 * names gets it. A list that still loads, or that somebody else changes, takes the focus from nowhere: only what somebody was at can be lost. */
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
