// An agent's sound that breaks: how long it is waited before it is asked for again.
import { equal, test, until } from "../stage.mjs";
import { state, talks } from "./scene.mjs";

/** The first pauses of the voice between its attempts, in ms: no other timer of the pages has these. All further ones are longer. */
const PAUSES = [300, 1_000];

test("desk::reconnect_pauses_reset_after_a_long_good_connection", async (open) => {
  const { page } = await talks(open, "Vivi", "395");
  await page.evaluate((pauses) => {
    const [Real, later, now] = [window.WebSocket, window.setTimeout, Date.now];
    // While it is cut, no sound finds the server.
    window.WebSocket = class extends Real {
      constructor(url, ...more) {
        const isSound = String(url).endsWith("/ws/audio");
        super(window.isCut && isSound ? String(url).replace("/ws/audio", "/ws/nowhere") : url, ...more);
        if (isSound) window.sound = this;
      }
    };
    // Nobody waits for it here: what is waited for is noted, and comes at once.
    window.waited = [];
    window.setTimeout = (work, ms, ...more) => {
      if (pauses.includes(ms)) window.waited.push(ms);
      return later(work, Math.min(ms ?? 0, 200), ...more);
    };
    window.later = 0;
    Date.now = () => now() + window.later;
    window.isCut = true;
    for (const line of window.lines) line.close();
  }, PAUSES);
  const waited = () => page.evaluate(() => window.waited);
  await until("attempts in vain", async () => (await waited()).length >= 2);
  equal(await waited(), PAUSES, "ever longer pauses");

  await page.evaluate(() => (window.isCut = false));
  await state(page, "Talking").waitFor();
  await until("sound that is sent again", () => page.evaluate(() => window.sound?.readyState === WebSocket.OPEN && (window.sound.sent?.length ?? 0) > 5));
  // Ten seconds of good sound later it breaks once more.
  await page.evaluate(() => {
    window.later += 10_000;
    window.waited = [];
    window.isCut = true;
    window.sound.close();
  });
  await until("the shortest pause behind good sound", async () => (await waited())[0] === PAUSES[0]);
  await page.evaluate(() => (window.isCut = false));
  await state(page, "Talking").waitFor();
});

/** As after an update that changed the form of ways back. */
test("desk::audio_with_an_unknown_way_back_is_requested_again", async (open) => {
  const { page } = await talks(open, "Verena", "393");
  await page.evaluate(() => {
    const Real = window.WebSocket;
    window.hellos = [];
    window.WebSocket = class extends Real {
      send(data) {
        const hello = typeof data === "string" && data.includes('"hello"') ? JSON.parse(data) : null;
        if (hello !== null) {
          window.sound = this;
          window.hellos.push("resume" in hello ? "resume" : "token");
        }
        super.send(hello !== null && "resume" in hello ? JSON.stringify({ ...hello, resume: "of-before" }) : data);
      }
    };
    for (const line of window.lines) line.close();
  });
  await until("another token", async () => (await page.evaluate(() => window.hellos)).join() === "resume,token");
  await until("sound that is sent again", () => page.evaluate(() => window.sound.readyState === WebSocket.OPEN && (window.sound.sent?.length ?? 0) > 5));
  await state(page, "Talking").waitFor();
});
