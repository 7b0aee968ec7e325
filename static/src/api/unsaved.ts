// Texts that the server has not accepted yet, kept in this browser for their author until they sign out.
import { BEGIN } from "./forget-unsaved";
import { session } from "./session";

function keyOf(name: string): string {
  return `${BEGIN}${session.peek()?.user?.id ?? ""}.${name}`;
}

/** Keeps unsaved text under this name; null removes it. */
export function keepUnsaved(name: string, value: unknown): void {
  try {
    if (value === null) localStorage.removeItem(keyOf(name));
    else localStorage.setItem(keyOf(name), JSON.stringify(value));
  } catch {
    // A browser without storage keeps it until the page is left.
  }
}

/** The signed-in user's unsaved text under this name. */
export function unsaved<T>(name: string): T | null {
  try {
    return JSON.parse(localStorage.getItem(keyOf(name)) ?? "null") as T | null;
  } catch {
    return null;
  }
}
