// A long conversation at the desk.
import { equal, must, test, until } from "../stage.mjs";
import { button, deskOf, notesSockets, person } from "./people.mjs";
import { callerAsks, keysTo, MICROPHONE, panel, state } from "./scene.mjs";

/** The number of requests that are sent before their lines are awaited: a desk may send only that many a second. */
const AT_ONCE = 50;
/** The number of lines of a long conversation; a thousand in a full run. */
const LINES = process.env.CORDBOARD_TEST_FULL ? 1_000 : 100;
/** The number of further lines, which come one by one. It is even, so that the agent is not muted afterwards. */
const MORE = process.env.CORDBOARD_TEST_FULL ? 20 : 4;

test("desk::a_long_conversation_is_held_and_the_log_follows_its_end", async (open) => {
  const yara = await person("Yara", { extension: "348" });
  const page = await open({ stranger: true, scripts: [notesSockets], ...MICROPHONE });
  // No caller says so much in a minute, so the page reads the agent's muting and unmuting as lines of the caller, or as the entries in `instead`.
  await page.addInitScript(() => {
    const { parse } = JSON;
    const isSaid = ({ kind, wish }) => kind === "agent_asked" && (wish === "mute" || wish === "unmute");
    window.instead = [];
    // An entry that is read twice is the same each time.
    const read = new Map();
    window.said = (entry) => {
      if (!isSaid(entry)) return entry;
      const { seq } = entry;
      if (!read.has(seq)) read.set(seq, window.instead.shift() ?? { kind: "caller_said", text: `I have said this, as number ${seq}.` });
      return { ...entry, ...read.get(seq) };
    };
    window.tookMs = { page: [], picture: [] };
    JSON.parse = (text, ...more) => {
      const read = parse(text, ...more);
      if (read?.kind !== "entry") return read;
      const began = performance.now();
      if (isSaid(read.entry)) {
        const { page, picture } = window.tookMs;
        // Measured after the page's work on the line, and after the next picture.
        setTimeout(() => page.push(performance.now() - began));
        requestAnimationFrame(() => setTimeout(() => picture.push(performance.now() - began)));
      }
      return { ...read, entry: window.said(read.entry) };
    };
    const { json } = Response.prototype;
    Response.prototype.json = async function read() {
      const body = await json.call(this);
      return this.url.includes("/events?") ? { ...body, items: body.items.map(window.said) } : body;
    };
  });
  await deskOf(() => page, yara);
  const { id } = await callerAsks(await keysTo("348"), "+491703480001");
  await button(page, "Accept call").click();
  await state(page, "Talking").waitFor();
  const log = panel(page).getByRole("log", { name: "Transcript" });
  const lines = () => log.locator(".line:not(.interim)").count();
  const isAtEnd = () => log.evaluate((box) => box.scrollHeight - box.scrollTop - box.clientHeight < 2);
  let requested = 0;
  const ask = async (count) => {
    const there = await lines();
    const commands = Array.from({ length: count }, () => {
      requested += 1;
      return JSON.stringify({ id: `line-${requested}`, command: requested % 2 === 1 ? "mute" : "unmute", call_id: id });
    });
    // Each is sent after the answer to the one before, and sent again if the server refused it as too many a second.
    await page.evaluate(async (all) => {
      const socket = window.sockets.findLast(({ url }) => url.endsWith("/ws/desk"));
      const isDone = (text) =>
        new Promise((done) => {
          const heard = ({ data }) => {
            const answer = JSON.parse(data);
            if (answer.id !== JSON.parse(text).id) return;
            socket.removeEventListener("message", heard);
            done(answer.ok);
          };
          socket.addEventListener("message", heard);
          socket.send(text);
        });
      for (const text of all) while (!(await isDone(text))) await new Promise((later) => setTimeout(later, 50));
    }, commands);
    await until("the lines", async () => (await lines()) >= there + count);
  };
  const before = await lines();
  must(before < LINES, `${before} lines were there before`);
  while (requested < LINES) await ask(AT_ONCE);
  equal(await lines(), before + LINES, "the lines");
  await until("the log's end", isAtEnd);
  // One more line, several times: each is shown, and the log stays at its end.
  await page.evaluate(() => (window.tookMs = { page: [], picture: [] }));
  for (let more = 0; more < MORE; more += 1) {
    await ask(1);
    await until("the log's end", isAtEnd);
  }
  // The last picture comes after the last line.
  const measured = () => page.evaluate(() => window.tookMs);
  await until("the pictures of all lines", async () => Object.values(await measured()).every(({ length }) => length >= MORE));
  for (const [what, took] of Object.entries(await measured())) {
    took.sort((one, other) => one - other);
    const at = (share) => took[Math.floor((took.length - 1) * share)].toFixed(1);
    console.log(`one line more after ${LINES}: ${at(0.5)} ms median, ${at(0.95)} ms at p95, from its message until the ${what} is done`);
  }
  // A reader who has scrolled up stays where they are, and the rest of the desk goes on working.
  await log.evaluate((box) => box.scrollTo({ top: 0 }));
  await button(page, "Mute").click();
  equal(await button(page, "Mute").getAttribute("aria-pressed"), "true", "whether Mute is pressed");
  equal(await log.evaluate((box) => box.scrollTop), 0, "scroll position of a reader at the log's beginning");
  await page.getByRole("button", { name: "New messages" }).click();
  await until("the log's end", isAtEnd);
  // A visitor has only written until they speak, also if they write again.
  const writes = panel(page).getByRole("status", { name: "How the visitor takes part" }).filter({ hasText: "has only written so far" });
  const happens = async (kind) => {
    await page.evaluate((next) => window.instead.push(next), { kind, leg: 0, text: "4711" });
    await button(page, "Mute").click();
    await until(`the entry ${kind}`, () => page.evaluate(() => window.instead.length === 0));
  };
  await happens("typed");
  await writes.waitFor();
  await happens("speech_started");
  await writes.waitFor({ state: "hidden" });
  await happens("typed");
  await ask(1);
  equal(await writes.count(), 0, "notices that the visitor has only written");
});
