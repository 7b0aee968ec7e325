// Changes in the organization, as the server reports them: one connection for everything that a page shows. A hidden page has no connection, and
// reloads when it is shown again.
import { listen } from "./live";
import type { LiveMessage } from "./model";

type Changed = Extract<LiveMessage, { kind: "changed" }>;

/** A kind of thing that pages show. */
export type Thing = Changed["what"];

/** Receives a change; null if anything may have changed, because the connection was lost. */
type Take = (changed: Changed | null) => void;

const followers = new Set<Take>();
let stop: (() => void) | null = null;
let closing: ReturnType<typeof setTimeout> | undefined;

/** How long the connection stays open when nobody follows: the next page probably will. */
const KEPT_MS = 10_000;

/** Calls `take` for every change until the returned function is called. */
export function follow(take: Take): () => void {
  followers.add(take);
  look();
  return () => {
    followers.delete(take);
    look();
  };
}

/** Keeps the connection open as long as a page that follows is visible. */
function look(): void {
  clearTimeout(closing);
  const isWanted = followers.size > 0 && document.visibilityState === "visible";
  if (isWanted) stop ??= listen(hear, undefined, "changes");
  else if (stop !== null) closing = setTimeout(close, KEPT_MS);
}

function close(): void {
  stop?.();
  stop = null;
}

function hear(event: LiveMessage): void {
  if (event.kind === "changed" || event.kind === "snapshot") {
    const changed = event.kind === "changed" ? event : null;
    for (const take of [...followers]) take(changed);
  }
}

document.addEventListener("visibilitychange", look);
