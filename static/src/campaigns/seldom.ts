// Figures that cost the server some work: asked for anew by time, and not with each change.
import { useEffect } from "preact/hooks";
import type { Campaign } from "../api/model";

const RUNNING_MS = 10_000;
/** Calls of a campaign that is paused or over end late, and so do their costs. */
const RESTING_MS = 60_000;

/** Asks again every 10 s while the campaign runs, else every minute. */
export function useSeldom({ id, state }: Campaign, again: () => Promise<unknown>) {
  useEffect(() => {
    const timer = setInterval(() => void again(), state === "running" ? RUNNING_MS : RESTING_MS);
    return () => clearInterval(timer);
  }, [id, state]);
}
