// Leads: the board, the table, a lead's page, and the import of a file.
import { api, equal, house, must, origin, test, until } from "./stage.mjs";
import { field, mayFail } from "./people.mjs";
import { person, pageOf } from "./desk/people.mjs";
import { lookAtState, mustBeWrong } from "./views.mjs";

const PATH = "/api/v1/leads";
const made = async (body) => (await house.send("POST", PATH, body)).json();
const column = (page, name) => page.getByRole("region", { name, exact: true });
const card = (page, of, name) => column(page, of).getByRole("article").filter({ has: page.getByRole("link", { name, exact: true }) });
const shown = async (id) => api(`${PATH}/${id}`);

test("leads::one_is_saved_and_moved_by_mouse_and_keys", async (open) => {
  const page = await open({ allowed: ["422 (Unprocessable"] });
  // As if there were no leads at all, whatever other tests have left.
  await page.route(/\/api\/v1\/leads\?/, (route) => route.fulfill({ json: { items: [], next_cursor: null } }));
  await page.goto(`${origin}/leads`);
  await page.getByRole("heading", { name: "No leads yet" }).waitFor();
  await page.unroute(/\/api\/v1\/leads\?/);
  await page.getByRole("button", { name: "New lead", exact: true }).click();
  const dialog = page.getByRole("dialog", { name: "New lead" });
  await lookAtState(page, "leads-new");
  await dialog.getByRole("button", { name: "Save lead" }).click();
  await mustBeWrong(page, field(dialog, "Name"), "It must be there");
  await field(dialog, "Name").fill("Anna <b>Roof</b>");
  await field(dialog, "Phone").fill("+49 (0)30 5550176");
  await field(dialog, "What they want").fill("<img src=x onerror=alert(1)> محمد");
  await field(dialog, "Value").fill("1200");
  await field(dialog, "Currency").fill("GBP");
  await field(dialog, "Next step").fill("Send the drawing");
  await page.keyboard.press("Enter");
  await dialog.waitFor({ state: "hidden" });
  const lead = card(page, "New", "Anna <b>Roof</b>");
  await lead.getByText("£1,200").waitFor();
  await lead.getByText("Send the drawing").waitFor();

  await lead.dragTo(column(page, "Contacted"));
  await card(page, "Contacted", "Anna <b>Roof</b>").waitFor();
  const contacted = async () => (await api(`${PATH}?status=contacted`)).items.find(({ name }) => name === "Anna <b>Roof</b>");
  const { id, phone } = await until("the first move on record", contacted);
  equal(phone, "+49305550176", "the typed number");

  const handle = page.getByRole("button", { name: "Move Anna <b>Roof</b>" });
  await handle.focus();
  await page.keyboard.press("Enter");
  await page.getByRole("status").filter({ hasText: "picked up" }).waitFor();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Escape");
  await page.getByRole("status").filter({ hasText: "stays in Contacted" }).waitFor();
  await page.keyboard.press("Enter");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Enter");
  await card(page, "Qualified", "Anna <b>Roof</b>").waitFor();
  await until("the move to Qualified on record", async () => (await shown(id)).status === "qualified");
  await until("the focus on the handle", () => handle.evaluate((button) => button === document.activeElement));
  // Without dragging: by the column's own button.
  await handle.click();
  await column(page, "Won").getByRole("button", { name: /^Move here/ }).click();
  await card(page, "Won", "Anna <b>Roof</b>").waitFor();
  await lookAtState(page, "leads-board");

  // The lead is moved again before the first move is answered.
  await until("the move to Won on record", async () => (await shown(id)).status === "won");
  const sent = [];
  let answer;
  const answered = new Promise((now) => (answer = now));
  await page.route(`**${PATH}/${id}`, async (route) => {
    sent.push(route.request().postDataJSON().status);
    await answered;
    await route.continue();
  });
  for (const to of ["Lost", "New"]) {
    await handle.click();
    await column(page, to).getByRole("button", { name: /^Move here/ }).click();
    await card(page, to, "Anna <b>Roof</b>").waitFor();
  }
  equal(sent, ["lost"], "moves that were sent");
  answer();
  await until("the move to New on record", async () => (await shown(id)).status === "new");
  const cards = page.getByRole("article").filter({ has: page.getByRole("link", { name: "Anna <b>Roof</b>", exact: true }) });
  await card(page, "New", "Anna <b>Roof</b>").waitFor();
  await until("one card", async () => (await cards.count()) === 1);
  await page.unroute(`**${PATH}/${id}`);

  // Somebody else moves it, and the column that it leaves is answered last.
  let release;
  const released = new Promise((now) => (release = now));
  await page.route(/\/api\/v1\/leads\?.*status=new/, async (route) => {
    await released;
    await route.continue();
  });
  await house.send("PATCH", `${PATH}/${id}`, { status: "contacted" });
  await card(page, "Contacted", "Anna <b>Roof</b>").waitFor();
  equal(await cards.count(), 1, "cards of one lead");
  release();
  await page.unrouteAll({ behavior: "wait" });
});

