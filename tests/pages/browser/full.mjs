// Lists with 10,000 rows: searching them, moving through them by keyboard, and limits on what a page holds.
import { atHouse, audit, equal, must, test, until } from "./stage.mjs";
import { SIZES } from "./views.mjs";

/** The maximum number of rows of a list that a page holds. */
const KEPT = 400;
/** The maximum number of elements that a page holds. */
const ELEMENTS_MAX = 20_000;

/** Opens a page of the full server. */
async function full(open, path) {
  const at = await atHouse("full");
  const page = await open({ at });
  await page.goto(at.origin + path);
  return { at, page };
}

const more = (scope) => scope.getByRole("button", { name: /^Show more/ });
const hasFocus = (element) => element.evaluate((it) => it === document.activeElement);

async function isBounded(page, rows, max = KEPT) {
  const shown = await rows.count();
  must(shown > 0 && shown <= max, `${shown} rows`);
  const elements = await page.evaluate(() => document.querySelectorAll("*").length);
  must(elements <= ELEMENTS_MAX, `${elements} elements`);
}

/** The number of pages that the usual run goes through: more than a page of the browser keeps. `tests/run --full` continues to the last row. */
const PAGES = process.env.CORDBOARD_TEST_FULL ? Number.POSITIVE_INFINITY : 4;

/** Loads page after page by Enter: `PAGES` of them, or all, up to the row `last`. */
async function goOn(page, scope, rows, last, pages = PAGES) {
  await more(scope).focus();
  for (let gone = 0; gone < pages && (await rows.last().innerText()).includes(last) === false; gone += 1) {
    must(gone < 120, `not at the end after ${gone} pages, but at ${await rows.last().innerText()}`);
    const before = await rows.last().innerText();
    await page.keyboard.press("Enter");
    await until("the next page", async () => (await rows.last().innerText()) !== before);
  }
  if (pages === Number.POSITIVE_INFINITY) {
    await until("the end of the pages", async () => (await more(scope).count()) === 0);
    // A keyboard user is at the end, not back at the top of the page.
    await until("the focus at the end", () => hasFocus(scope.getByText("No more entries.")));
  }
  await isBounded(page, rows);
}

/** Goes back one page, which the browser's page no longer holds. */
async function back(scope, rows) {
  const before = await rows.first().innerText();
  await scope.getByRole("button", { name: /^Show earlier/ }).press("Enter");
  await until("the page before", async () => (await rows.first().innerText()) !== before);
}

/** Checks that on a phone the page is not wider than the screen, and that axe finds nothing. The size of targets is checked in states with few
 * rows (`leads-board`, `leads-table`, `appointments-week`, `inbox`). */
async function isSound(page, name) {
  await page.setViewportSize({ width: SIZES[1].width, height: SIZES[1].height });
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  must(wide <= SIZES[1].width, `${name}: ${wide} px wide`);
  equal(await audit(page, undefined, ["target-size"]), [], `axe, ${name}`);
  await page.setViewportSize({ width: SIZES[0].width, height: SIZES[0].height });
}

test("full::the_keyboard_reaches_the_last_of_ten_thousand_customers", async (open) => {
  const { page } = await full(open, "/customers");
  const rows = page.getByRole("table").locator("tbody tr");
  await page.getByRole("link", { name: "Customer 09999", exact: true }).waitFor();
  await page.getByRole("status").filter({ hasText: "100+ customers" }).waitFor();
  await isSound(page, "customers-full");
  await goOn(page, page.locator("main"), rows, "Customer 00000");
  await back(page.locator("main"), rows);
  await isBounded(page, rows);
  await more(page).waitFor();
  // A thousand customers match, so the end can be reached.
  await page.getByRole("searchbox").fill("c00");
  await page.getByRole("link", { name: "Customer 00999", exact: true }).waitFor();
  await goOn(page, page.locator("main"), rows, "Customer 00000", Number.POSITIVE_INFINITY);
  await page.getByRole("searchbox").fill("c00042@");
  await until("the only match", async () => (await rows.count()) === 1);
  await page.getByRole("link", { name: "Customer 00042", exact: true }).waitFor();
});

