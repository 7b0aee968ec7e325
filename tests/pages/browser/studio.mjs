// The studio: an assistant's profile is written, tuned, compared, published and called.
import { equal, goWithin, house, must, test, until } from "./stage.mjs";
import { pageOf, person } from "./desk/people.mjs";
import { givesMicrophones, listens, MICROPHONE, unplug } from "./desk/scene.mjs";
import { lookAt, lookAtState, SIZES } from "./views.mjs";

const PATH = "/api/v1/agent-profiles";
const RULES = "## Role\nYou answer for Lovelace Plumbing.\n\n## Rules\n\n- One question at a time.\n";
const FIRST = "Hello, you have reached us.";
let made = 0;

/** Creates a profile and publishes its first version, which callers hear. */
async function published(name, more = {}) {
  made += 1;
  const profile = await house.api(PATH, { name: `${name} ${made}`, instructions: RULES, greeting: FIRST, tools: ["end_call", "take_message"], dtmf_actions: [{ digits: "1", action: { action: "take_message" } }], ...more });
  must(profile.id, JSON.stringify(profile));
  return profile;
}

const draftOf = ({ id }) => house.api(`${PATH}/${id}`);
const field = (page, name) => page.getByRole("textbox", { name, exact: true });
const button = (page, name) => page.getByRole("button", { name, exact: true });
const fader = (page, name) => page.getByRole("slider", { name, exact: true });
const saved = (page, words = "Draft saved") => page.getByRole("status", { name: "Draft" }).filter({ hasText: words }).waitFor();

test("studio::a_draft_is_written_kept_published_and_brought_back", async (open) => {
  const profile = await published("Our <b>bookings</b>");
  const page = await open({ allowed: ["422 (Unprocessable"] });
  await page.goto(`${house.origin}/studio`);
  await page.getByRole("heading", { name: "Studio", exact: true }).waitFor();
  await page.getByRole("list", { name: "Assistants" }).getByText("Version 1 answers").first().waitFor();
  await lookAtState(page, "studio-list");
  await page.getByRole("link", { name: profile.name, exact: true }).click();
  await page.getByText("The draft is what callers hear.", { exact: true }).waitFor();
  equal(await button(page, "Publish version 2").count(), 0, "buttons that publish an unchanged draft");

  // Editing one section leaves the rest of the text unchanged, letter by letter.
  await field(page, "First words").fill("Good day. <script>alert(1)</script>");
  await field(page, "Rules").fill("- One question at a time.\n- Never more than two sentences.");
  await saved(page);
  equal((await draftOf(profile)).instructions, RULES.replace("time.\n", "time.\n- Never more than two sentences.\n"), "the instructions");

  // A slider: arrow keys move it by one, Page Up by ten; the resulting sentence is shown.
  const pace = fader(page, "Pace");
  await pace.focus();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("PageUp");
  equal(await pace.inputValue(), "61", "the slider's value");
  await page.getByText("Speak a little faster than usual.").waitFor();
  const spoken = await pace.getAttribute("aria-valuetext");
  equal(spoken, "61 of 100, a little faster", "the announced value");
  const box = page.getByRole("spinbutton", { name: "Warmth, number" });
  await box.fill("500");
  await box.blur();
  await page.getByRole("alert").filter({ hasText: "set to 100" }).waitFor();
  equal(await fader(page, "Warmth").inputValue(), "100", "the value after moving past the maximum");
  const tooMuch = await house.send("PATCH", `${PATH}/${profile.id}`, { style: { warmth: 500 } });
  equal(tooMuch.status, 422, "the API's answer to a value that is too large");
  await page.locator("summary").filter({ hasText: "Tools" }).click();
  await page.getByRole("switch", { name: "Book an appointment" }).check();
  // The business's tools have names of their own; a key without a target is not sent.
  await page.locator("summary").filter({ hasText: "Keys" }).click();
  await page.getByRole("combobox", { name: "What key 1 does" }).selectOption("request_handoff");
  await page.getByRole("alert").filter({ hasText: "Enter where key 1 leads." }).waitFor();
  await saved(page, "Not saved yet");
  await page.getByRole("combobox", { name: "Where key 1 leads" }).fill("operator");
  await saved(page);
  const { style, tools, dtmf_actions } = await draftOf(profile);
  equal([style.pace, style.warmth, tools.at(-1), dtmf_actions[0].action.target], [61, 100, "book_estimate", "operator"], "the draft");
  await lookAtState(page, "studio");
  // On a phone the columns are tabs, and arrow keys move between them.
  await page.setViewportSize(SIZES[1]);
  await page.getByRole("tab", { name: "Write" }).focus();
  await page.keyboard.press("ArrowRight");
  await pace.waitFor();
  await lookAt(page, "studio-tune", SIZES[1], "light");
  await page.keyboard.press("ArrowRight");
  await page.getByText("Your draft, not what callers hear.").waitFor();
  equal(await pace.isVisible(), false, "whether the sliders are visible, too");
  await lookAt(page, "studio-hear", SIZES[1], "light");
  await page.setViewportSize(SIZES[0]);

  // Only the draft has changed, and a reload loads it.
  await page.reload();
  await page.getByText("Draft, 6 changes").waitFor();
  equal(await field(page, "First words").inputValue(), "Good day. <script>alert(1)</script>", "the draft after a reload");
  equal((await house.api(`${PATH}/${profile.id}/versions/1`)).profile.greeting, FIRST, "what callers hear");

  // Compared with what callers hear, and one change is undone.
  await page.getByRole("combobox", { name: "Compare with…" }).selectOption({ label: "Version 1, what callers hear" });
  const row = page.getByRole("row").filter({ hasText: "Rules" }).or(page.getByRole("row", { name: /^Instructions/ })).first();
  await row.getByText("- Never more than two sentences.").waitFor();
  equal(await row.getByText("- One question at a time.").count(), 0, "unchanged lines");
  await lookAtState(page, "studio-compare");
  await button(page, "Use in the draft: Keys").click();
  await saved(page);
  await button(page, "Back to the draft").first().click();

  // Publishing needs a note.
  await button(page, "Publish version 2").click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("Pace: 61").waitFor();
  equal(await dialog.getByText("- One question at a time.").count(), 0, "unchanged lines");
  await lookAtState(page, "studio-publish");
  await dialog.getByRole("button", { name: "Publish version 2" }).click();
  await dialog.getByRole("alert").filter({ hasText: "Say in a few words what is new." }).waitFor();
  await dialog.getByRole("textbox").fill("two sentences at most");
  // Cancel asks before the note is lost.
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await page.getByRole("button", { name: "Stay here" }).click();
  equal(await dialog.getByRole("textbox").inputValue(), "two sentences at most", "the note after staying");
  // Text typed before the page knows of the publication stays.
  let ask;
  let answer;
  const isAsked = new Promise((resolve) => (ask = resolve));
  const isWritten = new Promise((resolve) => (answer = resolve));
  await page.route(`**${PATH}/${profile.id}`, async (route) => {
    if (route.request().method() !== "GET") return route.continue();
    const response = await route.fetch();
    ask();
    await isWritten;
    return route.fulfill({ response });
  });
  await dialog.getByRole("button", { name: "Publish version 2" }).click();
  await isAsked;
  must(await page.getByRole("heading", { level: 1 }).evaluate((heading) => heading === document.activeElement), "the focus is lost");
  const words = await field(page, "First words").inputValue();
  await field(page, "First words").fill("Written meanwhile.");
  answer();
  await until("the words typed meanwhile", async () => (await draftOf(profile)).greeting === "Written meanwhile.");
  equal(await field(page, "First words").inputValue(), "Written meanwhile.", "the text typed meanwhile");
  await page.unroute(`**${PATH}/${profile.id}`);
  await field(page, "First words").fill(words);
  const versions = page.getByRole("region", { name: "Versions" }).getByRole("listitem");
  await versions.filter({ hasText: "two sentences at most" }).filter({ hasText: "answers callers" }).waitFor();
  await page.getByText("The draft is what callers hear.", { exact: true }).waitFor();
  await saved(page);

  // The old version is restored.
  await button(page, "Restore version 1").click();
  await page.getByRole("dialog").getByRole("button", { name: "Restore" }).click();
  await versions.filter({ hasText: "Version 1 again" }).waitFor();
  await until("the old words", async () => (await field(page, "First words").inputValue()) === FIRST);
  equal((await draftOf(profile)).published_version, 3, "the version that callers hear");
});

