// Figures that cost the server some work: asked for anew by time, and not with each change.
import { useEffect } from "preact/hooks";
import type { Campaign } from "../api/model";

const RUNNING_MS = 10_000;
/** Calls of a campaign that is paused or over end late, and so do their costs. */
const RESTING_MS = 60_000;

/** Asks again every 10 s while the campaign runs, and every minute while it is paused or has calls under way (`open`). Behind the last of
 * them it asks once more: a call's costs come a little later than its end. */
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
