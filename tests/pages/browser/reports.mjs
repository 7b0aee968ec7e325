// Reports: figures over days, split, as files; empty, failing and forbidden; by keyboard alone; in German.
import { person } from "./desk/people.mjs";
import { inBusiness } from "./in-business.mjs";
import { equal, goWithin, house, must, origin, test, until } from "./stage.mjs";
import { crowd, pastCall } from "./scenes.mjs";
import { lookAtState } from "./views.mjs";

test("reports::count_the_calls_of_some_days_tell_them_apart_and_lead_to_them", async (open) => {
  await Promise.all([crowd(), pastCall()]);
  const page = await open();
  await page.goto(`${origin}/reports`);
  const ledger = page.getByRole("region", { name: /^Figures/ });
  await ledger.getByRole("listitem").filter({ hasText: "Calls" }).first().getByRole("link").waitFor();
  const figure = page.getByRole("figure", { name: "Calls" });
  await figure.getByRole("img", { name: /^Calls\. [1-9]/ }).waitFor();
  await figure.getByText("As a table").click();
  await figure.getByRole("table").getByRole("columnheader", { name: "Assistant alone" }).waitFor();
  const funnel = page.getByRole("region", { name: "From call to result" });
  await funnel.getByRole("row", { name: /^Calls .*100\s?%/ }).waitFor();
  await funnel.getByRole("row", { name: /^Booked .*%/ }).waitFor();
  await lookAtState(page, "reports");

  await page.getByLabel("Split by").selectOption({ label: "Profile" });
  const keys = page.getByRole("region", { name: "By profile", exact: true });
  await keys.getByRole("rowheader").first().getByRole("link").click();
  await page.getByRole("button", { name: "Show all calls again" }).waitFor();
  must(/cut=profile.*key=/.test(page.url()), page.url());
  await page.reload();
  await page.getByRole("button", { name: "Show all calls again" }).click();
  must(!page.url().includes("key="), page.url());
  await page.getByRole("radio", { name: "7 days" }).check();
  await page.getByRole("radio", { name: "By hour" }).check();
  await figure.getByText("As a table").click();
  await figure.getByRole("columnheader", { name: "Hour" }).waitFor();

  const file = page.waitForEvent("download");
  await keys.getByRole("link", { name: "By profile as CSV" }).click();
  must((await file).suggestedFilename().endsWith("-keys.csv"), "the file's name");
  const missed = ledger.getByRole("listitem").filter({ hasText: "Missed" }).getByRole("link");
  must((await missed.getAttribute("href")).includes("counted=missed"), "the link of the missed calls");
  await ledger.getByRole("link").first().click();
  await page.getByRole("table", { name: "Past calls" }).waitFor();
  must(page.url().includes("since=") && page.url().includes("counted=call"), page.url());
});

test("reports::empty_ones_explain_themselves_and_days_are_chosen_by_keyboard", async (open) => {
  const page = await open({ locale: "en-GB", allowed: ["503 (Service"] });
  await page.goto(`${origin}/reports?from=2020-01-01&to=2020-01-07`);
  await page.getByText("No calls in this period.").waitFor();
  await page.route("**/api/v1/metrics/report?*", (route) => route.fulfill({ status: 503, json: { title: "away", detail: "the database is away" } }));
  await page.getByRole("link", { name: "Show a year" }).click();
  await page.getByRole("alert").getByText(/database is away/i).waitFor();
  await page.unroute("**/api/v1/metrics/report?*");
  await page.getByRole("button", { name: "Try again" }).click();
  await page.getByRole("region", { name: /^Figures/ }).waitFor();

  // Days are chosen by keyboard alone.
  await goWithin(page, "/reports?from=2026-10-05&to=2026-10-06");
  await page.getByRole("button", { name: /5 Oct/ }).focus();
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Month after" }).waitFor();
  await lookAtState(page, "reports-calendar");
  // Two days on is the first day; then the focus is on the day after it, and three more days are the last.
  for (const key of ["ArrowRight", "ArrowRight", "Enter", "ArrowRight", "ArrowRight", "ArrowRight", "Enter"]) await page.keyboard.press(key);
  await page.waitForURL(/from=2026-10-07/);
  const query = new URL(page.url()).searchParams;
  const days = (Date.parse(query.get("to")) - Date.parse(query.get("from"))) / 86_400_000;
  equal(days, 4, `days in ${page.url()}`);
  await page.locator("button:focus").filter({ hasText: "7 Oct" }).waitFor();
});

