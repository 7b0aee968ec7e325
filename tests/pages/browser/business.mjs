// The description of the business, and what other roles may do with it.
import { api, equal, house, must, origin, test, until } from "./stage.mjs";
import { person, signIn } from "./desk/people.mjs";
import { lookAtState, mustBeWrong } from "./views.mjs";

const PATH = "/api/v1/business-profile";
const SCRIPT = "<script>alert(1)</script>";
const ARABIC = "سباكة الأمانة";

const save = (page) => page.getByRole("button", { name: "Save", exact: true });
const field = (page, name) => page.getByRole("textbox", { name, exact: true });
const saved = (page) => page.getByText("Business saved.").first().waitFor();

/** Changes the description over the API, whatever its revision. */
async function describe(more) {
  const { revision } = await api(PATH);
  const answer = await house.send("PUT", PATH, { revision, ...more });
  must(answer.ok, `${answer.status} ${await answer.text()}`);
}

test("business::a_first_description_has_hours_services_and_promises", async (open) => {
  await describe({});
  const page = await open({ locale: "en-GB", timezoneId: "Europe/Berlin" });
  await page.goto(`${origin}/calls`);
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Business" }).click();
  await page.getByRole("heading", { level: 1, name: "Business" }).waitFor();
  await lookAtState(page, "business-empty");
  await field(page, "Name").fill(`${ARABIC} ${SCRIPT}`);
  await field(page, "Trade").fill("Plumber");
  await page.getByRole("combobox", { name: "Time zone" }).selectOption("Europe/Berlin");

  // Arrow keys pass other languages without adding them.
  const more = page.getByRole("combobox", { name: "Add a language" });
  await more.focus();
  await more.press("ArrowDown");
  await more.press("ArrowDown");
  equal(await page.getByRole("button", { name: "Remove Albanian" }).count(), 0, "a language that was only passed");
  await more.press("Enter");
  await page.getByRole("button", { name: "Remove Amharic" }).click();

  // A week by keyboard: two spans on Monday, typed in various ways, copied to all other days; Sunday is closed again.
  await page.getByRole("switch", { name: "This business has opening hours" }).press("Space");
  await field(page, "Monday, closes").fill("12.30");
  await page.getByRole("button", { name: "Add hours on Monday" }).press("Enter");
  const second = field(page, "Monday, opens").nth(1);
  await until("the new time has the focus", () => second.evaluate((input) => input === document.activeElement));
  await page.keyboard.type("12");
  await page.keyboard.press("Tab");
  equal(await second.inputValue(), "12:00", "the time as shown");
  await page.keyboard.type("6pm");
  await save(page).click();
  const overlap = page.getByRole("alert").filter({ hasText: "These hours overlap." });
  await overlap.waitFor();
  equal(await second.getAttribute("aria-invalid"), "true", "whether the overlapping time is marked");
  await second.fill("14");
  await overlap.waitFor({ state: "hidden" });
  await page.getByRole("button", { name: "Copy Monday to" }).press("Enter");
  await page.getByRole("menuitem", { name: "Every other day" }).waitFor();
  await page.keyboard.press("Home");
  await page.keyboard.press("Enter");
  await until("the copied hours on Sunday", async () => (await field(page, "Sunday, opens").count()) === 2);
  for (let left = 2; left > 0; left -= 1) await page.getByRole("button", { name: /^Remove .* on Sunday$/ }).first().press("Enter");

  // A holiday of one day, which the call simulator knows, too (routing.mjs).
  await page.getByRole("button", { name: "Add a holiday" }).click();
  const holiday = page.getByRole("region", { name: "Holidays" });
  await holiday.getByRole("textbox", { name: "Name" }).fill("Christmas");
  await holiday.getByLabel("First day").fill("2026-12-25");
  await holiday.getByLabel("Last day").fill("2026-12-24");
  await save(page).click();
  await holiday.getByRole("alert").filter({ hasText: "The last day is before the first day." }).waitFor();
  await holiday.getByLabel("Last day").fill("");
  // A year of two digits is one of the first century, and a day without its year is not taken for none.
  const [firstDay, lastDay] = [holiday.getByLabel("First day"), holiday.getByLabel("Last day")];
  await firstDay.fill("0026-12-25");
  await save(page).click();
  await mustBeWrong(page, firstDay, "It must be between the years 1970 and 2200.");
  await firstDay.fill("2026-12-25");
  await lastDay.press("2");
  await save(page).click();
  await mustBeWrong(page, lastDay, "It is incomplete or can’t be read.");
  await lastDay.fill("");

  await page.getByRole("button", { name: "Add a service" }).click();
  const service = page.getByRole("region", { name: "Services" });
  await service.getByRole("textbox", { name: "Name" }).fill("Boiler service");
  await service.getByRole("spinbutton", { name: "Duration" }).fill("60");
  await service.getByRole("spinbutton", { name: "Kept free after" }).fill("15");
  await service.getByRole("spinbutton", { name: "At the same time" }).fill("2");
  await service.getByRole("switch", { name: "They begin together" }).click();
  await page.getByRole("spinbutton", { name: "Notice" }).fill("24");
  await service.getByRole("combobox", { name: "Price" }).selectOption({ label: "Price range" });
  await service.getByRole("textbox", { name: "At least" }).fill("1,200.50");
  // An invalid amount doesn't make the service free.
  await service.getByRole("textbox", { name: "At least" }).fill("ask us");
  // Neither are two amounts taken for one, nor a negative one for another.
  await service.getByRole("textbox", { name: "At least" }).fill("10-20");
  // Nor is an amount with parts of a cent taken for thousands.
  await service.getByRole("textbox", { name: "At least" }).fill("0.505");
  await service.getByRole("textbox", { name: "At least" }).fill("-5");
  await service.getByRole("textbox", { name: "At most" }).fill("99");
  await page.getByRole("button", { name: "Add a question" }).click();
  await page.getByRole("textbox", { name: "Question" }).fill("Do you work on oil boilers?");
  await save(page).click();
  // An error is shown at its field, and its row is open.
  await page.getByRole("alert").filter({ hasText: "The second price must be the higher one." }).waitFor();
  await mustBeWrong(page, service.getByRole("textbox", { name: "At most" }), "The second price must be the higher one.");
  await service.getByRole("textbox", { name: "At most" }).fill("1500");
  await page.getByRole("textbox", { name: "Answer" }).fill("No.");
  const never = page.getByRole("group", { name: "Never promised" });
  await never.getByRole("button", { name: "Add" }).click();
  await never.getByRole("textbox", { name: "Never, 1" }).fill("A price without seeing it");
  // An empty entry is not added.
  await never.getByRole("button", { name: "Add" }).click();
  await page.getByRole("switch", { name: "People can be reached for callers" }).click();
  await page.getByRole("combobox", { name: "Person 1" }).fill("operator");
  await page.getByRole("button", { name: "Add a person" }).click();
  await page.getByRole("combobox", { name: "Person 2" }).fill("+49 (0)30 5550172");
  await page.getByText("1 of 1 service can be booked.").waitFor();
  await save(page).click();
  await saved(page);
  await lookAtState(page, "business-full");
  const now = await api(PATH);
  equal(now.name, `${ARABIC} ${SCRIPT}`, "the name");
  equal(now.time_zone, "Europe/Berlin", "the zone");
  const monday = [
    { from: "09:00", to: "12:30" },
    { from: "14:00", to: "18:00" },
  ];
  equal([now.hours.monday, now.hours.saturday, now.hours.sunday], [monday, monday, []], "the opening hours");
  equal(now.holidays, [{ name: "Christmas", from: "2026-12-25", to: null, hours: [] }], "the holidays");
  equal(now.services[0].price, { type: "from_to", from_minor: 120050, to_minor: 150000, currency: "EUR" }, "the price");
  const { buffer_before_minutes, buffer_after_minutes, capacity, begins_together } = now.services[0];
  equal([buffer_before_minutes, buffer_after_minutes, capacity, begins_together], [undefined, 15, 2, true], "how it is booked");
  equal(now.bookings, { notice_hours: 24, horizon_days: null }, "the booking rules");
  equal(now.never_promise, ["A price without seeing it"], "promises that are never made");
  equal(now.escalation.targets, ["operator", "+49305550172"], "escalation targets");
  await page.reload();
  await page.getByRole("button", { name: "Boiler service", exact: false }).first().waitFor();
  await page.getByText(`${ARABIC} ${SCRIPT}`, { exact: false }).first().waitFor();
});

