// The window that has the audio of a call. A reload of it resumes the audio, and so does the desk when it follows a page that has taken a call over.

/** The storage key of the claim, and the name of the lock by which a browser's windows wait for each other. */
export const claimOf = (callId: string) => `cordboard.audio.${callId}`;

/** Records that this window has, or no longer has, the audio of a call. */
export function claim(callId: string, has: boolean): void {
  try {
    if (has) sessionStorage.setItem(claimOf(callId), "here");
    else sessionStorage.removeItem(claimOf(callId));
  } catch {
    // A browser without storage takes a moment longer after a reload.
  }
}

/** Whether this window had the audio of a call. */
export function isClaimed(callId: string): boolean {
  try {
    return sessionStorage.getItem(claimOf(callId)) !== null;
  } catch {
    return false;
  }
}
