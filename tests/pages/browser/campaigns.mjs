// Campaigns: creating and controlling one, importing a list, the do-not-call list, and what readers see.
import { api, equal, goWithin, house, must, origin, test, until } from "./stage.mjs";
import { field, tabTo } from "./people.mjs";
import { pageOf, person } from "./desk/people.mjs";
import { lookAtState, mustBeWrong } from "./views.mjs";

const PATH = "/api/v1/campaigns";
const made = async (name) => (await house.send("POST", PATH, { name })).json();
const stands = (page, words) => page.locator("main header").getByText(words, { exact: true }).waitFor();
const row = (page, number) => page.getByRole("row").filter({ has: page.getByRole("rowheader", { name: number, exact: true }) });
const announced = (page, words) => page.getByRole("status").filter({ hasText: words }).first().waitFor();

/** A weekday, as the API counts it and by its name, that begins in a day at the earliest in any time zone, so that nobody may be called before. */
function later() {
  for (let ahead = 2; ; ahead += 1) {
    const at = new Date(Date.now() + ahead * 86_400_000);
    const day = at.getUTCDay();
    if (day >= 1 && day <= 5) return { day, dayName: at.toLocaleDateString("en-US", { weekday: "long", timeZone: "UTC" }) };
  }
}

test("campaigns::one_is_made_and_steered_by_the_keyboard_alone", async (open) => {
  const page = await open();
  // As if there were no campaigns, whatever other tests have left.
  await page.route(`**${PATH}`, (route) => route.fulfill({ json: { items: [], next_cursor: null } }));
  await page.goto(`${origin}/campaigns`);
  await page.getByRole("heading", { name: "No campaigns yet" }).waitFor();
  await page.unroute(`**${PATH}`);
  await page.getByRole("button", { name: "New campaign" }).focus();
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog", { name: "New campaign" });
  await dialog.waitFor();
  await lookAtState(page, "campaigns-new");
  await field(dialog, "Name").focus();
  await page.keyboard.press("Enter");
  await mustBeWrong(page, field(dialog, "Name"), "It must be filled in");
  await page.keyboard.insertText("Renewals <b>in May</b>");
  await tabTo(page, field(dialog, "Calls at once"));
  await page.keyboard.type("3");
  const { day, dayName } = later();
  await tabTo(page, field(dialog, dayName));
  await page.keyboard.type("17-9");
  await page.keyboard.press("Enter");
  await mustBeWrong(page, field(dialog, dayName), "Enter hours such as 09:00–17:00");
  await page.keyboard.press("Control+a");
  await page.keyboard.type("9-12, 13:00-17:00");
  await tabTo(page, field(dialog, "Assumed time zones"));
  await page.keyboard.type("Moscow");
  await page.keyboard.press("Enter");
  await mustBeWrong(page, field(dialog, "Assumed time zones"), "Enter time zones such as Europe/Moscow");
  await page.keyboard.press("Control+a");
  await page.keyboard.type("europe/moscow");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Renewals <b>in May</b>", level: 1 }).waitFor();
  await stands(page, "Not started");
  const id = page.url().split("/").at(-1);
  const { settings } = await api(`${PATH}/${id}`);
  const windows = [
    { day, from_minute: 540, to_minute: 720 },
    { day, from_minute: 780, to_minute: 1_020 },
  ];
  const { hours } = settings.rules;
  equal([settings.rules.at_once_max, hours.windows, hours.assumed_zones], [3, windows, ["Europe/Moscow"]], "the saved settings");

  // A contact on the do-not-call list, and one whose hours come in some days.
  const [never, soon] = ["+493055501232", "+493055501233"];
  await house.send("POST", "/api/v1/suppressions", { number: never, evidence: "asked for it" });
  await house.send("POST", `${PATH}/${id}/contacts`, { contacts: [never, soon].map((number) => ({ number, consent: "form 7" })) });
  await row(page, soon).getByText("Waiting").waitFor();

  await tabTo(page, page.getByRole("button", { name: "Start", exact: true }));
  await page.keyboard.press("Enter");
  // Before the start, the dialog says how many contacts will be called.
  const starts = page.getByRole("dialog", { name: /^Start Renewals/ });
  await starts.getByText("2 contacts are called from now on").waitFor();
  await page.keyboard.press("Escape");
  await starts.waitFor({ state: "hidden" });
  equal((await api(`${PATH}/${id}`)).state, "draft", "the state after cancelling the start");
  await page.keyboard.press("Enter");
  await tabTo(page, starts.getByRole("button", { name: "Start", exact: true }));
  await page.keyboard.press("Enter");
  await stands(page, "Calling");
  // The page follows the server's changes to the contacts.
  await row(page, never).getByText("On the do-not-call list").waitFor();
  await row(page, soon).getByText("Waiting, not before").waitFor();
  await page.getByText("1 on the do-not-call list").waitFor();
  must(await page.getByRole("button", { name: "Pause", exact: true }).evaluate((it) => it === document.activeElement), "the focus is lost");
  await page.keyboard.press("Enter");
  await stands(page, "Paused");
  // Another user resumes it.
  await house.send("POST", `${PATH}/${id}/resume`);
  await stands(page, "Calling");
  await tabTo(page, page.getByRole("button", { name: "Stop", exact: true }));
  await page.keyboard.press("Enter");
  const asks = page.getByRole("dialog", { name: /^Stop Renewals/ });
  await asks.waitFor();
  await page.keyboard.press("Escape");
  await asks.waitFor({ state: "hidden" });
  equal((await api(`${PATH}/${id}`)).state, "running", "the state after cancelling the stop");
  await page.keyboard.press("Enter");
  await tabTo(page, asks.getByRole("button", { name: "Stop", exact: true }));
  await page.keyboard.press("Enter");
  await stands(page, "Stopped");
  equal((await api(`${PATH}/${id}`)).state, "stopped", "the campaign");
  equal(await page.getByRole("button", { name: "Start", exact: true }).count(), 0, "buttons that start a stopped campaign");
});

