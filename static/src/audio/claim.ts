// The window that has the audio of a call: a reload of it resumes that, and so does the desk behind a page that has taken a call over.

/** The name under which a window notes it, and a browser's windows wait for each other. */
export const claimOf = (callId: string) => `cordboard.audio.${callId}`;

/** Notes that this window has the audio of a call, or has it no more. */
export function claim(callId: string, has: boolean): void {
  try {
    if (has) sessionStorage.setItem(claimOf(callId), "here");
    else sessionStorage.removeItem(claimOf(callId));
  } catch {
    // A browser that stores nothing takes a moment longer after a reload.
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
