// Reloading when the server reports a change.
import { useEffect, useRef } from "preact/hooks";
import { follow, type Thing } from "../api/changes";
import { isChanging } from "../api/client";

/** The things that are followed: kinds of things, or one thing. */
export type Followed = readonly Thing[] | { what: Thing; id: string };

/** Changes within this time are handled together, in ms. */
const TOGETHER_MS = 80;
/** The shortest time between two reloads, in ms: an import reports hundreds of changes. */
const BETWEEN_MS = 1_000;

/** Calls `again` when one of these things has changed, or may have changed. While this page is sending a change itself, it waits, because the answer
 * to that is newer. */
export function useFollowed(followed: Followed | undefined, again: () => void): void {
  const latest = useRef(again);
  latest.current = again;
  const key = followed === undefined ? "" : "what" in followed ? `${followed.what} ${followed.id}` : followed.join(" ");
  useEffect(() => {
    if (followed === undefined) return undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let looked = Number.NEGATIVE_INFINITY;
    const look = () => {
      timer = undefined;
      if (isChanging()) return soon();
      looked = performance.now();
      latest.current();
    };
    const soon = () => {
      timer ??= setTimeout(look, Math.max(TOGETHER_MS, looked + BETWEEN_MS - performance.now()));
    };
    const stop = follow((changed) => {
      const isOfIt =
        changed === null ||
        ("what" in followed ? changed.what === followed.what && changed.id === followed.id : followed.includes(changed.what));
      if (isOfIt) soon();
    });
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, [key]);
}