test("reports::the_calendar_has_the_businesss_day_in_the_pages_language", (open) => {
  // At any hour it is another day there than in UTC.
  const zone = new Date().getUTCHours() >= 10 ? "Pacific/Kiritimati" : "Pacific/Pago_Pago";
  return inBusiness(zone, async () => {
    const now = new Date();
    const today = new Intl.DateTimeFormat("sv-SE", { timeZone: zone }).format(now);
    const page = await open({ locale: "de-DE" });
    await page.goto(`${origin}/reports?from=${today}&to=${today}`);
    await page.getByRole("button", { name: new RegExp(`^${Number(today.slice(8))}\\. .* – `) }).click();
    const calendar = page.getByRole("application", { name: "Kalender" });
    const said = new Intl.DateTimeFormat("de-DE", { dateStyle: "full", timeZone: zone }).format(now);
    await calendar.getByRole("button", { name: said, exact: true, pressed: true }).waitFor();
    equal(await calendar.locator("[aria-current=date]").getByRole("button").getAttribute("aria-label"), said, "today");
    equal(await calendar.evaluate((it) => it.outerHTML.match(/aria-roledescription/)), null, "descriptions in English");
  });
});

test("reports::figures_lead_to_calls_also_of_a_number_and_agent", async (open) => {
  await pastCall();
  const page = await open({ locale: "en-GB" });
  const counts = page.waitForRequest(/\/api\/v1\/metrics\/report\?/);
  await page.goto(`${origin}/reports`);
  const report = new URL((await counts).url());
  const ledger = page.getByRole("region", { name: /^Figures/ });
  const leads = async (name) => {
    const figure = ledger.getByRole("listitem").filter({ has: page.getByText(name, { exact: true }) }).getByRole("link");
    return new URL(await figure.getAttribute("href"), origin).searchParams;
  };
  for (const [name, counted] of [["Calls", "call"], ["Handed over", "handed_over"], ["Missed", "missed"]]) {
    equal((await leads(name)).get("counted"), counted, name);
  }
  const found = await leads("Leads");
  const { searchParams: days } = report;
  equal([found.get("since"), found.get("until")], [days.get("from"), days.get("to")], "the days of the leads");
  equal((await leads("Booked")).get("day"), days.get("to"), "the day of the calendar");
  const query = await leads("Missed");
  const asks = page.waitForRequest(/\/api\/v1\/calls\?.*counted=missed/);
  await goWithin(page, `/calls?${query}`);
  const { pathname, search } = new URL((await asks).url());
  // More calls may be missed meanwhile.
  await until("the counted number of missed calls", async () => {
    const { figures } = (await house.api(report.pathname + report.search)).now;
    const { items } = await house.api(pathname + search.replace(/limit=\d+/, "limit=200"));
    equal(items.filter(({ direction, answered_at }) => direction !== "inbound" || answered_at !== null), [], "listed calls that were not missed");
    return items.length === Math.min(200, figures.missed);
  });
  equal(await page.getByLabel("Counted as").inputValue(), "missed", "the filter");
  await figuresOfANumber(page);
  await figuresOfAnAgent(page);
});

/** The calls of one of the organization's numbers. */
async function figuresOfANumber(page) {
  const counts = page.waitForRequest(/\/api\/v1\/metrics\/report\?/);
  await goWithin(page, "/reports?cut=number");
  const report = new URL((await counts).url());
  const keys = page.getByRole("region", { name: "By number", exact: true });
  const row = keys.getByRole("row").filter({ has: page.getByRole("rowheader", { name: "+49 30 5550100", exact: true }) });
  const calls = row.getByRole("cell").first().getByRole("link");
  const query = new URL(await calls.getAttribute("href"), origin).searchParams;
  equal([query.get("number"), query.get("to")], ["+49 30 5550100", null], "the list's filter");
  const asks = page.waitForRequest(/\/api\/v1\/calls\?.*number=/);
  await calls.click();
  const { pathname, search } = new URL((await asks).url());
  // The page lists live calls above the others. More calls may arrive meanwhile.
  await until("the counted number of calls", async () => {
    const { keys: counted } = await house.api(report.pathname + report.search);
    const { items } = await house.api(pathname + search.replace("state=ended&", "").replace(/limit=\d+/, "limit=200"));
    must(items.every(({ direction, from, to }) => (direction === "inbound" ? to : from) === "+49 30 5550100"), "calls of other numbers");
    return items.length > 0 && items.length === Math.min(200, counted.find(({ key }) => key === "+49 30 5550100").now.calls);
  });
  equal(await page.getByLabel("Our number").inputValue(), "+49 30 5550100", "the filter");
}

