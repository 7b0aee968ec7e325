// The data that a page with a call keeps for the page that replaces it. It is in the storage of this tab from when the page goes away until the new
// page takes it, for as long as the server waits.
import type { UnsentNow } from "./unsent";

/** The data that resuming a call needs, and its state. */
export interface Away {
  resume: string;
  /** How long the server waits for the page (`calls.page_return_s`), in ms. */
  returnMs: number;
  /** When the page went away, ms since 1970. */
  at: number;
  since: number | null;
  means: "voice" | "writing";
  isMuted: boolean;
  /** Whether the other side was heard; absent if a page of an earlier version went away. */
  isHeard?: boolean;
  /** The visitor's texts that were not confirmed; absent for the same reason. */
  unsent?: UnsentNow;
}

const keyOf = (link: string) => `cordboard.away.${link}`;

/** Stores what is needed to resume the call on this link. */
export function keep(link: string, away: Away): void {
  try {
    sessionStorage.setItem(keyOf(link), JSON.stringify(away));
  } catch {
    // A browser without storage resumes no call.
  }
}

/** Whether a page with a call on this link has just gone away. */
export function isAway(link: string): boolean {
  return read(link) !== null;
}

/** Takes it out of the storage: it is valid once. */
export function takeAway(link: string): Away | null {
  const away = read(link);
  try {
    sessionStorage.removeItem(keyOf(link));
  } catch {
    // Nothing was stored.
  }
  return away;
}

function read(link: string): Away | null {
  try {
    const away = JSON.parse(sessionStorage.getItem(keyOf(link)) ?? "null") as Away | null;
    return away !== null && Date.now() - away.at < away.returnMs ? away : null;
  } catch {
    return null;
  }
}
