// The list of calls.
import { pastCall } from "./scenes.mjs";
import { inBusiness } from "./in-business.mjs";
import { equal, goWithin, house, must, origin, test, until } from "./stage.mjs";

const liveTable = (page) => page.getByRole("table", { name: "Live calls" });
const pastTable = (page) => page.getByRole("table", { name: "Past calls" });

test("calls::a_live_call_comes_and_goes_to_the_past", async (open) => {
  const page = await open();
  await page.goto(`${origin}/calls`);
  await page.getByRole("status", { name: "Connection" }).filter({ hasText: "Live" }).waitFor();
  const from = "+49 89 1234567";
  const row = liveTable(page).getByRole("row").filter({ hasText: from });
  const began = Date.now();
  const appears = row.waitFor().then(() => console.log(`# a live call's row came after ${Date.now() - began} ms`));
  const { caller } = await house.ring(from);
  await appears;
  must((await row.getAttribute("class"))?.includes("fresh"), "the new row is not highlighted");
  await row.getByText("Live").waitFor();
  await until("the end of the highlight", async () => !(await row.getAttribute("class"))?.includes("fresh"));

  const hungUp = Date.now();
  await house.ask("hang_up", { caller });
  await row.waitFor({ state: "detached" });
  console.log(`# a call's row stayed for ${Date.now() - hungUp} ms after its end`);
  await pastTable(page).getByRole("row").filter({ hasText: from }).getByText("Caller hung up").waitFor();

  // A call that came and ended while another page was open is in the list, too.
  await goWithin(page, "/settings");
  await page.getByRole("heading", { level: 1, name: "Settings" }).waitFor();
  const other = await house.ring("+49 89 7654321");
  await house.ask("hang_up", { caller: other.caller });
  await until("the end of the other call", async () => (await house.api(`/api/v1/calls/${other.id}`)).state === "ended");
  await goWithin(page, "/calls");
  await pastTable(page).getByRole("row").filter({ hasText: "+49 89 7654321" }).waitFor();
});

test("calls::a_list_that_stays_open_keeps_a_bounded_number", async (open) => {
  await pastCall();
  const [one] = (await house.api("/api/v1/calls?state=ended&limit=1")).items;
  // As after a day: the list has as many calls as it keeps.
  const id = (at) => `00000000-0000-7000-8000-${String(1_000 - at).padStart(12, "0")}`;
  const items = Array.from({ length: 400 }, (_, at) => ({ ...one, id: id(at) }));
  const page = await open();
  await page.route(/\/api\/v1\/calls\?/, (route) => route.fulfill({ json: { items, next_cursor: null } }));
  await page.goto(`${origin}/calls`);
  const calls = () => pastTable(page).getByRole("link").count();
  await until("the calls", async () => (await calls()) === 400);
  const { caller } = await house.ring("+49 89 4004004");
  await house.ask("hang_up", { caller });
  await pastTable(page).getByRole("row").filter({ hasText: "+49 89 4004004" }).waitFor();
  equal(await calls(), 351, "kept calls");
});

test("calls::filters_live_in_the_address", async (open) => {
  await pastCall();
  const page = await open();
  await page.goto(`${origin}/calls`);
  await page.getByLabel("Caller").fill("5551234");
  await page.waitForURL(`${origin}/calls?from=5551234`);
  const ours = pastTable(page).getByRole("link", { name: "+49 170 5551234" });
  await ours.waitFor();
  // When the unfiltered list, which has the row too, is replaced by the filtered one, the row is briefly missing.
  await until("one call", async () => (await pastTable(page).getByRole("link").count()) === 1);
  // The call may have been played before midnight.
  await pastTable(page).getByRole("rowheader", { name: /^(Today|Yesterday) 1 call$/ }).waitFor();
  await page.reload();
  await ours.waitFor();
  equal(await page.getByLabel("Caller").inputValue(), "5551234");

  // A call that ends while the dashboard follows all calls doesn't get into this filtered list after going back.
  await goWithin(page, "/dashboard");
  const { caller } = await house.ring("+49 89 1112131");
  const onBoard = page.getByRole("region", { name: "On the board now" }).getByRole("link").filter({ hasText: "+49 89 1112131" });
  await onBoard.waitFor();
  await house.ask("hang_up", { caller });
  await onBoard.waitFor({ state: "detached" });
  await page.goBack();
  await ours.waitFor();
  equal(await pastTable(page).getByRole("link").count(), 1, "listed calls after the dashboard");

  await page.getByLabel("Show").selectOption("Past");
  await page.waitForURL(/show=ended/);
  await page.getByLabel("How it ended").selectOption("Refused: too many calls");
  await page.getByRole("heading", { name: "No results" }).waitFor();
  await page.goBack();
  await ours.waitFor();
  await page.goForward();
  await page.getByRole("button", { name: "Clear filters" }).click();
  await page.waitForURL(`${origin}/calls`);
  await ours.waitFor();
  equal(await page.getByLabel("Caller").inputValue(), "");

  // Words are searched in the transcripts.
  const found = page.waitForResponse(/\/api\/v1\/calls\?.*q=does/);
  await page.getByLabel("Words said").fill("does nothing here");
  await found;
  await ours.waitFor();
  await page.getByLabel("Words said").fill("words that nobody ever said");
  await page.getByRole("heading", { name: "No results" }).waitFor();
});

