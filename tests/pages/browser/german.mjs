// The pages in German: signing in, the list of calls, a call's page, an offered call.
import { pageOf, person } from "./desk/people.mjs";
import { callerAsks, keysTo, MICROPHONE } from "./desk/scene.mjs";
import { fill } from "./people.mjs";
import { api, equal, goWithin, house, must, OWNER, origin, test, until } from "./stage.mjs";
import { lookAtState, mustBeWrong } from "./views.mjs";

/** Makes a call and hangs it up: returns its caller, as the list names them, and its id. */
async function calledAndHungUp() {
  await house.ring("+49 30 5550122");
  const { id } = await until("a call with words", async () => {
    const [call] = (await api("/api/v1/calls?state=live&limit=1")).items;
    const { items } = call ? await api(`/api/v1/calls/${call.id}/events?limit=200`) : { items: [] };
    return items.some(({ kind }) => kind === "item_started") && call;
  });
  equal((await house.send("POST", `/api/v1/calls/${id}/hangup`)).status, 202, "hanging up");
  await until("the end of the call", async () => (await api(`/api/v1/calls/${id}`)).state === "ended");
  return id;
}

test("german::a_user_signs_in_opens_a_call_and_reads_figures", async (open) => {
  const id = await calledAndHungUp();
  const page = await open({ stranger: true, locale: "de-DE" });
  await page.goto(`${origin}/login?next=${encodeURIComponent("/calls")}`);
  await page.getByRole("heading", { name: "Anmelden" }).waitFor();
  equal(await page.evaluate(() => document.documentElement.lang), "de", "the page's language");
  await page.getByRole("button", { name: "Anmelden" }).click();
  await mustBeWrong(page, page.getByLabel("E-Mail-Adresse"), "Geben Sie Ihre E-Mail-Adresse ein.");
  await lookAtState(page, "login-german", { words: true });
  await fill(page, { "E-Mail-Adresse": OWNER.email, Passwort: OWNER.password });
  await page.getByRole("button", { name: "Anmelden" }).click();

  await page.getByRole("heading", { name: "Anrufe", exact: true }).waitFor();
  await page.getByRole("navigation", { name: "Hauptmenü" }).getByRole("link", { name: "Anrufe" }).waitFor();
  const past = page.getByRole("table", { name: "Vergangene Anrufe" });
  const row = past.getByRole("row").filter({ has: page.locator(`a[href="/calls/${id}"]`) });
  await row.getByText("Von hier aufgelegt").waitFor();
  await page.getByRole("combobox", { name: "Zeigen" }).selectOption({ label: "Vergangene" });
  await lookAtState(page, "calls-german", { words: true });
  await row.getByRole("link").click();

  await page.getByRole("heading", { name: /^Anruf[ ,]/, level: 1 }).waitFor();
  const facts = page.getByRole("region", { name: "Angaben" });
  await facts.getByText("Von hier aufgelegt").waitFor();
  await page.getByRole("region", { name: "Verlauf" }).getByText("Anruf begann").waitFor();
  await page.getByRole("log", { name: "Mitschrift" }).waitFor();
  await page.getByRole("region", { name: "Aufnahme" }).waitFor();
  await lookAtState(page, "call-german", { words: true });
  // The longest reason why a call ended fits a phone.
  await page.setViewportSize({ width: 360, height: 740 });
  const wide = await page.evaluate(() => {
    document.querySelector(".result-plates .state").lastChild.textContent = "Der Server wurde neu gestartet, und der Anrufer kam nicht zurück";
    return document.documentElement.scrollWidth;
  });
  must(wide <= 360, `the page is ${wide} px wide`);
  // The transcript is in the call's language; everything else is German.
  const around = await page.evaluate(() => {
    const main = document.querySelector("main").cloneNode(true);
    main.querySelector("[role=log]").remove();
    return main.textContent;
  });
  must(!/\b(Caller|Assistant|Facts|Timeline|Length|Cost|Call began|hung up|Not)\b/.test(around), `English on a German page: ${around}`);

  // So are the figures.
  await goWithin(page, "/dashboard");
  await page.getByRole("region", { name: /^Zahlen/ }).waitFor();
  await lookAtState(page, "dashboard-german", { words: true });
  await goWithin(page, "/reports");
  await page.getByText("Als Tabelle").first().waitFor();
  await page.getByRole("region", { name: /^Zahlen/ }).waitFor();
  await lookAtState(page, "reports-german", { words: true });
});