test("campaigns::agents_who_preview_call_contacts_one_by_one", async (open) => {
  await house.send("POST", "/api/v1/queues", { name: "previewers", title: "Previewers" });
  const settings = { queue: "previewers", abandoned_message: "This was Miller.", rules: { mode: "preview", consent: "form 7", at_once_max: 3 } };
  const { id } = await house.api(PATH, { name: "Shown first", settings });
  const contacts = ["+493055501281", "+493055501282"].map((number) => ({ number, consent: "form 7" }));
  await house.send("POST", `${PATH}/${id}/contacts`, { contacts });
  const page = await open();
  await page.goto(`${origin}/campaigns/${id}`);
  await page.getByText("previewers · Agents, who see each contact first").waitFor();
  await row(page, "+493055501281").waitFor();
  await page.getByRole("button", { name: "Start", exact: true }).click();
  const starts = page.getByRole("dialog", { name: "Start Shown first?" });
  await starts.getByText("2 contacts are shown to agents from now on").waitFor();
  equal(await starts.getByText("at once").count(), 0, "limits that do not apply");
});

test("campaigns::a_file_is_looked_at_before_it_is_taken_in", async (open) => {
  const { id } = await made("From a file");
  const page = await open({ allowed: ["422 (Unprocessable"] });
  await page.goto(`${origin}/campaigns/${id}`);
  await page.getByRole("button", { name: "Import" }).click();
  const dialog = page.getByRole("dialog", { name: "Contacts from a file" });
  // As a spreadsheet saves it: an unusual column name, no country code, not UTF-8, and an invalid number.
  const file = Buffer.from("Rufnr;Vorname\n030 1234567;Jürgen Müller\n12;Eve\n+493012345679;Bo\n", "latin1");
  await dialog.getByLabel("File", { exact: true }).setInputFiles({ name: "list.csv", mimeType: "text/csv", buffer: file });
  await dialog.getByRole("alert").filter({ hasText: "first row" }).waitFor();
  await dialog.getByRole("combobox", { name: "Number" }).selectOption("Rufnr");
  await dialog.getByText("1 of 3 rows can be imported.").waitFor();
  await field(dialog, "Country code of numbers without one").fill("49");
  await page.keyboard.press("Tab");
  await dialog.getByText("2 of 3 rows can be imported.").waitFor();
  await dialog.getByText("read as windows-1252").waitFor();
  await dialog.getByText("{{lead.vorname}}").waitFor();
  const wrong = dialog.getByRole("region", { name: /^Errors/ }).getByRole("row").last();
  equal((await wrong.innerText()).split("\t").map((cell) => cell.trim()).slice(0, 2), ["3", "number"], "the row with an error");
  await lookAtState(page, "campaigns-file");
  equal((await api(`${PATH}/${id}/progress`)).contacts, 0, "contacts after a preview");
  await dialog.getByRole("button", { name: "Import 2" }).click();
  await dialog.waitFor({ state: "hidden" });
  await announced(page, "2 contacts added to the list.");
  await row(page, "+49301234567").getByText("Jürgen Müller").waitFor();
  await row(page, "+493012345679").getByText("Waiting").waitFor();

  // Another contact is added by hand, with the keyboard alone; errors are shown at the fields.
  await page.getByRole("button", { name: "Add a contact" }).focus();
  await page.keyboard.press("Enter");
  const adds = page.getByRole("dialog", { name: "Add a contact" });
  await adds.waitFor();
  await page.keyboard.type("030 1234567");
  await tabTo(page, field(adds, "Name"));
  await page.keyboard.insertText("Åsa <b>Berg</b>");
  await tabTo(page, field(adds, "What else the assistant knows"));
  await page.keyboard.type("order 17");
  await tabTo(page, adds.getByRole("button", { name: "Add to the list" }));
  await page.keyboard.press("Enter");
  await mustBeWrong(page, field(adds, "What else the assistant knows"), "Enter each line as order = 17");
  await field(adds, "What else the assistant knows").fill("order = 17\nshop = Köln & Sons");
  await page.keyboard.press("Shift+Tab");
  await field(adds, "Time zone").fill("Mars/North");
  await page.keyboard.press("Enter");
  await mustBeWrong(page, field(adds, "Number"), "country code");
  await adds.getByRole("alert").filter({ hasText: "IANA" }).waitFor();
  await lookAtState(page, "campaigns-add");
  await field(adds, "Time zone").fill("Europe/Stockholm");
  await field(adds, "Number").fill("+46 8 123 456 78");
  await page.keyboard.press("Enter");
  await adds.waitFor({ state: "hidden" });
  await announced(page, "1 contact added to the list.");
  await row(page, "+46812345678").getByText("Åsa <b>Berg</b>").waitFor();
  const [by] = (await api(`${PATH}/${id}/contacts?number=${encodeURIComponent("+46812345678")}`)).items;
  equal([by.zone, by.variables], ["Europe/Stockholm", { name: "Åsa <b>Berg</b>", order: "17", shop: "Köln & Sons" }], "the added contact");

  await page.getByRole("combobox", { name: "State", exact: true }).selectOption("done");
  await page.getByText("No matches.").waitFor();
  must(page.url().endsWith("?state=done"), page.url());
  equal(await page.getByRole("link", { name: "CSV" }).getAttribute("href"), `${PATH}/${id}/contacts.csv?state=done`);
  await page.getByRole("button", { name: "Clear" }).click();
  // While a number is incomplete no contact is listed, and no file of all contacts is offered.
  await page.getByRole("searchbox", { name: "Find a number" }).fill("1234567");
  await page.getByText("Enter the whole number, with its country code.").waitFor();
  equal(await page.getByRole("link", { name: "CSV" }).count(), 0, "files for an incomplete number");
  await page.getByRole("searchbox", { name: "Find a number" }).fill("+49 30 1234567");
  await row(page, "+493012345679").waitFor({ state: "hidden" });
  const csv = await (await page.context().request.get(`${origin}${PATH}/${id}/contacts.csv`)).text();
  must(csv.includes("'+49301234567,waiting") && csv.includes("Jürgen Müller"), csv);

  // A second variant is refused if it equals the first.
  const [{ name: profile }] = (await api("/api/v1/agent-profiles")).items;
  await page.getByRole("button", { name: "Edit campaign" }).click();
  const varies = page.getByRole("dialog", { name: "Edit campaign" });
  await field(varies, "Assistant").selectOption(profile);
  await varies.getByRole("switch", { name: "Compare a second variant" }).check();
  await varies.getByRole("button", { name: "Save" }).click();
  await mustBeWrong(page, field(varies, "Its version"), "another profile or version");
  await field(varies, "Its version").fill("1");
  await field(varies, "Contacts who get it").fill("30");
  await varies.getByRole("button", { name: "Save" }).click();
  await varies.waitFor({ state: "hidden" });
  await announced(page, "With 0 and 0 answered calls it is too early to compare");
  equal((await api(`${PATH}/${id}`)).settings.variant, { profile: null, version: 1, share_permille: 300 }, "variant B");

  // Each call shows one of several numbers: chosen from the organization's own, or typed, with the keyboard alone.
  await page.route("**/api/v1/caller-ids", (route) => route.fulfill({ json: { numbers: ["+493012345", "+4940123456"], others: true } }));
  await page.getByRole("button", { name: "Edit campaign" }).click();
  const shows = page.getByRole("dialog", { name: "Edit campaign" });
  const several = shows.getByRole("combobox", { name: "Or one of several numbers" });
  const chosen = shows.getByRole("list", { name: "Chosen caller IDs" }).getByRole("listitem");
  await several.fill("030 12345");
  await shows.getByRole("button", { name: "Save" }).click();
  await mustBeWrong(page, several, "country code");
  await page.keyboard.press("Control+a");
  await page.keyboard.type("+49 30 12");
  await page.getByRole("option", { name: "+493012345", exact: true }).waitFor();
  await page.keyboard.press("Enter");
  await chosen.filter({ hasText: "+493012345" }).waitFor();
  await announced(shows, "+493012345 added.");
  await page.keyboard.type("+49 40 99999");
  await page.getByRole("option", { name: "Show +494099999" }).waitFor();
  await page.keyboard.press("Enter");
  await chosen.filter({ hasText: "+494099999" }).waitFor();
  await shows.getByRole("button", { name: "Remove +494099999" }).focus();
  await page.keyboard.press("Enter");
  await chosen.filter({ hasText: "+494099999" }).waitFor({ state: "hidden" });
  must(await several.evaluate((it) => it === document.activeElement), "the focus is lost after removing a number");
  // A typed number counts even if it wasn't chosen from the list.
  await page.keyboard.type("0049 (0)89 123456");
  await field(shows, "Calls per day for each number").fill("50");
  await shows.getByRole("button", { name: "Save" }).click();
  await shows.waitFor({ state: "hidden" });
  await page.unroute("**/api/v1/caller-ids");
  const { caller_ids, caller_id_calls_per_day_max } = (await api(`${PATH}/${id}`)).settings;
  equal([caller_ids, caller_id_calls_per_day_max], [["+493012345", "+4989123456"], 50], "caller ids");
  await page.getByRole("table", { name: "Caller IDs" }).getByRole("rowheader", { name: "+4989123456" }).waitFor();

  // Agents of a queue may talk instead of the assistant.
  await house.send("POST", "/api/v1/queues", { name: "renewals", title: "Renewals" });
  await page.getByRole("button", { name: "Edit campaign" }).click();
  const changes = page.getByRole("dialog", { name: "Edit campaign" });
  await changes.getByText("What countries allow").click();
  await changes.getByText("R.I. Gen. Laws 5-61-2").waitFor();
  await lookAtState(page, "campaigns-country-rules");
  await field(changes, "Who talks").selectOption("predictive");
  await changes.getByRole("button", { name: "Save" }).click();
  await mustBeWrong(page, field(changes, "Queue of the agents"), "Choose the agents’ queue.");
  await field(changes, "Queue of the agents").selectOption("renewals");
  await field(changes, "Message when nobody is free").fill("This was Miller, 030 1234.");
  await field(changes, "Nobody free at most").fill("20");
  await lookAtState(page, "campaigns-agents");
  await changes.getByRole("button", { name: "Save" }).click();
  await changes.waitFor({ state: "hidden" });
  const { name, settings } = await api(`${PATH}/${id}`);
  const { mode, abandoned_permille_max } = settings.rules;
  equal([mode, settings.queue, abandoned_permille_max], ["predictive", "renewals", 20], "who talks with the contacts");
  await page.getByText("Nobody free in 24 h").waitFor();
  // Consent is set, since nobody could be called without it.
  equal((await house.send("PUT", `${PATH}/${id}`, { name, settings: { ...settings, rules: { ...settings.rules, consent: "form 7" } } })).status, 200, "consent");

  // The page of a campaign that has made calls.
  const call = "00000000-0000-4000-8000-000000000001";
  const closed = { call_id: call, number: "+49301234567", state: "closed", outcome: "talked", disposition: { id: "00000000-0000-4000-8000-000000000009", name: "Wants an offer", by: "assistant" }, variant: null, shown: "+493012345", reserved_at: "2026-05-04T09:00:00Z", closed_at: "2026-05-04T09:01:00Z" };
  const alter = (url, change) => page.route(url, async (route) => route.fulfill({ json: { ...(await (await route.fetch()).json()), ...change } }));
  await alter(`**${PATH}/${id}`, { state: "running", trouble: "no switch is connected" });
  await alter(/\/contacts\/[0-9a-f-]{36}$/, { attempts: [closed] });
  await alter(`**${PATH}/${id}/progress`, { contacts: 2, waiting: 1, done: 1, ends: [{ end: "reached", count: 1 }], outcomes: [{ outcome: "talked", count: 1 }], abandon_rate: { live: 240, abandoned: 7, permille: 30 } });
  const cost = { outcome: "talked", count: 1, kept: 1, cost_micros: 81_200, talk_ms: 60_000, cost_per_call_micros: 81_200 };
  const variant = (version, answered, reached, share) => ({ profile: "receptionist", version, attempts: 200, answered, reached, share });
  const [a, b] = [variant(3, 120, 50, { share: 0.417, low: 0.332, high: 0.506 }), variant(4, 118, 42, { share: 0.356, low: 0.276, high: 0.445 })];
  const comparison = { since: "2026-05-04T09:00:00Z", a, b, p_value: 0.336, answered_min: 100, verdict: "may_be_chance" };
  const hours = [{ hour: 10, weekend: false, rang: 400, answered: 60, lift: 0.52 }, { hour: 18, weekend: true, rang: 200, answered: 90, lift: 1.61 }];
  await alter(`**${PATH}/${id}/outcomes`, { currency: "EUR", calls: 1, cost_micros: 81_200, outcomes: [cost], contacts_talked: 1, cost_per_contact_talked_micros: 81_200, comparison, dispositions: [{ id: closed.disposition.id, name: closed.disposition.name, count: 4, by_assistant: 3, by_agents: 1 }], hours });
  const resting = { number: "+493012345", calls_today: 50, rang: 40, answered: 10, rests_until: "2026-05-05T00:00:00Z", rests_because: "day_maximum" };
  await alter(`**${PATH}/${id}/caller-ids`, { items: [resting] });
  // A call is in progress.
  const [calling, ringing] = [{ ...by, state: "calling" }, "00000000-0000-4000-8000-000000000002"];
  await page.route(/\/contacts\?state=calling&limit=20$/, (route) => route.fulfill({ json: { items: [calling], next_cursor: null } }));
  const openCall = { ...closed, call_id: ringing, number: by.number, state: "dialled", outcome: null, disposition: null, closed_at: null };
  await page.route(`**${PATH}/${id}/contacts/${by.id}`, (route) => route.fulfill({ json: { ...calling, attempts: [openCall] } }));
  await page.reload();
  await announced(page, "The latest call could not be made: no switch is connected.");
  const live = page.getByRole("region", { name: "Live calls" }).getByRole("listitem");
  await live.filter({ hasText: by.number }).filter({ hasText: "Åsa <b>Berg</b>" }).waitFor();
  equal(await live.getByRole("link", { name: "The call" }).getAttribute("href"), `/calls/${ringing}`, "the link to the call in progress");
  const shown = page.getByRole("table", { name: "Caller IDs" }).getByRole("row").last();
  equal((await shown.innerText()).split("\t").map((cell) => cell.trim()).slice(0, 3), ["+493012345", "50", "25%"], "a number that is paused");
  await shown.getByText("it reached its daily limit").waitFor();
  await row(page, "+49301234567").getByRole("button", { name: "Calls to +49301234567" }).click();
  const link = page.getByRole("listitem").filter({ hasText: "Talked with" }).getByRole("link", { name: "The call" });
  equal(await link.getAttribute("href"), `/calls/${call}`);
  await page.getByText("Showed +493012345").waitFor();
  await page.getByRole("listitem").filter({ hasText: "Wants an offer by the assistant" }).waitFor();
  await page.getByText("1 reached").waitFor();
  await page.getByText("2.9%").waitFor();
  await page.getByText("7 of 240 answered calls found nobody free").waitFor();
  const calls = page.getByRole("table", { name: "Calls by outcome" });
  equal((await calls.getByRole("row").last().innerText()).split("\t").map((cell) => cell.trim()).filter(Boolean), ["Talked with", "1", "100%", "€0.08", "€0.0812"], "the costs of calls");
  const ends = page.getByRole("table", { name: "Calls by disposition" });
  equal((await ends.getByRole("row").last().innerText()).split("\t").map((cell) => cell.trim()).filter(Boolean), ["Wants an offer", "4", "100%", "3"], "dispositions by the assistant");
  const byHour = page.getByRole("table", { name: "Answers by local hour of the person called" });
  const cells = (await byHour.getByRole("row").allInnerTexts()).slice(1).map((text) => text.split("\t").map((cell) => cell.replace(/\s+/g, " ").trim()).filter(Boolean));
  equal(cells, [["10:00 AM", "400", "15%", "0.5 times"], ["06:00 PM, at weekends", "200", "45%", "1.6 times"]], "the hours when contacts answer");
  await announced(page, "With 120 and 118 answered calls the difference may be chance (p = 0.34).");
  const ofB = page.getByRole("table", { name: "Comparison of two variants" }).getByRole("row").last();
  equal((await ofB.innerText()).split("\t").map((cell) => cell.trim()), ["B receptionist, version 4", "200", "118", "35.6%", "27.6%–44.5%"], "variant B");
  await lookAtState(page, "campaign");

  // The server simulates a forecast from the owner's assumptions.
  await page.getByRole("button", { name: "Forecast" }).click();
  const forecast = page.getByRole("dialog", { name: "Forecast" });
  await forecast.getByText("The answer rates are a guess").waitFor();
  await field(forecast, "Answered by a person").fill("0");
  await field(forecast, "Agents").fill("2");
  await field(forecast, "Length of a conversation").fill("0");
  await forecast.getByRole("button", { name: "Simulate" }).click();
  await mustBeWrong(page, field(forecast, "Length of a conversation"), "must be 1 or more");
  await field(forecast, "Length of a conversation").fill("60");
  await forecast.getByRole("button", { name: "Simulate" }).click();
  await forecast.getByRole("row", { name: /^No answer/ }).waitFor();
  await forecast.getByText("With further tries at the hour at which most people answer it would be").waitFor();
  await forecast.getByRole("row", { name: /^Talked with/ }).waitFor({ state: "hidden" });
  await lookAtState(page, "campaign-forecast");
  await page.keyboard.press("Escape");
  await forecast.waitFor({ state: "hidden" });
});

