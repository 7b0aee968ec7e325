// Hanging up by a request, where no connection carries that: `DELETE /api/v1/audio`.
import { here } from "./here";
import type { Pass } from "./party";

/** Pauses before the request is made again, in ms: a network that is away may be back while the server waits for the party, which is 10 s. */
const AGAIN_AFTER_MS = [500, 1_000, 2_500, 4_000];

/** Header by which a request says whose it is. */
export const shown = (pass: Pass) => ({ Authorization: `Bearer ${"token" in pass ? pass.token : pass.resume}` });

/** Has the party of this pass leave its call. Only for somebody who hangs up: a page that is loaded anew comes back by the same pass. The first
 * request goes out though the page is closed. Answers whether the party has left by it. */
export async function hangUpBy(pass: Pass): Promise<boolean> {
  for (const pause of [...AGAIN_AFTER_MS, null]) {
    const hasLeft = await asked(pass);
    if (hasLeft !== null) return hasLeft;
    if (pause !== null) await new Promise((done) => setTimeout(done, pause));
  }
  return false;
}

/** Whether the party has left: not where the pass is good no more. Null where the server has not answered, or has not looked because too many
 * questions came from this address. */
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
