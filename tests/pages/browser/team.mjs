// Users of the organization, how they take calls, their queues, and the lists from which they choose.
import { api, equal, house, must, origin, OWNER, test, until } from "./stage.mjs";
import { person, signIn } from "./desk/people.mjs";
import { codeOf } from "./people.mjs";
import { lookAtState, mustBeWrong } from "./views.mjs";

const tab = (page, name) => page.getByRole("tab", { name, exact: true });
const row = (page, name) => page.getByRole("row").filter({ hasText: name });
const hasFocus = (element) => element.evaluate((it) => it === document.activeElement);

test("team::a_person_is_invited_changed_and_removed_with_their_items", async (open) => {
  const page = await open({ allowed: ["422 (Unprocessable", "401 (Unauthorized)"] });
  await page.goto(`${origin}/calls`);
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Team" }).click();
  await page.getByRole("heading", { level: 1, name: "Team" }).waitFor();
  await page.getByRole("button", { name: "Invite someone" }).click();
  const dialog = page.getByRole("dialog");
  const email = dialog.getByRole("textbox", { name: "E-mail" });
  await email.fill("nora");
  await dialog.getByRole("button", { name: "Invite", exact: true }).click();
  await mustBeWrong(page, email, "It must be an e-mail address");
  await email.fill("nora@example.com");
  await dialog.getByRole("combobox", { name: "Role" }).selectOption("admin");
  await dialog.getByRole("button", { name: "Invite", exact: true }).click();
  const link = await page.getByRole("textbox", { name: "Invitation link" }).inputValue();
  must(link.includes("/invitation#token="), link);
  await lookAtState(page, "team-invited");
  // The link is shown once: Escape asks.
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Stay here" }).click();
  equal(await page.getByRole("textbox", { name: "Invitation link" }).inputValue(), link, "the link after staying");
  await page.getByRole("dialog").getByRole("button", { name: "Done" }).click();
  await page.getByRole("button", { name: "Withdraw the invitation to nora@example.com" }).waitFor();

  // Another invitation is withdrawn after a dialog that names the consequences.
  const olga = await (await house.send("POST", "/api/v1/invitations", { email: "olga@example.com", role: "agent" })).json();
  await page.getByRole("button", { name: "Withdraw the invitation to olga@example.com" }).click();
  const asks = page.getByRole("dialog", { name: "Withdraw the invitation to olga@example.com?" });
  await asks.getByText("Its link stops working.").waitFor();
  await asks.getByRole("button", { name: "Cancel" }).click();
  await asks.waitFor({ state: "detached" });
  must((await api("/api/v1/invitations")).items.some(({ id }) => id === olga.id), "the invitation was withdrawn without a confirmation");
  await page.getByRole("button", { name: "Withdraw the invitation to olga@example.com" }).click();
  await asks.getByRole("button", { name: "Withdraw" }).click();
  await until("the removal of the invitation", async () => (await api("/api/v1/invitations")).items.every(({ id }) => id !== olga.id));

  // She accepts, and creates something that must outlast her account.
  const nora = await house.api("/api/v1/auth/invitations/accept", { token: link.split("#token=")[1], name: "Nora <b>", password: "correct horse battery staple" });
  const asNora = async (path, body) => {
    const headers = { Authorization: `Bearer ${nora.access_token}`, "Content-Type": "application/json" };
    const made = await fetch(house.origin + path, { method: "POST", headers, body: JSON.stringify(body) });
    must(made.ok, `${path}: ${made.status}`);
    return made.json();
  };
  await asNora("/api/v1/api-tokens", { name: "Her script", scopes: ["calls_read"] });
  const { secret } = await asNora("/api/v1/auth/totp", { password: "correct horse battery staple" });
  await asNora("/api/v1/auth/totp/confirm", { code: codeOf(secret) });
  await page.reload();
  await row(page, "Nora <b>").getByText("Administrator").waitFor();
  await lookAtState(page, "team-people");

  // She loses her phone and her recovery codes.
  await page.getByRole("button", { name: "Remove the second factor of Nora <b>" }).click();
  const helps = page.getByRole("dialog", { name: "Remove the second factor of Nora <b>?" });
  await helps.getByText("Make sure that the request comes from them").waitFor();
  await lookAtState(page, "team-second-factor");
  const proof = helps.getByLabel("Your own password, to confirm that it is you");
  // A wrong password doesn't sign the owner out. The answer is made up, because the server counts wrong attempts.
  const wrong = { status: 401, json: { code: "wrong_credentials", detail: "e-mail, password or code is wrong" } };
  await page.route("**/totp/remove", (route) => route.fulfill(wrong), { times: 1 });
  await proof.fill("not my password");
  await helps.getByRole("button", { name: "Remove", exact: true }).click();
  await mustBeWrong(page, proof, "It is not your password.");
  await proof.fill(OWNER.password);
  await helps.getByRole("button", { name: "Remove", exact: true }).click();
  await row(page, "Nora <b>").getByText("by password").waitFor();
  equal((await api(`/api/v1/users/${nora.user.id}`)).has_totp, false, "the second factor on record");
  await page.getByRole("button", { name: "Edit Nora <b>" }).click();
  await dialog.getByRole("combobox", { name: "Role" }).selectOption("supervisor");
  await dialog.getByRole("button", { name: "Save" }).click();
  await row(page, "Nora <b>").getByText("Supervisor").waitFor();
  await page.getByRole("button", { name: "Remove Nora <b>" }).click();
  await dialog.getByText("Her script").waitFor();
  await dialog.getByText("ends", { exact: true }).waitFor();
  await lookAtState(page, "team-remove");
  await dialog.getByRole("combobox", { name: "Hand over to" }).selectOption({ index: 1 });
  await dialog.getByRole("button", { name: "Remove" }).click();
  await until("the removal of the row", async () => (await row(page, "Nora <b>").count()) === 0);
  const removed = (await api("/api/v1/users")).items.filter(({ id }) => id === nora.user.id);
  equal(removed, [], "the removed user on record");
});