test("studio::two_who_write_at_once_lose_nothing", async (open) => {
  const profile = await published("Of two");
  const page = await open({ allowed: ["409 (Conflict)"] });
  await page.goto(`${house.origin}/studio/${profile.id}`);
  await field(page, "First words").waitFor();
  const others = { greeting: "Theirs.", voice: "cedar", publish: false };
  equal((await house.send("PATCH", `${PATH}/${profile.id}`, others)).status, 200, "another user’s change");
  await field(page, "First words").fill("Mine.");
  const alert = page.getByRole("alert").filter({ hasText: "someone else changed this, too" });
  await alert.getByText("Theirs.").waitFor();
  // Fields that only the other user changed are updated; a field that both changed is not sent.
  equal(await page.getByRole("textbox", { name: "Name of the voice" }).inputValue(), "cedar", "the other user's voice");
  equal((await draftOf(profile)).greeting, "Theirs.", "the draft before the choice");
  await lookAtState(page, "studio-conflict");
  await button(page, "Keep mine").click();
  await saved(page);
  const { greeting, voice } = await draftOf(profile);
  equal([greeting, voice], ["Mine.", "cedar"], "the draft");
  equal(await alert.count(), 0, "conflict alerts");

  // A draft that can't be saved is kept in the page, and leaving needs a confirmation.
  await page.route(`**${PATH}/${profile.id}`, (route) => (route.request().method() === "PATCH" ? route.fulfill({ status: 409, contentType: "application/problem+json", body: JSON.stringify({ code: "busy", detail: "the store is busy" }) }) : route.continue()));
  await field(page, "First words").fill("Mine again.");
  await saved(page, "The store is busy");
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Calls" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Stay here" }).click();
  await page.unroute(`**${PATH}/${profile.id}`);
  await button(page, "Try again").click();
  await saved(page);
  equal((await draftOf(profile)).greeting, "Mine again.", "the draft after the second try");
});

