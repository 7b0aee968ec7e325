// The customer window: its contents, its place, and how it is moved.
import { api, equal, goWithin, house, must, test, until } from "../stage.mjs";
import { lookAtState } from "../views.mjs";
import { button, deskOf, person } from "./people.mjs";
import { callerAsks, card, customer, lineTo, MICROPHONE, state, wrapUp } from "./scene.mjs";

const SIZE = { width: 1280, height: 800 };
const boxOf = async (window) => {
  const { x, y, width, height } = await window.boundingBox();
  return { x: Math.round(x), y: Math.round(y), width: Math.round(width), height: Math.round(height) };
};
const inside = ({ x, y, width, height }) => x >= 0 && y >= 0 && x + width <= SIZE.width && y + height <= SIZE.height;

/** Drags from a point by an offset. */
async function drag(page, from, by) {
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  for (const part of [0.25, 0.5, 1]) await page.mouse.move(from.x + by.x * part, from.y + by.y * part);
  await page.mouse.up();
}

test("desk::the_customer_window_opens_with_the_call_and_closes_with_it", async (open) => {
  const eli = await person("Eli", { extension: "330" });
  const phone = "+491703300001";
  const made = await house.api("/api/v1/customers", { name: "Anna Example", email: "anna@example.com", phone });
  must(made.id, JSON.stringify(made));
  const line = await lineTo("330");
  const page = await deskOf(open, eli, MICROPHONE);
  const first = await callerAsks(line, phone, { hears: true });
  equal(await card(page).getAttribute("aria-label").catch(() => null) !== null, true, "whether there is a card");
  await card(page).getByText("anna@example.com").waitFor();
  await button(page, "Accept call").click();
  await state(page, "Talking").waitFor();
  await customer(page).waitFor();
  for (const text of ["Anna Example", "anna@example.com", phone, "Known by the number"]) {
    await customer(page).getByText(text, { exact: true }).first().waitFor();
  }
  await customer(page).getByRole("heading", { name: "Conversation so far" }).waitFor();
  await customer(page).getByRole("listitem").filter({ hasText: "Assistant" }).first().waitFor();
  equal(await customer(page).locator("input, textarea, select").count(), 0, "input fields");
  await lookAtState(page, "desk-customer");
  await customer(page).getByRole("button", { name: "Close Customer information" }).click();
  equal(await customer(page).count(), 0, "windows");
  await button(page, "Customer").click();
  await customer(page).waitFor();
  // On a phone's other pages it is above the tabs.
  await page.setViewportSize({ width: 360, height: 740 });
  await goWithin(page, "/calls");
  await page.getByRole("heading", { name: "Calls", exact: true }).waitFor();
  const [tabs, sheet] = [await page.locator("nav.rail").boundingBox(), await customer(page).boundingBox()];
  must(sheet.y + sheet.height <= tabs.y + 1, `the customer is over the tabs: ${JSON.stringify([sheet, tabs])}`);
  await goWithin(page, "/desk");
  await page.setViewportSize(SIZE);
  await customer(page).waitFor();
  await house.ask("hang_up", { caller: first.caller });
  await wrapUp(page).waitFor();
  equal(await customer(page).count(), 0, "windows after the call");
  const ended = await until("the end of the call", async () => {
    const call = await api(`/api/v1/calls/${first.id}`);
    return call.state === "ended" && call;
  });
  equal([ended.hangup_by, ended.leg_kind], ["caller", "audiosocket"], "who hung up, and the caller's line");
  // The call's page lists the people, too.
  await page.goto(`${house.origin}/calls/${first.id}`);
  const people = page.getByRole("region", { name: "People" });
  await people.getByText("Anna Example").waitFor();
  await people.getByText(/^Eli talked for 0:\d\d/).waitFor();
  await page.getByRole("log", { name: "Transcript" }).getByText(/talked with the caller for 0:\d\d\./).waitFor();
  await page.getByRole("region", { name: "Facts" }).getByText("Telephone, over Asterisk").waitFor();
  equal(await page.getByText("normal_clearing").count(), 0, "hang-up codes shown to the agent");
});

