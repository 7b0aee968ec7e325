// The dashboard: figures that link to what they count, the first steps, and who sees it.
import { countsAnew, inBusiness } from "./in-business.mjs";
import { equal, goWithin, house, must, origin, test, until } from "./stage.mjs";
import { crowd, liveCall, pastCall } from "./scenes.mjs";
import { lookAtState } from "./views.mjs";

test("dashboard::live_calls_are_with_whom_the_board_says", async (open) => {
  const { id } = await pastCall();
  const ended = await house.api(`/api/v1/calls/${id}`);
  const live = { ...ended, agents: [], state: "live", with_person: false, ended_at: null, hangup_cause: null, hangup_by: null };
  const calls = [
    { ...live, id: `${id.slice(0, -1)}1`, from: "+4917011111", with_person: true },
    { ...live, id: `${id.slice(0, -1)}2`, from: "+4917022222", state: "interrupted" },
    { ...live, id: `${id.slice(0, -1)}3`, from: "+4917033333" },
  ];
  const page = await open();
  await page.route(/\/api\/v1\/live$/, (route) => {
    const snapshot = JSON.stringify({ kind: "snapshot", seq: 1, at: new Date().toISOString(), calls });
    return route.fulfill({ contentType: "text/event-stream", body: `event: snapshot\ndata: ${snapshot}\n\n` });
  });
  await page.goto(`${origin}/dashboard`);
  const row = (from) => page.getByRole("region", { name: "On the board now" }).getByRole("link").filter({ hasText: from });
  await row("+4917011111").getByText("Someone", { exact: true }).waitFor();
  equal(await row("+4917011111").getByText("Assistant", { exact: true }).count(), 0, "the assistant of a call that a person has");
  await row("+4917022222").getByText("Interrupted", { exact: true }).waitFor();
  await row("+4917033333").getByText("Assistant", { exact: true }).waitFor();
});

test("dashboard::summarizes_the_day_and_each_figure_links_to_its_calls", async (open) => {
  await Promise.all([crowd(), pastCall(), liveCall()]);
  const page = await open();
  await page.goto(`${origin}/dashboard`);
  const ledger = page.getByRole("region", { name: /^Figures/ });
  await ledger.waitFor();
  await page.getByRole("region", { name: "On the board now" }).getByRole("link").first().waitFor();
  await page.getByText("As a table").first().click();
  await page.getByRole("table").getByRole("columnheader", { name: "Handed over" }).waitFor();
  // The chart in a sentence, with the hour in the page's language.
  await page.getByRole("img", { name: /Busiest: \d\d:00\s[AP]M, \d+ calls?\. Missed: \d+\.$/ }).waitFor();
  await lookAtState(page, "dashboard");
  for (const days of ["7 days", "28 days"]) {
    await page.getByRole("radio", { name: days }).check();
    await ledger.waitFor();
    must(page.url().endsWith(`?days=${days.split(" ")[0]}`), page.url());
  }
  await page.reload();
  must(await page.getByRole("radio", { name: "28 days" }).isChecked(), "the reload lost the number of days");
  // Each figure links to exactly the calls that it counts.
  const figure = (name) => ledger.getByRole("listitem").filter({ hasText: name }).getByRole("link");
  // The leads of these days, which the figure counts.
  const leads = new URL(await figure("New leads").getAttribute("href"), origin).searchParams;
  equal((Date.parse(leads.get("until")) - Date.parse(leads.get("since"))) / 86_400_000, 27, "days before the last, in the link of the leads");
  for (const [name, counted] of [["Handed over", "handed_over"], ["Missed", "missed"]]) {
    must((await figure(name).getAttribute("href")).includes(`counted=${counted}`), `the link of ${name}`);
  }
  await figure("Assistant alone").click();
  const ours = page.getByRole("table", { name: "Past calls" }).getByRole("link", { name: "+49 170 5551234" });
  await ours.waitFor();
  const query = new URL(page.url()).searchParams;
  must(query.get("since") !== null && query.get("counted") === "contained", page.url());
  await page.getByLabel("Counted as").selectOption("Missed");
  await ours.waitFor({ state: "detached" });
  must(page.url().includes("counted=missed"), page.url());
});

/** A script for pages that sets the clock: `window.aheadMs` is how far it is ahead of the browser's. */
function setsCalendar() {
  const { now } = Date;
  window.aheadMs = 0;
  Date.now = () => now() + window.aheadMs;
}

