// An agent's sound connection breaks: the pauses before it reconnects, and a way back that the server does not know.
import { equal, test, until } from "../stage.mjs";
import { state, talks } from "./scene.mjs";

/** The first pauses between attempts to reconnect, in ms: no other timer of the pages has these values. All further ones are longer. */
const PAUSES = [300, 1_000];

test("desk::broken_sound_reconnects_by_growing_pauses_and_without_its_token", async (open) => {
  const { page } = await talks(open, "Vivi", "395");
  await page.evaluate((pauses) => {
    const [Real, later, now] = [window.WebSocket, window.setTimeout, Date.now];
    // While `window.isCut`, sockets for sound can't reach the server.
    window.WebSocket = class extends Real {
      constructor(url, ...more) {
        const isSound = String(url).endsWith("/ws/audio");
        super(window.isCut && isSound ? String(url).replace("/ws/audio", "/ws/nowhere") : url, ...more);
        if (isSound) window.sound = this;
      }
    };
    // Timers are noted and fire at once, so that the test needn't wait.
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
  await until("failed attempts", async () => (await waited()).length >= 2);
  equal(await waited(), PAUSES, "growing pauses");

  await page.evaluate(() => (window.isCut = false));
  await state(page, "Talking").waitFor();
  const isSent = () => page.evaluate(() => window.sound?.readyState === WebSocket.OPEN && (window.sound.sent?.length ?? 0) > 5);
  await until("sound is sent again", isSent);
  // After ten seconds of good sound the connection breaks once more.
  await page.evaluate(() => {
    window.later += 10_000;
    window.waited = [];
    window.isCut = true;
    window.sound.close();
  });
  await until("the shortest pause after good sound", async () => (await waited())[0] === PAUSES[0]);
  await page.evaluate(() => (window.isCut = false));
  await until("sound is sent again", isSent);
  await state(page, "Talking").waitFor();

  // As after an update that changed the format of resume tokens.
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
  await until("a new token", async () => (await page.evaluate(() => window.hellos)).join() === "resume,token");
  await until("sound is sent again", isSent);
  await state(page, "Talking").waitFor();
});