test("desk::three_calls_of_one_customer_show_their_own_profiles", async (open) => {
  const fin = await person("Fin", { extension: "331" });
  const phone = "+491703310001";
  const line = await lineTo("331");
  const page = await deskOf(open, fin, MICROPHONE);
  const before = [];
  for (let calls = 0; calls < 3; calls += 1) {
    const profileAnswer = page.waitForResponse((answer) => answer.url().includes("/api/customer/data") && answer.ok(), { timeout: 60_000 });
    const { caller, id } = await callerAsks(line, phone);
    await card(page).waitFor();
    equal((await (await profileAnswer).json()).call_id, id, "the profile's call");
    // The newest is under the extension, and each is under its own key.
    const kept = Object.entries(await house.ask("cached", { extension: "331" })).sort();
    const own = [...before, id].map((call) => [`callcenter:customer:331:${call}`, call]);
    equal(kept, [["callcenter:customer:331", id], ...own].sort(), "entries in Redis");
    await button(page, "Accept call").click();
    await state(page, "Talking").waitFor();
    await customer(page).waitFor();
    const calls = customer(page).getByRole("region", { name: "Earlier calls" }).getByRole("listitem");
    const links = await calls.getByRole("link").evaluateAll((all) => all.map(({ href }) => href));
    must(!links.some((href) => href.includes(id)), "the call is listed among its own earlier calls");
    for (const earlier of before) must(links.some((href) => href.includes(earlier)), "an earlier call is missing");
    before.push(id);
    await house.ask("hang_up", { caller });
    await wrapUp(page).waitFor();
    await button(page, "Done").click();
    await page.getByText("Ready. Calls appear here.").waitFor();
  }
});

/** Descriptions of elements that the window covers and must not cover: a click in the middle or near a corner of such an element would hit the
 * window. */
const covered = (page) =>
  page.evaluate(() => {
    const window = document.querySelector('section[aria-label="Customer information"]');
    const focused = document.activeElement === document.body || window.contains(document.activeElement) ? [] : [document.activeElement];
    const buttons = [...document.querySelectorAll('[aria-label="Call controls"] button')];
    const isHit = (x, y) => window.contains(document.elementFromPoint(x, y));
    return [...buttons, ...focused]
      // Elements in a folded part have a box, too.
      .filter((element) => !window.contains(element) && element.checkVisibility())
      .filter((element) => {
        const { left, top, right, bottom } = element.getBoundingClientRect();
        const [columns, rows] = [
          [left + 3, (left + right) / 2, right - 3],
          [top + 3, (top + bottom) / 2, bottom - 3],
        ];
        return columns.some((x) => rows.some((y) => isHit(x, y)));
      })
      .map((element) => element.textContent || element.getAttribute("aria-label"));
  });

