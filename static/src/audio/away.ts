// Data that a page with a call keeps for the one that is loaded in its place: in the storage of this tab, from when it goes away until it is
// taken out, for as long as the server waits.

/** As long as the server waits (`calls.page_return_s`), in ms. */
const AWAY_MS_MAX = 10_000;

/** The way back into a call, and how it stood. */
export interface Away {
  resume: string;
  /** When the page went away, ms since 1970. */
  at: number;
  since: number | null;
  means: "voice" | "writing";
  isMuted: boolean;
}

const keyOf = (link: string) => `cordboard.away.${link}`;

/** Keeps the way back into the call over this link. */
export function keep(link: string, away: Away): void {
  try {
    sessionStorage.setItem(keyOf(link), JSON.stringify(away));
  } catch {
    // A browser that stores nothing comes back to no call.
  }
}

/** Whether a page with a call over this link has gone away just now. */
export function isAway(link: string): boolean {
  return read(link) !== null;
}

/** Takes the way back out of the storage: it is good once. */
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
    return away !== null && Date.now() - away.at < AWAY_MS_MAX ? away : null;
  } catch {
    return null;
  }
}
