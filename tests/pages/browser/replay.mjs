// The studio: a past call is replayed on a draft, and kept as an example that runs before publishing.
import { pageOf, person } from "./desk/people.mjs";
import { equal, house, must, test, until } from "./stage.mjs";
import { lookAtState } from "./views.mjs";

const PATH = "/api/v1/agent-profiles";
const count = async (id, kind) => (await house.api(`/api/v1/calls/${id}/events?limit=200`)).items.filter((event) => event.kind === kind).length;
const button = (page, name) => page.getByRole("button", { name, exact: true });
const view = (page, name) => page.getByRole("navigation", { name: "Views of the assistant" }).getByRole("link", { name, exact: true });
let call = null;

/** A finished call in which a key took a message. */
function aCall() {
  call ??= (async () => {
    const known = new Set((await house.api("/api/v1/calls?limit=200")).items.map(({ id }) => id));
    const { caller } = await house.ring("+49 170 5557788");
    const newest = async () => (await house.api("/api/v1/calls?limit=200")).items.find(({ id }) => !known.has(id));
    const { id } = await until("the call", newest);
    // The greeting is heard to its end: if a key cut it off at once, it would have no transcript.
    await until("the greeting", () => count(id, "assistant_said"));
    await house.ask("press", { caller, digits: "1" });
    await until("the key", () => count(id, "key_pressed"));
    await house.ask("hang_up", { caller });
    await until("the end of the call", async () => (await house.api(`/api/v1/calls/${id}`)).state === "ended");
    return id;
  })();
  return call;
}

/** A profile whose draft uses key 1 for something other than in the call. */
async function drafted(name) {
  const profile = await house.api(PATH, { name, instructions: "You answer.", tools: ["end_call", "take_message"], dtmf_actions: [{ digits: "1", action: { action: "take_message" } }] });
  const change = { dtmf_actions: [{ digits: "1", action: { action: "say", text: "We call you <b>back</b>." } }], publish: false };
  equal((await house.send("PATCH", `${PATH}/${profile.id}`, change)).status, 200, "saving the draft");
  return profile;
}