test("campaigns::a_filter_is_counted_first_and_conflicting_changes_are_kept", async (open) => {
  const { id } = await made("Berlin alone");
  const ofTwo = await made("Two owners");
  const people = ["Berlin", "BERLIN", "Köln"].map((city, nth) => ({ number: `+49305550124${nth}`, variables: { city } }));
  await house.send("POST", `${PATH}/${id}/contacts`, { contacts: people });
  const page = await open({ allowed: ["422 (Unprocessable", "409 (Conflict)"] });
  await page.goto(`${origin}/campaigns/${id}`);
  await row(page, people[2].number).getByText("Waiting").waitFor();
  await page.getByRole("button", { name: "Edit campaign" }).click();
  const dialog = page.getByRole("dialog", { name: "Edit campaign" });
  // By keyboard: a new condition gets the focus.
  await dialog.getByRole("button", { name: "Add a condition" }).focus();
  await page.keyboard.press("Enter");
  const variable = field(dialog, "Name of the variable");
  await until("the new condition has the focus", () => variable.evaluate((it) => it === document.activeElement));
  await page.keyboard.press("Enter");
  await mustBeWrong(page, variable, "Enter the variable’s name");
  await page.keyboard.type("city");
  await field(dialog, "Value").fill("berlin");
  await dialog.getByRole("button", { name: "Count" }).click();
  await announced(dialog, "Match: 2. Left out: 1. Would wait for a call: 2.");
  equal((await api(`${PATH}/${id}/progress`)).left_out, 0, "contacts left out after counting");
  await lookAtState(page, "campaigns-filter");
  await dialog.getByRole("button", { name: "Save" }).click();
  await dialog.waitFor({ state: "hidden" });
  await row(page, people[2].number).getByText("Left out by the filter").waitFor();
  await page.getByText("the filter keeps 2 and leaves out 1").waitFor();
  const condition = { of: "variable", variable: "city", is: "equals", value: "berlin" };
  equal((await api(`${PATH}/${id}`)).settings.filter, { needs: "all", conditions: [condition] }, "the filter");
  await page.getByRole("combobox", { name: "State", exact: true }).selectOption("left_out");
  await row(page, people[0].number).waitFor({ state: "hidden" });
  await row(page, people[2].number).waitFor();

  // An error that only the server finds is shown at its field.
  await page.getByRole("button", { name: "Edit campaign" }).click();
  await dialog.getByRole("button", { name: "Add a condition" }).click();
  const second = dialog.getByRole("group", { name: "Condition 2" });
  await field(second, "Fact").selectOption("country");
  await field(second, "Value").fill("Germany");
  await dialog.getByRole("button", { name: "Save" }).click();
  await mustBeWrong(page, field(second, "Value"), "two letters");
  // Without conditions everyone is called.
  for (const nth of [2, 1]) await dialog.getByRole("button", { name: `Remove condition ${nth}` }).click();
  await dialog.getByRole("button", { name: "Save" }).click();
  await dialog.waitFor({ state: "hidden" });
  await page.getByRole("button", { name: "Clear" }).click();
  await row(page, people[2].number).getByText("Waiting").waitFor();
  await changesOfTwoOwners(page, ofTwo);
});