/** Notes the page's requests for calls, each with the draft at that moment. */
async function noteCalls(page, profile) {
  const all = [];
  await page.route("**/test-calls", async (route) => {
    all.push({ ...route.request().postDataJSON(), draft: (await draftOf(profile)).greeting });
    await route.continue();
  });
  return all;
}

/** The assistant's settings in the page's newest call, and the call's journal. */
async function givenOf(page) {
  const href = await page.getByRole("link", { name: "The call’s record" }).getAttribute("href");
  const { items } = await house.api(`/api/v1/calls/${href.split("/").at(-1)}/events?limit=200`);
  return { given: items.find(({ kind }) => kind === "call_started").profile, items };
}

test("studio::a_test_call_has_the_draft_its_words_tools_and_waits", async (open) => {
  const style = { pace: 70, verbosity: 10, warmth: 90, formality: 30, assertiveness: 95, interruptibility: 5, response_delay_ms: 320, silence_reminder_s: null };
  const profile = await published("To be heard", { style });
  const page = await open({ reducedMotion: "no-preference", scripts: [listens, givesMicrophones], ...MICROPHONE });
  const calls = await noteCalls(page, profile);
  await page.goto(`${house.origin}/studio/${profile.id}`);
  await page.getByText("Your draft, not what callers hear.").waitFor();
  // Text typed a moment ago is part of the call.
  await field(page, "First words").fill("The newest words.");
  await button(page, "Talk with it").click();
  const call = page.getByRole("status", { name: "Test call" });
  await call.filter({ hasText: "Live" }).waitFor();
  equal(calls, [{ version: "draft", draft: "The newest words." }], "the requested call");
  await page.getByRole("status", { name: "Who speaks" }).filter({ hasText: "The assistant speaks" }).waitFor();
  await until("a voice at the loudspeaker", async () => (await page.evaluate(() => window.loudest())) > 0.02);
  await button(page, "Keys").click();
  await button(page, "1").click();
  const said = page.getByRole("log", { name: "What was said" });
  await said.getByText("Take a message").waitFor();
  await said.getByText(/leave (your|a) message/i).waitFor({ timeout: 30_000 });
  await lookAtState(page, "studio-live");
  const mute = button(page, "Mute");
  await mute.click();
  equal(await mute.getAttribute("aria-pressed"), "true", "whether Mute is pressed");
  // After losing its microphone, the call gets another one.
  await unplug(page);
  await page.getByRole("alert").filter({ hasText: "Your microphone is disconnected." }).waitFor();
  await page.evaluate(() => (window.hasNone = false));
  await button(page, "Turn on the microphone").click();
  await mute.waitFor();
  await button(page, "Hang up").click();
  await call.filter({ hasText: "Ended" }).waitFor();
  await until("the focus on the button for another call", () => button(page, "Talk again").evaluate((it) => it === document.activeElement));
  await said.getByText("done", { exact: true }).waitFor();
  // The assistant got the sentences that the sliders show, and the waits are those of the journal.
  const { given, items } = await givenOf(page);
  equal(given.greeting, "The newest words.", "the first words of the call");
  const sentences = await page.locator("q").allInnerTexts();
  equal(sentences.length, 6, "sentences of the sliders");
  for (const sentence of sentences) must(given.instructions.includes(sentence.replace(/[“”]/g, "")), `missing in the instructions: ${sentence}`);
  equal([given.speed_percent, given.turn_detection.threshold_percent, given.turn_detection.silence_duration_ms], [110, 80, 320], "the sliders' settings");
  for (const words of ["Pace below sets it to 110%", "from 80% loudness", "after 320 ms of silence"]) await page.getByText(words).first().waitFor();
  for (const wait of waitsOf(items)) await said.getByText(`${(wait / 1_000).toFixed(2)} s`).first().waitFor();
  await lookAtState(page, "studio-over");

  // A user who leaves while the newest text is being saved starts no call.
  let send;
  const isLeft = new Promise((resolve) => (send = resolve));
  await page.route(`**${PATH}/${profile.id}`, async (route) => {
    if (route.request().method() === "PATCH") await isLeft;
    await route.continue();
  });
  await field(page, "First words").fill("Words of nobody.");
  await button(page, "Talk again").click();
  const views = page.getByRole("navigation", { name: "Views of the assistant" }).getByRole("link");
  await views.filter({ hasText: "Examples" }).click();
  await page.getByText("An example is a past call with what you expect of it.").waitFor();
  send();
  await saved(page);
  await page.unroute(`**${PATH}/${profile.id}`);
  await views.first().click();

  // The same with the version that callers hear.
  await page.getByRole("radio", { name: "Version 1" }).check();
  await page.getByText("Version 1, as callers hear it.").waitFor();
  await button(page, "Talk with it").click();
  await call.filter({ hasText: "Live" }).waitFor();
  await button(page, "Hang up").click();
  await call.filter({ hasText: "Ended" }).waitFor();
  equal((await givenOf(page)).given.greeting, FIRST, "the first words of the published version");
  equal(calls.map(({ version }) => version), ["draft", "published"], "requested calls");
});