test("replay::a_past_call_is_tried_on_a_draft_and_kept_as_an_example", async (open) => {
  await aCall();
  const profile = await drafted("Of replays");
  const page = await open();
  await page.goto(`${house.origin}/studio/${profile.id}`);
  await view(page, "Examples").click();
  await page.getByText("An example is a past call with what you expect of it.").waitFor();
  await view(page, "Try on a past call").click();
  const calls = page.getByRole("list", { name: "Past calls" });
  await calls.getByText("+49 170 5557788").first().waitFor();
  await lookAtState(page, "replay-choose");
  await page.getByRole("searchbox").fill("zzz-nobody-says-this");
  await page.keyboard.press("Enter");
  await page.getByText("No past call contains these words.").waitFor();
  await button(page, "Clear").click();

  // Both answers side by side, with their differences.
  await page.getByRole("button", { name: /^Replay: .*\+49 170 5557788/ }).first().click();
  await page.getByRole("status").filter({ hasText: "Done" }).waitFor();
  const turns = page.getByRole("list", { name: "Turns" }).getByRole("listitem");
  const pressed = turns.filter({ hasText: "presses 1" });
  await pressed.getByText("We call you <b>back</b>.").waitFor();
  await pressed.locator("del", { hasText: "no longer" }).waitFor();
  await turns.first().getByText("Same words").waitFor();
  await page.getByText("is different").waitFor();
  await page.getByText("Different outcome").waitFor();
  await page.getByText("The built-in assistant answers").waitFor();
  await lookAtState(page, "replay");
  const address = page.url();
  must(address.includes("of="), `the address does not say which replay: ${address}`);
  await page.reload();
  await pressed.waitFor();
  // A double click starts one replay.
  let begun = 0;
  let send;
  const isPressed = new Promise((resolve) => (send = resolve));
  await page.route("**/replays", async (route) => {
    if (route.request().method() === "POST") begun += 1;
    await isPressed;
    await route.continue();
  });
  await button(page, "Replay again").dblclick();
  send();
  await until("another replay", () => page.url() !== address);
  await pressed.waitFor();
  await page.getByRole("status").filter({ hasText: "Done" }).waitFor();
  equal(begun, 1, "started replays");
  equal((await house.api("/api/v1/messages")).items.length, 0, "text messages sent by a replay");

  // The greeting becomes an example that passes, the whole call one that fails.
  await page.getByRole("button", { name: "Keep as an example: The call begins" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Save" }).click();
  await dialog.getByRole("alert").filter({ hasText: "Enter at least one expectation" }).waitFor();
  await dialog.getByLabel("It says", { exact: true }).fill("just talk to me");
  await lookAtState(page, "replay-keep");
  await dialog.getByRole("button", { name: "Save" }).click();
  await dialog.waitFor({ state: "detached" });
  await button(page, "Keep the whole call as an example").click();
  await dialog.getByLabel("Name").fill("A message <script>");
  await dialog.getByRole("checkbox", { name: "Take a message" }).check();
  await dialog.getByLabel("It never says").fill("talk to me");
  // Esc does not lose the typed text.
  await page.keyboard.press("Escape");
  await button(page, "Stay here").click();
  equal(await dialog.getByLabel("It never says").inputValue(), "talk to me", "the typed text");
  await dialog.getByRole("button", { name: "Save" }).click();
  await dialog.waitFor({ state: "detached" });

  await view(page, "Examples").click();
  const examples = page.getByRole("list", { name: "Examples" }).locator("> li");
  await until("the list of both examples", async () => (await examples.count()) === 2);
  equal(await page.getByText("Not run yet").count(), 2, "verdicts before a run");
  await button(page, "Run all").click();
  await page.getByRole("status").filter({ hasText: "Done" }).waitFor();
  await examples.filter({ hasText: "The call begins" }).getByText("Passed").waitFor();
  const failed = examples.filter({ hasText: "A message <script>" });
  await failed.getByText("Failed").waitFor();
  await failed.getByText("did not ask for “Take a message”").waitFor();
  await failed.getByText("In the sentence").waitFor();
  await lookAtState(page, "replay-examples");

  // On publishing, the user is told the results of the examples.
  await button(page, "Publish version 2").click();
  await dialog.getByText("1 example passed, 1 did not: A message <script>.").waitFor();
  await lookAtState(page, "replay-publish");
  await dialog.getByRole("button", { name: "Cancel" }).click();
  // The run says nothing about expectations that were changed since.
  await page.getByRole("button", { name: "Edit: A message <script>" }).click();
  await dialog.getByLabel("It never says").fill("talk to us");
  await dialog.getByRole("button", { name: "Save" }).click();
  await dialog.waitFor({ state: "detached" });
  await failed.getByText("talk to us").waitFor();
  await failed.getByText("Not run yet").waitFor();
  await page.getByRole("button", { name: "Remove: A message <script>" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
  await until("one example", async () => (await examples.count()) === 1);
});

test("replay::an_example_is_judged_by_its_meaning_and_says_why", async (open) => {
  await aCall();
  const profile = await drafted("Of judges");
  const page = await open();
  await page.goto(`${house.origin}/studio/${profile.id}?view=replay`);
  await page.getByRole("button", { name: /^Replay: .*\+49 170 5557788/ }).first().click();
  await page.getByRole("status").filter({ hasText: "Done" }).waitFor();
  await page.getByRole("button", { name: "Keep as an example: The call begins" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("A judge model decides whether it does: gpt-4.1-mini.").waitFor();
  await dialog.getByLabel("What it does, in plain words").fill("It greets <b>kindly</b> and names no price.");
  await lookAtState(page, "replay-keep-meaning", { words: true });
  await dialog.getByRole("button", { name: "Save" }).click();
  await dialog.waitFor({ state: "detached" });

  await house.ask("judge", { says: [JSON.stringify({ met: true, reason: "It says <i>hello</i> first." }), JSON.stringify({ met: false, reason: "It names a price." }), "met: true"] });
  await view(page, "Examples").click();
  const example = page.getByRole("list", { name: "Examples" }).getByRole("listitem").filter({ hasText: "The call begins" }).first();
  await example.getByText("It greets <b>kindly</b> and names no price.").waitFor();
  await button(page, "Run all").click();
  await example.getByText("Passed").waitFor();
  await example.getByText("does it: “It greets <b>kindly</b> and names no price.”").waitFor();
  await example.getByText("It says <i>hello</i> first.").waitFor();
  await button(page, "Run all").click();
  await example.getByText("Failed").waitFor();
  await example.getByText("It names a price.").waitFor();
  await button(page, "Run all").click();
  await example.getByText("No verdict", { exact: true }).waitFor();
  await example.getByText("The judge’s answer could not be read.").waitFor();
  await lookAtState(page, "replay-judged", { words: true });

  // A user who writes an example on a server without a judge is told so.
  await page.route("**/api/v1/judge", (route) => route.fulfill({ json: { is_configured: false, model: null } }));
  await page.getByRole("button", { name: "Edit: The call begins" }).click();
  await dialog.getByText("No judge model is configured").waitFor();
  equal(await dialog.getByLabel("What it does, in plain words").inputValue(), "It greets <b>kindly</b> and names no price.", "the stored text");
  await dialog.getByRole("button", { name: "Cancel" }).click();
});

test("replay::readers_start_nothing_and_failures_are_shown", async (open) => {
  await aCall();
  const profile = await drafted("Of lookers");
  const page = await open({ allowed: ["500 (Internal"] });
  await page.route("**/replays?kind=call*", (route) => route.fulfill({ status: 500, contentType: "application/problem+json", body: '{"detail":"the server failed"}' }));
  await page.goto(`${house.origin}/studio/${profile.id}?view=replay`);
  await page.getByRole("alert").filter({ hasText: "The server failed." }).waitFor();
  await page.unroute("**/replays?kind=call*");
  await page.getByRole("button", { name: "Try again" }).click();
  await page.getByText("No replays yet.").waitFor();

  const looker = await pageOf(open, await person("Roger", { role: "supervisor" }), { path: `/studio/${profile.id}?view=replay` });
  await looker.getByRole("list", { name: "Past calls" }).waitFor();
  equal(await looker.getByRole("button", { name: /^Replay/ }).count(), 0, "buttons for a reader");
});

test("replay::in_german", async (open) => {
  await aCall();
  const profile = await drafted("Auf Deutsch");
  const page = await open({ locale: "de-DE" });
  await page.goto(`${house.origin}/studio/${profile.id}?view=replay`);
  await page.getByRole("button", { name: /^Proben: / }).first().click();
  await page.getByRole("status").filter({ hasText: "Fertig" }).waitFor();
  await page.getByText("Damals").first().waitFor();
  await lookAtState(page, "replay-german", { words: true });
});
