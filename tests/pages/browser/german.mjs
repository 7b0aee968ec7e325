// Who reads German: signing in, the list of calls, a call's page.
import { fill } from "./people.mjs";
import { api, equal, house, must, OWNER, origin, test, until } from "./stage.mjs";
import { lookAtState, mustBeWrong } from "./views.mjs";

/** A call that was hung up from here: its caller, as the list names them, and its id. */
async function calledAndHungUp() {
  await house.ring("+49 30 5550122");
  const { id } = await until("a call with words", async () => {
    const [call] = (await api("/api/v1/calls?state=live&limit=1")).items;
    const { items } = call ? await api(`/api/v1/calls/${call.id}/events?limit=200`) : { items: [] };
    return items.some(({ kind }) => kind === "item_started") && call;
  });
  equal((await house.send("POST", `/api/v1/calls/${id}/hangup`)).status, 202, "hanging up");
  await until("its end", async () => (await api(`/api/v1/calls/${id}`)).state === "ended");
  return id;
}

test("german::somebody_signs_in_looks_at_the_calls_and_opens_one", async (open) => {
  const id = await calledAndHungUp();
  const page = await open({ stranger: true, locale: "de-DE" });
  await page.goto(`${origin}/login?next=${encodeURIComponent("/calls")}`);
  await page.getByRole("heading", { name: "Anmelden" }).waitFor();
  equal(await page.evaluate(() => document.documentElement.lang), "de", "the page's language");
  await page.getByRole("button", { name: "Anmelden" }).click();
  await mustBeWrong(page, page.getByLabel("E-Mail-Adresse"), "Geben Sie Ihre E-Mail-Adresse ein.");
  await lookAtState(page, "login-german");
  await fill(page, { "E-Mail-Adresse": OWNER.email, Passwort: OWNER.password });
  await page.getByRole("button", { name: "Anmelden" }).click();

  await page.getByRole("heading", { name: "Anrufe", exact: true }).waitFor();
  await page.getByRole("navigation", { name: "Hauptmenü" }).getByRole("link", { name: "Anrufe" }).waitFor();
  const past = page.getByRole("table", { name: "Vergangene Anrufe" });
  const row = past.getByRole("row").filter({ has: page.locator(`a[href="/calls/${id}"]`) });
  await row.getByText("Von hier aufgelegt").waitFor();
  await page.getByRole("combobox", { name: "Zeigen" }).selectOption({ label: "Vergangene" });
  await lookAtState(page, "calls-german");
  await row.getByRole("link").click();

  await page.getByRole("heading", { name: /^Anruf[ ,]/, level: 1 }).waitFor();
  const facts = page.getByRole("region", { name: "Angaben" });
  await facts.getByText("Von hier aufgelegt").waitFor();
  await page.getByRole("region", { name: "Verlauf" }).getByText("Anruf begann").waitFor();
  await page.getByRole("log", { name: "Gesprächstext" }).waitFor();
  await page.getByRole("region", { name: "Aufnahme" }).waitFor();
  await lookAtState(page, "call-german");
  // What was said is in its own language; all around it is German.
  const around = await page.evaluate(() => {
    const main = document.querySelector("main").cloneNode(true);
    main.querySelector("[role=log]").remove();
    return main.textContent;
  });
  must(!/\b(Caller|Assistant|Facts|Timeline|Length|Cost|Call began|hung up|Not)\b/.test(around), `English on a German page: ${around}`);
});

test("german::what_the_server_refuses_is_told_in_the_language_of_the_page", async (open) => {
  for (const [locale, labels, told] of [
    ["de-DE", ["E-Mail-Adresse", "Passwort"], "E-Mail, Passwort oder Code stimmt nicht."],
    ["es-ES", null, "El correo, la contraseña o el código no es correcto."],
    ["pt-BR", null, "O e-mail, a senha ou o código não está certo."],
  ]) {
    const page = await open({ stranger: true, locale, allowed: ["401 (Unauthorized)"] });
    await page.goto(`${origin}/login`);
    const email = labels ? page.getByLabel(labels[0]) : page.locator('input[type="email"]');
    await email.fill("nobody@example.com");
    const password = labels ? page.getByLabel(labels[1], { exact: true }) : page.locator('input[type="password"]');
    await password.fill("not the password at all");
    await password.press("Enter");
    await page.getByRole("alert").filter({ hasText: told }).first().waitFor();
    equal(await page.getByText("password or code is wrong").count(), 0, `English on a page in ${locale}`);
  }
  // A code that the page does not know, as a newer server's: its English, not a blank.
  const page = await open({ stranger: true, locale: "de-DE", allowed: ["409 (Conflict)"] });
  await page.route("**/api/v1/auth/session", (route) =>
    route.fulfill({ status: 409, contentType: "application/problem+json", body: JSON.stringify({ type: "about:blank", title: "Conflict", status: 409, code: "of_tomorrow", detail: "the moon is full" }) }),
  );
  await page.goto(`${origin}/login`);
  await page.getByLabel("E-Mail-Adresse").fill("nobody@example.com");
  await page.getByLabel("Passwort", { exact: true }).fill("not the password at all");
  await page.getByLabel("Passwort", { exact: true }).press("Enter");
  await page.getByRole("alert").filter({ hasText: "The moon is full." }).first().waitFor();
});