test("business::of_two_who_save_at_once_both_keep_what_they_wrote", async (open) => {
  await describe({ name: "Lovelace", trade: "Plumber", notes: "Old." });
  const page = await open({ allowed: ["409 (Conflict)", "Failed to load resource"] });
  // The live view is blocked, so the page hears of the change only when its save is refused.
  await page.route(/\/api\/v1\/live/, (route) => route.abort());
  await page.goto(`${origin}/business`);
  await field(page, "Trade").fill("Plumber and heating engineer");
  await field(page, "Name").fill("Lovelace & Sons");
  // Meanwhile another user changes the same part and another one.
  await describe({ name: "Lovelace Ltd", trade: "Plumber", notes: "New." });
  await save(page).click();
  const alert = page.getByRole("alert").filter({ hasText: "Someone else saved changes in the meantime." });
  await alert.waitFor();
  must((await alert.innerText()).includes("Their changes are merged in below: notes."), await alert.innerText());
  equal(await field(page, "What else the assistant should know").inputValue(), "New.", "the other user's notes");
  equal(await field(page, "Trade").inputValue(), "Plumber and heating engineer", "the trade entered here");
  equal(await field(page, "Name").inputValue(), "Lovelace & Sons", "the name, which both have changed");
  await lookAtState(page, "business-conflict");
  await alert.getByRole("button", { name: "Use theirs: name" }).click();
  await save(page).click();
  await saved(page);
  const { name, trade, notes } = await api(PATH);
  equal({ name, trade, notes }, { name: "Lovelace Ltd", trade: "Plumber and heating engineer", notes: "New." }, "the business");

  // Words typed while the page saves stay, and are saved next.
  let answer;
  const isWritten = new Promise((resolve) => (answer = resolve));
  await page.route(`**${PATH}`, async (route) => {
    if (route.request().method() !== "PUT") return route.continue();
    const response = await route.fetch();
    await isWritten;
    return route.fulfill({ response });
  });
  await field(page, "Trade").fill("Plumber");
  await save(page).click();
  await until("the trade", async () => (await api(PATH)).trade === "Plumber");
  await field(page, "Name").fill("Lovelace and Daughters");
  answer();
  await until("the end of the save", async () => (await save(page).getAttribute("aria-disabled")) === "false");
  await save(page).click();
  await until("the name", async () => (await api(PATH)).name === "Lovelace and Daughters");
});