/** Another user renames a campaign just before this page's change of its rules arrives. */
async function changesOfTwoOwners(page, { id }) {
  await goWithin(page, `/campaigns/${id}`);
  await page.getByRole("heading", { name: "Two owners", level: 1 }).waitFor();
  await page.getByRole("button", { name: "Edit campaign" }).click();
  const dialog = page.getByRole("dialog", { name: "Edit campaign" });
  await field(dialog, "Calls at once").fill("7");
  // The other user's change is saved just before this page's request arrives, so the page can't know of it.
  let isTheirs = false;
  await page.route(`**${PATH}/${id}`, async (route) => {
    if (route.request().method() === "PUT" && !isTheirs) {
      isTheirs = true;
      must((await house.send("PATCH", `${PATH}/${id}`, { name: "Two owners <b>in May</b>" })).ok, "the other user's name was refused");
    }
    await route.continue();
  });
  await dialog.getByRole("button", { name: "Save" }).click();
  await dialog.getByText("Someone else changed this in the meantime. Review the changes, then save again.").waitFor();
  await until("the other user's name in the form", async () => (await field(dialog, "Name").inputValue()) === "Two owners <b>in May</b>");
  equal(await field(dialog, "Calls at once").inputValue(), "7", "what this user typed");
  equal((await api(`${PATH}/${id}`)).settings.rules.at_once_max, 1, "the saved value after the refusal");
  // Starting the campaign meanwhile causes no conflict: the form stays usable.
  must((await house.send("POST", `${PATH}/${id}/start`)).ok, "the start was refused");
  await page.locator("main header").getByText("Not started", { exact: true }).waitFor({ state: "detached" });
  await dialog.getByRole("button", { name: "Save" }).click();
  await dialog.waitFor({ state: "hidden" });
  const { name, settings } = await api(`${PATH}/${id}`);
  equal([name, settings.rules.at_once_max], ["Two owners <b>in May</b>", 7], "both changes");
}

