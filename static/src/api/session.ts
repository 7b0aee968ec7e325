// Who is signed in, on this browser.
import { signal } from "@preact/signals";
import { go, loginPath } from "../app/router";
import type { Session } from "./model";

/** The session; `undefined` until the server was asked, `null` where nobody is signed in. */
export const session = signal<Session | null | undefined>(undefined);

const PATH = "/api/v1/auth/session";
/** Until when this browser is signed in, as far as scripts can know: the cookie is hidden from them. */
const UNTIL_KEY = "cordboard.signed_in_until";

/** Asks the server; the answer is in [`session`]. Where no answer comes, nothing changes. */
export async function askSession(): Promise<void> {
  try {
    const response = await fetch(PATH);
    if (response.ok) know((await response.json()) as Session);
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

function know(known: Session | null): void {
  try {
    if (known) localStorage.setItem(UNTIL_KEY, known.expires_at);
    else localStorage.removeItem(UNTIL_KEY);
  } catch {
    // A browser that stores nothing signs in once more.
  }
  session.value = known;
}

function recall(): string | null {
  try {
    return localStorage.getItem(UNTIL_KEY);
  } catch {
    return null;
  }
}

/** How signing in went. `waitS`: seconds until it may be tried again. */
export type SignIn = { done: true } | { done: false; message: string; waitS: number | null };

/** Signs in with the admin token. */
export async function signIn(token: string): Promise<SignIn> {
  const failed = (message: string, waitS: number | null): SignIn => ({ done: false, message, waitS });
  let response: Response;
  try {
    response = await fetch(PATH, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ token }),
    });
  } catch {
    return failed("The server can't be reached. Check that it runs, then try again.", null);
  }
  if (response.ok) {
    await askSession();
    return session.value ? { done: true } : failed("The browser kept no cookie. Allow cookies for this address.", null);
  }
  if (response.status === 429) {
    const waitS = Number.parseInt(response.headers.get("Retry-After") ?? "60", 10);
    return failed("Too many attempts.", waitS);
  }
  if (response.status === 401) {
    return failed("This is not the admin token. It was printed at the first start; “cordboard token” makes a new one.", null);
  }
  return failed(`The server answered ${response.status}. Its log says why.`, null);
}

/** Signs out, and goes to the sign-in page. */
export async function signOut(): Promise<void> {
  await fetch(PATH, { method: "DELETE", headers: { "X-CSRF-Token": csrf() } });
  know(null);
  go("/login");
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
