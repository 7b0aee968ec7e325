// The customer of a call: saving a new caller, and the note that all agents see.
import { api, equal, house, must, test, until } from "../stage.mjs";
import { lookAtState } from "../views.mjs";
import { button, deskOf, person, region } from "./people.mjs";
import { callerAsks, card, customer, keysTo, MICROPHONE, panel, state, wrapUp } from "./scene.mjs";

/** Shortens the pauses before a note is saved and before a retry, so that the test needn't wait for them. */
function hastens() {
  const later = window.setTimeout;
  const shorter = { 600: 50, 3_000: 300 };
  window.setTimeout = (work, ms, ...more) => later(work, shorter[ms] ?? ms, ...more);
}

const note = (page) => page.getByRole("textbox", { name: "About the customer" });
const said = (page, words) => page.getByRole("status").filter({ hasText: words });
/** The status text below the note, as shown to sighted users. */
const shown = (page, words) => page.locator("p[id$='-stand']").filter({ hasText: words });
const withNumber = async (number) => (await api(`/api/v1/customers?phone=${encodeURIComponent(number)}`)).items[0];

test("desk::a_new_caller_is_saved_and_their_note_shows_conflicts", async (open) => {
  const bea = await person("Bea", { extension: "370" });
  const line = await keysTo("370");
  const page = await deskOf(open, bea, { ...MICROPHONE, allowed: ["409 (Conflict)", "ERR_FAILED"], scripts: [hastens] });
  // The network is lost at that moment: the page asks again by itself.
  await page.route("**/api/customer/data*", (route) => route.abort(), { times: 1 });
  await callerAsks(line, "+491703700001");
  await card(page).getByText("New caller").waitFor();
  await button(card(page), "Save as a customer").click();
  await card(page).getByRole("textbox", { name: "Name", exact: true }).fill("Anna <b>Example</b>");
  const email = card(page).getByRole("textbox", { name: "E-mail" });
  await email.fill("anna@");
  // Enter in a field submits the form and answers no call.
  await email.fill("anna@example.com");
  await lookAtState(page, "desk-new-customer");
  await email.press("Enter");
  await page.getByRole("region", { name: "Incoming call from Anna <b>Example</b>" }).waitFor();
  await card(page).getByText("Known by the number").waitFor();
  equal(await button(card(page), "Save as a customer").count(), 0, "buttons that save a known customer");
  const saved = await withNumber("+491703700001");
  const { name, phone, email: address } = saved;
  equal({ name, phone, address }, { name: "Anna <b>Example</b>", phone: "+491703700001", address: "anna@example.com" });
  await button(page, "Accept call").click();
  await state(page, "Talking").waitFor();
  await customer(page).getByText("anna@example.com").waitFor();
  await panel(page).getByRole("heading", { name: "Anna <b>Example</b>" }).waitFor();

  // All agents see the note about them, which is saved while the agent types.
  const path = `/api/v1/customers/${saved.id}`;
  const kept = async () => (await api(path)).notes;
  await note(page).fill("Prefers mornings.");
  await shown(page, "Saved for everyone").waitFor();
  await until("the note on record", async () => (await kept()) === "Prefers mornings.");
  // Screen readers announce it once the field has lost the focus.
  equal(await said(page, /Saving|Saved for everyone/).count(), 0, "announcements while the agent is typing");
  await note(page).blur();
  await said(page, "Saved for everyone").waitFor();
  // Both are also there after a reload.
  await page.reload();
  await panel(page).getByRole("heading", { name: "Anna <b>Example</b>" }).waitFor();
  await until("the note on the page", async () => (await note(page).inputValue()) === "Prefers mornings.");
  // A change to another field is no conflict.
  must((await house.send("PATCH", path, { email: "cora@example.com" })).ok, "changing the e-mail address failed");
  await note(page).fill("Prefers mornings, by mail.");
  await until("the note on record", async () => (await kept()) === "Prefers mornings, by mail.");
  equal((await api(path)).email, "cora@example.com", "the other field's change");
  // Another agent has written something: neither text is lost.
  must((await house.send("PATCH", path, { notes: "Prefers evenings." })).ok, "saving the other agent's note failed");
  await note(page).fill("Prefers noon.");
  const clash = page.getByRole("alert").filter({ hasText: "Someone else changed this in the meantime" });
  await clash.getByText("Prefers evenings.").waitFor();
  equal(await kept(), "Prefers evenings.", "the note on record");
  await lookAtState(page, "desk-note-conflict");
  await button(clash, "Keep what I wrote").click();
  await shown(page, "Saved for everyone").waitFor();
  equal(await kept(), "Prefers noon.", "the note on record");
  must((await house.send("PATCH", path, { notes: "Prefers never." })).ok, "saving the other agent's note failed");
  await note(page).fill("Prefers always.");
  await button(clash, "Use theirs").click();
  equal(await note(page).inputValue(), "Prefers never.", "the field");
  equal(await kept(), "Prefers never.", "the note on record");
  // Words typed before the refusal arrives don't overwrite the other agent's note either.
  let [refuse, patches] = [() => undefined, 0];
  const refusal = new Promise((done) => (refuse = done));
  await page.route(`**${path}`, async (route) => {
    if (route.request().method() === "PATCH") {
      patches += 1;
      await refusal;
    }
    await route.continue();
  });
  await note(page).fill("Prefers snow.");
  await until("the request that saves the note", () => patches === 1);
  must((await house.send("PATCH", path, { notes: "Prefers sun." })).ok, "saving the other agent's note failed");
  await note(page).fill("Prefers rain.");
  refuse();
  await clash.getByText("Prefers sun.").waitFor();
  // The pause in typing passes, after which the note would be sent again.
  await page.evaluate(() => new Promise((done) => setTimeout(done, 600)));
  equal([patches, await kept()], [1, "Prefers sun."], "number of requests, and the note on record");
  await page.unroute(`**${path}`);
  await button(clash, "Keep what I wrote").click();
  await shown(page, "Saved for everyone").waitFor();
  equal(await kept(), "Prefers rain.", "the note on record");
  // A note that could not be saved survives a reload.
  await page.route(`**${path}`, (route) => (route.request().method() === "PATCH" ? route.abort() : route.continue()));
  await note(page).fill("Prefers Tuesdays.");
  await said(page, "Not saved yet").waitFor();
  await page.reload();
  await until("the note on the page", async () => (await note(page).inputValue()) === "Prefers Tuesdays.");
  await page.unroute(`**${path}`);
  await until("the note on record", async () => (await kept()) === "Prefers Tuesdays.");
  equal(await region(page, "New customer").count(), 0, "buttons that save a known customer");
});

test("desk::a_new_caller_can_be_saved_after_they_hang_up", async (open) => {
  const cleo = await person("Cleo", { extension: "375" });
  const line = await keysTo("375");
  const page = await deskOf(open, cleo, MICROPHONE);
  const { caller } = await callerAsks(line, "+491703700002");
  await button(page, "Accept call").click();
  await state(page, "Talking").waitFor();
  await button(page, "Save as a customer").click();
  const name = page.getByRole("form", { name: "New customer" }).getByRole("textbox", { name: "Name", exact: true });
  await name.fill("");
  await page.keyboard.type("Otto");
  await house.ask("hang_up", { caller });
  await wrapUp(page).waitFor();
  // The agent types on.
  await page.keyboard.type(" Example");
  equal(await name.inputValue(), "Otto Example", "the name after the call");
  await name.press("Enter");
  await note(page).waitFor();
  equal((await withNumber("+491703700002")).name, "Otto Example", "the saved name");
  await wrapUp(page).waitFor();
});
