// The token of a link, which is after its `#`: browsers don't send that part to servers. It is removed from the address at once, so that neither the
// history nor an onlooker keeps it.
import { signal } from "@preact/signals";

/** The token from a link; null if there is none, and once it was used. */
export const handed = signal<string | null>(null);

function take(): void {
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  if (token === null) return;
  handed.value = token.trim();
  history.replaceState(history.state, "", location.pathname + location.search);
}

take();
addEventListener("hashchange", take);
