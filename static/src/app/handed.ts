// The token of a link, which is behind its `#`: browsers send that to nobody. It is taken out of the address at once, so
// that neither the history nor somebody who looks on keeps it.
import { signal } from "@preact/signals";

/** The token that a link has handed over; null where there is none, and once it was used. */
export const handed = signal<string | null>(null);

function take(): void {
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  if (token === null) return;
  handed.value = token.trim();
  history.replaceState(history.state, "", location.pathname + location.search);
}

take();
addEventListener("hashchange", take);