test("campaigns::a_wrong_value_in_a_hidden_field_blocks_nothing", async (open) => {
  const { id } = await made("Hidden value");
  const page = await open();
  await page.goto(`${origin}/campaigns/${id}`);
  await page.getByRole("button", { name: "Edit campaign" }).click();
  const dialog = page.getByRole("dialog", { name: "Edit campaign" });
  const compares = dialog.getByRole("switch", { name: "Compare a second variant" });
  await compares.check();
  await field(dialog, "Contacts who get it").fill("500");
  await compares.uncheck();
  await field(dialog, "Name").fill("No comparison");
  await dialog.getByRole("button", { name: "Save" }).click();
  await dialog.waitFor({ state: "hidden" });
  const { name, settings } = await api(`${PATH}/${id}`);
  equal([name, settings.variant], ["No comparison", null], "the saved campaign");
});

test("campaigns::a_service_adds_people_over_a_link_that_is_tried_made_and_revoked", async (open) => {
  const { id } = await made("Over a link");
  const page = await open();
  await page.goto(`${origin}/campaigns/${id}`);
  await page.getByRole("button", { name: "Contact links" }).click();
  // The dialog's name changes with its contents.
  const dialog = page.getByRole("dialog", { name: /^(Contact links|New link)$/ });
  await dialog.getByText("No contact links yet.").waitFor();
  await dialog.getByRole("button", { name: "New link" }).focus();
  await page.keyboard.press("Enter");
  await until("the focus in the form", () => field(dialog, "Name").evaluate((it) => it === document.activeElement));
  await page.keyboard.type("Form <b>7</b>");
  const lead = { lead: { telefon: "030 12345678", name: "Ada" }, agree: "yes" };
  const look = dialog.getByRole("button", { name: "Try the example" });
  const seen = dialog.getByRole("status");
  await field(dialog, "Example data from the service").fill(JSON.stringify(lead));
  await look.click();
  await seen.getByText("country code").waitFor();
  await field(dialog, "Country code of numbers without one").fill("49");
  await field(dialog, "Consent").fill("agree");
  await field(dialog, "Evidence of consent").fill("form 7");
  await look.click();
  await seen.getByText("would be added").waitFor();
  await seen.getByText("+493012345678").waitFor();
  await seen.getByText("form 7").waitFor();
  await lookAtState(page, "campaigns-link");
  equal((await api(`${PATH}/${id}/contacts`)).items, [], "contacts after an example");

  await dialog.getByRole("button", { name: "Create link" }).click();
  const once = dialog.getByRole("group", { name: /^The address of Form/ });
  const address = new URL(await once.locator("code").innerText()).pathname;
  must(await once.evaluate((it) => it === document.activeElement), "the address does not have the focus");
  // Closing the dialog would lose it.
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Stay here" }).click();
  await once.waitFor();
  // So would a change of the link.
  await dialog.getByRole("button", { name: "Edit Form <b>7</b>" }).click();
  const change = page.getByRole("form", { name: "Edit Form <b>7</b>" });
  await field(change, "Signature header").fill("x-form");
  await change.getByRole("button", { name: "Save" }).click();
  await change.waitFor({ state: "detached" });
  equal(new URL(await once.locator("code").innerText()).pathname, address, "the address after a change");
  const headers = { "Content-Type": "application/json" };
  const post = (body) => fetch(`${origin}${address}`, { method: "POST", headers, body: JSON.stringify(body) });
  equal(await (await post(lead)).json(), { added: 1, known: 0, left_out: 0, refused: 0, errors: [] }, "the answer to the service's request");
  equal((await post({ phone: "12" })).status, 422, "a request without a number");
  const [contact] = (await api(`${PATH}/${id}/contacts`)).items;
  equal([contact.number, contact.consent, contact.variables], ["+493012345678", "form 7", { name: "Ada" }], "the added contact");
  const link = dialog.getByRole("listitem").filter({ hasText: "Form <b>7</b>" });
  await link.getByText("1 added, 0 already on the list, 1 refused").waitFor();
  await link.getByText("Latest refusals").click();
  await link.getByText("Number must be a number with its country code").waitFor();
  await lookAtState(page, "campaigns-links");
  await once.getByRole("button", { name: "I have saved it" }).click();
  await once.waitFor({ state: "detached" });
  // With a secret, unsigned requests are refused, so creating one needs a confirmation.
  await dialog.getByRole("button", { name: "Create a signing secret for Form <b>7</b>" }).click();
  const asks = page.getByRole("dialog", { name: /^Create a signing secret for Form/ });
  await asks.getByText("Unsigned data is refused.").waitFor();
  await page.keyboard.press("Escape");
  await asks.waitFor({ state: "hidden" });
  equal((await post(lead)).status, 200, "an unsigned request before there is a secret");
  await dialog.getByRole("button", { name: "Switch off Form <b>7</b>" }).click();
  await link.getByText("Off", { exact: true }).waitFor();
  equal((await post(lead)).status, 404, "a disabled link");
  await dialog.getByRole("button", { name: "Revoke Form <b>7</b>" }).click();
  await page.getByRole("dialog", { name: /^Revoke Form/ }).getByRole("button", { name: "Revoke" }).click();
  await dialog.getByText("No contact links yet.").waitFor();
  await until("the focus on what is left", () => dialog.evaluate((it) => it.querySelector(".acts > .primary") === document.activeElement));
  equal((await api(`${PATH}/${id}/contact-links`)).items, [], "links on record");
});

