// Forgetting texts that the server has not accepted (unsaved.ts). Every page loads this, and only some keep such texts.

/** The beginning of their names. The author's id follows. */
export const BEGIN = "cordboard.unsaved.";

/** Forgets the unsaved texts of everybody except this user; without a user, those of everybody. */
export function forgetUnsaved(but?: string): void {
  try {
    const kept = but === undefined ? null : `${BEGIN}${but}.`;
    const isForgotten = (key: string) => key.startsWith(BEGIN) && (kept === null || !key.startsWith(kept));
    for (const key of Object.keys(localStorage).filter(isForgotten)) localStorage.removeItem(key);
  } catch {
    // A browser without storage has nothing to forget.
  }
}
