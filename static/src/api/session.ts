// Who is signed in, on this browser.
import { signal } from "@preact/signals";
import { go, loginPath } from "../app/router";

/** What the server says of the session. */
export interface Session {
  csrf: string;
  /** RFC 3339. */
  expires_at: string;
}

/** The session; `undefined` until the server was asked, `null` where nobody is signed in. */
export const session = signal<Session | null | undefined>(undefined);

const PATH = "/api/v1/auth/session";

/** Asks the server; the answer is in [`session`]. Where no answer comes, nothing changes. */
export async function askSession(): Promise<void> {
  try {
    const response = await fetch(PATH);
    if (response.ok) session.value = (await response.json()) as Session;
    else if (response.status === 401) session.value = null;
  } catch {
    // Offline: the pill in the top bar says so.
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
  session.value = null;
  go("/login");
}

/** The proof that a request comes from our pages. */
export function csrf(): string {
  return session.value?.csrf ?? "";
}

/** The server knows the session no more: signing in leads back here. */
export function signedOut(): void {
  session.value = null;
  go(loginPath(), "replace");
}