test("campaigns::those_that_call_come_first_and_one_is_found_by_its_name", async (open) => {
  const first = await made("Found: it calls");
  const link = { name: "Form", mapping: { country_code: "49", evidence: "form 7" } };
  equal((await house.send("POST", `${PATH}/${first.id}/contact-links`, link)).status, 201, "creating a link");
  equal((await house.send("POST", `${PATH}/${first.id}/start`)).status, 200, "starting the campaign");
  for (let nth = 1; nth <= 10; nth += 1) await made(`Found: later ${nth}`);
  const page = await open();
  await page.goto(`${origin}/campaigns`);
  await page.getByRole("searchbox", { name: "Find a campaign" }).fill("found:");
  const names = page.getByRole("table", { name: "Campaigns" }).getByRole("rowheader");
  await until("the matching names", async () => (await names.count()) === 11);
  equal((await names.allInnerTexts()).slice(0, 2), ["Found: it calls", "Found: later 10"], "the order");
  await until("the filter in the address", () => new URL(page.url()).searchParams.get("name") === "found:");
  await page.getByRole("searchbox", { name: "Find a campaign" }).fill("no such name");
  await page.getByText("No campaign has this in its name.").waitFor();

  // A campaign that waits for contacts says so until its link is disabled.
  await goWithin(page, `/campaigns/${first.id}`);
  const waits = page.getByText("Waiting for people from its contact links.");
  await waits.waitFor();
  const links = `${PATH}/${first.id}/contact-links`;
  const [{ id: form }] = (await api(links)).items;
  equal((await house.send("PUT", `${links}/${form}`, { ...link, enabled: false })).status, 200, "disabling the link");
  await waits.waitFor({ state: "detached" });
});