test("leads::further_rows_stay_when_one_is_added", async (open) => {
  const page = await open();
  const at = "2026-03-01T08:00:00Z";
  const texts = { need: "", urgency: "", budget: "", address: "", next_step: "", notes: "" };
  const none = { phone: null, value_minor: null, currency: null, owner_id: null, customer_id: null, call_id: null };
  const lead = (n) => ({ ...texts, ...none, id: `0198c1f2-7b1a-7000-8000-000000000${n.toString(16).padStart(3, "0")}`, status: "new", name: `Guest ${n}`, created_at: at, updated_at: at });
  let leads = Array.from({ length: 200 }, (_, n) => lead(n));
  await page.route(/\/api\/v1\/leads(\?|$)/, (route) => {
    if (route.request().method() === "POST") {
      leads = [lead(900), ...leads];
      return route.fulfill({ status: 201, json: leads[0] });
    }
    const begin = Number(new URL(route.request().url()).searchParams.get("cursor") ?? 0);
    const end = begin + 100;
    return route.fulfill({ json: { items: leads.slice(begin, end), next_cursor: end < leads.length ? String(end) : null } });
  });
  await page.goto(`${origin}/leads?as=table`);
  await page.getByRole("button", { name: "Show more" }).click();
  const row = (n) => page.getByRole("row").filter({ has: page.getByRole("link", { name: `Guest ${n}`, exact: true }) });
  await row(150).waitFor();
  await page.getByRole("button", { name: "New lead", exact: true }).click();
  const dialog = page.getByRole("dialog", { name: "New lead" });
  await field(dialog, "Name").fill("Guest 900");
  await page.keyboard.press("Enter");
  await dialog.waitFor({ state: "hidden" });
  await row(900).waitFor();
  equal(await row(150).count(), 1, "rows of the second page");
});

test("leads::filters_live_in_the_address_and_a_row_is_edited_in_its_place", async (open) => {
  const { id } = await made({ name: "Tabea Tarn", need: "a fence", phone: "+49 30 5550177" });
  const page = await open({ allowed: ["500 (Internal", "422 (Unprocessable"] });
  await page.goto(`${origin}/leads`);
  await page.getByRole("radio", { name: "Table" }).check();
  const row = page.getByRole("row").filter({ hasText: "Tabea Tarn" });
  await row.getByRole("combobox", { name: "Status: Tabea Tarn" }).selectOption("contacted");
  const value = row.getByRole("textbox", { name: "Value: Tabea Tarn" });
  await value.fill("lots");
  await page.keyboard.press("Enter");
  await page.getByRole("status").filter({ hasText: "Enter an amount in figures" }).waitFor();
  await value.fill("49.90");
  await page.keyboard.press("Enter");
  await row.getByRole("textbox", { name: "Next step: Tabea Tarn" }).fill("Ring on Friday");
  await page.keyboard.press("Tab");
  await until("the edited row on record", async () => {
    const { status, value_minor, next_step } = await shown(id);
    return status === "contacted" && value_minor === 4_990 && next_step === "Ring on Friday";
  });
  // A field that is only visited takes back nothing that somebody else saves meanwhile.
  const step = row.getByRole("textbox", { name: "Next step: Tabea Tarn" });
  await step.focus();
  await house.send("PATCH", `${PATH}/${id}`, { next_step: "Ring on Monday", need: "a stone fence" });
  await row.getByText("a stone fence").waitFor();
  await page.keyboard.press("Tab");
  await until("their next step", async () => (await step.inputValue()) === "Ring on Monday");
  equal((await shown(id)).next_step, "Ring on Monday", "the next step on record");
  // A choice that the server refused is not shown as if it had been accepted.
  const status = row.getByRole("combobox", { name: "Status: Tabea Tarn" });
  await page.route(`**${PATH}/${id}`, (route) => route.fulfill({ status: 500, json: {} }), { times: 1 });
  await status.selectOption("won");
  await page.getByRole("status").filter({ hasText: "The server answered 500" }).waitFor();
  await until("the status going back", async () => (await status.inputValue()) === "contacted");
  await lookAtState(page, "leads-table");

  await page.getByRole("searchbox", { name: "Find a lead" }).fill("nobody wants this");
  await page.getByRole("heading", { name: "No matching leads" }).waitFor();
  await page.reload();
  await page.getByRole("heading", { name: "No matching leads" }).waitFor();
  must(page.url().includes("as=table") && page.url().includes("q=nobody"), page.url());
  await page.locator("main").getByRole("button", { name: "Clear" }).last().click();
  await row.waitFor();
  await page.getByRole("combobox", { name: "Status", exact: true }).selectOption("contacted");
  const file = await page.getByRole("link", { name: "CSV" }).getAttribute("href");
  equal(file, "/api/v1/leads.csv?status=contacted");
  const csv = await (await page.context().request.get(origin + file)).text();
  must(csv.includes("Tabea Tarn,'+49305550177"), csv);

  await mayFail();
  await page.route(/\/api\/v1\/leads\?/, (route) => route.fulfill({ status: 500, json: {} }));
  await page.reload();
  await page.getByRole("alert").filter({ hasText: "The server answered 500" }).waitFor();
  await page.unroute(/\/api\/v1\/leads\?/);
  await page.getByRole("button", { name: "Try again" }).click();
  await row.waitFor();
});

