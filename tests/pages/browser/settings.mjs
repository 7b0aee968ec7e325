// Settings of the organization, and of one browser.
import { pageOf, person, signIn } from "./desk/people.mjs";
import { api, equal, house, must, origin, test, until } from "./stage.mjs";
import { lookAtState } from "./views.mjs";

const button = (page, name) => page.getByRole("button", { name, exact: true });

test("settings::name_notifications_and_retention_are_set_and_deletions_are_confirmed", async (open) => {
  const page = await open({ allowed: ["422 (Unprocessable Entity)", "409 (Conflict)"] });
  await page.goto(`${origin}/settings`);
  const name = page.getByRole("region", { name: "Organization" }).getByLabel("Name");
  const was = await name.inputValue();
  await name.fill("Lovelace & <i>Sons</i>");
  await page.keyboard.press("Enter");
  await page.getByText("Name saved.").waitFor();
  equal((await api("/api/v1/organization")).name, "Lovelace & <i>Sons</i>", "the name on record");
  await name.fill(was);
  await page.keyboard.press("Enter");
  await until("the old name", async () => (await api("/api/v1/organization")).name === was);

  const lead = page.getByRole("region", { name: "A new lead" });
  await lead.getByRole("button", { name: "Add an address" }).click();
  const email = lead.getByRole("textbox", { name: "A new lead: e-mail 1" });
  await email.fill("nobody");
  await button(page, "Save").click();
  await lead.getByRole("alert").filter({ hasText: "e-mail addresses" }).waitFor();
  equal(await email.getAttribute("aria-invalid"), "true", "whether the field is marked");
  await lookAtState(page, "settings-wrong", { words: true });
  await email.fill("office@example.com");
  await button(page, "Save").click();
  await page.getByText("Notifications saved.").waitFor();
  equal((await api("/api/v1/notices")).new_lead, { email: ["office@example.com"], sms: [] }, "who is notified");
  await page.getByText("Sent notifications").click();
  await page.getByText("No notifications in the last thirty days.").waitFor();
  await lookAtState(page, "settings");
  await house.send("PUT", "/api/v1/notices", {});

  // How long data is kept.
  const part = page.getByRole("region", { name: "Data retention" });
  const field = (name) => part.getByRole("spinbutton", { name, exact: true });
  await field("Recordings").fill("0");
  await field("Audit log").fill("89");
  await part.getByRole("button", { name: "Save" }).click();
  await part.getByText("must be 1 or more").waitFor();
  await part.getByText("must be 90 or more").waitFor();
  await field("Audit log").fill("");
  // No recording is that old, so no confirmation is needed.
  await field("Recordings").fill("3000");
  await part.getByRole("button", { name: "Save" }).click();
  await page.getByText("Data retention saved.").waitFor();
  const { revision: _, ...kept } = await house.api("/api/v1/retention");
  equal(kept, { recordings_days: 3000, words_days: null, calls_days: null, customers_days: null, audit_log_days: null }, "the stored days");

  await page.route("**/api/v1/retention/preview", (route) => route.fulfill({ json: { recordings: 1200, words: 1, calls: 0, customers: 0, audit_log: 0 } }));
  await field("Transcripts").fill("90");
  await part.getByRole("button", { name: "Save" }).click();
  const dialog = page.getByRole("dialog", { name: "Delete older data?" });
  await dialog.getByText("Older than that: 1,200 recordings and transcripts of 1 call.").waitFor();
  await lookAtState(page, "settings-retention");
  await page.keyboard.press("Escape");
  await part.getByRole("alert").filter({ hasText: "Nothing was changed." }).waitFor();
  equal((await house.api("/api/v1/retention")).words_days, null, "the days after cancelling");
  await part.getByRole("button", { name: "Save" }).click();
  await dialog.getByRole("button", { name: "Save and delete" }).click();
  await until("the new days on record", async () => (await house.api("/api/v1/retention")).words_days === 90);
  // Another user saves while this form is being edited: their change is not lost.
  await page.getByRole("dialog").waitFor({ state: "detached" });
  must((await house.send("PATCH", "/api/v1/retention", { customers_days: 700 })).ok, "the other user's change was refused");
  await field("Recordings").fill("2000");
  await part.getByRole("button", { name: "Save" }).click();
  await dialog.getByRole("button", { name: "Save and delete" }).click();
  await part.getByText("Someone else changed this in the meantime. Review the changes, then save again.").waitFor();
  await until("the other user's value in the form", async () => (await field("Customers").inputValue()) === "700");
  equal(await field("Recordings").inputValue(), "2000", "the typed value");
  equal((await house.api("/api/v1/retention")).recordings_days, 3000, "the saved value after the refusal");
  await part.getByRole("button", { name: "Save" }).click();
  await dialog.getByRole("button", { name: "Save and delete" }).click();
  await until("both changes on record", async () => {
    const { recordings_days, customers_days } = await house.api("/api/v1/retention");
    return recordings_days === 2000 && customers_days === 700;
  });
  await part.getByText("Deletions").click();
  await part.getByText("Nothing has been deleted yet.").waitFor();
});

