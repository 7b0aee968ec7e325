// Moves the focus when the element that had it is removed with its row.
import { useEffect, useRef } from "preact/hooks";

/** When the number of rows changes and nothing has the focus any more, what `selector` names gets it. */
export function useKeptFocus(rows: number | undefined, selector: string): void {
  const was = useRef(rows);
  useEffect(() => {
    const isOther = was.current !== undefined && was.current !== rows;
    was.current = rows;
    if (isOther && document.activeElement === document.body) document.querySelector<HTMLElement>(selector)?.focus();
  }, [rows]);
}