test("studio::two_drafts_are_written_side_by_side_and_one_is_published", async (open) => {
  const profile = await published("Of two drafts");
  const page = await open(MICROPHONE);
  await page.goto(`${house.origin}/studio/${profile.id}`);
  await field(page, "First words").fill("Words of A.");
  await saved(page);
  // By keyboard: the second draft starts as a copy of the first.
  await button(page, "Start a second draft").focus();
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Start from").waitFor();
  await lookAtState(page, "studio-draft-begin");
  await dialog.getByRole("button", { name: "Start draft B" }).focus();
  await page.keyboard.press("Enter");
  const drafts = page.getByRole("navigation", { name: "Drafts" });
  await drafts.getByRole("link", { name: "Draft B", exact: true }).and(page.locator("[aria-current=page]")).waitFor();
  equal(await field(page, "First words").inputValue(), "Words of A.", "the second draft's first words");
  await field(page, "First words").fill("Words <b>of B</b>.");
  await saved(page);
  equal((await draftOf(profile)).greeting, "Words of A.", "the first draft");
  const second = () => house.api(`${PATH}/${profile.id}/drafts/b`);
  equal((await second()).greeting, "Words <b>of B</b>.", "the second draft");

  // Compared side by side, and one field is taken from the other draft.
  await page.getByRole("link", { name: "Side by side" }).click();
  const row = page.getByRole("row", { name: /^First words/ });
  await row.getByText("Words <b>of B</b>.").waitFor();
  await row.getByText("Words of A.").waitFor();
  await page.getByRole("columnheader", { name: "Draft B" }).waitFor();
  await page.getByRole("columnheader", { name: "Draft A" }).waitFor();
  await lookAtState(page, "studio-two-drafts", { words: true });
  await button(page, "Back to the draft").first().click();

  // A test call uses the shown draft.
  await button(page, "Talk with it").click();
  const call = page.getByRole("status", { name: "Test call" });
  await call.filter({ hasText: "Live" }).waitFor();
  await button(page, "Hang up").click();
  await call.filter({ hasText: "Ended" }).waitFor();
  equal((await givenOf(page)).given.greeting, "Words <b>of B</b>.", "the first words of the call");

  // A reload loads it; it is published, and the first draft stays.
  await page.reload();
  await button(page, "Publish version 2").click();
  await dialog.getByRole("textbox").fill("the second of two");
  await dialog.getByRole("button", { name: "Publish version 2" }).click();
  await page.getByText("The draft is what callers hear.", { exact: true }).waitFor();
  equal((await house.api(`${PATH}/${profile.id}/versions/2`)).profile.greeting, "Words <b>of B</b>.", "what callers hear");
  await drafts.getByRole("link", { name: "Draft A", exact: true }).click();
  await until("the words of A", async () => (await field(page, "First words").inputValue()) === "Words of A.");
  await page.getByText("Draft, 1 change").waitFor();

  // Either draft can be discarded.
  await button(page, "Discard changes").click();
  await dialog.getByRole("button", { name: "Discard", exact: true }).click();
  await page.getByText("The draft is what callers hear.", { exact: true }).waitFor();
  equal(await field(page, "First words").inputValue(), "Words <b>of B</b>.", "the draft after discarding the other");
  await drafts.getByRole("link", { name: "Draft B", exact: true }).click();
  await button(page, "Discard draft B").click();
  await lookAtState(page, "studio-draft-discard");
  await dialog.getByRole("button", { name: "Discard", exact: true }).click();
  await button(page, "Start a second draft").waitFor();
  equal((await house.api(`${PATH}/${profile.id}/drafts`)).items.length, 1, "drafts after discarding one");
});