test("full::the_keyboard_reaches_the_last_of_ten_thousand_leads", async (open) => {
  const { page } = await full(open, "/leads");
  const column = page.getByRole("region", { name: "Won", exact: true });
  const cards = column.getByRole("article");
  await page.getByRole("link", { name: "Lead 09999", exact: true }).waitFor();
  await isSound(page, "leads-full");
  await goOn(page, column, cards, "Lead 00003");
  must((await page.getByRole("article").count()) <= 5 * 200, "a column keeps more than 200 cards");
  // Found by a word of its notes in another case; the lead wasn't loaded before.
  await page.getByRole("searchbox").fill("überDACHUNG");
  await page.getByRole("link", { name: "Lead 00007", exact: true }).waitFor();
  equal(await page.getByRole("article").count(), 1, "matching leads");
});

test("full::the_keyboard_reaches_the_last_of_ten_thousand_to_dos", async (open) => {
  const { page } = await full(open, "/inbox");
  const rows = page.getByRole("region", { name: /^Later/ }).getByRole("listitem");
  await page.getByText("To-do 09999", { exact: true }).waitFor();
  // The tabs count all entries, not only the shown ones.
  await page.getByRole("link", { name: "To-dos 10,000" }).waitFor();
  await goOn(page, page.locator("main"), rows, "To-do 00000");
  await back(page.locator("main"), rows);
  await isBounded(page, rows);
  await page.getByRole("link", { name: /^Text messages/ }).click();
  await page.getByText("The only text").waitFor();
  equal(await page.locator("main").getByRole("listitem").filter({ hasText: "The only text" }).count(), 1, "texts");
  equal(await page.getByText(/^To-do 0/).count(), 0, "entries of another kind");
});

test("full::ten_thousand_appointments_show_a_week_and_a_chosen_day", async (open) => {
  const { at, page } = await full(open, "/appointments");
  const meetings = page.getByRole("button", { name: /Guest \d/ });
  await meetings.first().waitFor();
  await isSound(page, "appointments-full");
  // A window that becomes narrow shows a day, and the week again when it is wide.
  const next = page.getByRole("button", { name: "Next week" });
  await page.setViewportSize({ width: SIZES[1].width, height: SIZES[1].height });
  await page.getByRole("button", { name: "Next day" }).waitFor();
  await page.setViewportSize({ width: SIZES[0].width, height: SIZES[0].height });
  await next.waitFor();
  await meetings.first().waitFor();
  await next.focus();
  for (let weeks = 0; weeks < 3; weeks += 1) {
    const before = await meetings.first().innerText();
    await page.keyboard.press("Enter");
    await until("the next week", async () => (await meetings.first().innerText().catch(() => before)) !== before);
  }
  await isBounded(page, meetings);
  must(await hasFocus(next), "the button lost the focus");
  // A day with more than a page holds: the rest is one step away. Days are counted from the day on which the server started, which may be yesterday.
  const dayOf = async (guest) => (await at.api(`/api/v1/appointments/01a20fa1-95e0-7000-8004-${String(guest).padStart(12, "0")}`)).starts_at.slice(0, 10);
  await page.getByLabel("Go to date").fill(await dayOf(9_399));
  await page.getByRole("status").filter({ hasText: /^\d+\+ appointments/ }).waitFor();
  await until("a page full of appointments", async () => (await meetings.count()) > 300);
  await isBounded(page, meetings);
  equal(await page.getByRole("button", { name: /Guest 09998/ }).count(), 0, "appointments beyond the page");
  await more(page).press("Enter");
  await page.getByRole("button", { name: /Guest 09998/ }).waitFor();
  await isBounded(page, meetings);
  await page.getByRole("button", { name: "Show earlier" }).press("Enter");
  await page.getByRole("button", { name: /Guest 09399/ }).waitFor();
  await page.getByLabel("Go to date").fill(await dayOf(9_999));
  await page.getByRole("button", { name: /Guest 09999/ }).waitFor();
  equal(await meetings.count(), 1, "appointments of a week with one");
});
