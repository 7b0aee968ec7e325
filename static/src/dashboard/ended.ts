// Counts the calls that end while the dashboard is open, because its figures change then.
import { useEffect, useRef, useState } from "preact/hooks";
import { live } from "../calls/book";

/** Increases whenever a live call has ended. */
export function useEnded(): number {
  const [count, setCount] = useState(0);
  const known = useRef<string[]>([]);
  useEffect(
    () =>
      live.subscribe((calls) => {
        const now = (calls ?? []).map(({ id }) => id);
        if (known.current.some((id) => !now.includes(id))) setCount((was) => was + 1);
        known.current = now;
      }),
    [],
  );
  return count;
}