/** The calls of an agent. */
async function figuresOfAnAgent(page) {
  const dot = await person("Dot");
  await page.route(/\/api\/v1\/metrics\/report\?/, async (route) => {
    const answer = await route.fetch();
    const body = await answer.json();
    const now = { ...body.now.figures, calls: 3, handed_over: 1, missed: 2 };
    const key = { key: dot.id, name: "Dot", version: null, published_on: null, field: null, value: null, out_of: 3, now, before: now };
    return route.fulfill({ response: answer, json: { ...body, now: { ...body.now, figures: now }, keys: [key] } });
  });
  await goWithin(page, "/reports?cut=agent");
  const hers = page.getByRole("region", { name: "By agent", exact: true }).getByRole("row").filter({ hasText: "Dot" });
  for (const [figure, counted] of [["1", "handed_over"], ["2", "missed"]]) {
    const link = new URL(await hers.getByRole("link", { name: figure, exact: true }).getAttribute("href"), origin).searchParams;
    equal([link.get("agent"), link.get("counted")], [dot.id, counted], counted);
  }
  // No call that she answers is handled by the assistant alone.
  await hers.getByRole("rowheader").getByRole("link").click();
  await page.getByRole("link", { name: "3 calls.", exact: true }).waitFor();
  const figures = page.getByRole("region", { name: /^Figures/ }).getByRole("listitem");
  await figures.filter({ hasText: "Handled by the assistant" }).getByText("–", { exact: true }).waitFor();
  equal(await page.getByRole("figure", { name: "Calls" }).getByText("Assistant alone").count(), 0, "the assistant's calls in the chart");
}

test("reports::waits_of_hours_have_labels_on_their_axis", async (open) => {
  const page = await open({ locale: "en-GB" });
  await page.addInitScript(() => {
    window.written = [];
    const { fillText } = CanvasRenderingContext2D.prototype;
    CanvasRenderingContext2D.prototype.fillText = function (text, ...place) {
      window.written.push(text);
      return fillText.call(this, text, ...place);
    };
  });
  await page.route(/\/api\/v1\/metrics\/report\?/, async (route) => {
    const answer = await route.fetch();
    const body = await answer.json();
    const waits = { calls: 2, waits: 2, wait_p50_ms: 3_600_000, wait_p95_ms: 7_200_000 };
    const long = (of) => ({ ...of, figures: { ...of.figures, ...waits } });
    return route.fulfill({ response: answer, json: { ...body, now: long(body.now), rows: body.rows.map(long) } });
  });
  await page.goto(`${origin}/reports`);
  await until("the labels of the waits", () => page.evaluate(() => window.written.includes("1:00:00") && window.written.includes("2:00:00")));
});

