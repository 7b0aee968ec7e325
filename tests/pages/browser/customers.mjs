// Customers: the list, and a customer with their whole history.
import { readFile } from "node:fs/promises";
import { api, audit, equal, goWithin, house, must, origin, test, until } from "./stage.mjs";
import { field } from "./people.mjs";
import { lookAtState, mustBeWrong } from "./views.mjs";

const PATH = "/api/v1/customers";
const made = async (body) => (await house.send("POST", PATH, body)).json();
const row = (page, name) => page.getByRole("row").filter({ hasText: name });

test("customers::one_is_added_found_and_removed", async (open) => {
  const zoe = await made({ name: "Zoe Taken", phone: "+49 30 5550188" });
  const page = await open({ allowed: ["409 (Conflict)"] });
  await page.route(/\/api\/v1\/customers\?/, (route) => route.fulfill({ json: { items: [], next_cursor: null } }));
  await page.goto(`${origin}/customers`);
  await page.getByRole("heading", { name: "No customers yet" }).waitFor();
  await page.unroute(/\/api\/v1\/customers\?/);
  await page.getByRole("button", { name: "New customer" }).click();
  const dialog = page.getByRole("dialog", { name: "New customer" });
  await lookAtState(page, "customers-new");
  const add = dialog.getByRole("button", { name: "Add customer" });
  await add.click();
  await mustBeWrong(page, field(dialog, "Name"), "Enter a name or a number");
  await field(dialog, "Name").fill("فاطمة <script>");
  await field(dialog, "Phone").fill("+49 30 5550188");
  await add.click();
  await mustBeWrong(page, field(dialog, "Phone"), "belongs to another customer");
  // The zero is dialled only within Germany.
  await field(dialog, "Phone").fill("+49 (0)30 5550189");
  await dialog.getByRole("button", { name: "Add a tag" }).click();
  await dialog.getByRole("textbox", { name: "Tag 1" }).fill("roof");
  await add.click();
  await page.getByRole("heading", { name: "فاطمة <script>", level: 1 }).waitFor();
  await page.getByText("Nothing yet.").waitFor();

  await page.getByRole("link", { name: "All customers" }).click();
  await row(page, "Zoe Taken").waitFor();
  await page.getByRole("searchbox", { name: "Find a customer" }).fill("5550189");
  await until("the other customers disappear", async () => (await row(page, "Zoe Taken").count()) === 0);
  await row(page, "فاطمة").waitFor();
  await page.reload();
  await row(page, "فاطمة").waitFor();
  must(page.url().endsWith("?q=5550189"), page.url());
  const file = await page.getByRole("link", { name: "CSV" }).getAttribute("href");
  equal(file, "/api/v1/customers.csv?q=5550189");
  const csv = await (await page.context().request.get(origin + file)).text();
  must(csv.includes("فاطمة <script>,'+49305550189,") && !csv.includes("Zoe Taken"), csv);
  await lookAtState(page, "customers");
  const find = page.getByRole("searchbox", { name: "Find a customer" });
  await find.fill("nobody at all ");
  await page.getByRole("heading", { name: "No matches" }).waitFor();
  equal(await find.inputValue(), "nobody at all ", "the text, whose next word is still to come");
  await page.goBack();
  await goWithin(page, "/customers?q=5550189");
  await row(page, "فاطمة").getByRole("link").click();
  await page.getByRole("button", { name: "Remove" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Cancel" }).click();
  await page.getByRole("button", { name: "Remove" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
  await page.getByRole("heading", { name: "Customers", level: 1 }).waitFor();
  equal((await api(`${PATH}?q=5550189`)).items, [], "the customer on record");

  // The next page also loads if a customer changes meanwhile.
  let further = 0;
  await page.route(/\/api\/v1\/customers\?/, async (route) => {
    const url = new URL(route.request().url());
    const isFurther = url.searchParams.get("cursor") === "further";
    url.searchParams.delete("cursor");
    if (isFurther) further += 1;
    // The first request stays unanswered until the page aborts it.
    if (isFurther && further === 1) return;
    const answer = await route.fetch({ url: url.href });
    const { items } = await answer.json();
    const next = { ...items[0], id: "0198c1f2-7b1a-7000-8000-000000000000", name: "Bea Behind" };
    await route.fulfill({ response: answer, json: isFurther ? { items: [next], next_cursor: null } : { items, next_cursor: "further" } });
  });
  await page.goto(`${origin}/customers`);
  await row(page, "Zoe Taken").waitFor();
  await page.getByRole("button", { name: "Show more" }).click();
  await until("the request for the next page", () => further === 1);
  await house.send("PATCH", `${PATH}/${zoe.id}`, { notes: "has moved" });
  await row(page, "Bea Behind").waitFor();

  // So does the page before, which was dropped in favour of later ones.
  await page.unroute(/\/api\/v1\/customers\?/);
  let goesBack = false;
  let requests = 0;
  await page.route(/\/api\/v1\/customers\?/, (route) => {
    const from = Number(new URL(route.request().url()).searchParams.get("cursor") ?? 0);
    if (goesBack && from === 0) requests += 1;
    if (requests === 1) return;
    const numbered = (n) => ({ ...zoe, id: `0198c1f2-7b1a-7000-8000-${String(n).padStart(12, "0")}`, name: `Number ${n}.` });
    const items = Array.from({ length: 200 }, (_, n) => numbered(from + n));
    return route.fulfill({ json: { items, next_cursor: from < 400 ? String(from + 200) : null } });
  });
  await page.goto(`${origin}/customers`);
  for (const last of [199, 399]) {
    await row(page, `Number ${last}.`).waitFor();
    await page.getByRole("button", { name: "Show more" }).click();
  }
  await row(page, "Number 599.").waitFor();
  goesBack = true;
  await page.getByRole("button", { name: "Show earlier" }).click();
  await until("the request for the page before", () => requests === 1);
  await house.send("PATCH", `${PATH}/${zoe.id}`, { notes: "has moved back" });
  await row(page, "Number 0.").waitFor();
});

test("customers::a_further_page_that_fails_leaves_the_others", async (open) => {
  const page = await open({ allowed: ["500 (Internal Server Error)"] });
  const at = "2026-03-01T08:00:00Z";
  const rest = { phone: null, other_numbers: [], email: "", address: "", language: "", tags: [], notes: "", sms_opted_out: false, verified: false, created_at: at, updated_at: at };
  const guest = (n) => ({ ...rest, id: `0198c1f2-7b1a-7000-8000-000000000${n.toString(16).padStart(3, "0")}`, name: `Guest ${n}` });
  let fails = true;
  await page.route(/\/api\/v1\/customers\?/, (route) => {
    const begin = Number(new URL(route.request().url()).searchParams.get("cursor") ?? 0);
    if (begin === 200 && fails) return route.fulfill({ status: 500, json: { detail: "the disk is full" } });
    const items = Array.from({ length: 100 }, (_, n) => guest(begin + n));
    return route.fulfill({ json: { items, next_cursor: begin === 200 ? null : String(begin + 100) } });
  });
  await page.goto(`${origin}/customers`);
  const more = page.getByRole("button", { name: "Show more" });
  await more.click();
  await row(page, "Guest 199").waitFor();
  await more.click();
  const alert = page.getByRole("alert").filter({ hasText: "The disk is full." });
  // It is where the user has clicked, and not above two hundred rows.
  const tops = await Promise.all([row(page, "Guest 199"), alert].map((one) => one.boundingBox()));
  must(tops[1].y > tops[0].y, "the failure is shown above the rows");
  await alert.getByRole("button", { name: "Try again" }).click();
  await alert.waitFor({ state: "detached" });
  equal(await row(page, "Guest 199").count(), 1, "rows of the second page");
  fails = false;
  await more.click();
  await row(page, "Guest 299").waitFor();
});

test("customers::a_file_is_assigned_checked_and_imported", async (open) => {
  const page = await open();
  await page.goto(`${origin}/customers`);
  await page.getByRole("button", { name: "Import" }).click();
  const dialog = page.getByRole("dialog", { name: "Customers from a file" });
  const text = "Vorname;Nachname;Telefon;Tarif\nIda;Impört;030 5550701;gold\nIdo;;12;\n";
  const file = { name: "kunden.csv", mimeType: "text/csv", buffer: Buffer.from(text, "latin1") };
  const chosen = dialog.getByLabel("File", { exact: true });
  await chosen.setInputFiles(file);
  await dialog.getByText("There is nothing to import.").waitFor();
  const code = dialog.getByLabel("Country code of numbers without one");
  await code.fill("49");
  await dialog.getByText("1 new, 0 changed, 0 unchanged.").waitFor();
  // The code counts, and is shown, if the file is taken out of the field and chosen again.
  await chosen.setInputFiles([]);
  await code.waitFor({ state: "detached" });
  await chosen.setInputFiles(file);
  equal(await code.inputValue(), "49", "the country code");
  await dialog.getByText("1 new, 0 changed, 0 unchanged.").waitFor();
  await dialog.getByText("read as windows-1252").waitFor();
  await dialog.getByRole("combobox", { name: "What the column Tarif contains" }).selectOption("notes");
  await dialog.getByRole("cell", { name: "Tarif: gold" }).waitFor();
  const wrong = dialog.getByRole("region", { name: /^Errors/ }).getByRole("row").last();
  equal((await wrong.innerText()).split("\t").map((cell) => cell.trim()).slice(0, 2), ["3", "phone"], "the row with an error");
  await lookAtState(page, "customers-file");
  await dialog.getByRole("button", { name: "Import 1" }).focus();
  await page.keyboard.press("Enter");
  await dialog.getByText("1 added, 0 changed, 1 row rejected.").waitFor();
  const save = dialog.getByRole("button", { name: "Download 1" });
  await until("the focus on the download", () => save.evaluate((button) => button === document.activeElement));
  const downloading = page.waitForEvent("download");
  await page.keyboard.press("Enter");
  const rejected = await readFile(await (await downloading).path(), "utf8");
  must(rejected.startsWith('\ufeff"Vorname","Nachname","Telefon","Tarif","Reason"') && rejected.includes('"Ido","","12","","phone '), rejected);
  await dialog.getByRole("button", { name: "Close" }).last().click();
  await row(page, "Ida Impört").waitFor();

  // A file that is dropped is read as well, and customers who are there are completed.
  await page.getByRole("button", { name: "Import" }).click();
  const dropped = await page.evaluateHandle(() => {
    const data = new DataTransfer();
    data.items.add(new File(["phone,name,email\n+49305550701,Somebody,ida@example.com\n"], "more.csv", { type: "text/csv" }));
    return data;
  });
  await dialog.locator(".drop-zone").dispatchEvent("drop", { dataTransfer: dropped });
  await dialog.getByText("0 new, 1 changed, 0 unchanged.").waitFor();
  await dialog.getByRole("button", { name: "Import 1" }).click();
  await dialog.waitFor({ state: "hidden" });
  const [ida] = (await api(`${PATH}?q=5550701`)).items;
  equal([ida.name, ida.email, ida.notes], ["Ida Impört", "ida@example.com", "Tarif: gold"], "the completed customer");
});

test("customers::everything_about_a_person_is_erased", async (open) => {
  const number = "+493055501887";
  const { id } = await made({ name: "Vera  Vanish", phone: number });
  const starts_at = new Date(Date.now() + 300 * 86_400_000).toISOString();
  const appointment = await (await house.send("POST", "/api/v1/appointments", { service: "Estimate", starts_at, customer_id: id })).json();
  await house.send("POST", "/api/v1/suppressions", { number, evidence: "by letter" });
  // The last look at the progress finds no customer.
  const page = await open({ allowed: ["404 (Not Found)"] });
  await page.goto(`${origin}/customers/${id}`);
  const file = page.getByRole("link", { name: "Download everything about this person" });
  equal(await file.getAttribute("href"), `${PATH}/${id}/export`, "the person's file");
  const ask = page.getByRole("button", { name: "Erase everything about this person" });
  await ask.focus();
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog", { name: "Erase everything about Vera Vanish?" });
  await dialog.getByText("A number on the do-not-call list").waitFor();
  const count = (kind) => dialog.locator("dl > div").filter({ hasText: kind }).locator("dd").innerText();
  equal([await count("Appointments"), await count("Leads")], ["1", "0"], "what is there");
  await lookAtState(page, "customer-erasure");
  await field(dialog, "Their name, to confirm").fill("Vera");
  await page.keyboard.press("Enter");
  await mustBeWrong(page, field(dialog, "Their name, to confirm"), "Type it exactly as it is shown.");
  await field(dialog, "Their name, to confirm").fill("Vera Vanish");
  await page.keyboard.press("Enter");
  await dialog.getByRole("status").filter({ hasText: "Everything about this person is being erased." }).waitFor();
  const close = dialog.getByRole("button", { name: "Close" }).last();
  await until("the focus on Close", () => close.evaluate((button) => button === document.activeElement));
  await page.getByRole("heading", { name: "Customers", level: 1 }).waitFor({ timeout: 30_000 });
  await page.getByText("Everything about Vera Vanish is erased.").waitFor();
  for (const path of [`${PATH}/${id}`, `/api/v1/appointments/${appointment.id}`]) equal((await house.send("GET", path)).status, 404, path);
  must((await api("/api/v1/suppressions")).items.some((one) => one.number === number), "the number is no longer on the do-not-call list");
});

test("customers::two_editors_lose_no_word_and_left_searches_lead_nowhere", async (open) => {
  const { id } = await made({ name: "Emil Eder", notes: "rings twice" });
  const page = await open();
  await page.goto(`${origin}/customers/${id}`);
  await page.getByRole("button", { name: "Edit" }).click();
  await field(page, "Address").fill("1 Park Row");
  await house.send("PATCH", `${PATH}/${id}`, { notes: "has a dog" });
  const alert = page.getByRole("alert").filter({ hasText: "Someone else changed this in the meantime. It now says:" });
  await alert.getByText("has a dog").waitFor();
  // A change that is taken back is none.
  await house.send("PATCH", `${PATH}/${id}`, { notes: "rings twice" });
  await alert.waitFor({ state: "detached" });
  await house.send("PATCH", `${PATH}/${id}`, { notes: "has a dog" });
  await alert.getByText("has a dog").waitFor();
  equal(await field(page, "Address").inputValue(), "1 Park Row", "the typed address");
  await lookAtState(page, "customer-edited", { words: true });
  await alert.getByRole("button", { name: "Use theirs" }).click();
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("status").filter({ hasText: "Saved." }).waitFor();
  const { notes, address } = await api(`${PATH}/${id}`);
  equal([notes, address], ["has a dog", "1 Park Row"]);
  must(await page.getByRole("button", { name: "Edit" }).evaluate((button) => button === document.activeElement), "the focus is not back on Edit");
  await leavesWhileTyping(page);
});

test("customers::the_whole_history_is_one_timeline", async (open) => {
  const { id } = await made({ name: "Tilda Time", phone: "+49 30 5550190" });
  const starts_at = new Date(Date.now() + 400 * 86_400_000).toISOString();
  await house.send("POST", "/api/v1/appointments", { service: "Estimate", starts_at, customer_id: id, name: "Tilda Time" });
  const lead = await (await house.send("POST", "/api/v1/leads", { name: "Tilda Time", phone: "+49 30 5550190", need: "a shed" })).json();
  equal(lead.customer_id, id, "the lead's customer");
  const { caller, id: call } = await house.ring("+49305550190");
  await house.ask("hang_up", { caller });
  await house.api("/api/v1/activities", { type: "todo", title: "Send <b>the drawing</b>", call_id: call });
  const page = await open({ allowed: ["500 (Internal"] });
  // This server receives no text messages, so the answer is made up.
  const text = { id: "0198c1f2-7b1a-7000-8000-000000000103", created_at: new Date().toISOString(), direction: "inbound", status: "received", body: "<i>Half past two</i> suits me" };
  await page.route(`**/api/v1/messages?customer_id=${id}&*`, (route) => route.fulfill({ json: { items: [text], next_cursor: null } }));
  const calls = /\/api\/v1\/calls\?party=/;
  await page.route(calls, (route) => route.fulfill({ status: 500, json: {} }));
  await page.goto(`${origin}/customers/${id}`);
  await page.getByRole("alert").filter({ hasText: "The server answered 500" }).waitFor();
  await page.unroute(calls);
  await page.getByRole("button", { name: "Try again" }).click();
  const story = page.getByRole("region", { name: "History" });
  await story.getByRole("link", { name: "Appointment" }).waitFor();
  equal(await story.getByRole("link", { name: "Call from them" }).getAttribute("href"), `/calls/${call}`, "the link to the call");
  await story.getByText("Send <b>the drawing</b>").waitFor();
  await story.getByText("<i>Half past two</i> suits me").waitFor();
  await lookAtState(page, "customer");
  await story.getByRole("link", { name: "Lead" }).click();
  await page.getByRole("heading", { name: "Tilda Time", level: 1 }).waitFor();
  equal(new URL(page.url()).pathname, `/leads/${lead.id}`);
});

/** Text typed into the search just before leaving does not lead back to it. */
async function leavesWhileTyping(page) {
  await goWithin(page, "/customers");
  const pauses = await page.getByRole("searchbox", { name: "Find a customer" }).evaluate((input) => {
    // The pauses after typing that are neither over nor given up.
    window.pauses = new Set();
    const { setTimeout: later, clearTimeout: clear } = window;
    window.setTimeout = (act, ms, ...more) => {
      const timer = later((...words) => {
        window.pauses.delete(timer);
        act(...words);
      }, ms, ...more);
      if (ms === 250) window.pauses.add(timer);
      return timer;
    };
    window.clearTimeout = (timer) => {
      window.pauses.delete(timer);
      clear(timer);
    };
    input.value = "Ada";
    input.dispatchEvent(new Event("input", { bubbles: true }));
    const { size } = window.pauses;
    document.querySelector('a[href="/leads"]').click();
    return size;
  });
  equal(pauses, 1, "pauses after typing");
  await page.getByRole("heading", { name: "Leads", level: 1 }).waitFor();
  await until("the end of the pause after typing", () => page.evaluate(() => window.pauses.size === 0));
  equal(new URL(page.url()).pathname, "/leads", "the page");
}

test("customers::thousands_of_letters_in_one_word_break_no_layout", async (open) => {
  const { id } = await made({ name: "W".repeat(120), notes: "ü".repeat(4_000), address: "x".repeat(300) });
  const page = await open();
  await page.setViewportSize({ width: 360, height: 740 });
  const fits = async (what, isAudited = true) => {
    for (const width of [360, 1280]) {
      await page.setViewportSize({ width, height: 740 });
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      must(wide <= width, `${what} is ${wide} px wide on ${width}`);
    }
    await page.setViewportSize({ width: 360, height: 740 });
    if (isAudited) equal(await audit(page), [], `axe, ${what}`);
  };
  await page.goto(`${origin}/customers/${id}`);
  await page.getByText("ü".repeat(4_000)).waitFor();
  await fits("a customer's page");
  await page.getByRole("button", { name: "Edit" }).click();
  const notes = page.getByRole("textbox", { name: "Notes" });
  await notes.fill("W".repeat(5_000));
  await field(page, "Name").fill("M".repeat(5_000));
  // axe looks at it with its errors.
  await fits("a customer's form", false);
  // Nothing is cut: both fields name their limits, and the typed text stays.
  await page.getByRole("button", { name: "Save" }).click();
  await mustBeWrong(page, field(page, "Name"), "at most 120 characters");
  await page.getByRole("alert").filter({ hasText: "at most 4000 characters" }).waitFor();
  equal((await notes.inputValue()).length, 5_000, "letters left in the field");
  await fits("a customer's form with errors");
  // An accidental Cancel doesn't lose the text.
  await page.getByRole("button", { name: "Cancel" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Stay here" }).click();
  equal((await notes.inputValue()).length, 5_000, "letters left after Cancel");
  await page.getByRole("button", { name: "Cancel" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Leave without saving" }).click();
  await goWithin(page, "/customers");
  await row(page, "WWWW").waitFor();
  await fits("the list");
  await house.send("DELETE", `${PATH}/${id}`);
});
