// The lanes show who speaks, and say it in words that no screen reader reads by itself; tools appear in the transcript.
import { equal, house, must, test, until } from "../stage.mjs";
import { lookAtState } from "../views.mjs";
import { agentAt, callerAsks, keysTo, panel, state } from "./scene.mjs";
import { button } from "./people.mjs";

const lanes = (page) => panel(page).getByRole("img", { name: "Who speaks: caller, assistant and agent" });
const speaking = (page) => panel(page).getByRole("note", { name: "Who speaks" });

/** Counts how often the lanes are drawn, and how often the words of the speaker change. */
async function countIn(page) {
  await page.evaluate(() => {
    const { clearRect } = CanvasRenderingContext2D.prototype;
    window.drawn = 0;
    CanvasRenderingContext2D.prototype.clearRect = function counted(...where) {
      window.drawn += 1;
      return clearRect.apply(this, where);
    };
    window.tellings = [];
    const box = document.querySelector('[aria-label="Who speaks"]');
    new MutationObserver(() => window.tellings.push(box.textContent)).observe(box, { characterData: true, childList: true, subtree: true });
  });
}
const drawn = (page) => page.evaluate(() => window.drawn);

/** The height of the tallest thing that a lane shows now, in pixels. */
function tallest(page, lane) {
  return page.evaluate((index) => {
    const canvas = document.querySelector(".lanes canvas");
    const third = canvas.height / 3;
    const { data } = canvas.getContext("2d").getImageData(canvas.width - 80, index * third, 80, third);
    let rows = 0;
    for (let y = 0; y < third; y += 1) {
      const row = data.slice(y * 80 * 4, (y + 1) * 80 * 4);
      if (row.some((value, place) => place % 4 === 3 && value > 0)) rows += 1;
    }
    return rows;
  }, lane);
}

/** The colours of the lanes' lines as drawn, and as the design tokens define them, each as red, green and blue. */
function lineColours(page) {
  return page.evaluate(() => {
    const canvas = document.querySelector(".lanes canvas");
    const drawnAt = (lane) => [...canvas.getContext("2d").getImageData(2, Math.floor((canvas.height / 3) * (lane + 0.5)), 1, 1).data].slice(0, 3);
    const own = document.createElement("canvas").getContext("2d");
    const probe = canvas.parentElement.appendChild(document.createElement("span"));
    const tokens = ["--caller", "--ada", "--agent"].map((token) => {
      probe.style.color = `var(${token})`;
      own.fillStyle = getComputedStyle(probe).color;
      own.fillRect(0, 0, 1, 1);
      return [...own.getImageData(0, 0, 1, 1).data].slice(0, 3);
    });
    probe.remove();
    return { drawn: [0, 1, 2].map(drawnAt), tokens };
  });
}
const isNear = (one, other) => one.every((part, place) => Math.abs(part - other[place]) <= 3);

/** The number of separate strokes in a lane, a little above its middle; a solid bar counts as one. */
const strokes = (page, lane) =>
  page.evaluate((lane) => {
    const canvas = document.querySelector(".lanes canvas");
    const row = Math.floor((canvas.height / 3) * (lane + 0.5)) - 3;
    const { data } = canvas.getContext("2d").getImageData(0, row, canvas.width, 1);
    const isDrawn = (x) => data[x * 4 + 3] > 0;
    return Array.from({ length: canvas.width }, (_, x) => x).filter((x) => isDrawn(x) && (x === 0 || !isDrawn(x - 1))).length;
  }, lane);

/** Whether a mark goes through the lanes of the caller and the assistant, from the top of one to the bottom of the other. */
const isMarked = (page) =>
  page.evaluate(() => {
    const canvas = document.querySelector(".lanes canvas");
    if (canvas === null || canvas.width === 0) return false;
    const { width, height } = { width: canvas.width, height: Math.floor((canvas.height * 2) / 3) - 1 };
    const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
    const isDrawn = (x, y) => data[(y * width + x) * 4 + 3] > 0;
    return Array.from({ length: width }, (_, x) => x).some((x) => Array.from({ length: height }, (_, y) => y).every((y) => isDrawn(x, y)));
  });

