// The session of this browser.
import { signal } from "@preact/signals";
import { followAccount } from "../app/language";
import { go, loginPath } from "../app/router";
import { paused } from "./connection";
import type { Session } from "./model";
import { forgetUnsaved } from "./unsaved";

/** The session; `undefined` until the server has answered, `null` if nobody is signed in. */
export const session = signal<Session | null | undefined>(undefined);

/** The path of the session at the server. */
export const PATH = "/api/v1/auth/session";
/** How long the answer may take: a request that the network swallows does not end by itself, and a lost connection waits for it. */
const ANSWER_MS_MAX = 10_000;
/** Until when this browser is signed in, as far as scripts can know: the cookie is hidden from them. */
const UNTIL_KEY = "cordboard.signed_in_until";

/** Asks the server; the answer is in [`session`]. Without an answer nothing changes. */
export async function askSession(): Promise<void> {
  try {
    const response = await fetch(PATH, { signal: AbortSignal.timeout(ANSWER_MS_MAX) });
    if (response.ok) await follow((await response.json()) as Session);
    else if (response.status === 401) know(null);
  } catch {
    // Offline: the pill in the top bar says so.
  }
}

/** Like [`askSession`], for the sign-in page. The server redirects every request without a session to it. That may also be a browser that followed
 * another site's link, and only that one has a session to ask for. */
export async function askSessionAtLogin(): Promise<void> {
  if (Date.parse(recall() ?? "") > Date.now()) await askSession();
  else know(null);
}

/** Repeats `ask` until it is known whether anybody is signed in: no page can do anything before. */
export async function learnSession(ask: () => Promise<void>): Promise<void> {
  for (let failed = 0; session.peek() === undefined; failed += 1) {
    await ask();
    if (session.peek() === undefined) await paused(failed);
  }
}

/** Forgets what this browser knew of a session that may be over: it is requested again when it is needed. */
export function forgetSession(): void {
  session.value = undefined;
}

/** Adopts a session and its user's language. A page in use is not reloaded: its user may be on a call. */
async function follow(known: Session): Promise<void> {
  if (known.user && !session.peek()) {
    // The sign-in page asks only if this is stored.
    remember(known);
    // The pages are reloaded: nothing continues here.
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

/** Records that the session is over, and forgets the user's unsaved texts. */
export function signOff(): void {
  forgetUnsaved();
  know(null);
}

/** The proof that a request comes from our pages. */
export function csrf(): string {
  return session.value?.csrf ?? "";
}

/** The server no longer knows the session: signing in leads back here. */
export function signedOut(): void {
  know(null);
  // The first of several pending requests has already led to the form, with the way back.
  if (location.pathname !== "/login") go(loginPath(), "replace");
}