test("leads::what_is_typed_while_a_row_is_saved_is_saved_too", async (open) => {
  const { id } = await made({ name: "Tim Tiller", need: "a hedge" });
  const page = await open();
  await page.goto(`${origin}/leads?as=table`);
  let answer;
  const answered = new Promise((now) => (answer = now));
  let sent = 0;
  await page.route(`**${PATH}/${id}`, async (route) => {
    sent += 1;
    await answered;
    await route.continue();
  });
  const step = page.getByRole("textbox", { name: "Next step: Tim Tiller" });
  await step.fill("Call");
  // The field selects its text a frame after it got the focus.
  await page.evaluate(() => new Promise((shown) => requestAnimationFrame(shown)));
  await page.keyboard.press("Enter");
  await until("the first change", () => sent === 1);
  await page.keyboard.press("End");
  await page.keyboard.type(" at five");
  await page.keyboard.press("Tab");
  answer();
  await until("all that was typed on record", async () => (await shown(id)).next_step === "Call at five");
  equal(await step.inputValue(), "Call at five", "the next step in the table");
});

test("leads::a_file_is_looked_at_before_it_is_taken_in", async (open) => {
  const page = await open({ allowed: ["422 (Unprocessable", "ERR_FAILED"] });
  await page.goto(`${origin}/leads?as=table`);
  await page.getByRole("button", { name: "Import" }).click();
  const dialog = page.getByRole("dialog", { name: "Leads from a file" });
  const choose = (text) => dialog.getByLabel("File").setInputFiles({ name: "leads.csv", mimeType: "text/csv", buffer: Buffer.from(text, "latin1") });
  await choose("colour\nred\n");
  await dialog.getByRole("alert").filter({ hasText: "first row" }).waitFor();
  // Of two files, the last chosen one counts, even if checking the first takes longer.
  let release = () => {};
  const isHeld = new Promise((resolve) => (release = resolve));
  // The browser doesn't show a test the contents of a file that it sends, so the first request is taken for the first file's.
  let first = null;
  await page.route("**/api/v1/leads.csv**", async (route) => {
    first ??= route.request();
    if (route.request() === first) await isHeld;
    await route.continue();
  });
  await choose("Name\nSlow\n");
  await until("the request with the first file", () => first !== null);
  await choose("Name\nQuick\nQuicker\n");
  await dialog.getByText("2 of 2 rows are leads.").waitFor();
  const late = page.waitForResponse((response) => response.request() === first);
  release();
  await (await late).finished();
  await page.evaluate(() => new Promise((shown) => requestAnimationFrame(() => requestAnimationFrame(shown))));
  equal(await dialog.getByText("2 of 2 rows are leads.").count(), 1, "the count of the second file");
  equal(await dialog.getByText("Slow").count(), 0, "the first file's rows");
  await page.unroute("**/api/v1/leads.csv**");
  // 1200 HUF is stored with two decimal digits, as ISO 4217 specifies, although browsers show none.
  await choose("Name;Need;Phone;Colour;Value;Currency\nJosé Ruiz;=HYPERLINK();+34 600 123 456;red;1200;HUF\nEve;;12;;;\n");
  await dialog.getByText("1 of 2 rows is a lead.").waitFor();
  await dialog.getByText("Ignored columns: Colour.").waitFor();
  await dialog.getByText("read as Windows-1252").waitFor();
  const wrong = dialog.getByRole("region", { name: /^Errors/ }).getByRole("row").last();
  equal((await wrong.innerText()).split("\t").map((cell) => cell.trim()).slice(0, 2), ["3", "phone"], "the row with an error");
  await lookAtState(page, "leads-file");
  // A file that is sent again, because no answer came, has the key of the first attempt: the server imports it once.
  const keys = [];
  await page.route("**/api/v1/leads.csv", async (route) => {
    keys.push(route.request().headers()["idempotency-key"]);
    await (keys.length === 1 ? route.abort() : route.continue());
  });
  await dialog.getByRole("button", { name: "Import 1" }).click();
  await dialog.getByRole("alert").filter({ hasText: "be reached" }).waitFor();
  await dialog.getByRole("button", { name: "Import 1" }).click();
  await dialog.waitFor({ state: "hidden" });
  must(keys.length === 2 && keys[0] !== undefined && keys[0] === keys[1], `the keys of the attempts: ${keys}`);
  const taken = page.getByRole("row").filter({ hasText: "José Ruiz" });
  await taken.waitFor();
  equal((await taken.getByRole("textbox", { name: /Value/ }).inputValue()).replace(/\s/g, " "), "HUF 1,200", "the value");
  await page.unroute("**/api/v1/leads.csv");

  // An import whose window was closed closes no other one when it ends.
  let answer;
  const answered = new Promise((now) => (answer = now));
  await page.route("**/api/v1/leads.csv", async (route) => {
    await answered;
    await route.continue();
  });
  await page.getByRole("button", { name: "Import" }).click();
  await choose("Name\nLater Lena\nLater Lea\n");
  await dialog.getByRole("button", { name: "Import 2" }).click();
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await page.getByRole("button", { name: "New lead", exact: true }).click();
  const name = field(page.getByRole("dialog", { name: "New lead" }), "Name");
  await name.fill("Tom Typed");
  answer();
  await page.getByText("2 imported.").waitFor();
  equal(await name.inputValue(), "Tom Typed", "the name of the new lead");
});

