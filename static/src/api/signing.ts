// Signing in and out. Not part of the code that every page loads first.
import { go } from "../app/router";
import { tell } from "../app/toasts";
import { w } from "../app/words";
import { change, messageOf, Problem } from "./client";
import { forgetUnsaved } from "./forget-unsaved";
import { askSession, awaitSession, hasEnded, know, PATH, session } from "./session";

/** Credentials to sign in: a user's, with a code if one is required, or the admin token. */
export type Credentials = { email: string; password: string; code?: string } | { token: string };

/** Signs in. Throws a [`Problem`]; its code is `totp_required` if a code is required. */
export async function signIn(credentials: Credentials): Promise<void> {
  await change("POST", PATH, credentials);
  await askSession();
  if (!session.value || hasEnded.value) throw new Problem(0, w.failure.noCookie, null);
}

/** Signs out and goes to the sign-in page. If the server did not end the session, it continues, and a notice says so. */
export async function signOut(): Promise<void> {
  try {
    await change("DELETE", PATH);
  } catch (fault) {
    // A session that the server does not know is over as well.
    if (!(fault instanceof Problem) || fault.status !== 401) return tell(messageOf(fault));
  }
  forgetUnsaved();
  know(null);
  try {
    // For example the agent's password at the switch, which is kept for a reload.
    sessionStorage.clear();
  } catch {
    // A browser without storage has kept nothing.
  }
  go("/login");
}

/** Forgets what this browser knew of a session that may be over: it is requested again when it is needed. */
export function forgetSession(): void {
  session.value = undefined;
}

/** Whether this user has a newer session than the one with this CSRF token, for example from another tab. If so, it is adopted. If the session has
 * ended, this is known once somebody has signed in. */
export async function hasNewSession(sentWith: string, sentAs: string | undefined): Promise<boolean> {
  await awaitSession();
  const now = session.peek();
  return now != null && now.csrf !== sentWith && now.user?.id === sentAs;
}