test("settings::a_wrong_address_is_reported_at_its_field_in_german", async (open) => {
  const page = await open({ locale: "de-DE", allowed: ["422 (Unprocessable Entity)"] });
  await page.goto(`${origin}/settings`);
  const lead = page.getByRole("region", { name: "Ein neuer Lead" });
  await lead.getByRole("button", { name: "Adresse hinzufügen" }).click();
  await lead.getByRole("button", { name: "Nummer hinzufügen" }).click();
  await lead.getByRole("textbox", { name: "Ein neuer Lead: Nummer 1" }).fill("+49 (0)30 123456");
  const email = lead.getByRole("textbox", { name: "Ein neuer Lead: E-Mail 1" });
  await email.fill("niemand");
  await button(page, "Speichern").click();
  await lead.getByRole("alert").filter({ hasText: "muss eine E-Mail-Adresse sein" }).waitFor();
  equal(await email.getAttribute("aria-invalid"), "true", "whether the address is marked");
  must(await email.evaluate((field) => field === document.activeElement), "the address does not have the focus");
  await email.fill("buero@example.com");
  await button(page, "Speichern").click();
  const recorded = async () => (await api("/api/v1/notices")).new_lead;
  await until("the address on record", async () => (await recorded()).email[0] === "buero@example.com");
  equal((await recorded()).sms, ["+4930123456"], "the number, which may be typed with spaces");
  await house.send("PUT", "/api/v1/notices", {});
});