test("dashboard::failed_news_says_so_and_first_steps_stay_until_dismissed", async (open) => {
  const page = await open({ allowed: ["500 (Internal Server Error)"] });
  const lists = /\/api\/v1\/(leads|messages|calls)\?/;
  await page.route(lists, (route) => route.fulfill({ status: 500, json: { detail: "the disk is full" } }));
  await page.goto(`${origin}/dashboard`);
  const news = page.getByRole("region", { name: "Just now" });
  await news.getByRole("alert").filter({ hasText: "The disk is full." }).waitFor();
  equal(await news.getByText("Nothing yet.").count(), 0, "nothing");
  await page.unroute(lists);
  // Sent texts take no place of received ones, and answered calls none of missed ones.
  const requests = [/messages\?direction=inbound&limit=4$/, /calls\?counted=missed&limit=4$/].map((of) => page.waitForRequest(of));
  await news.getByRole("button", { name: "Try again" }).click();
  await Promise.all(requests);
  await news.getByRole("alert").filter({ hasText: "The disk is full." }).waitFor({ state: "hidden" });

  const steps = page.getByRole("region", { name: "First steps" });
  await steps.getByRole("link", { name: "Describe it" }).waitFor();
  await steps.getByRole("button", { name: "Dismiss" }).click();
  await steps.waitFor({ state: "detached" });
  await page.reload();
  await page.getByRole("region", { name: /^Figures/ }).waitFor();
  equal(await steps.count(), 0, "first steps after a reload");
  // As announced, the settings can show it again.
  await goWithin(page, "/settings");
  await page.getByRole("region", { name: "First steps" }).getByRole("button", { name: "Show it again" }).click();
  await steps.getByRole("link", { name: "Describe it" }).waitFor();
  equal(new URL(page.url()).pathname, "/dashboard");
});

test("dashboard::left_open_over_midnight_it_is_of_the_new_day", async (open) => {
  const page = await open({ scripts: [setsCalendar] });
  await page.goto(`${origin}/dashboard`);
  await page.getByRole("region", { name: /^Figures/ }).waitFor();
  const heading = page.getByRole("heading", { level: 1 });
  const before = await heading.innerText();
  // For the page, the computer has slept for a day and an hour: its live connection may be dead. Changing the day also works on a day of 25 hours.
  const anew = page.waitForRequest(/\/api\/v1\/live/);
  await page.evaluate(() => (window.aheadMs = 25 * 3_600_000));
  await anew;
  await until("the new day", async () => (await heading.innerText()) !== before);
  await page.getByText("No calls yet today.").first().waitFor();

  // So are the last days of a report.
  await goWithin(page, "/reports");
  const firstDay = async () => (await page.locator(".reports-page .head .meta").innerText()).split(" – ")[0];
  const began = await firstDay();
  await page.evaluate(() => (window.aheadMs = 50 * 3_600_000));
  await until("the report of the next day", async () => (await firstDay()) !== began);

  // So are the appointments of today, and to-dos become due.
  await goWithin(page, "/appointments?view=day");
  const today = () => page.locator(".day.today [data-day]").getAttribute("data-day");
  const shown = await today();
  await page.evaluate(() => (window.aheadMs = 75 * 3_600_000));
  await until("the appointments of the next day", async () => (await today()) !== shown);
  const due_at = new Date(Date.now() + 90 * 3_600_000).toISOString();
  const { id } = await house.api("/api/v1/activities", { type: "todo", title: "Recall Ida", due_at });
  await goWithin(page, "/inbox");
  const todo = page.getByRole("listitem").filter({ hasText: "Recall Ida" });
  await todo.getByText(/^Due /).waitFor();
  await page.evaluate(() => (window.aheadMs = 100 * 3_600_000));
  await todo.getByText(/^Was due /).waitFor();
  must((await house.send("PATCH", `/api/v1/activities/${id}`, { completed: true })).ok, "the to-do was not done");
});

test("dashboard::a_first_browser_call_completes_its_step", async (open) => {
  const began = Date.now();
  const page = await open({ permissions: ["microphone"] });
  await page.goto(`${origin}/welcome`);
  await page.getByRole("button", { name: "Talk to it now" }).click();
  await page.getByRole("log").getByText("Welcome.").waitFor();
  await page.getByRole("img", { name: "Who speaks: you and the assistant" }).waitFor();
  console.log(`from the account to hearing a voice: 1 click, ${((Date.now() - began) / 1000).toFixed(1)} s`);
  await lookAtState(page, "welcome-talking");
  await page.getByRole("button", { name: "Hang up" }).click();
  await page.getByRole("button", { name: "Talk again" }).waitFor();
  await page.getByRole("link", { name: "Open Cordboard" }).click();
  const step = page.getByRole("listitem").filter({ hasText: "Talk to your assistant" });
  await step.getByText("Done").waitFor();
});

