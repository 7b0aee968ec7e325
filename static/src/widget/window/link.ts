// The widget's requests to its server: the link's owner, and a call. No cookies are sent or accepted.
import type { Talk } from "../../api/model";
import { here } from "../../audio/here";
import { w } from "./words";

/** Why there is no call, as a sentence for people. */
export class Refused extends Error {
  constructor(
    message: string,
    /** Whether retrying can't help. */
    readonly isFinal: boolean,
    /** Whether the visitor's identity was refused: without it, a call is possible. */
    readonly isOfIdentity = false,
  ) {
    super(message);
  }
}

/** The link's owner. Throws a [`Refused`]. */
export const lookAt = (token: string): Promise<Talk> => ask<Talk>(token, "GET", path(token));

/** Begins a call for a visitor with this signed identity, and returns the token for its audio. A visitor who writes has more time for a
 * message than one who speaks has for an answer. Throws a [`Refused`]. */
export async function beginCall(token: string, identity: string, writes: boolean): Promise<string> {
  // A call without a body needs no preflight request.
  const body = identity === "" && !writes ? undefined : { identity: identity || undefined, writes };
  return (await ask<{ token: string }>(token, "POST", `${path(token)}/calls`, body)).token;
}

const path = (token: string) => `/api/v1/talk/${encodeURIComponent(token)}`;

/** How all requests are sent. */
const PLAIN = { credentials: "omit", cache: "no-store" } as const;

async function ask<T>(token: string, method: "GET" | "POST", at: string, body?: unknown): Promise<T> {
  let answer: Response;
  try {
    const sent = body === undefined ? {} : { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } };
    answer = await fetch(here(at), { method, ...PLAIN, ...sent });
  } catch {
    throw new Refused(...(await whyNot(token)));
  }
  if (answer.ok) return (await answer.json()) as T;
  throw (await ofIdentity(answer)) ?? new Refused(...reasonOf(answer));
}

/** Why the visitor's identity is refused; null if something else is wrong. The site's developer finds details in the console. */
async function ofIdentity(answer: Response): Promise<Refused | null> {
  if (answer.status !== 403 && answer.status !== 422) return null;
  const { code = "", detail = "" } = ((await answer.json().catch(() => null)) ?? {}) as { code?: string; detail?: string };
  if (!code.startsWith("identity_")) return null;
  console.warn(`cordboard: ${detail}`);
  return new Refused(code === "identity_expired" ? w.identityExpired : w.identityRefused, false, true);
}

function reasonOf(answer: Response): [string, boolean] {
  const wait = Number.parseInt(answer.headers.get("Retry-After") ?? "", 10);
  switch (answer.status) {
    case 403:
      return [w.notAllowed(location.origin), true];
    case 404:
      return [w.off, true];
    case 429:
      return [wait > 120 ? w.tooMany : w.busy, false];
    case 503:
      return [w.busy, false];
    default:
      return [w.failed(`${answer.status}`), false];
  }
}

/** A browser does not tell a page why it may not read an answer. A server that answers at all has refused this site, unless the page may read another
 * answer: then the request was lost on its way, or there were too many. */
async function whyNot(token: string): Promise<[string, boolean]> {
  try {
    await fetch(here("/healthz"), { mode: "no-cors", ...PLAIN });
  } catch {
    return [w.unreachable, false];
  }
  try {
    const answer = await fetch(here(path(token)), PLAIN);
    return answer.ok ? [w.unreachable, false] : reasonOf(answer);
  } catch {
    return [w.notAllowed(location.origin), true];
  }
}
