// Texts that the server has not taken yet, kept in this browser for the one who wrote them, until they sign out.
import { session } from "./session";

const BEGIN = "cordboard.unsaved.";

function keyOf(name: string): string {
  return `${BEGIN}${session.peek()?.user?.id ?? ""}.${name}`;
}

/** Keeps what is not saved under this name, or with null forgets it. */
export function keepUnsaved(name: string, value: unknown): void {
  try {
    if (value === null) localStorage.removeItem(keyOf(name));
    else localStorage.setItem(keyOf(name), JSON.stringify(value));
  } catch {
    // A browser that stores nothing keeps it until the page is left.
  }
}

/** Text of the user who is signed in that is not saved under this name. */
export function unsaved<T>(name: string): T | null {
  try {
    return JSON.parse(localStorage.getItem(keyOf(name)) ?? "null") as T | null;
  } catch {
    return null;
  }
}

/** Forgets the unsaved texts of everybody but this user; without one, those of everybody. */
export function forgetUnsaved(but?: string): void {
  try {
    const kept = but === undefined ? null : `${BEGIN}${but}.`;
    const isForgotten = (key: string) => key.startsWith(BEGIN) && (kept === null || !key.startsWith(kept));
    for (const key of Object.keys(localStorage).filter(isForgotten)) localStorage.removeItem(key);
  } catch {
    // A browser that stores nothing has nothing to forget.
  }
}