test("campaigns::readers_control_nothing_but_add_do_not_call_numbers", async (open) => {
  const { id } = await made("Only looked at");
  const number = "+493055501231";
  const dora = await person("Dora");
  const page = await pageOf(open, dora, { path: `/campaigns/${id}` });
  await stands(page, "Not started");
  await page.getByText("Nobody is on the list yet.").waitFor();
  for (const name of ["Start", "Import", "Add a contact", "Edit campaign", "Delete campaign"]) {
    equal(await page.getByRole("button", { name, exact: true }).count(), 0, `buttons named ${name}`);
  }
  await page.getByRole("link", { name: "All campaigns" }).click();
  await page.getByRole("link", { name: "Only looked at" }).waitFor();
  equal(await page.getByRole("button", { name: "New campaign" }).count(), 0, "buttons for a new campaign");
  await lookAtState(page, "campaigns");
  await page.getByRole("tab", { name: "Do-not-call list" }).click();
  await page.getByRole("button", { name: "Add a number" }).click();
  const dialog = page.getByRole("dialog", { name: "Add a number" });
  await field(dialog, "Number").fill("+49 30 55501231");
  await field(dialog, "Evidence").fill("Said so on the phone, <b>twice</b>");
  await dialog.getByRole("button", { name: "Add to the list" }).click();
  await row(page, number).getByText("Said so on the phone, <b>twice</b>").waitFor();
  equal(await row(page, number).getByRole("button").count(), 0, "buttons for a number");

  // A user who may change the business removes it, in German.
  const owner = await open({ locale: "de-DE" });
  await owner.goto(`${origin}/campaigns?tab=do-not-call`);
  await owner.getByRole("searchbox", { name: "Nummer suchen" }).fill(number);
  await row(owner, number).getByText("Ein Mensch oder ein Programm").waitFor();
  await lookAtState(owner, "do-not-call");
  await owner.getByRole("button", { name: `${number} von der Liste entfernen` }).click();
  await owner.getByRole("dialog", { name: `${number} von der Liste entfernen?` }).getByRole("button", { name: "Entfernen" }).click();
  await announced(owner, `${number} entfernt. Die Nummer darf wieder angerufen werden.`);
  const onList = async () => (await api(`/api/v1/suppressions?number=${encodeURIComponent(number)}`)).items.length;
  await until("the removal of the number", async () => (await onList()) === 0);
  // The other page updates.
  await row(page, number).waitFor({ state: "hidden" });
});

