// Changes of the organization, as the server reports them: one line for all that a page shows. A hidden page has none, and
// reads anew when it is shown again.
import { listen } from "./live";
import type { LiveMessage } from "./model";

type Changed = Extract<LiveMessage, { kind: "changed" }>;

/** A kind of thing that pages show. */
export type Thing = Changed["what"];

/** Something was changed; null where anything may have been, because the line was away. */
type Take = (changed: Changed | null) => void;

const followers = new Set<Take>();
let stop: (() => void) | null = null;
let closing: ReturnType<typeof setTimeout> | undefined;

/** How long the line stays when nobody follows: the next page most likely does. */
const KEPT_MS = 10_000;

/** Tells `take` of every change until the returned function is called. */
export function follow(take: Take): () => void {
  followers.add(take);
  look();
  return () => {
    followers.delete(take);
    look();
  };
}

/** Has the line as long as somebody looks at a page that follows. */
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
