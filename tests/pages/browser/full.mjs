// Lists with 10,000 rows: what is found in them, how far one gets in them by keyboard, and that no page holds them all.
import { atHouse, audit, equal, must, test, until } from "./stage.mjs";
import { lookAtState, SIZES } from "./views.mjs";

/** Rows of a list that a page holds at most. */
const KEPT = 400;
/** Elements that a page holds at most, whatever there is. */
const ELEMENTS_MAX = 20_000;

/** A page of the full house. */
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

/** Pages that the usual run goes through: more than a page of the browser keeps. `tests/run --full` goes on to the last row. */
const PAGES = process.env.CORDBOARD_TEST_FULL ? Number.POSITIVE_INFINITY : 4;

/** Goes on by Enter, page by page: through `PAGES` of them, or to the end, whose row is `last`. */
async function goOn(page, scope, rows, last, pages = PAGES) {
  await more(scope).focus();
  for (let gone = 0; gone < pages && (await rows.last().innerText()).includes(last) === false; gone += 1) {
    must(gone < 120, `not there after ${gone} pages, but at ${await rows.last().innerText()}`);
    const before = await rows.last().innerText();
    await page.keyboard.press("Enter");
    await until("the next page", async () => (await rows.last().innerText()) !== before);
  }
  if (pages === Number.POSITIVE_INFINITY) {
    await until("the end of the pages", async () => (await more(scope).count()) === 0);
    // A reader who got there by keyboard is at the end, and not back at the page's top.
    await until("the focus at the end", () => hasFocus(scope.getByText("No more entries.")));
  }
  await isBounded(page, rows);
}

/** One page back, which was let go. */
async function back(scope, rows) {
  const before = await rows.first().innerText();
  await scope.getByRole("button", { name: /^Show earlier/ }).press("Enter");
  await until("the page before", async () => (await rows.first().innerText()) !== before);
}

/** On a phone it is as wide as the phone; axe finds nothing. The size of targets is looked at where there are few rows (`leads-board`, `leads-table`, `appointments-week`). */
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
  await lookAtState(page, "customers-full");
  await goOn(page, page.locator("main"), rows, "Customer 00000");
  await back(page.locator("main"), rows);
  await isBounded(page, rows);
  await more(page).waitFor();
  // A thousand of them: there is an end to come to.
  await page.getByRole("searchbox").fill("c00");
  await page.getByRole("link", { name: "Customer 00999", exact: true }).waitFor();
  await goOn(page, page.locator("main"), rows, "Customer 00000", Number.POSITIVE_INFINITY);
  await page.getByRole("searchbox").fill("c00042@");
  await until("the one that fits", async () => (await rows.count()) === 1);
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
  // By a word of its notes, and in another case than they have it: nothing of it was loaded before.
  await page.getByRole("searchbox").fill("überDACHUNG");
  await page.getByRole("link", { name: "Lead 00007", exact: true }).waitFor();
  equal(await page.getByRole("article").count(), 1, "leads that fit");
});

test("full::a_table_of_ten_thousand_leads_is_scrolled_to_its_end", async (open) => {
  const { page } = await full(open, "/leads?as=table&status=lost");
  const rows = page.getByRole("table").locator("tbody tr");
  await page.getByRole("link", { name: "Lead 09999", exact: true }).waitFor();
  await isSound(page, "leads-table-full");
  await goOn(page, page.locator("main"), rows, "Lead 00004");
  await back(page.locator("main"), rows);
  await isBounded(page, rows);
});

test("full::the_keyboard_reaches_the_last_of_ten_thousand_to_dos", async (open) => {
  const { page } = await full(open, "/inbox");
  const rows = page.getByRole("region", { name: /^Later/ }).getByRole("listitem");
  await page.getByText("To-do 09999", { exact: true }).waitFor();
  // The tabs count what there is, and not what is shown.
  await page.getByRole("link", { name: "To-dos 10,000" }).waitFor();
  await lookAtState(page, "inbox-full");
  await goOn(page, page.locator("main"), rows, "To-do 00000");
  await back(page.locator("main"), rows);
  await isBounded(page, rows);
  await page.getByRole("link", { name: /^Text messages/ }).click();
  await page.getByText("The only text").waitFor();
  equal(await page.locator("main").getByRole("listitem").filter({ hasText: "The only text" }).count(), 1, "texts");
  equal(await page.getByText(/^To-do 0/).count(), 0, "things of another kind");
});

test("full::ten_thousand_appointments_show_a_week_and_a_chosen_day", async (open) => {
  const { at, page } = await full(open, "/appointments");
  const meetings = page.getByRole("button", { name: /Guest \d/ });
  await meetings.first().waitFor();
  await isSound(page, "appointments-full");
  // A window that is made narrow and wide again shows a day, and then the week again.
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
  must(await hasFocus(next), "the focus has gone elsewhere");
  // More than a page holds at once: the rest is one step away.
  // The server counts days from the one on which it was opened, which may be yesterday.
  const dayOf = async (guest) => (await at.api(`/api/v1/appointments/01a20fa1-95e0-7000-8004-${String(guest).padStart(12, "0")}`)).starts_at.slice(0, 10);
  await page.getByLabel("Go to date").fill(await dayOf(9_399));
  await page.getByRole("status").filter({ hasText: /^\d+\+ appointments/ }).waitFor();
  await until("as many as the page holds", async () => (await meetings.count()) > 300);
  await isBounded(page, meetings);
  equal(await page.getByRole("button", { name: /Guest 09998/ }).count(), 0, "what is beyond them");
  await more(page).press("Enter");
  await page.getByRole("button", { name: /Guest 09998/ }).waitFor();
  await isBounded(page, meetings);
  await page.getByRole("button", { name: "Show earlier" }).press("Enter");
  await page.getByRole("button", { name: /Guest 09399/ }).waitFor();
  await page.getByLabel("Go to date").fill(await dayOf(9_999));
  await page.getByRole("button", { name: /Guest 09999/ }).waitFor();
  equal(await meetings.count(), 1, "appointments of a week with one");
});