test("campaigns::costs_are_refreshed_only_while_it_runs", async (open) => {
  const { id } = await made("Costs something");
  // Minutes pass quickly, so that the test needn't wait.
  const hurries = () => {
    for (const name of ["setInterval", "setTimeout"]) {
      const real = window[name];
      window[name] = (act, ms, ...more) => real(act, ms === 10_000 || ms === 60_000 ? 50 : ms, ...more);
    }
  };
  const page = await open({ scripts: [hurries] });
  let requests = 0;
  const shown = { state: "running" };
  await page.route(`**${PATH}/${id}`, async (route) => route.fulfill({ json: { ...(await (await route.fetch()).json()), ...shown } }));
  await page.route(`**${PATH}/${id}/outcomes`, async (route) => {
    requests += 1;
    await route.continue();
  });
  await page.goto(`${origin}/campaigns/${id}`);
  await stands(page, "Calling");
  await until("further requests for the costs", async () => requests >= 4);
  shown.state = "stopped";
  await page.reload();
  await stands(page, "Stopped");
  const before = requests;
  // The page's own timers run for 20 minutes.
  await page.evaluate(async () => {
    for (let minute = 0; minute < 20; minute += 1) await new Promise((done) => setTimeout(done, 60_000));
  });
  must(requests - before <= 2, `the costs of a stopped campaign were requested ${requests - before} times`);
});