test("business::a_switch_or_a_kind_of_price_tried_out_loses_nothing", async (open) => {
  const services = [{ name: "Gate", price: { type: "fixed", currency: "EUR", amount_minor: 4_990 } }];
  const escalation = { targets: ["operator"], when: "open_hours", otherwise: "call_again" };
  await describe({ name: "Lovelace", hours: { monday: [{ from: "10:15", to: "16:45" }] }, services, escalation });
  const page = await open({ locale: "en-GB" });
  await page.goto(`${origin}/business`);
  const opens = field(page, "Monday, opens");
  equal(await opens.inputValue(), "10:15", "Monday's opening time at first");
  const turnTwice = async (name) => {
    await page.getByRole("switch", { name }).click();
    await page.getByRole("switch", { name }).click();
  };
  await turnTwice("This business has opening hours");
  equal(await opens.inputValue(), "10:15", "Monday's opening time");
  equal(await field(page, "Tuesday, opens").count(), 0, "opening times on Tuesday");

  await turnTwice("People can be reached for callers");
  const people = page.getByRole("region", { name: "When a caller needs a person" });
  equal(await people.getByRole("combobox", { name: "Person 1" }).inputValue(), "operator", "who is asked");
  equal(await people.getByRole("combobox", { name: "When", exact: true }).inputValue(), "open_hours", "when");

  const service = page.getByRole("region", { name: "Services" });
  await service.getByRole("button", { name: /^Gate/ }).click();
  const amount = service.getByRole("textbox", { name: "Amount" });
  const before = await amount.inputValue();
  const price = service.getByRole("combobox", { name: "Price" });
  await price.selectOption({ label: "On request" });
  await price.selectOption({ label: "Fixed price" });
  equal(await amount.inputValue(), before, "the price");
});