test("team::the_link_of_an_invitation_is_shown_though_its_dialog_was_closed", async (open) => {
  const page = await open();
  let answer;
  const answered = new Promise((now) => (answer = now));
  await page.route("**/api/v1/invitations", async (route) => {
    if (route.request().method() === "POST") await answered;
    await route.continue();
  });
  await page.goto(`${origin}/team`);
  await page.getByRole("button", { name: "Invite someone" }).click();
  const dialog = page.getByRole("dialog", { name: "Invite someone" });
  await dialog.getByLabel("E-mail").fill("lena@example.com");
  const asked = page.waitForRequest((request) => request.method() === "POST" && request.url().endsWith("/api/v1/invitations"));
  await dialog.getByRole("button", { name: "Invite", exact: true }).click();
  await asked;
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await dialog.waitFor({ state: "detached" });
  answer();
  const once = page.getByRole("dialog", { name: "Send them this link" });
  await once.getByText("lena@example.com").waitFor();
  must((await once.getByRole("textbox", { name: "Invitation link" }).inputValue()).includes("/invitation#token="), "the link");
  await once.getByRole("button", { name: "Done" }).click();
  await once.waitFor({ state: "detached" });
  const { id } = (await api("/api/v1/invitations")).items.find(({ email }) => email === "lena@example.com");
  await house.send("DELETE", `/api/v1/invitations/${id}`);
});

