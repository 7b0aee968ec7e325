// Signing in and out. No part of the code that every page begins with.
import { go } from "../app/router";
import { tell } from "../app/toasts";
import { w } from "../app/words";
import { change, messageOf, Problem } from "./client";
import { askSession, csrf, PATH, session, signOff } from "./session";

/** Credentials to sign in: a user's, with a code where one is asked for; or the admin token. */
export type Credentials = { email: string; password: string; code?: string } | { token: string };

/** Signs in. Throws a [`Problem`]; its code is `totp_required` where a code is asked for. */
export async function signIn(credentials: Credentials): Promise<void> {
  await change("POST", PATH, credentials);
  await askSession();
  if (!session.value) throw new Problem(0, w.failure.noCookie, null);
}

/** Signs out, and goes to the sign-in page. A session that the server did not end goes on, and that is said. */
export async function signOut(): Promise<void> {
  try {
    await change("DELETE", PATH);
  } catch (fault) {
    // One that the server does not know is over as well.
    if (!(fault instanceof Problem) || fault.status !== 401) return tell(messageOf(fault));
  }
  signOff();
  go("/login");
}

/** Whether this user has another session than that of this proof, as behind a sign-in in another tab. It is known then. */
export async function hasSignedInAnew(sentWith: string, sentAs: string | undefined): Promise<boolean> {
  await askSession();
  return csrf() !== sentWith && session.peek()?.user?.id === sentAs;
}
