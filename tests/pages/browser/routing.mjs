// Call routing: numbers, keys, extensions, the dial policy, and the path of a simulated call.
import { api, equal, house, must, origin, test, until } from "./stage.mjs";
import { person, signIn } from "./desk/people.mjs";
import { lookAtState, mustBeWrong } from "./views.mjs";

const tab = (page, name) => page.getByRole("tab", { name, exact: true });
const row = (page, name) => page.getByRole("row").filter({ hasText: name });
const way = (page) => page.getByRole("list", { name: "Path of this call" });

/** Sends a request that must succeed. */
async function send(method, path, body) {
  const answer = await house.send(method, path, body);
  must(answer.ok, `${method} ${path}: ${answer.status} ${await answer.text()}`);
}

test("routing::a_number_a_key_and_an_extension_are_set_up_and_lead_where_they_say", async (open) => {
  // A business without opening hours is never closed.
  const { revision } = await api("/api/v1/business-profile");
  await send("PUT", "/api/v1/business-profile", { revision, name: "Lovelace" });
  const page = await open({ locale: "en-GB", allowed: ["422 (Unprocessable"] });
  await page.goto(`${origin}/calls`);
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Routing" }).click();
  await page.getByRole("heading", { level: 1, name: "Routing" }).waitFor();
  await tab(page, "Extensions").click();
  await page.getByRole("heading", { name: "No extensions yet" }).waitFor();
  await page.getByRole("button", { name: "Add an extension" }).click();
  let dialog = page.getByRole("dialog", { name: "Add an extension" });
  await dialog.getByRole("textbox", { name: "Name", exact: true }).fill("Workshop 1");
  await dialog.getByRole("textbox", { name: "Place in the dialplan" }).fill("internal");
  await dialog.getByRole("button", { name: "Save" }).click();
  await mustBeWrong(page, dialog.getByRole("textbox", { name: "Name", exact: true }), "Lower-case letters");
  await dialog.getByRole("textbox", { name: "Name", exact: true }).fill("workshop");
  await dialog.getByRole("textbox", { name: "Display name" }).fill("Workshop <b>");
  await dialog.getByRole("textbox", { name: "Place in the dialplan" }).fill("internal,310,1");
  await dialog.getByRole("button", { name: "Save" }).click();
  await row(page, "Workshop <b>").waitFor();

  await tab(page, "Numbers").click();
  await page.getByRole("button", { name: "Add a number" }).click();
  dialog = page.getByRole("dialog", { name: "Add a number" });
  await dialog.getByRole("textbox", { name: "Phone number" }).fill("0117 496 0100");
  await dialog.getByRole("button", { name: "Save" }).click();
  await dialog.locator('[aria-invalid="true"]').waitFor();
  await dialog.getByRole("textbox", { name: "Phone number" }).fill("+44 117 496 0100");
  await dialog.getByRole("textbox", { name: "Display name" }).fill("Main line");
  await dialog.getByRole("switch", { name: "Closed when the business is" }).click();
  await dialog.getByRole("button", { name: "Save" }).click();
  await dialog.getByRole("alert").filter({ hasText: "Enter what the caller hears." }).waitFor();
  await dialog.getByRole("textbox", { name: "Message" }).fill("We are closed.");
  await lookAtState(page, "routing-number");
  await dialog.getByRole("button", { name: "Save" }).click();
  await row(page, "+441174960100").getByText("Assigned by the operator").waitFor();
  await lookAtState(page, "routing-numbers");

  await tab(page, "Keys").click();
  await page.getByRole("button", { name: /^3/ }).click();
  dialog = page.getByRole("dialog", { name: "Key 3" });
  await dialog.getByRole("radio", { name: "Transfers the caller" }).check();
  await dialog.getByRole("combobox", { name: "Who" }).fill("workshop");
  await dialog.getByRole("button", { name: "Save" }).click();
  await page.getByRole("button", { name: "3 transfers to workshop" }).waitFor();
  await lookAtState(page, "routing-keys");

  await tab(page, "Where a call goes").click();
  await page.getByRole("combobox", { name: "Where it comes in" }).selectOption({ label: "+441174960100 · Main line" });
  await page.getByRole("button", { name: "Press 3" }).click();
  await page.getByRole("status").filter({ hasText: "The caller is transferred to Workshop <b> (workshop)." }).waitFor();
  await lookAtState(page, "routing-path");

  // The page removes everything that was created.
  await tab(page, "Keys").click();
  await page.getByRole("button", { name: /^3/ }).click();
  const asks = page.getByRole("dialog", { name: "Clear 3?" });
  await page.getByRole("button", { name: "Clear" }).click();
  await asks.getByText("It will do nothing on the next calls.").waitFor();
  await asks.getByRole("button", { name: "Cancel" }).click();
  await asks.waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Clear" }).click();
  await asks.getByRole("button", { name: "Clear" }).click();
  await page.getByRole("button", { name: "3 free" }).waitFor();
  await tab(page, "Numbers").click();
  await page.getByRole("button", { name: "Remove +441174960100" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
  await page.getByRole("heading", { name: "No numbers yet" }).waitFor();
  await send("DELETE", "/api/v1/extensions/workshop");
});

test("routing::what_callers_hear_stays_while_other_answers_are_looked_at", async (open) => {
  const [profile] = (await api("/api/v1/agent-profiles")).items;
  const number = await house.api("/api/v1/phone-numbers", {
    number: "+4930123459",
    profile_id: profile.id,
    closed: { do: "say", text: "We are closed." },
    no_capacity: { do: "voicemail", text: "We are all busy." },
  });
  must(number.id, JSON.stringify(number));
  const page = await open();
  await page.goto(`${origin}/routing`);
  await tab(page, "Numbers").click();
  await page.getByRole("button", { name: "Edit +4930123459" }).click();
  const dialog = page.getByRole("dialog", { name: "Edit +4930123459" });
  const part = (label) => dialog.locator(".instead").filter({ has: page.getByRole("combobox", { name: label }) });
  const message = (label) => part(label).getByRole("textbox", { name: "Message" });
  const full = "When the server is full, callers get";
  const kind = part(full).getByRole("combobox", { name: full });
  await kind.selectOption("forward");
  await part(full).getByLabel("Who").fill("operator");
  await kind.selectOption("voicemail");
  equal(await message(full).inputValue(), "We are all busy.", "the message");
  await kind.selectOption("forward");
  equal(await part(full).getByLabel("Who").inputValue(), "operator", "who gets the call");
  await kind.selectOption("voicemail");
  const closes = dialog.getByRole("switch", { name: "Closed when the business is" });
  await closes.click();
  await closes.click();
  equal(await message("When it is closed, callers get").inputValue(), "We are closed.", "the message when it is closed");
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await dialog.waitFor({ state: "detached" });

  // Another way in is chosen once somebody else has removed the chosen one.
  await tab(page, "Where a call goes").click();
  const entry = page.getByRole("combobox", { name: "Where it comes in" });
  await entry.selectOption(number.id);
  await send("DELETE", `/api/v1/phone-numbers/${number.id}`);
  await entry.locator(`option[value="${number.id}"]`).waitFor({ state: "detached" });
  must((await entry.inputValue()) !== "", "no way in is chosen");
});

test("routing::the_way_of_a_call_follows_hours_callers_keys_and_queues", async (open) => {
  const { revision } = await api("/api/v1/business-profile");
  const day = [{ from: "09:00", to: "17:00" }];
  await send("PUT", "/api/v1/business-profile", { revision, name: "Lovelace", time_zone: "Europe/Berlin", hours: { monday: day, tuesday: day }, holidays: [{ name: "Inventory", from: "2026-01-12" }] });
  const profile = (await api("/api/v1/agent-profiles")).items[0];
  const number = await house.api("/api/v1/phone-numbers", {
    number: "+4930123456",
    profile_id: profile.id,
    closed: { do: "say", text: "Closed." },
    blocked: { do: "hang_up" },
    block_anonymous: true,
  });
  const unready = await house.api("/api/v1/agent-profiles", { name: "unready", language: "en", publish: false });
  const keyed = await house.api("/api/v1/agent-profiles", { name: "keyed", language: "en", dtmf_actions: [{ digits: "5", action: { action: "transfer_call", target: "sales" } }] });
  const byTurns = await house.api("/api/v1/phone-numbers", { number: "+4930123457", profile_id: keyed.id, mode: "gather" });
  const iris = await person("Iris");
  const later = await house.api("/api/v1/queues", { name: "later", title: "Later", overflow: { to: "callback" } });
  const sales = await house.api("/api/v1/queues", { name: "sales", title: "Sales", members: [{ user_id: iris.id }], in_hours_only: true, overflow: { to: "queue", name: "later" } });
  const keys = [
    ["4", { action: "transfer_call", target: "sales" }],
    ["41", { action: "say", text: "Four one." }],
    ["7", { action: "transfer_call", target: "nobody" }],
  ];
  for (const [digits, action] of keys) await send("PUT", `/api/v1/dtmf-actions/${profile.id}/${digits}`, { action });
  const page = await open({ locale: "en-GB" });
  await page.goto(`${origin}/routing`);
  const outcome = (words) => page.getByRole("status").filter({ hasText: words }).waitFor();
  const press = async (digits) => {
    const clear = page.getByRole("button", { name: "Clear" });
    if (await clear.isVisible()) await clear.click();
    for (const digit of digits) await page.getByRole("button", { name: `Press ${digit}`, exact: true }).click();
  };
  await page.getByRole("combobox", { name: "Where it comes in" }).selectOption(number.id);
  // A Monday, in the business's time zone.
  await page.getByRole("textbox", { name: "Day" }).or(page.getByLabel("Day", { exact: true })).fill("2026-01-05");
  await page.getByLabel("Time", { exact: true }).fill("16:59");
  await outcome(`${profile.name} talks with the caller.`);
  await page.getByLabel("Time", { exact: true }).fill("17:00");
  await outcome("The caller hears a message, and the call ends.");
  await way(page).getByText("opens Tuesday, 09:00").waitFor();
  // A holiday on a weekday that is usually open.
  await page.getByRole("textbox", { name: "Day" }).or(page.getByLabel("Day", { exact: true })).fill("2026-01-12");
  await page.getByLabel("Time", { exact: true }).fill("09:00");
  await outcome("The caller hears a message, and the call ends.");
  await page.getByRole("textbox", { name: "Day" }).or(page.getByLabel("Day", { exact: true })).fill("2026-01-13");
  await press("4");
  await outcome("Someone in Sales takes the call.");
  await way(page).getByText("After 1.5 seconds without another key, 4 counts.").waitFor();
  // The assistant answers at any hour, but the queue follows the business's hours.
  await page.getByRole("combobox", { name: "Where it comes in" }).selectOption(profile.id);
  await page.getByLabel("Time", { exact: true }).fill("17:00");
  await way(page).getByText("The queue Sales is closed when the business is.").waitFor();
  await outcome("which offers a callback.");
  await page.getByLabel("Time", { exact: true }).fill("09:00");
  await page.getByRole("combobox", { name: "Where it comes in" }).selectOption(unready.id);
  await outcome("unready is not published: callers get another assistant, or none.");
  await page.getByRole("combobox", { name: "Where it comes in" }).selectOption(byTurns.id);
  await press("8");
  await outcome("keyed talks with the caller.");
  // Turn by turn, 0 leads to a person although the key is free.
  await press("0");
  await outcome("Someone in Sales takes the call.");
  await press("4");
  await page.getByRole("combobox", { name: "Where it comes in" }).selectOption(number.id);
  await outcome("Someone in Sales takes the call.");
  await page.getByRole("switch", { name: "Nobody takes the call" }).click();
  await outcome("which offers a callback.");
  await way(page).getByText("Nobody can be asked in the queue Later.").waitFor();
  await press("41");
  await way(page).getByText("The assistant says: “Four one.”").waitFor();
  await outcome(`${profile.name} talks with the caller.`);
  await press("8");
  await way(page).getByText("8 does nothing").waitFor();
  await press("7");
  await way(page).getByText("No extension or queue is named nobody").waitFor();
  await page.getByRole("combobox", { name: "The caller" }).selectOption("hidden");
  await outcome("The call is not answered.");
  for (const [digits] of keys) await send("DELETE", `/api/v1/dtmf-actions/${profile.id}/${digits}`);
  await send("DELETE", `/api/v1/phone-numbers/${number.id}`);
  await send("DELETE", `/api/v1/phone-numbers/${byTurns.id}`);
  for (const { id } of [unready, keyed]) await send("DELETE", `/api/v1/agent-profiles/${id}`);
  await send("DELETE", `/api/v1/queues/${sales.id}`);
  await send("DELETE", `/api/v1/queues/${later.id}`);
});

test("routing::waehlregeln_auf_deutsch_und_nur_zum_lesen", async (open) => {
  const page = await open({ locale: "de-DE", allowed: ["422 (Unprocessable"] });
  await page.goto(`${origin}/routing?tab=dialling`);
  await page.getByRole("button", { name: "Muster hinzufügen" }).click();
  await page.getByRole("textbox", { name: "Muster 1" }).fill("viele");
  await page.getByRole("button", { name: "Speichern" }).click();
  await page.getByRole("alert").filter({ hasText: "Geben Sie Ziffern ein" }).waitFor();
  await page.getByRole("textbox", { name: "Muster 1" }).fill("+4930*");
  await page.getByRole("textbox", { name: "Eine Nummer ausprobieren" }).fill("+49 30 1234");
  await page.getByText("Darf gewählt werden, durch +4930*.").waitFor();
  await lookAtState(page, "routing-dialling");
  // The configuration of this server allows no numbers.
  await page.getByRole("button", { name: "Speichern" }).click();
  await page.getByRole("alert").filter({ hasText: "Das geht über die Wählregeln des Servers hinaus" }).waitFor();
  const watcher = await open({ stranger: true, allowed: ["Failed to load resource"] });
  await signIn(watcher, house, (await person("Uma", { role: "supervisor" })).email);
  await watcher.route("**/api/v1/extensions", (route) => route.abort(), { times: 2 });
  await watcher.goto(`${origin}/routing?tab=keys`);
  await watcher.getByRole("alert").filter({ hasText: "The server can’t be reached." }).waitFor();
  await until("the rule is stored", async () => {
    const again = watcher.getByRole("button", { name: "Try again" });
    if (await again.isVisible()) await again.click().catch(() => {});
    return watcher.getByRole("list", { name: "The keypad" }).isVisible();
  });
  equal(await watcher.getByRole("tabpanel").getByRole("button").count(), 0, "buttons for a reader");
});