/** Checks that nothing moves under the mouse while people speak. */
async function nothingMoves(page) {
  for (const width of [1280, 360]) {
    await page.setViewportSize({ width, height: 800 });
    await state(page, "Talking").waitFor();
    // The caller talks and the microphone beeps once a second: who is heard changes twice a second.
    const places = await page.evaluate(async () => {
      const below = [...document.querySelectorAll("button")].find(({ textContent }) => textContent.trim() === "Hang up");
      const [seen, words] = [new Set(), new Set()];
      for (const until = performance.now() + 1_500; performance.now() < until; ) {
        const { x, y } = below.getBoundingClientRect();
        seen.add(`${x}, ${y + window.scrollY}`);
        words.add(document.querySelector(".levels").textContent);
        await new Promise((later) => setTimeout(later, 20));
      }
      return { seen: [...seen], words: [...words] };
    });
    must(places.words.length > 1, `nobody was shown as speaking: ${places.words}`);
    equal(places.seen.length, 1, `places of a button at ${width} px (${places.seen.join("; ")})`);
  }
  await lanes(page).waitFor();
  await countIn(page);
  await speaking(page).filter({ hasText: "speaking" }).waitFor();
  // There are no more pictures than turns: the clock draws none.
  const [before, turns] = [await drawn(page), await page.evaluate(() => window.tellings.length)];
  await page.evaluate(() => new Promise((done) => {
    let frames = 0;
    const count = () => (frames++ < 120 ? requestAnimationFrame(count) : done());
    count();
  }));
  const more = (await page.evaluate(() => window.tellings.length)) - turns;
  must((await drawn(page)) - before <= more + 1, `${(await drawn(page)) - before} pictures in ${more} turns`);
  await page.setViewportSize({ width: 1280, height: 800 });
}

const ARGUMENTS = { target: "363", reason: "<b>urgent</b>" };

/** Presents a tool that a key has started as if an assistant had requested it. The built-in assistant requests none. */
function asAssistants(items, start) {
  const before = items.findLast(({ seq, kind }) => kind === "key_pressed" && seq < start.seq);
  if (!before) return;
  Object.assign(before, { kind: "tool_call", tool_call: "call_1", tool: start.tool, arguments: ARGUMENTS });
  start.origin = { assistant: { tool_call: "call_1" } };
}

