// The customer window: its contents, its place, and how it is moved.
import { api, equal, goWithin, house, must, test, until } from "../stage.mjs";
import { lookAtState } from "../views.mjs";
import { button } from "./people.mjs";
import { agentAt, callerAsks, card, customer, keysTo, state, wrapUp } from "./scene.mjs";

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

test("desk::the_customer_window_opens_moves_and_keeps_to_its_call", async (open) => {
  const phone = "+491703300001";
  const made = await house.api("/api/v1/customers", { name: "Anna Example", email: "anna@example.com", phone });
  must(made.id, JSON.stringify(made));
  const line = await keysTo("330");
  const { page } = await agentAt(open, "Eli", "330");
  const asked = [];
  /** The customer calls, and their profile is under the extension and under the call's own key before the agent answers. */
  const calls = async (how) => {
    const profileAnswer = page.waitForResponse((answer) => answer.url().includes("/api/customer/data") && answer.ok(), { timeout: 60_000 });
    const call = await callerAsks(line, phone, how);
    asked.push(call.id);
    await card(page).getByText("anna@example.com").waitFor();
    equal((await (await profileAnswer).json()).call_id, call.id, "the profile's call");
    const kept = Object.entries(await house.ask("cached", { extension: "330" })).sort();
    const own = asked.map((id) => [`callcenter:customer:330:${id}`, id]);
    equal(kept, [["callcenter:customer:330", call.id], ...own].sort(), "entries in Redis");
    await button(page, "Accept call").click();
    await state(page, "Talking").waitFor();
    await customer(page).waitFor();
    return call;
  };
  const earlier = async () => {
    const links = customer(page).getByRole("region", { name: "Earlier calls" }).getByRole("listitem").getByRole("link");
    return links.evaluateAll((all) => all.map(({ href }) => href));
  };
  const first = await calls({ hears: true });
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
  await house.ask("hang_up", { caller: first.caller });
  await wrapUp(page).getByText("Caller hung up").first().waitFor();
  equal(await page.getByText("normal_clearing").count(), 0, "hang-up codes shown to the agent");
  equal(await customer(page).count(), 0, "windows after the call");
  await lookAtState(page, "desk-wrap-up");
  await button(page, "Done").click();
  await page.getByText("Ready. Calls appear here.").waitFor();
  const ended = await until("the end of the call", async () => {
    const call = await api(`/api/v1/calls/${first.id}`);
    return call.state === "ended" && call;
  });
  equal([ended.hangup_by, ended.leg_kind], ["caller", "audiosocket"], "who hung up, and the caller's line");
  // The call's page lists the people, too.
  await goWithin(page, `/calls/${first.id}`);
  const people = page.getByRole("region", { name: "People" });
  await people.getByText("Anna Example").waitFor();
  await people.getByText(/^Eli talked for 0:\d\d/).waitFor();
  await page.getByRole("log", { name: "Transcript" }).getByText(/talked with the caller for \d:\d\d\./).waitFor();
  await page.getByRole("region", { name: "Facts" }).getByText("Telephone, over Asterisk").waitFor();
  equal(await page.getByText("normal_clearing").count(), 0, "hang-up codes shown to the agent");
  await goWithin(page, "/desk");
  await page.getByText("Ready. Calls appear here.").waitFor();

  // The next call has its own profile, and the window the place in which it was left.
  const next = await calls();
  equal(await boxOf(customer(page)), last, "its place in the next call");
  const links = await until("the earlier call", async () => {
    const all = await earlier();
    return all.length > 0 && all;
  });
  must(links.some((href) => href.includes(first.id)), "the earlier call is missing");
  must(!links.some((href) => href.includes(next.id)), "the call is listed among its own earlier calls");

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
});