test("german::refusals_and_wrong_values_are_in_the_pages_language", async (open) => {
  const twice = { name: "schon-da", title: "Schon da" };
  const made = await house.send("POST", "/api/v1/queues", twice);
  equal(made.status, 201, "creating the first queue of that name");
  const { detail } = await (await house.send("POST", "/api/v1/queues", twice)).json();
  for (const [locale, queue, refusal, customer, email, phone] of [
    [
      "de-DE",
      { add: "Neue Warteschlange", create: "Warteschlange anlegen", title: "Anzeigename", name: "Name für Tasten und Werkzeuge" },
      "Diesen Namen gibt es schon. Wählen Sie einen anderen.",
      { add: "Neuer Kunde", make: "Kunden anlegen", name: "Name", email: "E-Mail", phone: "Telefon" },
      "Das muss eine E-Mail-Adresse sein",
      "Das muss eine Rufnummer mit Ländervorwahl sein",
    ],
    [
      "es-ES",
      { add: "Nueva cola", create: "Crear la cola", title: "Nombre visible", name: "Nombre para teclas y herramientas" },
      "Ese nombre ya existe. Elija otro.",
      { add: "Nuevo cliente", make: "Añadir el cliente", name: "Nombre", email: "Correo", phone: "Teléfono" },
      "Debe ser una dirección de correo",
      "Debe ser un número de teléfono con prefijo de país",
    ],
    [
      "pt-BR",
      { add: "Nova fila", create: "Criar a fila", title: "Nome de exibição", name: "Nome para teclas e ferramentas" },
      "Esse nome já existe. Escolha outro.",
      { add: "Novo cliente", make: "Adicionar o cliente", name: "Nome", email: "E-mail", phone: "Telefone" },
      "Precisa ser um endereço de e-mail",
      "Precisa ser um número de telefone com o código do país",
    ],
    // In English the server's own sentence is shown.
    [
      "en-GB",
      { add: "New queue", create: "Create queue", title: "Display name", name: "Name for keys and tools" },
      detail.slice(1),
      { add: "New customer", make: "Add customer", name: "Name", email: "E-mail", phone: "Phone" },
      "It must be an e-mail address",
      "must be a number with its country code",
    ],
  ]) {
    const page = await open({ locale, allowed: ["409 (Conflict)", "422 (Unprocessable"] });
    await page.goto(`${origin}/team?tab=queues`);
    await page.getByRole("button", { name: queue.add, exact: true }).click();
    const refused = page.getByRole("dialog", { name: queue.add });
    await refused.getByRole("textbox", { name: queue.title }).fill("Schon da");
    equal(await refused.getByRole("textbox", { name: queue.name }).inputValue(), "schon-da", "the name, which follows the title");
    await refused.getByRole("button", { name: queue.create }).click();
    await refused.getByRole("alert").filter({ hasText: refusal }).first().waitFor();
    if (locale === "de-DE") await lookAtState(page, "refused-german", { words: true });

    // A user who has changed nothing leaves without a confirmation.
    await refused.getByRole("textbox", { name: queue.title }).fill("");
    await goWithin(page, "/customers");
    await page.getByRole("button", { name: customer.add }).click();
    const dialog = page.getByRole("dialog", { name: customer.add });
    const own = (label) => dialog.getByLabel(label, { exact: true });
    await own(customer.name).fill("Ida");
    await own(customer.email).fill("nowhere");
    await dialog.getByRole("button", { name: customer.make }).click();
    await mustBeWrong(page, own(customer.email), email);
    if (locale === "de-DE") await lookAtState(page, "wrong-value-german", { words: true });
    await own(customer.email).fill("");
    // A value that its type does not allow is reported at its field, too.
    await own(customer.phone).fill("12");
    await dialog.getByRole("button", { name: customer.make }).click();
    await mustBeWrong(page, own(customer.phone), phone);
  }
  equal((await house.send("DELETE", `/api/v1/queues/${(await made.json()).id}`)).status, 204, "deleting the queue");
});