test("studio::when_a_voice_speaks_is_written_and_the_order_of_voices_is_dragged", async (open) => {
  const kinds = ["deepgram", "gemini"];
  for (const kind of kinds) {
    const { status } = await house.send("PUT", `/api/v1/integrations/${kind}`, { secrets: { api_key: "key-of-the-pages-0123456789" } });
    equal(status, 200, `an account at ${kind}`);
  }
  try {
    const profile = await published("Of two voices", { voices: kinds.map((provider) => ({ provider })) });
    // The provider can't be reached, so its voices can't be listed.
    const page = await open({ allowed: ["503 (Service Unavailable)"] });
    await page.goto(`${house.origin}/studio/${profile.id}`);
    await page.locator("summary").filter({ hasText: "Chain of voices" }).click();
    const rows = page.getByRole("list", { name: "Chain of voices" }).getByRole("listitem");
    const order = async () => (await draftOf(profile)).voices.map(({ provider }) => provider).join(" ");
    const deepgram = rows.filter({ hasText: "When Deepgram speaks" });
    const rules = deepgram.locator("summary");
    await rules.getByText("always").waitFor();
    await rules.focus();
    await page.keyboard.press("Enter");
    const inRow = (name) => deepgram.getByRole("textbox", { name, exact: true });

    // An error is shown at its field, is announced with it, and is not saved.
    const wrong = async (name, text, words) => {
      await inRow(name).fill(text);
      await deepgram.getByRole("alert").filter({ hasText: words }).waitFor();
      await saved(page, "Not saved yet");
      const described = await inRow(name).evaluate((input) =>
        (input.getAttribute("aria-describedby") ?? "").split(" ").map((id) => document.getElementById(id)?.textContent ?? "").join(" "),
      );
      must(described.includes(words), `${name} is described by: ${described}`);
      equal(await inRow(name).getAttribute("aria-invalid"), "true", `whether ${name} is marked`);
    };
    await wrong("Voice of Deepgram", "My voice", "The name of a voice has no spaces");
    await inRow("Voice of Deepgram").fill("");
    await wrong("In these languages", "de, portuguese!", "“portuguese!” is not a language");
    await inRow("In these languages").fill("de, pt-BR");
    await saved(page);
    const cap = /^Up to this cost per call/;
    await inRow(cap).fill("about half");
    await deepgram.getByRole("alert").filter({ hasText: "Enter an amount" }).waitFor();
    await inRow(cap).fill("0,5");
    await saved(page);
    await deepgram.getByRole("switch", { name: "In certain hours only" }).focus();
    await page.keyboard.press("Space");
    await wrong("Monday", "8-12, 11-18", "These hours overlap.");
    await wrong("Monday", "in the morning", "Enter hours, such as");
    await inRow("Monday").fill("8-12, 13.30 – 18");
    await inRow("Friday").fill("");
    await saved(page);
    await inRow("Friday").blur();
    const { when, call_cost_max_micros } = (await draftOf(profile)).voices[0];
    equal(
      [when.languages, when.hours.monday, when.hours.friday, call_cost_max_micros],
      [["de", "pt-BR"], [{ from: "08:00", to: "12:00" }, { from: "13:30", to: "18:00" }], [], 500_000],
      "the rules of the draft",
    );
    await rules.getByText(/^ ?de, pt-BR · in certain hours · up to /).waitFor();
    // Who publishes it sees what is new.
    await button(page, "Publish version 2").click();
    const news = page.getByRole("dialog").getByRole("region", { name: "What has changed" });
    for (const line of ["In these languages: de, pt-BR", "Monday: 08:00–12:00, 13:30–18:00", "Friday: Not on this day", "Up to this cost per call: 0.50"]) {
      await news.getByText(`Deepgram: ${line}`).waitFor();
    }
    equal(await news.getByText("Only order or spacing differs.").count(), 0, "changes without words");
    await page.keyboard.press("Escape");
    await page.getByRole("combobox", { name: "Data stays in" }).selectOption("eu");
    await saved(page);
    equal((await draftOf(profile)).must_stay_in, "eu", "where data must stay");
    await lookAtState(page, "studio-chain");

    // The order: by the handle's arrow keys, by buttons, and by dragging.
    const handle = (name) => page.getByRole("button", { name: `Move ${name}`, exact: true });
    await handle("Gemini").focus();
    await page.keyboard.press("ArrowUp");
    await until("Gemini first", async () => (await order()) === "gemini deepgram");
    must(await handle("Gemini").evaluate((button) => button === document.activeElement), "the handle lost the focus");
    await button(page, "Move Gemini down").click();
    await until("Deepgram first", async () => (await order()) === "deepgram gemini");
    await rules.click();
    await handle("Gemini").scrollIntoViewIfNeeded();
    await handle("Deepgram").scrollIntoViewIfNeeded();
    const [from, to] = [await handle("Gemini").boundingBox(), await handle("Deepgram").boundingBox()];
    await page.mouse.move(from.x + from.width / 2, from.y + from.height / 2);
    await page.mouse.down();
    await page.mouse.move(to.x + to.width / 2, to.y + to.height / 2, { steps: 8 });
    await page.mouse.up();
    await until("Gemini first again", async () => (await order()) === "gemini deepgram");
    // The page learns a moment after the server that it is saved, and asks for a confirmation on leaving before that.
    await saved(page);
    // Each voice keeps its rules, even after a reload.
    await page.reload();
    await page.locator("summary").filter({ hasText: "Chain of voices" }).click();
    await rules.getByText(/in certain hours/).waitFor();
    equal((await draftOf(profile)).voices[1].call_cost_max_micros, 500_000, "the cost limit of the moved voice");
    // After removing a voice by keyboard, the focus is where one is added.
    await button(page, "Remove Gemini").focus();
    await page.keyboard.press("Enter");
    const add = page.getByRole("combobox", { name: "Add a voice" });
    await until("the focus where a voice is added", () => add.evaluate((field) => field === document.activeElement));
    await until("Deepgram alone", async () => (await order()) === "deepgram");
    await saved(page);
    // An invalid text does not outlive the draft that was discarded.
    await rules.click();
    await inRow(cap).fill("about half");
    await saved(page, "Not saved yet");
    await button(page, "Discard changes").click();
    await page.getByRole("dialog").getByRole("button", { name: "Discard", exact: true }).click();
    await until("the published chain", async () => (await order()) === "deepgram gemini");
    await until("an empty limit", async () => (await inRow(cap).inputValue()) === "");
  } finally {
    for (const kind of kinds) await house.send("DELETE", `/api/v1/integrations/${kind}`);
  }
});

