// Figures that are expensive for the server: reloaded at intervals, not with each change.
import { useEffect } from "preact/hooks";
import type { Campaign } from "../api/model";

const RUNNING_MS = 10_000;
/** Calls of a paused or ended campaign end later, and so their costs come later. */
const RESTING_MS = 60_000;

/** Reloads every 10 s while the campaign runs, and every minute while it is paused or has calls in progress (`open`). After the last of them it
 * reloads once more, because a call's costs come a little later than its end. */
export function useSeldom({ id, state }: Campaign, open: number, again: () => Promise<unknown>) {
  const isCalling = open > 0;
  useEffect(() => {
    const isOver = state !== "running" && state !== "paused" && !isCalling;
    if (isOver) {
      const timer = setTimeout(() => void again(), RESTING_MS);
      return () => clearTimeout(timer);
    }
    const timer = setInterval(() => void again(), state === "running" ? RUNNING_MS : RESTING_MS);
    return () => clearInterval(timer);
  }, [id, state, isCalling]);
}