test("settings::supervision_policy_and_alarm_rules_are_set_and_everyone_reads_them", async (open) => {
  const page = await open({ allowed: ["422 (Unprocessable Entity)"] });
  await page.goto(`${origin}/settings`);
  const part = page.getByRole("region", { name: "Supervision", exact: true });
  await part.getByRole("combobox", { name: "Barge in" }).selectOption({ label: "Nobody" });
  await part.getByRole("switch", { name: "Listen silently" }).check();
  await part.getByRole("button", { name: "Save" }).click();
  await page.getByText("Policy saved.").waitFor();
  const set = await house.api("/api/v1/supervision-policy");
  equal([set.barge, set.silent, set.listen], [null, true, "supervisor"], "the policy");

  // A rule that is removed takes its own words with it.
  const alarms = page.getByRole("region", { name: "Alarms", exact: true });
  const words = (n) => alarms.getByRole("textbox", { name: new RegExp(`^Words or phrases of rule ${n}`) });
  for (const [n, name, said] of [[1, "Lawyer", "lawyer"], [2, "Refund", "refund"]]) {
    await alarms.getByRole("button", { name: "Add a rule" }).click();
    await alarms.getByRole("textbox", { name: `Name of rule ${n}` }).fill(name);
    await alarms.getByRole("combobox", { name: `Rule ${n} is about` }).selectOption({ label: "words that are said" });
    await words(n).fill(said);
  }
  await alarms.getByRole("button", { name: "Remove the rule Lawyer" }).click();
  await until("one rule", async () => (await words(2).count()) === 0);
  equal(await words(1).inputValue(), "refund", "the remaining words");
  await alarms.getByRole("button", { name: "Save rules" }).click();
  await page.getByText("Rules saved.").waitFor();
  const kept = (await house.api("/api/v1/alarm-rules")).rules;
  equal(kept.map(({ name, phrases }) => [name, phrases]), [["Refund", ["refund"]]], "the rules");
  await alarms.getByRole("button", { name: "Remove the rule Refund" }).press("Enter");
  const adds = alarms.getByRole("button", { name: "Add a rule" });
  await until("the focus on Add after the last row", () => adds.evaluate((it) => it === document.activeElement));
  await alarms.getByRole("button", { name: "Save rules" }).click();
  await alarms.locator(".changed").waitFor({ state: "detached" });
  equal((await house.api("/api/v1/alarm-rules")).rules, [], "the rules after the removal of the last one");

  await alarms.getByRole("button", { name: "Add a rule" }).click();
  await alarms.getByRole("textbox", { name: "Name of rule 1" }).fill("Lawyer");
  await alarms.getByRole("combobox", { name: "Rule 1 is about" }).selectOption({ label: "words that are said" });
  await alarms.getByRole("button", { name: "Save rules" }).click();
  await alarms.getByRole("alert").filter({ hasText: /./ }).waitFor();
  await alarms.getByRole("textbox", { name: /^Words or phrases of rule 1/ }).fill("lawyer, my solicitor");
  await lookAtState(page, "settings-alarms");
  await alarms.getByRole("button", { name: "Save rules" }).click();
  const rules = [{ name: "Lawyer", enabled: true, on: "words_said", phrases: ["lawyer", "my solicitor"], by: "anybody" }];
  const saved = await until("the rule on record", async () => {
    const known = (await house.api("/api/v1/alarm-rules")).rules;
    return known.length > 0 && known;
  });
  equal(saved, rules, "the rules");

  const agent = await pageOf(open, await person("Alba"), { path: "/settings" });
  const read = agent.getByRole("region", { name: "Supervision", exact: true });
  await read.getByText("do not see who hears their call").waitFor();
  equal(await read.getByRole("combobox").count(), 0, "settings that an agent can change");
  equal(await agent.getByRole("region", { name: "Alarms", exact: true }).count(), 0, "alarm settings for an agent");
  const off = rules.map((rule) => ({ ...rule, enabled: false }));
  must((await house.send("PUT", "/api/v1/alarm-rules", { rules: off })).ok, "saving a disabled rule failed");
  const supervisor = await pageOf(open, await person("Samir", { role: "supervisor" }), { path: "/settings" });
  const rule = supervisor.getByRole("region", { name: "Alarms", exact: true }).getByRole("listitem").filter({ hasText: "Lawyer" });
  const mark = rule.getByText("Off", { exact: true });
  await mark.waitFor();
  // It is at its rule, and not over another part of the page.
  equal(await mark.evaluate((chip) => getComputedStyle(chip).position), "static", "the position of “Off”");

  const usual = { listen: "supervisor", whisper: "supervisor", barge: "supervisor", take_over: "supervisor", silent: false, tell_caller: false };
  must((await house.send("PUT", "/api/v1/supervision-policy", usual)).ok, "restoring the policy failed");
  must((await house.send("PUT", "/api/v1/alarm-rules", { rules: [] })).ok, "removing the rules failed");
});