test("studio::an_agent_at_elevenlabs_is_chosen_or_made_of_the_draft", async (open) => {
  const account = { secrets: { api_key: "xi-of-the-pages-0123456789" }, settings: { base_url: "https://service.invalid" } };
  equal((await house.send("PUT", "/api/v1/integrations/elevenlabs", account)).status, 200, "an account at ElevenLabs");
  try {
    const profile = await published("Of an agent", { voices: [{ provider: "elevenlabs" }] });
    const page = await open({ allowed: ["409 (Conflict)", "503 (Service Unavailable)"] });
    const agents = [{ agent_id: "agent_front", name: "Front desk" }, { agent_id: "agent_odd", name: "<script>alert(1)</script>" }];
    const requested = [];
    let takes = true;
    // ElevenLabs, as the server describes it, so that nothing reaches the real service.
    await page.route("**/api/v1/integrations/elevenlabs/agents", (route) => {
      const answer = (status, body, contentType = "application/json") => route.fulfill({ status, contentType, body: JSON.stringify(body) });
      if (route.request().method() === "GET") return answer(200, { items: agents, next_cursor: null });
      if (!takes) return answer(409, { code: "refused", detail: "the service answered 422" }, "application/problem+json");
      const body = route.request().postDataJSON();
      requested.push(body);
      const is_new = body.agent_id === undefined;
      if (is_new) agents.push({ agent_id: "agent_made", name: "Made" });
      return answer(200, { agent_id: body.agent_id ?? "agent_made", is_new, tools: [] });
    });
    await page.goto(`${house.origin}/studio/${profile.id}`);
    await page.locator("summary").filter({ hasText: "Chain of voices" }).click();
    const link = async () => (await draftOf(profile)).voices[0];
    const choice = page.getByRole("combobox", { name: "Agent of ElevenLabs" });
    await choice.selectOption({ label: "Front desk" });
    await saved(page);
    equal((await link()).agent_id, "agent_front", "the chosen agent");
    await choice.selectOption({ label: "Another one, by ID" });
    await field(page, "Agent ID").fill("agent_by_id");
    await saved(page);
    equal((await link()).agent_id, "agent_by_id", "the agent entered by its id");
    await choice.selectOption({ label: "The account’s default agent" });
    await saved(page);

    await button(page, "Create an agent from this draft").click();
    await page.getByText("Agent created at ElevenLabs.").waitFor();
    await until("the agent in the draft", async () => (await link()).agent_id === "agent_made");
    equal((await link()).overrides, true, "whether it speaks with the profile’s words");
    await until("the new agent is chosen", async () => (await choice.inputValue()) === "agent_made");
    await lookAtState(page, "studio-agent");
    await button(page, "Update the agent from this draft").click();
    await page.getByRole("dialog").getByRole("button", { name: "Update the agent from this draft" }).click();
    await page.getByText("Agent updated at ElevenLabs.").waitFor();
    equal(requested, [{ profile_id: profile.id }, { profile_id: profile.id, agent_id: "agent_made" }], "the requests");
    takes = false;
    await button(page, "Update the agent from this draft").click();
    await page.getByRole("dialog").getByRole("button", { name: "Update the agent from this draft" }).click();
    await page.getByRole("alert").filter({ hasText: "ElevenLabs rejects the agent" }).waitFor();

    // A copy keeps the agent that the API has set for a whole assistant.
    const agent = { provider: "elevenlabs", agent_id: "agent_front", overrides: true };
    const original = await published("Of the API", { agent });
    await goWithin(page, "/studio");
    await button(page, `Copy ${original.name}`).click();
    await page.getByRole("heading", { level: 1, name: `${original.name} 2` }).waitFor();
    const copy = (await house.api(PATH)).items.find(({ name }) => name === `${original.name} 2`);
    equal(copy.agent, agent, "the agent of the copy");
  } finally {
    await house.send("DELETE", "/api/v1/integrations/elevenlabs");
  }
});

test("studio::prompt_tokens_are_counted_and_wrong_variables_get_a_fix", async (open) => {
  // 8 bytes of the heading, 100 letters of 2 bytes and 11 characters of 3: 241 in all, 233 in the section.
  const profile = await published("Variable", { instructions: `## Role\n${"Ä".repeat(100)}${"日".repeat(11)}` });
  const page = await open(MICROPHONE);
  await page.goto(`${house.origin}/studio/${profile.id}`);
  // A prompt's number of tokens is estimated as a quarter of its bytes.
  const total = page.getByRole("navigation", { name: "Sections of the instructions" }).locator(".total");
  await total.waitFor();
  equal(await total.innerText(), "about 61 tokens", "the estimate for the whole prompt");
  equal(await page.locator('section[aria-label="Role"] .meta.push').innerText(), "about 59 tokens", "the estimate for the section");
  await field(page, "Role").fill(`${"Ä".repeat(100)}${"日".repeat(11)}${"x".repeat(4_000)}`);
  await until("the estimate after a change", async () => (await total.innerText()) === "about 1,061 tokens");

  await page.locator("summary").filter({ hasText: "Variables" }).click();
  await page.getByText("the caller’s number, if they show it").waitFor();
  await field(page, "First words").fill("Hello from {{assistant_nme}}, it is {{date}}. {{<b>}}");
  await page.getByRole("alert").filter({ hasText: "{{assistant_nme}} is not a variable" }).filter({ hasText: "{{<b>}} is not a variable" }).waitFor();
  await lookAtState(page, "studio-variables");
  await button(page, "Use {{assistant_name}}").click();
  equal(await field(page, "First words").inputValue(), "Hello from {{assistant_name}}, it is {{date}}. {{<b>}}", "the corrected words");
  await saved(page);
  await button(page, "Talk with it").click();
  const call = page.getByRole("status", { name: "Test call" });
  await call.filter({ hasText: "Live" }).waitFor();
  await button(page, "Hang up").click();
  await call.filter({ hasText: "Ended" }).waitFor();
  const { given } = await givenOf(page);
  must(given.greeting.startsWith(`Hello from ${profile.name}, it is `) && given.greeting.endsWith(". {{<b>}}"), `the call's greeting: ${given.greeting}`);
  must(/it is \d{1,2} \w+ \d{4}\./.test(given.greeting), given.greeting);
});

