// After a call: the agent enters its disposition, by mouse or by keyboard.
import { api, equal, house, must, test, until } from "../stage.mjs";
import { lookAtState } from "../views.mjs";
import { button, deskOf, person, presence, wants } from "./people.mjs";
import { callerAsks, keysTo, MICROPHONE, state, wrapUp } from "./scene.mjs";

const chip = (page, name) => page.getByRole("radio", { name });

test("desk::a_queue_that_asks_how_it_ended_gets_an_answer_by_key", async (open) => {
  const hue = await person("Hue");
  const queue = await house.api("/api/v1/queues", {
    name: "asks",
    title: "Service",
    wrap_up_required: true,
    wrap_up_s: 60,
    members: [{ user_id: hue.id }],
  });
  must(queue.id, JSON.stringify(queue));
  // An outcome that is added while the code of a call is still being loaded is offered as well.
  const page = await open({ stranger: true, ...MICROPHONE, allowed: ["409 (Conflict)", "422 (Unprocessable"] });
  let letGo;
  const isAdded = new Promise((resolve) => (letGo = resolve));
  const code = /\/assets\/call-parts-[^/]*\.js$/;
  await page.route(code, (route) => isAdded.then(() => route.continue()));
  const isAsked = page.waitForRequest(code);
  await deskOf(() => page, hue);
  await isAsked;
  const early = await house.api("/api/v1/dispositions", { name: "Added early" });
  letGo();
  // Moves the page's clock forward, and the server's as far as the page knows it, so that the test needn't wait for a minute.
  const later = (ms) => page.evaluate((more) => {
    const { now } = Date;
    Date.now = () => now() + more;
    const { parse } = JSON;
    JSON.parse = (text, ...rest) => {
      const read = parse(text, ...rest);
      return read?.seq && read.at ? { ...read, at: new Date(Date.parse(read.at) + more).toISOString() } : read;
    };
  }, ms);
  const { caller, id } = await callerAsks(await keysTo("asks"), "+491703400001");
  await button(page, "Accept call").click();
  await state(page, "Talking").waitFor();
  // The next presence is chosen during the call, and can be undone.
  await presence(page).click();
  const afterwards = page.getByRole("group", { name: "After this call" });
  await afterwards.getByRole("menuitemradio", { name: "Away: Break" }).click();
  await page.getByText("then Away: Break").waitFor();
  await presence(page).click();
  await afterwards.getByRole("menuitem", { name: "Stay as I am" }).click();
  await until("no next presence", async () => (await page.getByText("then Away: Break").count()) === 0);
  await presence(page).click();
  await afterwards.getByRole("menuitemradio", { name: "Away: Lunch" }).click();
  await page.keyboard.press("n");
  await page.keyboard.type("Wants 2 boilers.");
  await house.ask("hang_up", { caller });
  await wrapUp(page).waitFor();
  await page.getByText("Choose how it ended: Service requires it.").waitFor();
  await chip(page, "Added early").waitFor();
  await house.send("DELETE", `/api/v1/dispositions/${early.id}`);
  await until("the outcomes without it", async () => (await chip(page, "Added early").count()) === 0);
  equal(await button(page, "Done").isDisabled(), true, "whether Done is disabled without an answer");
  equal(await page.getByRole("textbox", { name: "Note" }).inputValue(), "Wants 2 boilers.");
  const isHere = (at) => at.evaluate((it) => it === document.activeElement);
  equal(await isHere(page.getByRole("textbox", { name: "Note" })), true, "whether an agent who types when the call ends types on");
  await lookAtState(page, "desk-wrap-up-required");
  await page.getByRole("heading", { name: "Desk", exact: true }).click();
  await page.keyboard.press("2");
  const second = page.getByRole("group", { name: "How did it end?" }).getByRole("radio").nth(1);
  equal(await second.isChecked(), true, "whether the second is chosen");
  const name = await second.evaluate((input) => input.closest("label").textContent.replace(/^\d/, "").trim());
  await chip(page, name).waitFor();
  // An outcome that is added shows at once, and one that is removed is chosen no longer.
  const extra = await house.api("/api/v1/dispositions", { name: "Returned" });
  await chip(page, "Returned").check();
  await house.send("DELETE", `/api/v1/dispositions/${extra.id}`);
  await page.getByText(/^The outcome that you chose .*was removed/).first().waitFor();
  equal(await button(page, "Done").isDisabled(), true, "whether Done is disabled once the outcome is removed");
  await second.check();
  // A note that is refused says nothing about the outcome.
  const answered = (status) => page.waitForResponse((answer) => answer.url().endsWith("/wrap-up-draft") && answer.status() === status);
  for (const [words, status] of [["Wants 2 boilers.\u000b", 422], ["Wants 2 boilers.", 200]]) {
    const isAnswered = answered(status);
    await page.getByRole("textbox", { name: "Note" }).fill(words);
    await isAnswered;
  }
  equal(await second.isChecked(), true, "whether the second is still chosen");
  // The choice is marked even if the system forces its colours.
  await page.emulateMedia({ forcedColors: "active" });
  const labels = page.getByRole("group", { name: "How did it end?" }).locator("label");
  equal((await labels.evaluateAll((all) => all.map((label) => getComputedStyle(label).outlineStyle))).slice(0, 2), ["none", "solid"], "outlines of the choices");
  await page.emulateMedia({ forcedColors: "none" });
  await later(50_000);
  await page.getByText("The time for the wrap-up is nearly over.").waitFor();
  // After a reload nothing is lost.
  await page.reload();
  await wrapUp(page).waitFor();
  const noteOf = (at) => at.getByRole("textbox", { name: "Note" });
  const says = (at, words) => until(`the note ${words}`, async () => (await noteOf(at).inputValue()) === words);
  await says(page, "Wants 2 boilers.");
  // Another machine shows the note and the choice, too; and text written there is here when the wrap-up opens again.
  const elsewhere = await deskOf(open, hue);
  await wrapUp(elsewhere).waitFor();
  await says(elsewhere, "Wants 2 boilers.");
  equal(await elsewhere.getByRole("group", { name: "How did it end?" }).getByRole("radio").nth(1).isChecked(), true, "whether the second is chosen");
  await noteOf(elsewhere).fill("Wants 3 boilers.");
  const kept = (at) => at.evaluate(() => Object.keys(localStorage).filter((key) => key.startsWith("cordboard.unsaved.")));
  const isSaved = (at) => until("an empty browser storage", async () => (await kept(at)).length === 0);
  await isSaved(elsewhere);
  // The agent comes back to the first window: its older note would be sent as the wrap-up.
  await until("the newer note", async () => {
    await page.evaluate(() => window.dispatchEvent(new Event("focus")));
    return (await noteOf(page).inputValue()) === "Wants 3 boilers.";
  });
  // The agent types in the first window before it hears of what the other one has saved: nothing of either is lost.
  await page.evaluate(() => window.addEventListener("focus", (event) => event.stopImmediatePropagation(), true));
  await noteOf(elsewhere).fill("Wants 3 red boilers.");
  await isSaved(elsewhere);
  await noteOf(page).fill("Wants 3 boilers and a pump.");
  await says(page, "Wants 3 red boilers.\nWants 3 boilers and a pump.");
  await isSaved(page);
  await noteOf(page).fill("Wants 3 boilers.");
  await isSaved(page);
  await page.reload();
  await wrapUp(page).waitFor();
  await says(page, "Wants 3 boilers.");
  await later(60_000);
  await page.getByText("The time for the wrap-up is over.").waitFor();
  await wrapUp(page).waitFor();
  await button(page, "Done").click();
  await wants(page, "Away: Lunch");
  equal(await wrapUp(page).count(), 0, "wrap-ups");
  await until("the focus on the page", () => isHere(page.getByRole("heading", { name: "Desk", exact: true })));
  const { items } = await until("the wrap-up on record", async () => {
    const list = await api(`/api/v1/wrap-ups?call_id=${id}`);
    return list.items.length > 0 && list;
  });
  const [{ user_id, disposition, note }] = items;
  equal({ user_id, disposition, note }, { user_id: hue.id, disposition: name, note: "Wants 3 boilers." });
  // Nothing else of it is stored.
  const draft = await fetch(`${house.origin}/api/v1/calls/${id}/wrap-up-draft`, { headers: { Authorization: `Bearer ${hue.token}` } });
  equal(await draft.json(), { disposition_id: null, note: "", updated_at: null }, "the draft");
});

