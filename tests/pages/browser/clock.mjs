// Pages show and accept times in the business's time zone, whatever the browser's.
import { inBusiness } from "./in-business.mjs";
import { field } from "./people.mjs";
import { pastCall } from "./scenes.mjs";
import { api, equal, goWithin, house, must, origin, test, until } from "./stage.mjs";
import { lookAtState } from "./views.mjs";

/** 25 hours ahead of the browser's zone: never the same day. */
const BUSINESS = "Pacific/Kiritimati";
const browser = { timezoneId: "Pacific/Pago_Pago", locale: "en-GB" };
const SAID = `Days and times are in the business’s time zone: ${BUSINESS}.`;

/** The business's day, such as `2026-03-01`. */
const dayThere = (at) => new Intl.DateTimeFormat("sv-SE", { timeZone: BUSINESS }).format(at);
/** The beginning of that day, in ms. */
const beginOf = (day) => Date.parse(`${day}T00:00:00+14:00`);

/** Checks that every time on the page is in the business's zone, and that the page names the zone once. */
async function mustBeTheirs(page, least) {
  await until(`${least} times on the page`, async () => (await page.locator("main time").count()) >= least);
  const titles = await page.locator("main time").evaluateAll((times) => times.map(({ title }) => title));
  equal(titles.filter((title) => !title.includes("GMT+14")), [], "times in another zone");
  equal(await page.getByText(SAID).count(), 1, "mentions of the zone");
}

test("clock::all_pages_use_the_businesss_time_zone", (open) =>
  inBusiness(BUSINESS, async () => {
    const { id } = await pastCall();
    const { started_at } = await api(`/api/v1/calls/${id}`);
    must((await house.send("POST", `/api/v1/calls/${id}/notes`, { text: "They call back at noon." })).ok, "the note was refused");
    const lead = await (await house.send("POST", "/api/v1/leads", { name: "Ada of the islands" })).json();
    const page = await open(browser);
    await page.goto(`${origin}/calls/${id}`);
    await page.getByText("They call back at noon.").waitFor();
    // The head, the facts, the note and the timeline's rows.
    await mustBeTheirs(page, 4);
    const time = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: BUSINESS }).format(new Date(started_at));
    must((await page.getByRole("region", { name: "Facts" }).innerText()).includes(time), `${time} is missing in the facts`);
    await lookAtState(page, "call-zone", { words: true });

    // The list of calls, with the filter that the figures of the dashboard and the reports link to.
    const day = dayThere(new Date(started_at));
    const midnight = beginOf(day);
    const lists = page.waitForRequest(/\/api\/v1\/calls\?.*since=/);
    await goWithin(page, `/calls?from=5551234&since=${day}&until=${day}`);
    const listed = new URL((await lists).url()).searchParams;
    equal(listed.get("since"), new Date(midnight).toISOString());
    equal(listed.get("until"), new Date(midnight + 86_400_000).toISOString());
    await page.getByText(SAID).waitFor();
    const past = page.getByRole("table", { name: "Past calls" });
    const call = past.getByRole("row").filter({ hasText: "+49 170 5551234" });
    await call.waitFor();
    await past.getByRole("rowheader", { name: /^(Today|Yesterday) 1 call$/ }).waitFor();
    must((await call.innerText()).includes(time), await call.innerText());
    const file = await page.getByRole("link", { name: "CSV" }).getAttribute("href");
    equal(new URL(file, origin).searchParams.get("since"), new Date(midnight).toISOString());
    await lookAtState(page, "calls-zone", { words: true });

    // The usual ranges of reports end with the business's day.
    const reports = page.waitForRequest(/\/api\/v1\/metrics\/report\?/);
    const today = [dayThere(new Date())];
    await goWithin(page, "/reports");
    const range = new URL((await reports).url()).searchParams;
    today.push(dayThere(new Date()));
    must(today.includes(range.get("to")), `${range.get("to")} is not one of ${today}`);
    equal((Date.parse(range.get("to")) - Date.parse(range.get("from"))) / 86_400_000, 27, "days before the last");
    must(await page.getByRole("radio", { name: "28 days" }).isChecked(), "the usual range");
    await page.getByRole("radio", { name: "7 days" }).check();
    await page.waitForURL(/from=/);
    equal(new URL(page.url()).searchParams.get("to"), range.get("to"), "the last day in the address");

    // Leads of the last days.
    const asks = page.waitForRequest(/\/api\/v1\/leads\?.*since=/);
    await goWithin(page, "/leads?as=table&when=week");
    const since = Date.parse(new URL((await asks).url()).searchParams.get("since"));
    equal(since, beginOf(dayThere(new Date(since))), "the beginning of a day of the business");
    const days = (beginOf(dayThere(new Date())) - since) / 86_400_000;
    equal(days, 7, "days back");
    await page.getByRole("link", { name: "Ada of the islands" }).first().waitFor();
    await mustBeTheirs(page, 1);
    await goWithin(page, `/leads/${lead.id}`);
    await field(page, "Notes").waitFor();
    await mustBeTheirs(page, 2);

    // A to-do is due on the business's day.
    await goWithin(page, "/inbox");
    await page.getByRole("button", { name: "New to-do" }).click();
    const dialog = page.getByRole("dialog", { name: "New to-do" });
    await field(dialog, "What needs to be done").fill("Feed the terns");
    await field(dialog, "Due on").fill("2031-03-01");
    await dialog.getByRole("button", { name: "Add to-do" }).click();
    const row = page.getByRole("listitem").filter({ hasText: "Feed the terns" });
    await row.getByText("1 Mar 2031, 17:00").waitFor();
    const known = (await api("/api/v1/activities?type=todo&open=true&limit=200")).items;
    const { due_at } = known.find(({ title }) => title === "Feed the terns");
    equal(Date.parse(due_at), Date.parse("2031-03-01T17:00:00+14:00"), "the due time");
    await mustBeTheirs(page, 1);

    await page.route(/\/api\/v1\/audit-log(\?|$)/, (route) => {
      // Noon at the business, and the day before at the browser.
      const line = { id: "01a20fa1-95e0-73d8-ae06-000000000001", at: "2026-03-01T22:00:00Z", actor: { kind: "system" }, action: "call.hung_up", subject: "", address: null, detail: "" };
      return route.fulfill({ json: { items: [line], next_cursor: null } });
    });
    await goWithin(page, "/audit");
    await page.getByRole("heading", { name: /^Monday,? 2 March 2026$/ }).waitFor();
    await page.getByRole("listitem").getByText("12:00", { exact: true }).waitFor();
    await mustBeTheirs(page, 1);
  }));