test("studio::a_voice_is_previewed_or_says_why_it_cant_be", async (open) => {
  const profile = await published("To be heard");
  const page = await open({ scripts: [listens], ...MICROPHONE, allowed: ["409 (Conflict)", "429 (Too Many", "503 (Service"] });
  await page.goto(`${house.origin}/studio/${profile.id}`);
  // The built-in assistant has one voice, and the page says so.
  await page.getByText("The built-in assistant has one voice").waitFor();
  await button(page, "Hear The built-in voice").focus();
  await page.keyboard.press("Enter");
  await until("a voice at the loudspeaker", async () => (await page.evaluate(() => window.loudest())) > 0.02);
  await lookAtState(page, "studio-voice-heard", { words: true });
  // A second press stops it.
  await button(page, "Stop The built-in voice").focus();
  await page.keyboard.press("Enter");
  await button(page, "Hear The built-in voice").waitFor();
  await until("silence", async () => (await page.evaluate(() => window.loudest())) < 0.001);
  const { items } = await house.api("/api/v1/audit-log?limit=200");
  must(items.some(({ action, subject }) => action === "profile.voice_previewed" && subject === profile.id), "the audit log does not list it");

  // With a provider's voices: a preview uses the chosen voice and the newest text, and a voice that can't be previewed says why.
  const voices = [
    { id: "v1", name: "Ada <b>bold</b>", language: "en" },
    { id: "v2", name: "Konrad", language: "de" },
  ];
  await page.route("**/voices", (route) => route.fulfill({ json: { provider: "elevenlabs", says: "first_words", usual: null, voices } }));
  const requested = [];
  let refusal = { status: 409, code: "refused", detail: "the service answered 402" };
  await page.route("**/voice-preview", async (route) => {
    requested.push([route.request().postDataJSON().voice, (await draftOf(profile)).greeting]);
    await route.fulfill({ status: refusal.status, contentType: "application/problem+json", body: JSON.stringify({ type: "about:blank", title: "", ...refusal }) });
  });
  await page.reload();
  await page.getByText("Each voice says the first words").waitFor();
  await lookAtState(page, "studio-voices");
  await page.getByRole("radio", { name: "Konrad" }).check();
  await field(page, "First words").fill("The newest words.");
  await button(page, "Hear Konrad").click();
  await page.getByRole("alert").filter({ hasText: "can’t say it with this voice" }).waitFor();
  equal(requested, [["v2", "The newest words."]], "the requests");
  equal((await draftOf(profile)).voice, "v2", "the voice of the draft");
  refusal = { status: 503, code: "unavailable", detail: "no answer" };
  await button(page, "Hear Ada <b>bold</b>").click();
  await page.getByRole("alert").filter({ hasText: "does not answer at the moment" }).waitFor();
  await lookAtState(page, "studio-voice-refused", { words: true });
  await field(page, "First words").fill("");
  await page.getByText("Write the first words").waitFor();
  equal(await page.getByRole("button", { name: /^Hear / }).count(), 0, "buttons that preview a voice without words");
});

/** The wait before each heard answer, by the times of the journal. */
function waitsOf(entries) {
  let since = null;
  let wait = null;
  const waits = [];
  for (const { kind, at, text } of entries) {
    if (kind === "speech_started") since = null;
    if (kind === "speech_stopped") since = Date.parse(at);
    if (kind === "item_started" && since !== null) {
      wait = Math.max(0, Date.parse(at) - since);
      since = null;
    }
    if (kind === "assistant_said" && text !== "") {
      if (wait !== null) waits.push(wait);
      wait = null;
    }
  }
  return waits;
}

