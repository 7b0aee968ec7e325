// Hanging up by a request, where no connection carries that: `DELETE /api/v1/audio`.
import { here } from "./here";
import type { Pass } from "./party";

/** Pauses before the request is made again, in ms: a network that is away may be back while the server waits for the party, which is 10 s. */
const AGAIN_AFTER_MS = [500, 1_000, 2_500, 4_000];

/** Header by which a request says whose it is. */
export const shown = (pass: Pass) => ({ Authorization: `Bearer ${"token" in pass ? pass.token : pass.resume}` });

/** Has the party of this pass leave its call. Only for somebody who hangs up: a page that is loaded anew comes back by the same pass. The first
 * request goes out though the page is closed. */
export async function hangUpBy(pass: Pass): Promise<void> {
  for (const pause of [...AGAIN_AFTER_MS, null]) {
    if (await isAnswered(pass)) return;
    if (pause !== null) await new Promise((done) => setTimeout(done, pause));
  }
}

/** Whether the server has answered, be it that the pass is good no more. Where too many questions came from this address, it has not looked. */
async function isAnswered(pass: Pass): Promise<boolean> {
  try {
    const { status } = await fetch(here("/api/v1/audio"), {
      method: "DELETE",
      keepalive: true,
      credentials: "omit",
      headers: shown(pass),
    });
    return status < 500 && status !== 429;
  } catch {
    return false;
  }
}