test("reports::the_weekly_mail_is_wished_and_stopped_by_link", (open) =>
  inBusiness("Europe/Berlin", async () => {
    const page = await open({ locale: "en-GB", timezoneId: "America/New_York" });
    // This server has no mail server: tests/api/report.rs covers what the API does with the request.
    let wanted = null;
    const methods = [];
    await page.route("**/api/v1/metrics/report/mail", (route) => {
      const method = route.request().method();
      if (method === "PUT") wanted = route.request().postDataJSON();
      if (method === "DELETE") wanted = null;
      if (method !== "GET") methods.push(method);
      if (method === "DELETE") return route.fulfill({ status: 204 });
      return route.fulfill({ json: { can_be_sent: true, wanted, next_at: wanted && "2026-12-04T06:00:00Z" } });
    });
    await page.goto(`${origin}/reports`);
    const part = page.getByRole("region", { name: "Weekly report by mail" });
    await part.getByRole("combobox", { name: "Day" }).selectOption("Friday");
    await part.getByRole("combobox", { name: "Hour" }).selectOption("7");
    await part.getByRole("button", { name: "Mail them to me" }).press("Enter");
    await part.getByText(/Friday,? 4 December.* 07:00/).waitFor();
    const hasFocus = (name) => part.getByRole("button", { name }).evaluate((it) => it === document.activeElement);
    must(await hasFocus("Change"), "the focus is lost after the request");
    equal(wanted, { weekday: 5, hour: 7, tz: "Europe/Berlin" }, "the requested mail");
    await lookAtState(page, "reports-weekly");
    // The link in the mail changes nothing until its button is pressed.
    const token = "a".repeat(64);
    const posts = [];
    await page.route(`**/hooks/report-mail/${token}`, (route) => {
      posts.push(route.request().method());
      return route.fulfill({ status: 204 });
    });
    await page.goto(`${origin}/report-mail#token=${token}`);
    await page.getByRole("heading", { name: "Stop the weekly report?" }).waitFor();
    equal(page.url(), `${origin}/report-mail`, "the address after the link");
    equal(posts, [], "requests of the opened page");
    await page.getByRole("button", { name: "Stop these mails" }).click();
    await page.getByText("No more mails will come.").waitFor();
    equal(posts, ["POST"], "requests of the button");
    equal(methods, ["PUT"], "changes of the signed-in user's own mail");
  }));

test("reports::an_hour_that_comes_twice_leads_to_its_calls", (open) =>
  // There the clocks go back on 2026-10-25, so 02:00 comes twice.
  inBusiness("Europe/Berlin", async () => {
    const page = await open({ timezoneId: "Pacific/Pago_Pago", locale: "en-GB" });
    await page.route(/\/api\/v1\/metrics\/report\?/, async (route) => {
      const answer = await route.fetch();
      const body = await answer.json();
      const counted = (row) => ({ ...row, figures: { ...row.figures, calls: 2, missed: 1 } });
      const hour = (hour, at, until) => counted({ ...body.rows[0], date: "2026-10-25", hour, at, until });
      const rows = [hour(2, "2026-10-25T00:00:00Z", "2026-10-25T01:00:00Z"), hour(2, "2026-10-25T01:00:00Z", "2026-10-25T02:00:00Z")];
      return route.fulfill({ response: answer, json: { ...body, tz: "Europe/Berlin", next_tz: null, now: counted(body.now), rows } });
    });
    const day = "from=2026-10-25&to=2026-10-25";
    await page.goto(`${origin}/reports?${day}&by=hour`);
    const figure = page.getByRole("figure", { name: "Calls" });
    await figure.getByText("As a table").click();
    const rows = figure.getByRole("row").filter({ has: page.getByRole("rowheader", { name: "02:00" }) });
    await until("the hour, twice", async () => (await rows.count()) === 2);
    const query = async (row) => new URL(await row.getByRole("link", { name: "1", exact: true }).getAttribute("href"), origin).searchParams;
    const spans = await Promise.all([rows.nth(0), rows.nth(1)].map(async (row) => [(await query(row)).get("since"), (await query(row)).get("until")]));
    equal(spans, [["2026-10-25T00:00:00Z", "2026-10-25T01:00:00Z"], ["2026-10-25T01:00:00Z", "2026-10-25T02:00:00Z"]], "the hours");

    const asks = page.waitForRequest(/\/api\/v1\/calls\?.*since=/);
    await rows.nth(1).getByRole("link", { name: "1", exact: true }).click();
    const list = new URL((await asks).url()).searchParams;
    equal([list.get("counted"), list.get("since"), list.get("until")], ["missed", "2026-10-25T01:00:00.000Z", "2026-10-25T02:00:00.000Z"], "the list");
    equal(await page.getByLabel("From", { exact: true }).inputValue(), "2026-10-25T02:00", "the filter's beginning");
    equal(await page.getByLabel("Until", { exact: true }).inputValue(), "2026-10-25T03:00", "the filter's end");
    // Without the time the filter is a day again.
    await page.getByLabel("From", { exact: true }).fill("");
    await page.getByLabel("From day").waitFor();
    await page.getByRole("button", { name: "Clear filters" }).or(page.getByRole("button", { name: "Clear", exact: true })).first().click();
    await page.getByLabel("To day").waitFor();
  }));