test("settings::theme_rows_keys_and_sound_are_this_browsers_in_german", async (open) => {
  const olga = await person("Olga", { role: "admin" });
  const page = await pageOf(open, olga, { path: "/settings", locale: "de-DE", permissions: ["microphone"] });
  await page.getByRole("heading", { name: "Einstellungen", level: 1 }).waitFor();
  // By keyboard: parts that load later would move the radio buttons away from a mouse.
  const choose = async (name) => {
    await page.getByRole("radio", { name }).focus();
    await page.keyboard.press("Space");
  };
  await choose("Dunkel");
  await choose("Dicht");
  await page.getByRole("switch", { name: "Einzelne Tasten" }).click();
  await page.reload();
  const kept = await page.evaluate(() => ({ ...document.documentElement.dataset }));
  equal({ theme: kept.theme, density: kept.density }, { theme: "dark", density: "compact" }, "the stored settings");
  await until("the switch", async () => !(await page.getByRole("switch", { name: "Einzelne Tasten" }).isChecked()));
  await button(page, "Mikrofon ausprobieren").click();
  await page.getByText("Man hört Sie").waitFor();
  await page.getByRole("meter", { name: "Pegel des Mikrofons" }).waitFor();
  await button(page, "Testton abspielen").click();
  await page.getByText("Eine Sekunde lang erklingt ein Ton.").waitFor();
  await choose("Wie das System");
  await lookAtState(page, "settings-german", { words: true });
  await button(page, "Beenden").click();
  // A chosen language overrides the browser's, on every page and in every browser in which its user signs in.
  await page.getByRole("combobox", { name: "Sprache" }).selectOption("es");
  await page.getByRole("heading", { name: "Ajustes", level: 1 }).waitFor();
  await page.goto(`${origin}/calls`);
  await page.getByRole("heading", { name: "Llamadas", exact: true }).waitFor();
  equal(await page.locator("html").getAttribute("lang"), "es", "the language of the page");
  const elsewhere = await pageOf(open, olga, { path: "/settings" });
  await elsewhere.getByRole("heading", { name: "Ajustes", level: 1 }).waitFor();
  // The next user of that browser has chosen none, so the browser's language is used.
  await elsewhere.goto("about:blank");
  await elsewhere.context().clearCookies();
  const pia = await person("Pia");
  await signIn(elsewhere, house, pia.email);
  await elsewhere.goto(`${origin}/settings`);
  await elsewhere.getByRole("heading", { name: "Settings", level: 1 }).waitFor();
  // The choice is undone in the first browser.
  await page.goto(`${origin}/settings`);
  await page.getByRole("combobox", { name: "Idioma" }).selectOption("");
  await page.getByRole("heading", { name: "Einstellungen", level: 1 }).waitFor();
});

test("settings::unsaved_rules_and_scorecards_survive_another_users_save", async (open) => {
  const page = await open({ allowed: ["409 (Conflict)"] });
  await page.goto(`${origin}/settings`);
  const alarms = page.getByRole("region", { name: "Alarms", exact: true });
  await alarms.getByRole("button", { name: "Add a rule" }).click();
  const name = alarms.getByRole("textbox", { name: "Name of rule 1" });
  await name.fill("Mine");
  const theirs = [{ name: "Theirs", enabled: true, on: "words_said", phrases: ["refund", "lawyer"], by: "caller" }];
  must((await house.send("PUT", "/api/v1/alarm-rules", { rules: theirs })).ok, "the other user's rules were refused");
  const both = alarms.getByRole("alert").filter({ hasText: "You both changed Alarms" });
  await both.waitFor();
  equal(await name.inputValue(), "Mine", "the typed name");
  await lookAtState(page, "settings-alarms-both", { words: true });
  // Leaving the page with unsaved changes needs a confirmation.
  await page.locator('nav a[href="/calls"]').first().click();
  const asks = page.getByRole("dialog");
  await asks.getByRole("button", { name: "Leave without saving" }).waitFor();
  await page.keyboard.press("Escape");
  equal(page.url(), `${origin}/settings`, "the address");
  await both.getByRole("button", { name: "Use theirs" }).click();
  equal(await name.inputValue(), "Theirs", "the other user's name");
  equal(await alarms.getByRole("textbox", { name: /^Words or phrases of rule 1/ }).inputValue(), "refund, lawyer", "the other user's words");
  equal(await both.count(), 0, "conflict alerts after using the other user's rules");

  const card = page.getByRole("region", { name: "Scorecard", exact: true });
  await card.getByRole("button", { name: "Add a question" }).click();
  const question = card.getByRole("textbox", { name: "Question 1" });
  await question.fill("Was the caller greeted?");
  const picks = { random_percent: 7, handed_off: false, shorter_than_s: null, alarm: false };
  must((await house.send("PUT", "/api/v1/scorecard", { questions: [], picks })).ok, "the other user's change was refused");
  await card.getByRole("alert").filter({ hasText: "Their changes are in the form, and yours are kept." }).waitFor();
  equal(await card.getByRole("spinbutton", { name: /at random/ }).inputValue(), "7", "the value that only the other user has changed");
  equal(await question.inputValue(), "Was the caller greeted?", "the typed question");
  await card.getByRole("button", { name: "Save scorecard" }).click();
  await page.getByText("Scorecard saved.").waitFor();
  const saved = await house.api("/api/v1/scorecard");
  equal([saved.questions.length, saved.picks.random_percent], [1, 7], "both changes");
  must((await house.send("PUT", "/api/v1/alarm-rules", { rules: [] })).ok, "removing the rules failed");
  must((await house.send("PUT", "/api/v1/scorecard", { questions: [], picks: { ...picks, random_percent: 0 } })).ok, "removing the questions failed");
  await name.waitFor({ state: "detached" });

  const path = "**/api/v1/alarm-rules";
  const meanwhile = [{ name: "Theirs", enabled: true, on: "assistant_failed" }];
  // The other user's rules reach the server just before this page's, so the page can't know of them.
  await page.route(path, async (route) => {
    if (route.request().method() === "PUT") must((await house.send("PUT", "/api/v1/alarm-rules", { rules: meanwhile })).ok, "the other user's rules were refused");
    return route.continue();
  });
  await alarms.getByRole("button", { name: "Add a rule" }).click();
  await name.fill("Mine");
  const save = alarms.getByRole("button", { name: "Save rules" });
  await save.click();
  await alarms.getByRole("alert").filter({ hasText: "Review the changes, then save again." }).waitFor();
  await alarms.getByRole("alert").filter({ hasText: "You both changed Alarms" }).waitFor();
  equal(await name.inputValue(), "Mine", "the typed name");
  equal((await house.api("/api/v1/alarm-rules")).rules, meanwhile, "the saved rules are the other user's");
  await page.unroute(path);
  await save.click();
  await page.getByText("Rules saved.").waitFor();
  equal((await house.api("/api/v1/alarm-rules")).rules.map((rule) => rule.name), ["Mine"], "the rules after replacing the other user's");
  must((await house.send("PUT", "/api/v1/alarm-rules", { rules: [] })).ok, "removing the rules failed");
});