test("german::errors_in_a_files_rows_are_in_the_pages_language", async (open) => {
  const page = await open({ locale: "de-DE" });
  await page.goto(`${origin}/leads?as=table`);
  await page.getByRole("button", { name: "Importieren" }).click();
  const dialog = page.getByRole("dialog", { name: "Leads aus einer Datei" });
  const file = { name: "leads.csv", mimeType: "text/csv", buffer: Buffer.from("Name;Phone;Value\nEve;12;viel\n") };
  await dialog.getByLabel("Datei").setInputFiles(file);
  await dialog.getByText("muss eine Rufnummer mit Ländervorwahl sein").waitFor();
  await dialog.getByText("muss eine Zahl sein").waitFor();
});

test("german::an_offered_call_says_why_in_the_pages_language", async (open) => {
  const uta = await person("Uta", { extension: "386" });
  const page = await pageOf(open, uta, { locale: "de-DE", allowed: ["404 (Not Found)"] });
  await page.getByRole("button", { name: "Anwesenheit: Verfügbar" }).waitFor();
  const { id } = await callerAsks(await keysTo("386"), "+491703860001");
  const card = page.getByRole("region", { name: /^Eingehender Anruf von / });
  await card.getByText("der Anrufer hat eine Taste gedrückt").waitFor();
  must((await house.send("POST", `/api/v1/calls/${id}/hangup`, {})).ok, "hanging up");
});

test("german::a_customers_activities_are_named_in_the_pages_language", async (open) => {
  const lea = await person("Lea", { extension: "387" });
  const page = await pageOf(open, lea, { locale: "de-DE", ...MICROPHONE, allowed: ["404 (Not Found)"] });
  await page.getByRole("button", { name: "Anwesenheit: Verfügbar" }).waitFor();
  await page.route("**/api/customer/data*", async (route) => {
    const answer = await route.fetch();
    if (!answer.ok()) return route.fulfill({ response: answer });
    const at = new Date().toISOString();
    const activities = [
      { type: "todo", action: "completed", title: "Rückruf", at },
      { type: "todo", action: "created", title: "Angebot", at },
      { type: "event", action: "updated", title: "Rohr undicht", at },
    ];
    return route.fulfill({ response: answer, json: { ...(await answer.json()), activities } });
  });
  const { id } = await callerAsks(await keysTo("387"), "+491703870001");
  await page.getByRole("button", { name: "Anruf annehmen" }).click();
  const rows = page.getByRole("region", { name: "Angaben zum Kunden" }).getByRole("region", { name: "Vorgänge" }).getByRole("listitem");
  for (const [title, name] of [["Rückruf", /Aufgabe, erledigt · /], ["Angebot", /Aufgabe · /], ["Rohr undicht", /Notiz · /]]) {
    await rows.filter({ hasText: title }).filter({ hasText: name }).waitFor();
  }
  must((await house.send("POST", `/api/v1/calls/${id}/hangup`, {})).ok, "hanging up");
});

test("german::a_visitor_reads_the_end_in_the_pages_language", async (open) => {
  const { items } = await api("/api/v1/agent-profiles");
  const link = await house.api("/api/v1/talk-links", { name: "Unser Laden", profile_id: items[0].id });
  const page = await open({ stranger: true, locale: "de-DE", ...MICROPHONE });
  await page.goto(origin + new URL(link.url).pathname);
  await page.getByRole("button", { name: "Sprechen", exact: true }).click();
  await page.getByRole("button", { name: "Auflegen", exact: true }).waitFor();
  const { id } = await until("the call in the list", async () => {
    const calls = await api("/api/v1/calls?state=live&limit=20");
    return calls.items.find(({ to }) => to === "Unser Laden");
  });
  must((await house.send("POST", `/api/v1/calls/${id}/hangup`, {})).ok, "hanging up");
  await page.getByRole("status", { name: "Anruf", exact: true }).filter({ hasText: "Der Anruf ist beendet." }).waitFor();
});