test("calls::a_day_without_midnight_begins_when_the_clocks_change", (open) =>
  inBusiness("America/Santiago", async () => {
    const page = await open({ timezoneId: "Pacific/Pago_Pago", locale: "en-GB" });
    const asks = page.waitForRequest(/\/api\/v1\/calls\?.*since=/);
    // There 2026-09-06 begins at 01:00, still four hours behind UTC at the change.
    await page.goto(`${origin}/calls?since=2026-09-06&until=2026-09-06`);
    const query = new URL((await asks).url()).searchParams;
    equal([query.get("since"), query.get("until")], ["2026-09-06T04:00:00.000Z", "2026-09-07T03:00:00.000Z"], "the day");
    // While a year is typed, the field has days of the first centuries.
    await page.locator("#filter-since").fill("0026-09-06");
    equal(new URL(page.url()).searchParams.get("since"), "2026-09-06", "the day while its year is typed");
  }));

test("calls::a_long_list_comes_by_pages_and_back_finds_the_place", async (open) => {
  await pastCall();
  for (let n = 100; n < 160; n += 1) await house.ask("announce", { from: `+49 40 ${n}`, to: "+49 30 5550100" });
  await until("the end of calls without audio", async () => {
    const { items } = await house.api(`/api/v1/calls?from=${encodeURIComponent("+49 40")}&limit=100`);
    return items.length === 60 && items.every(({ ended_at }) => ended_at);
  });
  const page = await open();
  await page.goto(`${origin}/calls?from=${encodeURIComponent("+49 40")}`);
  const rows = () => pastTable(page).getByRole("link").count();
  await page.getByRole("button", { name: "Show more" }).waitFor();
  equal(await rows(), 50);
  // The calls may span midnight. The last call's day may have more calls.
  const counts = (await pastTable(page).getByRole("rowheader").allTextContents()).map((text) => /(\d+)(\+?) calls?$/.exec(text));
  equal(counts.reduce((sum, [, count]) => sum + Number(count), 0), 50, "calls of all days");
  equal(counts.map(([, , more]) => more).join(), `${",".repeat(counts.length - 1)}+`, "days that may have more calls");
  await page.getByRole("button", { name: "Show more" }).click();
  await until("all rows", async () => (await rows()) === 60);
  equal(await page.getByRole("button", { name: "Show more" }).count(), 0);

  const link = pastTable(page).getByRole("link", { name: "+49 40 125" });
  await link.scrollIntoViewIfNeeded();
  const scrolled = await page.evaluate(() => scrollY);
  must(scrolled > 500, `scrolled to ${scrolled}`);
  await link.click();
  await page.getByRole("heading", { name: "Call from +49 40 125" }).waitFor();
  equal(await page.evaluate(() => scrollY), 0, "the scroll position of a new page");
  await page.goBack();
  await link.waitFor();
  equal(await rows(), 60, "rows after coming back");
  await until("the previous place in the list", async () => Math.abs((await page.evaluate(() => scrollY)) - scrolled) < 2);
});

test("calls::of_ten_thousand_the_page_keeps_what_it_can_show", async (open) => {
  const { id } = await pastCall();
  const call = await house.api(`/api/v1/calls/${id}`);
  const page = await open();
  /** The number of calls that have come since. */
  let came = 0;
  const digits = (n) => String(n < 0 ? 800_000 - n : n).padStart(6, "0");
  // Longer pages than the list asks for, so that fewer of them fill it.
  const ROWS = 200;
  await page.route(/\/api\/v1\/calls\?/, (route) => {
    const query = new URL(route.request().url()).searchParams;
    if (query.get("state") !== "ended") return route.continue();
    const from = Number(query.get("cursor") ?? -came);
    const row = (n) => ({ ...call, id: `01a20fa1-95e0-73d8-ae06-${String(999_999 - n).padStart(12, "0")}`, from: `+49301${digits(n)}` });
    const items = Array.from({ length: ROWS }, (_, at) => row(from + at));
    return route.fulfill({ json: { items, next_cursor: from + ROWS < 10_000 ? String(from + ROWS) : null } });
  });
  await page.goto(`${origin}/calls`);
  const rows = pastTable(page).getByRole("link");
  const numbered = (n) => rows.filter({ hasText: digits(n) });
  for (const last of [199, 399]) {
    await numbered(last).waitFor();
    await page.getByRole("button", { name: "Show more" }).click();
  }
  await numbered(599).waitFor();
  equal(await rows.count(), 400, "rows on the page");
  // The boundary of the first page has moved up, and no row after it is skipped.
  came = 3;
  await page.getByRole("button", { name: "Show earlier" }).click();
  for (const n of [-3, 0, 198, 202]) await numbered(n).waitFor();
  equal(await rows.count(), 400, "rows on the page on the way back");
  // The number of calls of a day that may continue is unknown.
  await pastTable(page).getByRole("rowheader", { name: "400+ calls" }).waitFor();
});

test("calls::by_keyboard_alone", async (open) => {
  await pastCall();
  const page = await open();
  await page.goto(`${origin}/calls?from=5551234`);
  const row = pastTable(page).getByRole("link", { name: "+49 170 5551234" });
  await row.waitFor();
  // Each stop visibly has the focus and is not covered by the bar.
  const stops = [];
  for (let n = 0; n < 60; n += 1) {
    await page.keyboard.press("Tab");
    const stop = await page.evaluate(() => {
      const at = document.activeElement;
      const own = getComputedStyle(at);
      const after = getComputedStyle(at, "::after");
      const seen = [own, after].some((style) => style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2);
      return { name: at.ariaLabel || at.textContent || at.id, seen };
    });
    must(stop.seen, `the focus is not visible on ${JSON.stringify(stop.name)}`);
    stops.push(stop.name);
    if (await row.evaluate((link) => link === document.activeElement)) break;
  }
  equal(stops[0], "Skip to content");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Call from +49 170 5551234" }).waitFor();
});
