// The session of this browser.
import { signal } from "@preact/signals";
import { followAccount } from "../app/language";
import { go, loginPath } from "../app/router";
import { paused } from "./connection";
import type { Session } from "./model";
import { forgetUnsaved } from "./unsaved";

/** The session; `undefined` until the server was asked, `null` where nobody is signed in. */
export const session = signal<Session | null | undefined>(undefined);

/** The session, at the server. */
export const PATH = "/api/v1/auth/session";
/** Until when this browser is signed in, as far as scripts can know: the cookie is hidden from them. */
const UNTIL_KEY = "cordboard.signed_in_until";

/** Asks the server; the answer is in [`session`]. Where no answer comes, nothing changes. */
export async function askSession(): Promise<void> {
  try {
    const response = await fetch(PATH);
    if (response.ok) await follow((await response.json()) as Session);
    else if (response.status === 401) know(null);
  } catch {
    // Offline: the pill in the top bar says so.
  }
}

/** As [`askSession`], for the sign-in page. The server leads here who sent no session, which is also a browser that
 * followed another site's link; only that one has something to ask. */
export async function askSessionAtLogin(): Promise<void> {
  if (Date.parse(recall() ?? "") > Date.now()) await askSession();
  else know(null);
}

/** Asks by `ask` until it is known whether anybody is signed in: no page can do anything before. */
export async function learnSession(ask: () => Promise<void>): Promise<void> {
  for (let failed = 0; session.peek() === undefined; failed += 1) {
    await ask();
    if (session.peek() === undefined) await paused(failed);
  }
}

/** Forgets what this browser knew of a session, which may be over: it is asked anew where one is needed. */
export function forgetSession(): void {
  session.value = undefined;
}

/** Knows a session, in the language of its user. A page that somebody works with is not loaded anew: they may be talking. */
async function follow(known: Session): Promise<void> {
  if (known.user && !session.peek()) {
    // The sign-in page asks only where this is known.
    remember(known);
    // The pages are loaded anew: nobody goes on here.
    if (followAccount(known.user.id, known.language)) await new Promise<never>(() => undefined);
  }
  know(known);
}

function know(known: Session | null): void {
  if (known) forgetUnsaved(known.user?.id ?? "");
  remember(known);
  session.value = known;
}

function remember(known: Session | null): void {
  try {
    if (known) localStorage.setItem(UNTIL_KEY, known.expires_at);
    else localStorage.removeItem(UNTIL_KEY);
  } catch {
    // A browser that stores nothing signs in once more.
  }
}

function recall(): string | null {
  try {
    return localStorage.getItem(UNTIL_KEY);
  } catch {
    return null;
  }
}

/** Knows that the session is over, and forgets what its user has not saved. */
export function signOff(): void {
  forgetUnsaved();
  know(null);
}

/** The proof that a request comes from our pages. */
export function csrf(): string {
  return session.value?.csrf ?? "";
}

/** The server knows the session no more: signing in leads back here. */
export function signedOut(): void {
  know(null);
  // Of several requests that were under way the first has led to the form already, with the way back.
  if (location.pathname !== "/login") go(loginPath(), "replace");
}
