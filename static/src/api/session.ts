// The session of this browser.
import { signal } from "@preact/signals";
import { followAccount } from "../app/language";
import { paused } from "./connection";
import { forgetUnsaved } from "./forget-unsaved";
import type { Session } from "./model";

/** The session; `undefined` until the server has answered, `null` if nobody is signed in. */
export const session = signal<Session | null | undefined>(undefined);

/** Whether the session has ended at the server while its user's pages are shown: they stay as they are, and the user signs in over them. */
export const hasEnded = signal(false);

/** What waits until they have. */
const waiting: (() => void)[] = [];

/** The first user of these pages, whose data they keep in memory, such as typed texts and lists to which the user can step back. */
let firstUser: string | undefined;

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
    else if (response.status === 401) {
      if (session.peek()) hasEnded.value = true;
      else know(null);
    }
  } catch {
    // Offline: the pill in the top bar says so.
  }
}

/** Like [`askSession`]. If the session has ended, it waits until the user has signed in again, or has left for the sign-in page. */
export async function awaitSession(): Promise<void> {
  await askSession();
  if (hasEnded.peek()) await new Promise<void>((done) => waiting.push(done));
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

/** Adopts this session, or that nobody is signed in. Another user's session gets no CSRF token on these pages, which are loaded anew (main.tsx):
 * nothing that was typed before can be sent as theirs, and whatever waits for the first user goes on waiting. */
export function know(known: Session | null): void {
  if (known) {
    const user = known.user?.id ?? "";
    forgetUnsaved(user);
    firstUser ??= user;
    if (user !== firstUser) known.csrf = "";
  }
  remember(known);
  session.value = known;
  hasEnded.value = false;
  if (known?.csrf !== "") for (const done of waiting.splice(0)) done();
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

/** The proof that a request comes from our pages. */
export function csrf(): string {
  return session.value?.csrf ?? "";
}