test("settings::a_failed_part_is_asked_again_and_others_saves_followed", async (open) => {
  const page = await open({ allowed: ["500 (Internal Server Error)"] });
  const path = "**/api/v1/business-profile";
  await page.route(path, (route) => route.fulfill({ status: 500, json: { detail: "the disk is full" } }));
  await page.goto(`${origin}/settings`);
  const organization = page.getByRole("region", { name: "Organization" });
  const alert = organization.getByRole("alert").filter({ hasText: "The disk is full." });
  await alert.waitFor();
  await organization.getByLabel("Name").waitFor();
  await page.unroute(path);
  await organization.getByRole("button", { name: "Try again" }).click();
  await organization.getByText("Time zone").waitFor();
  equal(await alert.count(), 0, "alerts after the answer");

  // Another user's saved changes appear in the form, and nothing that is not saved is lost.
  const name = organization.getByLabel("Name");
  const was = await name.inputValue();
  must((await house.send("PUT", "/api/v1/organization", { name: "Followed Ltd" })).ok, "the other user's name was refused");
  await until("the other user's name on the page", async () => (await name.inputValue()) === "Followed Ltd");
  must((await house.send("PUT", "/api/v1/organization", { name: was })).ok, "restoring the name failed");

  const part = page.getByRole("region", { name: "Supervision", exact: true });
  const silent = part.getByRole("switch", { name: "Listen silently" });
  await silent.check();
  const usual = await house.api("/api/v1/supervision-policy");
  must((await house.send("PUT", "/api/v1/supervision-policy", { ...usual, barge: null })).ok, "the other user's policy was refused");
  await part.getByRole("alert").filter({ hasText: "Their changes are in the form, and yours are kept." }).waitFor();
  equal(await part.getByRole("combobox", { name: "Barge in" }).inputValue(), "", "the value that only the other user has changed");
  must(await silent.isChecked(), "the unsaved change is lost");
  must((await house.send("PUT", "/api/v1/supervision-policy", usual)).ok, "restoring the policy failed");

  must((await house.send("PUT", "/api/v1/notices", { new_lead: { email: ["theirs@example.com"], sms: [] } })).ok, "the other user's notification was refused");
  const email = page.getByRole("region", { name: "A new lead" }).getByRole("textbox", { name: "A new lead: e-mail 1" });
  await until("the other user's recipient on the page", async () => (await email.count()) === 1 && (await email.inputValue()) === "theirs@example.com");
  await house.send("PUT", "/api/v1/notices", {});
});