test("business::a_discarded_first_description_keeps_the_browsers_time_zone", async (open) => {
  const page = await open({ timezoneId: "Asia/Tokyo" });
  const days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
  const hours = Object.fromEntries(days.map((day) => [day, day === "monday" ? [{ from: "09:00", to: "17:00" }] : []]));
  await page.route(`**${PATH}`, async (route) => {
    const answer = await route.fetch();
    return route.fulfill({ response: answer, json: { ...(await answer.json()), revision: 0, updated_at: null, time_zone: "UTC", hours } });
  });
  await page.goto(`${origin}/business`);
  const zone = page.getByRole("combobox", { name: "Time zone" });
  equal(await zone.inputValue(), "Asia/Tokyo", "the zone at first");
  await field(page, "Trade").fill("Piano tuner");
  const opens = field(page, "Monday, opens");
  const nine = await opens.inputValue();
  await opens.fill("soon");
  const discard = page.getByRole("button", { name: "Discard" });
  await discard.click();
  await discard.waitFor({ state: "detached" });
  equal(await zone.inputValue(), "Asia/Tokyo", "the zone afterwards");
  equal(await opens.inputValue(), nine, "the time, which was never changed");
});

test("business::agents_read_it_only_and_a_failed_request_is_retried", async (open) => {
  await describe({ name: "Lovelace", services: [{ name: "Boiler service" }] });
  const page = await open({ stranger: true, allowed: ["Failed to load resource"] });
  await signIn(page, house, (await person("Bea")).email);
  await page.route(`**${PATH}`, (route) => route.abort());
  await page.goto(`${origin}/business`);
  await page.getByRole("alert").filter({ hasText: "The server can’t be reached." }).waitFor();
  await page.unroute(`**${PATH}`);
  await page.getByRole("button", { name: "Try again" }).click();
  await page.getByRole("region", { name: "Services" }).getByText("Boiler service").waitFor();
  equal(await page.getByRole("main").getByRole("textbox").count(), 0, "fields");
  await lookAtState(page, "business-read");
});

test("business::the_frame_and_its_pages_ask_for_it_once", async (open) => {
  await describe({ name: "Lovelace", time_zone: "Europe/Berlin" });
  const page = await open();
  // Without the live view of changes: its first message makes the frame load it again.
  await page.route("**/api/v1/live?topics=changes", () => undefined);
  const requests = [];
  page.on("request", (request) => new URL(request.url()).pathname === PATH && requests.push(request.url()));
  for (const [path, heading] of [["/business", "Business"], ["/appointments", "Appointments"]]) {
    requests.length = 0;
    await page.goto(origin + path);
    await page.getByRole("heading", { level: 1, name: heading }).waitFor();
    if (path === "/business") await until("the name", async () => (await field(page, "Name").inputValue()) === "Lovelace");
    else await page.getByRole("button", { name: "New appointment" }).waitFor();
    equal(requests.length, 1, `requests at ${path}`);
  }
});

test("business::auf_deutsch_und_wer_geht_ohne_zu_speichern_wird_gefragt", async (open) => {
  await describe({ name: "Lovelace" });
  const page = await open({ locale: "de-DE" });
  await page.goto(`${origin}/team`);
  const menu = page.getByRole("navigation", { name: "Hauptmenü" });
  await menu.getByRole("link", { name: "Betrieb", exact: true }).click();
  await page.getByRole("heading", { level: 1, name: "Betrieb" }).waitFor();
  await field(page, "Gewerbe").fill("Installateur");
  const confirmation = page.getByRole("dialog");
  for (const leave of [() => menu.getByRole("link", { name: "Team" }).click(), () => page.goBack()]) {
    await leave();
    await confirmation.getByRole("button", { name: "Hier bleiben" }).click();
    equal(await field(page, "Gewerbe").inputValue(), "Installateur", "was geschrieben ist");
  }
  must(page.url().endsWith("/business"), page.url());
  await page.getByRole("button", { name: "Speichern" }).click();
  await page.getByText("Betrieb gespeichert.").first().waitFor();
  equal((await api(PATH)).trade, "Installateur", "das Gewerbe");
});