test("desk::notes_outlive_reloads_but_no_sign_out_and_no_deletion", async (open) => {
  const lou = await person("Lou");
  const queue = await house.api("/api/v1/queues", { name: "gone-notes", wrap_up_s: 60, members: [{ user_id: lou.id }] });
  must(queue.id, JSON.stringify(queue));
  const page = await deskOf(open, lou, { ...MICROPHONE, allowed: ["404 (Not Found)", "503 (Service Unavailable)"] });
  const { caller } = await callerAsks(await keysTo("gone-notes"), "+491703400003");
  await button(page, "Accept call").click();
  await state(page, "Talking").waitFor();
  await house.ask("hang_up", { caller });
  await wrapUp(page).waitFor();
  // The call was deleted.
  let requests = 0;
  await page.route("**/wrap-up-draft", (route) => {
    requests += 1;
    return route.fulfill({ status: 404, json: { code: "not_found", detail: "no such call" } });
  });
  // The pause between two requests is noted, and ends at once.
  await page.evaluate(() => {
    const wait = window.setTimeout;
    window.pauses = 0;
    window.setTimeout = (act, ms, ...more) => {
      if (ms === 3_000) window.pauses += 1;
      return wait(act, ms === 3_000 ? 20 : ms, ...more);
    };
  });
  const note = page.getByRole("textbox", { name: "Note" });
  await note.fill("Wants a boiler.");
  await until("a retry that is due", () => page.evaluate(() => window.pauses > 0));
  equal(await note.inputValue(), "Wants a boiler.", "the note of a call that the server may have in a moment");
  // By the time set here, the server knows every call.
  await page.evaluate(() => {
    const { now } = Date;
    Date.now = () => now() + 20_000;
  });
  await page.getByRole("status").filter({ hasText: "was lost because the call was deleted." }).waitFor();
  equal(await note.inputValue(), "", "the note");
  equal(await page.evaluate(() => Object.keys(localStorage).filter((key) => key.startsWith("cordboard.unsaved."))), [], "notes left in the browser");
  const before = requests;
  await page.evaluate(async () => {
    for (let pauses = 0; pauses < 5; pauses += 1) await new Promise((done) => setTimeout(done, 3_000));
  });
  equal(requests, before, "requests");

  // The server is away: notes stay in the browser until the agent signs out.
  await page.unrouteAll({ behavior: "ignoreErrors" });
  await page.route("**/wrap-up-draft", (route) => (route.request().method() === "PUT" ? route.fulfill({ status: 503, json: {} }) : route.continue()));
  await note.fill("Her number is secret.");
  await page.reload();
  await wrapUp(page).waitFor();
  await until("the note after a reload", async () => (await note.inputValue()) === "Her number is secret.");
  const stored = () => page.evaluate(() => JSON.stringify(localStorage));
  must((await stored()).includes("Her number is secret."), "the note is not stored in the browser");
  await page.locator("details.account summary").click();
  await page.locator("details.account").getByRole("button", { name: "Sign out" }).click();
  await page.waitForURL(/\/login/);
  must(!(await stored()).includes("Her number is secret."), "the note is left in the browser");
});
