// Hanging up by a request, when no connection can carry the hang-up: `DELETE /api/v1/audio`.
import { here } from "./here";
import type { Pass } from "./party";

/** Pauses before the request is repeated, in ms: a lost network may return while the server waits for the party, which is 10 s. */
const AGAIN_AFTER_MS = [500, 1_000, 2_500, 4_000];

/** The header that authorizes a request. */
export const shown = (pass: Pass) => ({ Authorization: `Bearer ${"token" in pass ? pass.token : pass.resume}` });

/** Removes the party of this pass from its call. Only for a user who hangs up: a reloaded page resumes with the same pass. The first request is sent
 * even if the page is being closed. Returns whether the party has left because of it. */
export async function hangUpBy(pass: Pass): Promise<boolean> {
  for (const pause of [...AGAIN_AFTER_MS, null]) {
    const hasLeft = await asked(pass);
    if (hasLeft !== null) return hasLeft;
    if (pause !== null) await new Promise((done) => setTimeout(done, pause));
  }
  return false;
}

/** Whether the party has left: false if the pass is no longer valid. Null if the server has not answered, or has not looked because too many requests
 * came from this address. */
async function asked(pass: Pass): Promise<boolean | null> {
  try {
    const { ok, status } = await fetch(here("/api/v1/audio"), {
      method: "DELETE",
      keepalive: true,
      credentials: "omit",
      headers: shown(pass),
    });
    return status >= 500 || status === 429 ? null : ok;
  } catch {
    return null;
  }
}