test("leads::a_value_is_counted_in_the_currency_of_the_business", async (open) => {
  const { id } = await made({ name: "Gil Gate", need: "a gate" });
  const page = await open();
  await page.route("**/api/v1/business-profile", async (route) => {
    const answer = await route.fetch();
    const services = [{ name: "Gate", price: { type: "fixed", currency: "GBP", amount_minor: 90_000 }, duration_minutes: null, description: "" }];
    await route.fulfill({ response: answer, json: { ...(await answer.json()), services } });
  });
  await page.goto(`${origin}/leads/${id}`);
  await field(page, "Value").fill("49.90");
  equal(await field(page, "Currency").inputValue(), "GBP", "the currency of a new value");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText("£49.90").waitFor();
});

test("leads::an_agent_works_on_a_lead_in_german", async (open) => {
  const { id } = await made({ name: "Käthe Kohl", need: "ein Zaun", value_minor: 250_000, currency: "EUR" });
  const dora = await person("Dora");
  const page = await pageOf(open, dora, { path: "/leads", locale: "de-DE", allowed: ["404 (Not Found)"] });
  await card(page, "Neu", "Käthe Kohl").getByText("2.500 €").waitFor();
  await page.getByRole("button", { name: "Übernehmen Käthe Kohl" }).click();
  await until("the lead's new owner", async () => (await shown(id)).owner_id === dora.id);
  await page.getByRole("link", { name: "Käthe Kohl" }).click();
  await page.getByRole("heading", { name: "Käthe Kohl", level: 1 }).waitFor();
  await until("the title", async () => (await page.title()) === "Käthe Kohl — Cordboard");
  await field(page, "Nächster Schritt").fill("Angebot schicken");
  await page.getByRole("button", { name: "Speichern" }).click();
  await page.getByRole("status").filter({ hasText: "Gespeichert." }).waitFor();
  await lookAtState(page, "lead");
  const { next_step, owner_id, value_minor } = await shown(id);
  equal([next_step, owner_id, value_minor], ["Angebot schicken", dora.id, 250_000]);

  // The assistant has misheard the name, and taken down no number.
  await page.getByRole("button", { name: "Bearbeiten", exact: true }).click();
  const dialog = page.getByRole("dialog", { name: "Lead" });
  await field(dialog, "Name").fill("Käthe Kohler");
  await field(dialog, "Telefon").fill("+49 (0)30 5550174");
  await dialog.getByRole("button", { name: "Speichern" }).click();
  await page.getByRole("heading", { name: "Käthe Kohler", level: 1 }).waitFor();
  const { name, phone, need } = await shown(id);
  equal([name, phone, need], ["Käthe Kohler", "+49305550174", "ein Zaun"]);

  await page.getByRole("button", { name: "Entfernen", exact: true }).click();
  await page.getByRole("dialog", { name: "Den Lead von Käthe Kohler löschen?" }).getByRole("button", { name: "Entfernen" }).click();
  await page.getByRole("heading", { name: "Leads", level: 1 }).waitFor();
  equal((await house.send("GET", `${PATH}/${id}`)).status, 404);
});
