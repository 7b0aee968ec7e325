// How many calls have ended while the dashboard is open: then its figures are others.
import { useEffect, useRef, useState } from "preact/hooks";
import { live } from "../calls/book";

/** Counts on whenever a call that was live is no more. */
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