test("dashboard::days_are_in_the_businesss_time_zone", (open) =>
  // The business's time zone is 25 hours ahead of the browser's: never the same day.
  inBusiness("Pacific/Kiritimati", async () => {
    const dayThere = () => new Intl.DateTimeFormat("sv-SE", { timeZone: "Pacific/Kiritimati" }).format(new Date());
    await house.send("POST", "/api/v1/leads", { name: "Kiri Tiwai", phone: "+49 30 5550188", need: "a new roof" });
    const page = await open({ timezoneId: "Pacific/Pago_Pago", locale: "en-GB" });
    const asks = page.waitForRequest(/\/api\/v1\/metrics\/day\?day=/);
    const days = [dayThere()];
    await page.goto(`${origin}/dashboard`);
    const query = new URL((await asks).url()).searchParams;
    days.push(dayThere());
    must(days.includes(query.get("day")), `${query.get("day")} is not one of ${days}`);
    equal(query.get("tz"), "Pacific/Kiritimati");
    await page.getByText("Days and times are in the business’s time zone: Pacific/Kiritimati.").waitFor();
    const ledger = page.getByRole("region", { name: /^Figures/ });
    await ledger.waitFor();
    const heading = await page.getByRole("heading", { level: 1 }).innerText();
    must(heading.includes(String(Number(query.get("day").slice(-2)))), heading);
    await lookAtState(page, "dashboard-zone", { words: true });
    const news = page.getByRole("region", { name: "Just now" }).locator("time").first();
    const moment = await news.getAttribute("title");
    must(moment.endsWith("GMT+14"), moment);
    // Ranges of several days end with the business's day, too, and so does the file.
    const spans = page.waitForRequest(/\/api\/v1\/metrics\/dashboard\?from=/);
    await page.getByRole("radio", { name: "7 days" }).check();
    const span = new URL((await spans).url()).searchParams;
    must(days.includes(span.get("to")), `${span.get("to")} is not one of ${days}`);
    await ledger.waitFor();
    const file = await page.getByRole("link", { name: "CSV" }).getAttribute("href");
    must(file.includes(`to=${span.get("to")}`), file);
    // The board counts the business's day, too.
    const counts = page.waitForRequest(/\/api\/v1\/metrics\/report\?from=/);
    await goWithin(page, "/board");
    const counted = new URL((await counts).url()).searchParams;
    days.push(dayThere());
    must(days.includes(counted.get("from")), `${counted.get("from")} is not one of ${days}`);
  }));

test("dashboard::dashboard_board_and_reports_say_that_figures_are_recounted", async (open) => {
  const page = await open({ locale: "en-GB" });
  let lasts = true;
  await countsAnew(page, () => lasts);
  const notice = (words) => page.getByRole("status").filter({ hasText: words });
  await page.goto(`${origin}/account`);
  await page.locator("h1").first().waitFor();
  for (const [address, words] of [
    ["/dashboard", "The trend lines, replies and waits are being recounted in the business’s new time zone, Asia/Kolkata."],
    ["/dashboard?days=7", "The trend lines, replies and waits are being recounted in the business’s new time zone, Asia/Kolkata."],
    ["/board", "Today’s missed calls and shares are being recounted in the business’s new time zone, Asia/Kolkata."],
    ["/reports", "recounted in the business’s new time zone, Asia/Kolkata. Until then they are in Europe/Berlin."],
  ]) {
    await goWithin(page, address);
    await notice(words).filter({ hasText: "Europe/Berlin" }).waitFor();
    // Ranges of several days behave like a single day.
    if (!address.includes("days")) await lookAtState(page, `counted-anew${address.replace(/\W/g, "-")}`, { words: true });
  }
  lasts = false;
  await notice("recounted").waitFor({ state: "detached" });
  for (const address of ["/dashboard", "/board"]) {
    await goWithin(page, address);
    await page.getByRole("region", { name: /^Figures/ }).or(page.getByRole("list", { name: "Live figures" })).waitFor();
    equal(await notice("recounted").count(), 0, `notices at ${address} once they are counted`);
  }
});

test("dashboard::its_figures_are_those_of_reports_and_lists", async (open) => {
  await pastCall();
  const page = await open();
  const read = async (name) => {
    const item = page.getByRole("region", { name: /^Figures/ }).getByRole("listitem").filter({ has: page.getByText(name, { exact: true }) });
    const link = item.getByRole("link").first();
    return { said: Number((await link.innerText()).replaceAll(",", "")), counted: new URL(await link.getAttribute("href"), origin).searchParams.get("counted") };
  };
  for (const days of ["", "?days=7"]) {
    await until("the same figures", async () => {
      const asks = page.waitForRequest(/\/api\/v1\/metrics\/report\?/);
      await page.goto(`${origin}/dashboard${days}`);
      const query = new URL((await asks).url());
      const shown = [await read("Assistant alone"), await read("Handed over"), await read("Missed")];
      equal(shown.map(({ counted }) => counted), ["contained", "handed_over", "missed"], "where the figures link to");
      const { figures } = (await house.api(query.pathname + query.search)).now;
      // Other calls may end meanwhile, so this is repeated.
      return JSON.stringify(shown.map(({ said }) => said)) === JSON.stringify([figures.contained, figures.handed_over, figures.missed]);
    });
  }
});