test("desk::lanes_show_speakers_and_cuts_and_the_log_shows_tools", async (open) => {
  // The test reads the picture repeatedly, which Chromium warns about.
  const { page } = await agentAt(open, "Ela", "363", ["Canvas2D"]);
  // While `isHidden` is set, the journal ends at the tool's start, so that the test sees the running tool.
  let [isHidden, hasStarted] = [false, false];
  // The journal that the page reads has no barge-in, and later one. The test adds it, since no assistant talks while an agent does.
  let isCut = false;
  await page.route(/\/events\?/, async (route) => {
    const response = await route.fetch();
    const body = await response.json();
    // A call is in the database a moment after it has begun.
    body.items ??= [];
    // Callers may have cut the assistant short before the agent joined. Such entries are dated a minute earlier and not removed: if an entry were
    // missing, the page would wait for it.
    for (const entry of body.items) if (entry.kind === "barge_in") entry.at = new Date(Date.parse(entry.at) - 60_000).toISOString();
    const start = body.items.find(({ kind }) => kind === "tool_started");
    if (start && isHidden) {
      body.items = body.items.slice(0, body.items.indexOf(start) + 1);
      body.next_cursor = null;
    }
    // A live event makes the page request the entries up to it.
    if (!start && hasStarted && isHidden) body.items = [];
    hasStarted ||= start !== undefined;
    if (start) asAssistants(body.items, start);
    const last = body.items.at(-1);
    if (isCut && last && body.next_cursor == null) {
      body.items.push({ ...last, seq: last.seq + 1, at: new Date().toISOString(), kind: "barge_in", heard_ms: 1_200 });
    }
    await route.fulfill({ response, json: body });
  });
  const { caller } = await callerAsks(await keysTo("363"), "+491703630001");
  await button(page, "Accept call").click();
  await state(page, "Talking").waitFor();
  await lanes(page).waitFor();
  // While the caller talks, each beep of the agent's microphone is another turn, and is drawn without motion, too.
  const talksOn = async (sentences) => {
    for (let left = sentences; left > 0; left -= 1) await house.ask("speak", { caller });
  };
  await talksOn(4);
  await nothingMoves(page);
  for (const reducedMotion of ["reduce", "no-preference"]) {
    for (const colorScheme of ["dark", "light"]) {
      await page.emulateMedia({ reducedMotion, colorScheme });
      let seen;
      await until(`the colours of ${colorScheme}, motion ${reducedMotion}`, async () => {
        seen = await lineColours(page);
        return seen.drawn.every((colour, lane) => isNear(colour, seen.tokens[lane]));
      }).catch((error) => {
        throw new Error(`${error.message}: ${JSON.stringify(seen)}`);
      });
      // Without motion, speech is not drawn as a solid bar.
      if (reducedMotion === "reduce") {
        await until(`strokes in ${colorScheme}`, async () => {
          if ((await strokes(page, 2)) > 10) return true;
          // The still picture is drawn at fixed times, which may all be between two beeps. It is drawn at once when motion is reduced again.
          for (const motion of ["no-preference", reducedMotion]) {
            await page.emulateMedia({ reducedMotion: motion, colorScheme });
            await page.evaluate(() => new Promise((shown) => requestAnimationFrame(() => requestAnimationFrame(shown))));
          }
          return false;
        });
      }
    }
  }

  // The events that came over the live view are read from the journal now.
  [isHidden, hasStarted] = [true, false];
  await page.reload();
  await lanes(page).waitFor();
  const row = panel(page).getByRole("log", { name: "Transcript" }).locator(".tool-row").filter({ hasText: "Ask for a person" });
  await row.getByText(/^running/).waitFor();
  await until("the agent's lane", async () => (await tallest(page, 2)) > 6);
  equal(await isMarked(page), false, "whether there is a mark already");
  [isHidden, isCut] = [false, true];
  await page.reload();
  await lanes(page).waitFor();
  await until("the mark", () => isMarked(page));
  await row.getByText(/(done|refused|failed) after/).waitFor();
  equal(await row.getByText(/^running/).count(), 0, "running tools");
  await row.getByText("arguments, result").click();
  const [given, result] = await row.locator("pre").allInnerTexts();
  equal(JSON.parse(given), ARGUMENTS, "the arguments");
  must(result.length > 0, "the result is empty");
  equal(await row.locator("pre b").count(), 0, "elements created from the arguments");
  await lookAtState(page, "desk-tool");
  isCut = false;
  await page.reload();
  await lanes(page).waitFor();

  await countIn(page);
  await talksOn(3);
  await until("the caller's lane", async () => (await tallest(page, 0)) > 6);
  await until("the agent's lane", async () => (await tallest(page, 2)) > 6);
  await speaking(page).filter({ hasText: "speaking" }).waitFor();
  const before = await drawn(page);
  await until("pictures", async () => (await drawn(page)) > before + 30);
  await button(page, "Hold").click();
  await state(page, "On hold").waitFor();
  // On hold nobody hears the caller: both lanes become flat.
  await until("a flat caller's lane", async () => (await tallest(page, 0)) <= 2);
  await until("a flat agent's lane", async () => (await tallest(page, 2)) <= 2);
  const tellings = await page.evaluate(() => window.tellings);
  tellings.forEach((words, place) => must(place === 0 || words !== tellings[place - 1], `said twice: ${words}`));
  await button(page, "Resume").click();
  await state(page, "Talking").waitFor();
});