test("studio::an_assistant_is_made_and_published_by_keyboard_alone_in_german", async (open) => {
  const page = await open({ locale: "de-DE" });
  await page.goto(`${house.origin}/studio`);
  const press = (key) => page.keyboard.press(key);
  const to = async (name, role) => {
    for (let n = 0; n < 80; n += 1) {
      const at = await page.evaluate(() => {
        const { activeElement: element } = document;
        return element?.getAttribute("aria-label") ?? element?.labels?.[0]?.textContent ?? element?.textContent ?? "";
      });
      if (at.trim() === name) return;
      await press("Tab");
    }
    throw new Error(`Tab did not reach ${role} “${name}”`);
  };
  await page.getByRole("button", { name: "Neuer Assistent" }).waitFor();
  await to("Neuer Assistent", "the button");
  await press("Enter");
  await page.getByRole("dialog").waitFor();
  await page.keyboard.type("Nachtdienst");
  await press("Enter");
  await page.getByRole("heading", { level: 1, name: "Nachtdienst" }).waitFor();
  await page.getByText("Nur Entwurf").waitFor();
  await lookAtState(page, "studio-draft-german", { words: true });
  // A new assistant has its own first words.
  await to("Eigene", "the choice");
  await press("ArrowLeft");
  await to("Erste Worte", "the first words");
  await page.keyboard.insertText("Guten Abend, hier ist der Nachtdienst.");
  await page.getByRole("status", { name: "Entwurf" }).filter({ hasText: "Entwurf gespeichert" }).waitFor();
  await page.getByRole("button", { name: "Version 1 veröffentlichen" }).focus();
  await press("Enter");
  await page.getByRole("dialog").waitFor();
  await press("Escape");
  must(await page.getByRole("button", { name: "Version 1 veröffentlichen" }).evaluate((element) => element === document.activeElement), "Esc does not return the focus");
  await press("Enter");
  await to("Notiz für den Versionsverlauf", "the note");
  await page.keyboard.type("erste Fassung");
  await press("Escape");
  await page.getByRole("dialog", { name: "Ihre Änderungen sind noch nicht gespeichert." }).waitFor();
  await to("Hier bleiben", "the way back to the note");
  await press("Enter");
  await to("Notiz für den Versionsverlauf", "the note, which is still there");
  await press("Tab");
  await press("Tab");
  await press("Enter");
  await page.getByText("Version 1 antwortet", { exact: true }).waitFor();
  const found = (await house.api(PATH)).items.find(({ name }) => name === "Nachtdienst");
  equal([found.published_version, found.greeting, found.language], [1, "Guten Abend, hier ist der Nachtdienst.", "de"], "what callers hear");
});

test("studio::an_assistant_with_an_unreadable_draft_can_be_removed", async (open) => {
  const profile = await published("Of a spoiled row", { publish: false });
  const { id, name } = profile;
  const fault = "agent_profiles.speech: it is no JSON";
  const page = await open();
  await page.route(`**${PATH}/${id}/drafts`, (route) => route.fulfill({ json: { items: [], next_cursor: null, unreadable: [{ draft: "a", fault }] } }));
  await page.route(`**${PATH}`, (route) => route.fulfill({ json: { items: [], next_cursor: null, unreadable: [{ id, name, is_published: false, fault }] } }));
  await page.goto(`${house.origin}/studio`);
  await page.getByText("The draft can't be read, and nothing was published").waitFor();
  await page.getByRole("link", { name, exact: true }).click();
  await page.getByRole("alert").filter({ hasText: "Remove the assistant and create it again" }).waitFor();
  equal(await button(page, "Discard changes").count(), 0, "buttons that discard an unreadable draft");
  await button(page, `Remove ${name}`).click();
  await page.unroute(`**${PATH}`);
  await page.getByRole("dialog").getByRole("button", { name: "Remove", exact: true }).click();
  await page.getByRole("status").filter({ hasText: `“${name}” removed.` }).waitFor();
  await page.getByRole("list", { name: "Assistants" }).waitFor();
  equal(await page.getByRole("link", { name, exact: true }).count(), 0, "links to the removed assistant");
  equal((await house.send("GET", `${PATH}/${id}`)).status, 404, "the API’s answer");
});

test("studio::readers_change_nothing_and_failures_are_shown", async (open) => {
  const profile = await published("To be seen");
  const page = await pageOf(open, await person("Sue", { role: "supervisor" }), { path: `/studio/${profile.id}` });
  await page.getByText("Read-only").waitFor();
  must(await fader(page, "Pace").isDisabled(), "a supervisor can move a slider");
  equal(await field(page, "Rules").evaluate(({ readOnly }) => readOnly), true, "whether the text is read-only");
  equal(await page.getByRole("button", { name: /^(Publish|Restore|Talk|Remove|Add)/ }).count(), 0, "buttons that a supervisor may not use");
  await lookAtState(page, "studio-read-only");

  const failing = await open({ allowed: ["500 (Internal", "404 (Not Found)"] });
  await failing.route(`**${PATH}`, (route) => route.fulfill({ status: 500, contentType: "application/problem+json", body: JSON.stringify({ detail: "the database is away" }) }));
  await failing.goto(`${house.origin}/studio`);
  await failing.getByRole("alert").filter({ hasText: "The database is away." }).waitFor();
  await failing.unroute(`**${PATH}`);
  await failing.route(`**${PATH}`, (route) => route.fulfill({ contentType: "application/json", body: JSON.stringify({ items: [], next_cursor: null }) }));
  await button(failing, "Try again").click();
  await failing.getByText("An assistant answers your callers.").waitFor();
  await lookAtState(failing, "studio-empty");
  await failing.unroute(`**${PATH}`);
  await goWithin(failing, "/studio/00000000-0000-4000-8000-000000000000");
  await failing.getByRole("heading", { name: "Assistant not found" }).waitFor();
});