test("team::a_queue_is_made_by_the_keyboard_and_agents_get_skills", async (open) => {
  const rosa = await person("Rosa");
  const page = await open({ allowed: ["409 (Conflict)"] });
  await page.goto(`${origin}/team`);
  // Arrow keys move between tabs, Enter opens one.
  await tab(page, "People").focus();
  await page.keyboard.press("ArrowRight");
  await until("the next tab has the focus", () => hasFocus(tab(page, "Agents")));
  await page.keyboard.press("ArrowRight");
  await until("the tab has the focus", () => hasFocus(tab(page, "Queues")));
  await page.keyboard.press("Enter");
  // Other tests may have created some.
  if ((await house.api("/api/v1/queues")).items.length === 0) await page.getByRole("heading", { name: "No queues yet" }).waitFor();
  equal(new URL(page.url()).search, "?tab=queues", "the address");
  const add = page.getByRole("button", { name: "New queue" });
  await add.press("Enter");
  const dialog = page.getByRole("dialog", { name: "New queue" });
  await dialog.getByRole("textbox", { name: "Display name" }).fill("Zahnärzte");
  equal(await dialog.getByRole("textbox", { name: "Name for keys and tools" }).inputValue(), "zahnarzte", "a name with a marked letter");
  await dialog.getByRole("textbox", { name: "Display name" }).fill("Café, first line");
  equal(await dialog.getByRole("textbox", { name: "Name for keys and tools" }).inputValue(), "cafe-first-line", "the name, which follows the title");
  await dialog.getByRole("checkbox", { name: "Rosa" }).press("Space");
  await dialog.getByRole("combobox", { name: "When Rosa is asked" }).selectOption({ label: "asked second" });
  await dialog.getByRole("textbox", { name: "Required skills" }).or(dialog.getByRole("combobox", { name: "Required skills" })).fill("polish, Polish");
  await page.keyboard.press("Enter");
  await dialog.getByText("missing polish").waitFor();
  await dialog.getByRole("radio", { name: "All at once" }).press("Space");
  await dialog.getByRole("combobox", { name: "What happens to the caller" }).selectOption("callback");
  // Numbers that the server would not read are reported in plain words.
  const rings = dialog.getByRole("spinbutton", { name: "Rings each person for" });
  const create = dialog.getByRole("button", { name: "Create queue" });
  for (const [typed, words] of [["", "It must be filled in."], ["1.5", "It must be a whole number."]]) {
    await rings.fill(typed);
    await create.click();
    await mustBeWrong(page, rings, words);
  }
  await rings.fill("20");
  await lookAtState(page, "team-queue");
  // Esc with unsaved changes needs a confirmation.
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Stay here" }).click();
  await create.click();
  await row(page, "Café, first line").getByText("Offered a callback").waitFor();
  await until("the focus is back on the button", () => hasFocus(add));
  const queue = (await api("/api/v1/queues")).items.find(({ name }) => name === "cafe-first-line");
  equal(
    [queue.members, queue.skills, queue.strategy, queue.overflow],
    [[{ user_id: rosa.id, tier: 1 }], ["polish"], "ring_all", { to: "callback" }],
    "the queue",
  );
  await lookAtState(page, "team-queues");

  await tab(page, "Agents").click();
  await page.getByRole("button", { name: "Edit how Rosa takes calls" }).click();
  const rosas = page.getByRole("dialog", { name: "How Rosa takes calls" });
  await rosas.getByRole("textbox", { name: "Extension" }).fill("cafe-first-line");
  await rosas.getByRole("combobox", { name: "Skills" }).fill("polish,");
  await rosas.getByRole("button", { name: "Save" }).click();
  await rosas.getByRole("alert").filter({ hasText: "A queue is called so." }).waitFor();
  await rosas.getByRole("textbox", { name: "Extension" }).fill("");
  await rosas.getByRole("button", { name: "Save" }).click();
  await row(page, "Rosa").getByText("polish").waitFor();
  await lookAtState(page, "team-agents");
  await tab(page, "Queues").click();
  await page.getByRole("button", { name: "Remove Café, first line" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
  await row(page, "Café, first line").waitFor({ state: "detached" });
});

test("team::changes_of_another_to_a_person_or_queue_are_kept", async (open) => {
  const { id } = await person("Twofold", { role: "agent" });
  const momentary = await person("Momentary", { role: "agent" });
  const queue = await (await house.send("POST", "/api/v1/queues", { name: "two-owners", title: "Two owners", max_waiting: 20 })).json();
  const page = await open({ allowed: ["409 (Conflict)"] });
  await page.goto(`${origin}/team`);
  await page.getByRole("button", { name: "Edit Twofold" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox", { name: "Name" }).fill("Twofold the Second");
  must((await house.send("PUT", `/api/v1/users/${id}`, { name: "Twofold", role: "agent", status: "disabled" })).ok, "disabling the user failed");
  await dialog.getByRole("alert").filter({ hasText: "Someone else changed this in the meantime." }).waitFor();
  await dialog.getByRole("button", { name: "Save" }).click();
  await dialog.waitFor({ state: "hidden" });
  const { name, status } = await api(`/api/v1/users/${id}`);
  equal([name, status], ["Twofold the Second", "disabled"], "both changes");
  must((await house.send("DELETE", `/api/v1/users/${id}`)).ok, "removing the user failed");
  await disabledAtTheSameMoment(page, momentary);
  await queueChangedAtTheSameMoment(page, queue);
});

/** Another user disables a person just before this page's change of their name arrives. */
async function disabledAtTheSameMoment(page, { id }) {
  await page.getByRole("button", { name: "Edit Momentary" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox", { name: "Name" }).fill("Momentary the Second");
  // The other user's change is saved just before this page's request arrives, so the page can't know of it.
  let isTheirs = false;
  await page.route(`**/api/v1/users/${id}`, async (route) => {
    if (route.request().method() === "PUT" && !isTheirs) {
      isTheirs = true;
      must((await house.send("PUT", `/api/v1/users/${id}`, { name: "Momentary", role: "agent", status: "disabled" })).ok, "disabling the user failed");
    }
    await route.continue();
  });
  await dialog.getByRole("button", { name: "Save" }).click();
  await dialog.getByText("Someone else changed this in the meantime. Review the changes, then save again.").waitFor();
  await until("the other user's change in the form", async () => !(await dialog.getByRole("switch").isChecked()));
  equal((await api(`/api/v1/users/${id}`)).name, "Momentary", "the saved name after the refusal");
  await dialog.getByRole("button", { name: "Save" }).click();
  await dialog.waitFor({ state: "hidden" });
  const { name, status } = await api(`/api/v1/users/${id}`);
  equal([name, status], ["Momentary the Second", "disabled"], "both changes");
  must((await house.send("DELETE", `/api/v1/users/${id}`)).ok, "removing the user failed");
}

/** Another user renames a queue just before this page's change of its limit arrives. */
async function queueChangedAtTheSameMoment(page, { id }) {
  const PATH = "/api/v1/queues";
  await tab(page, "Queues").click();
  await page.getByRole("button", { name: "Edit Two owners" }).click();
  const dialog = page.getByRole("dialog", { name: /Two owners/ });
  await dialog.getByRole("spinbutton", { name: "Maximum number of waiting callers" }).fill("7");
  // The other user's change is saved just before this page's request arrives, so the page can't know of it.
  let isTheirs = false;
  await page.route(`**${PATH}/${id}`, async (route) => {
    if (route.request().method() === "PUT" && !isTheirs) {
      isTheirs = true;
      const { id: _, revision: __, ...was } = await api(`${PATH}/${id}`);
      must((await house.send("PUT", `${PATH}/${id}`, { ...was, title: "Two owners <b>in May</b>" })).ok, "the other user's title was refused");
    }
    await route.continue();
  });
  await dialog.getByRole("button", { name: "Save" }).click();
  await dialog.getByText("Someone else changed this in the meantime. Review the changes, then save again.").waitFor();
  const title = dialog.getByRole("textbox", { name: "Display name" });
  await until("the other user's title in the form", async () => (await title.inputValue()) === "Two owners <b>in May</b>");
  equal((await api(`${PATH}/${id}`)).max_waiting, 20, "the saved value after the refusal");
  await dialog.getByRole("button", { name: "Save" }).click();
  await dialog.waitFor({ state: "hidden" });
  const saved = await api(`${PATH}/${id}`);
  equal([saved.title, saved.max_waiting], ["Two owners <b>in May</b>", 7], "both changes");
  must((await house.send("DELETE", `${PATH}/${id}`)).ok, "removing the queue failed");
}

test("team::abschlusscodes_werden_mit_tasten_und_mit_dem_zeiger_geordnet", async (open) => {
  const names = async () => (await api("/api/v1/dispositions")).items.map(({ name }) => name);
  const before = await names();
  const page = await open({ locale: "de-DE" });
  await page.goto(`${origin}/team?tab=codes`);
  await page.getByRole("textbox", { name: "Neuer Code" }).fill("Verkauft");
  await page.keyboard.press("Enter");
  const list = page.getByRole("list", { name: "Abschlusscodes" });
  const handle = list.getByRole("button", { name: "Verkauft verschieben" });
  await handle.focus();
  await page.keyboard.press("ArrowUp");
  const order = [...before.slice(0, -1), "Verkauft", before.at(-1)];
  await until("die Ordnung ist gespeichert", async () => JSON.stringify(await names()) === JSON.stringify(order));
  await until("der Griff behält den Fokus", () => hasFocus(handle));
  await page.getByText(`Verkauft steht jetzt an Stelle ${before.length} von ${before.length + 1}.`).waitFor({ state: "attached" });
  await lookAtState(page, "team-codes");
  // Zwei Züge, bevor der erste beantwortet ist: sie gehen nacheinander hinaus, und der letzte gilt.
  const sent = [];
  let answer;
  const answered = new Promise((now) => (answer = now));
  await page.route("**/api/v1/dispositions/order", async (route) => {
    sent.push(route.request().postDataJSON().ids);
    await answered;
    await route.continue();
  });
  for (const key of ["ArrowDown", "ArrowUp"]) {
    await page.keyboard.press(key);
    await until("der Griff behält den Fokus", () => hasFocus(handle));
  }
  await until("der erste Zug ist unterwegs", () => sent.length > 0);
  equal(sent.length, 1, "Züge, die unterwegs sind");
  answer();
  await until("der zweite Zug ist gespeichert", async () => sent.length === 2 && JSON.stringify(await names()) === JSON.stringify(order));
  await page.unroute("**/api/v1/dispositions/order");
  const [from, to] = [await handle.boundingBox(), await list.getByRole("listitem").first().boundingBox()];
  await page.mouse.move(from.x + 5, from.y + 5);
  await page.mouse.down();
  await page.mouse.move(to.x + 5, to.y + 8, { steps: 6 });
  await page.mouse.up();
  await until("das Gezogene steht zuoberst", async () => (await names())[0] === "Verkauft");
  await list.getByRole("button", { name: "Verkauft umbenennen" }).click();
  await list.getByRole("textbox", { name: "Neuer Name von Verkauft" }).fill("Bestellt");
  await page.keyboard.press("Enter");
  await list.getByRole("button", { name: "Bestellt entfernen" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Entfernen" }).click();
  await until("die Liste ist wie zuvor", async () => JSON.stringify(await names()) === JSON.stringify(before));
});

test("team::supervisors_look_and_what_fails_is_tried_again", async (open) => {
  const page = await open({ stranger: true, allowed: ["Failed to load resource"] });
  await signIn(page, house, (await person("Sonja", { role: "supervisor" })).email);
  await page.route("**/api/v1/users", (route) => route.abort(), { times: 1 });
  await page.goto(`${origin}/team`);
  await page.getByRole("button", { name: "Try again" }).click();
  await row(page, "Sonja").getByText("Supervisor").waitFor();
  equal(await page.getByRole("main").getByRole("button").count(), 0, "buttons for a supervisor");
  await tab(page, "Wrap-up codes").click();
  await page.getByText("Resolved").waitFor();
  equal(await page.getByRole("button", { name: /^Move/ }).count(), 0, "handles for a supervisor");
});

test("team::incomplete_dialogs_and_stale_lists_say_so", async (open) => {
  const page = await open({ allowed: ["500 (Internal Server Error)"] });
  const fails = (route) => route.fulfill({ status: 500, json: { detail: "the disk is full" } });
  const alert = (scope) => scope.getByRole("alert").filter({ hasText: "The disk is full." });
  await page.route("**/api/v1/extensions", fails);
  await page.goto(`${origin}/team?tab=queues`);
  await page.getByRole("button", { name: "New queue" }).click();
  const dialog = page.getByRole("dialog", { name: "New queue" });
  await alert(dialog).waitFor();
  await page.unroute("**/api/v1/extensions");
  await dialog.getByRole("button", { name: "Try again" }).click();
  await alert(dialog).waitFor({ state: "detached" });
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "hidden" });

  await tab(page, "Wrap-up codes").click();
  const list = page.getByRole("list", { name: "Wrap-up codes" });
  await list.waitFor();
  const codes = /\/api\/v1\/dispositions(\/order)?$/;
  await page.route(codes, fails);
  await list.getByRole("button", { name: /^Move / }).first().focus();
  await page.keyboard.press("ArrowDown");
  await alert(page.getByRole("main")).waitFor();
  await page.unroute(codes);
  // A pending request may bring the list before the button is pressed.
  const again = page.getByRole("button", { name: "Try again" });
  await until("the list", async () => {
    if ((await again.count()) > 0) await again.click({ timeout: 1_000 }).catch(() => undefined);
    return (await list.count()) === 1;
  });
  await alert(page.getByRole("main")).waitFor({ state: "detached" });
});