test("desk::the_window_is_moved_and_resized_and_keeps_its_place_for_the_next_call", async (open) => {
  const gil = await person("Gil", { extension: "332" });
  const line = await lineTo("332");
  const page = await deskOf(open, gil, MICROPHONE);
  const answer = async (from) => {
    const made = await callerAsks(line, from);
    await button(page, "Accept call").click();
    await state(page, "Talking").waitFor();
    await customer(page).waitFor();
    return made;
  };
  const { caller } = await answer("+491703320001");
  const window = customer(page);
  // At first it is docked: a part of the page that covers nothing.
  equal(await window.evaluate((box) => getComputedStyle(box).position), "static", "the position at first");
  // When docked it covers neither the call's buttons nor the focused element.
  for (const size of [{ width: 360, height: 740 }, { width: 640, height: 400 }, SIZE]) {
    await page.setViewportSize(size);
    for (const name of ["Hang up", "Hand back to AI", "Mute"]) {
      await button(page, name).scrollIntoViewIfNeeded();
      await until(`nothing covered at ${size.width}x${size.height}`, async () => (await covered(page)).length === 0);
    }
  }
  await page.evaluate(() => scrollTo(0, 0));
  await button(page, "Window").click();
  await window.getByRole("button", { name: "Dock Customer information" }).waitFor();
  const start = await boxOf(window);
  const head = { x: start.x + 60, y: start.y + 20 };
  await drag(page, head, { x: 0, y: 40 });
  const there = await boxOf(window);
  equal(there, { ...start, y: start.y + 40 }, "its place after the drag");
  equal(await page.evaluate(() => String(getSelection())), "", "the selected text");
  await drag(page, { x: there.x + there.width - 6, y: there.y + there.height - 6 }, { x: -20, y: -120 });
  const resized = await boxOf(window);
  equal(resized, { ...there, width: there.width - 20, height: there.height - 120 }, "its size after resizing");
  await drag(page, { x: resized.x + resized.width - 6, y: resized.y + resized.height - 6 }, { x: -2_000, y: -2_000 });
  const least = await boxOf(window);
  equal([least.width, least.height], [280, 220], "its minimum size");
  await drag(page, { x: least.x + 60, y: least.y + 20 }, { x: 3_000, y: 3_000 });
  must(inside(await boxOf(window)), `it left the page: ${JSON.stringify(await boxOf(window))}`);
  const mover = window.getByRole("button", { name: "Move Customer information" });
  await mover.focus();
  const before = await boxOf(window);
  for (const key of ["ArrowLeft", "ArrowLeft", "ArrowUp", "Shift+ArrowLeft", "Shift+ArrowDown"]) await page.keyboard.press(key);
  const keyed = await boxOf(window);
  must(keyed.x === before.x - 32 && keyed.y <= before.y - 16, `the arrow keys moved it from ${JSON.stringify(before)} to ${JSON.stringify(keyed)}`);
  await page.keyboard.press("Shift+ArrowRight");
  equal((await boxOf(window)).width, keyed.width + 16, "its width after a key");
  // It covers everything below.
  const top = await page.evaluate(({ x, y }) => document.elementFromPoint(x, y).closest("section")?.getAttribute("aria-label"), { x: keyed.x + 40, y: keyed.y + 15 });
  equal(top, "Customer information", "the topmost element");
  const last = await boxOf(window);
  await page.setViewportSize({ width: 780, height: 600 });
  const small = await boxOf(window);
  must(small.x + small.width <= 780 && small.y + small.height <= 600, `it left a smaller page: ${JSON.stringify(small)}`);
  // On a page without room next to the call's buttons, it is docked below them.
  await page.setViewportSize({ width: 500, height: 500 });
  await until("its place in a small page", () => customer(page).evaluate((box) => getComputedStyle(box).position === "static"));
  await page.setViewportSize(SIZE);
  await house.ask("hang_up", { caller });
  await wrapUp(page).waitFor();
  await button(page, "Done").click();
  await page.getByText("Ready. Calls appear here.").waitFor();
  const next = await answer("+491703320002");
  equal(await boxOf(customer(page)), last, "its place in the next call");

  // A window that is dropped over the buttons makes room, and so it does for a covered field that gets the focus.
  const [from, onto] = [await boxOf(customer(page)), await button(page, "Hold").boundingBox()];
  await drag(page, { x: from.x + 60, y: from.y + 20 }, { x: onto.x - from.x - 60, y: onto.y - from.y });
  await until("room for the buttons", async () => (await covered(page)).length === 0);
  const note = page.getByRole("textbox", { name: "Note" });
  await note.scrollIntoViewIfNeeded();
  const [over, below] = [await boxOf(customer(page)), await note.boundingBox()];
  await drag(page, { x: over.x + 60, y: over.y + 20 }, { x: below.x - over.x, y: below.y - over.y - 40 });
  await note.focus();
  await until("room for the focused field", async () => (await covered(page)).length === 0);
  await lookAtState(page, "desk-customer-window");
  await house.ask("hang_up", { caller: next.caller });
});
