// An ended call: its record and its player.
import { pastCall } from "./scenes.mjs";
import { equal, goWithin, must, origin, test, until } from "./stage.mjs";
import { lookAtState } from "./views.mjs";

const log = (page) => page.getByRole("log", { name: "Transcript" });
const position = (page) => page.getByRole("slider", { name: "Position" });
/** The player's position, in seconds. */
const at = async (page) => Number(await position(page).inputValue());

/** A browser that gets too little CPU time plays slower, but none plays faster than its set speed. */
const playsTwiceAsFast = (page) =>
  until("half a second at twice the speed", async () => {
    const [from, began] = [await at(page), Date.now()];
    await new Promise((resolve) => setTimeout(resolve, 500));
    return ((await at(page)) - from) / ((Date.now() - began) / 1000) > 1.5;
  });

async function openCall(open, options) {
  const { id, events } = await pastCall();
  const page = await open(options);
  await page.goto(`${origin}/calls/${id}`);
  await page.getByRole("button", { name: "Play" }).waitFor();
  await page.getByRole("img", { name: /Loudness over time/ }).waitFor();
  return { page, id, events };
}

/** The start of a line in the recording, in seconds, from the journal. */
function beganAt(events, role) {
  const recorded = Date.parse(events.find(({ kind }) => kind === "recording_started").at);
  const [said] = events.filter(({ kind }) => kind === `${role}_said`);
  const spoke = events.find(({ kind }) => kind === "speech_started");
  const began = role === "caller" ? Date.parse(spoke.at) : Date.parse(said.at) - said.heard_ms;
  return { began: (began - recorded) / 1000, said };
}

test("past_call::the_timeline_shows_words_and_codes_and_space_plays_them", async (open) => {
  const { page, id, events } = await openCall(open);
  const facts = page.getByRole("region", { name: "Facts" });
  await facts.getByText("Caller hung up").waitFor();
  await facts.getByText("normal_clearing").waitFor();
  await facts.getByText(id).waitFor();
  const bargeIns = events.filter(({ kind }) => kind === "barge_in").length;
  must(bargeIns > 0, "no barge-in in this scene");
  const timeline = page.getByRole("list", { name: "Timeline" });
  equal(await timeline.getByRole("listitem").filter({ hasText: "Barge-in" }).count(), bargeIns);
  await timeline.getByRole("listitem").filter({ hasText: "Key 9" }).waitFor();
  await log(page).getByText("cut short by the caller").first().waitFor();
  // The turn's latency is the time between the two entries of the journal.
  const stopped = events.findIndex(({ kind }) => kind === "speech_stopped");
  const answered = events.slice(stopped).find(({ kind }) => kind === "item_started");
  const waitedMs = Date.parse(answered.at) - Date.parse(events[stopped].at);
  const words = waitedMs < 1000 ? `${waitedMs} ms` : `${(waitedMs / 1000).toFixed(1)} s`;
  await log(page).getByText(`answered after ${words}`).waitFor();
  equal(await page.title(), "Call from +49 170 5551234 — Cordboard");
  for (const lane of ["Caller", "Assistant"]) {
    await page.getByRole("region", { name: "Recording" }).getByText(lane, { exact: true }).waitFor();
  }

  // A click on a line seeks.
  for (const role of ["caller", "assistant"]) {
    const { began } = beganAt(events, role);
    await log(page).getByRole("button", { name: new RegExp(`^Go to .*, ${role}$`) }).first().click();
    const seen = await at(page);
    must(Math.abs(seen - began) <= 0.3, `${role}: the player is at ${seen} s, the line began at ${began} s`);
  }
  // A click on a word seeks by the word's position in the line. The greeting was cut off; this is the last word that was heard.
  const { began, said } = beganAt(events, "assistant");
  const letters = said.text.lastIndexOf(" ") + 1;
  must(letters > 10, `the greeting was cut off too early: ${said.text}`);
  await log(page).getByText(said.text.slice(letters), { exact: true }).first().click();
  const expected = began + (letters / said.text.length) * (said.heard_ms / 1000);
  const seen = await at(page);
  must(Math.abs(seen - expected) <= 0.3, `the player is at ${seen} s, the word at ${expected} s`);
  await playsByKeys(page);
});

/** The space bar plays, and the line that is heard is marked. */
async function playsByKeys(page) {
  const first = log(page).getByRole("button", { name: /, caller$/ }).first();
  await first.click();
  const start = await at(page);
  await page.keyboard.press(" ");
  await page.getByRole("button", { name: "Pause" }).waitFor();
  await until("half a second of playing", async () => (await at(page)) >= start + 0.5);
  // The marked line follows the player's position.
  const marked = () => page.evaluate(() => document.querySelector("[role=log] [aria-current]")?.textContent);
  await until("a mark on the caller's line", async () => (await marked())?.startsWith("Caller"));
  // Holding the key down counts as one press.
  await page.keyboard.down(" ");
  await page.keyboard.down(" ");
  await page.keyboard.up(" ");
  await page.getByRole("button", { name: "Play" }).waitFor();

  // By keyboard: arrow keys change the position and the speed.
  await position(page).focus();
  const before = await at(page);
  await page.keyboard.press("ArrowLeft");
  must(Math.abs((await at(page)) - (before - 1)) < 0.15, "an arrow moves by a second");
  for (const speed of ["1.5", "1", "2"]) {
    await page.getByRole("radio", { name: `Speed ${speed}`, exact: true }).check({ force: true });
    must(await page.getByRole("radio", { name: `Speed ${speed}`, exact: true }).isChecked(), speed);
  }
  // A faster speed is faster. It starts at the beginning, so that there is enough to play.
  await position(page).press("Home");
  await page.getByRole("button", { name: "Play" }).click();
  await until("the beginning of playback", async () => (await at(page)) > 0.3);
  await playsTwiceAsFast(page);

  // A user who writes a note below the transcript while it plays is not scrolled away from it, even on a phone.
  await page.setViewportSize({ width: 320, height: 600 });
  await position(page).press("Home");
  const play = page.getByRole("button", { name: "Play" });
  if (await play.isVisible()) await play.click();
  const note = page.getByRole("region", { name: "Notes" }).getByRole("textbox", { name: "Note" });
  await note.fill("Calls back");
  const place = await page.evaluate(() => scrollY);
  await position(page).evaluate((knob) => {
    knob.value = "0";
    knob.dispatchEvent(new Event("input", { bubbles: true }));
  });
  await until("a mark elsewhere", async () => !(await marked())?.startsWith("Caller"));
  await until("the mark back on the caller's line", async () => (await marked())?.startsWith("Caller"));
  equal(await page.evaluate(() => scrollY), place, "scroll position while writing");
  await note.fill("");
}

test("past_call::callers_words_are_never_html_and_recording_gaps_are_shown", async (open) => {
  const { id } = await pastCall();
  const page = await open({ allowed: ["ERR_FAILED", "404 (Not Found)"] });
  await page.route(/\/recording$/, (route) => route.abort());
  const words = 'שלום <img src=x onerror="alert(1)"> & <script>alert(2)</script>';
  await page.route(new RegExp(`/calls/${id}(/events\\?.*)?$`), async (route) => {
    if (route.request().resourceType() === "document") return route.fallback();
    const answer = await route.fetch();
    const body = await answer.json();
    if (body.items) {
      const key = body.items.find(({ kind }) => kind === "dtmf");
      if (key) Object.assign(key, { kind: "recording_lost", lost_ms: 7_200 });
      for (const event of body.items) if (event.kind === "caller_said") event.text = words;
    } else {
      body.recording_lost_ms = 7_200;
    }
    return route.fulfill({ response: answer, json: body });
  });
  await page.goto(`${origin}/calls/${id}`);
  const recording = page.getByRole("region", { name: "Recording" });
  await recording.getByText("7.2 s of this call could not be recorded.").waitFor();
  const timeline = page.getByRole("list", { name: "Timeline" });
  await timeline.getByRole("listitem").filter({ hasText: "Not recorded" }).filter({ hasText: "7.2 s" }).waitFor();
  await log(page).getByText('onerror="alert(1)">').first().waitFor();
  must((await log(page).innerText()).includes(words), "the words are not shown as they are");
  equal(await log(page).getByRole("img").count(), 0);
  const said = log(page).getByRole("paragraph").filter({ hasText: "שלום" }).first();
  equal(await said.evaluate((it) => getComputedStyle(it).direction), "rtl", "the direction of right-to-left text");

  // A recording that could not be read is tried again: then it has its outline and the chosen speed.
  const unreadable = recording.getByText("The recording can’t be read.");
  await unreadable.waitFor();
  await page.getByRole("radio", { name: "Speed 2", exact: true }).check({ force: true });
  await page.unroute(/\/recording$/);
  await page.getByRole("button", { name: "Play" }).click();
  await until("the beginning of playback", async () => (await at(page)) > 0.3);
  await playsTwiceAsFast(page);
  await page.getByRole("img", { name: /Loudness over time/ }).waitFor();
  equal(await unreadable.count(), 0, "errors about a recording that plays");

  // An unknown call.
  await goWithin(page, "/calls/0198c1f2-7b1a-7000-8000-000000000000");
  await page.getByRole("heading", { name: "Call not found" }).waitFor();
});

test("past_call::a_browser_that_cannot_play_opus_gets_wav", async (open) => {
  const { id } = await pastCall();
  const page = await open();
  await page.addInitScript(() => {
    HTMLMediaElement.prototype.canPlayType = () => "";
  });
  const asked = page.waitForRequest((request) => request.url().endsWith(`/calls/${id}/recording?from_ms=0`));
  await page.goto(`${origin}/calls/${id}`);
  await asked;
  await page.getByRole("button", { name: "Play" }).click();
  await until("the beginning of playback", async () => (await at(page)) > 0.3);
  // The browser seeks by ranges.
  await position(page).press("End");
  await position(page).press("ArrowLeft");
  const near = await at(page);
  must(near > 1, `the position after seeking: ${near}`);
});

test("past_call::time_with_two_people_counts_once", async (open) => {
  const { id } = await pastCall();
  const page = await open();
  await page.route(new RegExp(`/calls/${id}(/events\\?.*)?$`), async (route) => {
    if (route.request().resourceType() === "document") return route.fallback();
    const answer = await route.fetch();
    const body = await answer.json();
    const joins = (event, user_id, leg) => ({ ...event, kind: "agent_joined", handoff: 1, user_id, leg });
    // Two people have the caller from the answer to the end.
    const [ada, grace] = [1, 2].map((digit) => `0198c1f2-7b1a-7000-8000-00000000000${digit}`);
    const items = body.items?.flatMap((event) => (event.kind === "answered" ? [event, joins(event, ada, 8), joins(event, grace, 9)] : [event]));
    items?.forEach((event, place) => Object.assign(event, { seq: place + 1 }));
    await route.fulfill({ response: answer, json: items ? { ...body, items } : body });
  });
  await page.goto(`${origin}/calls/${id}`);
  const figure = (name) => page.locator(".stub div").filter({ hasText: name }).locator("dd");
  await figure("With people").waitFor();
  equal(await figure("With people").innerText(), await figure("Length").innerText(), "the time with people");
});

test("past_call::nobody_talked_while_no_server_ran", async (open) => {
  const { id } = await pastCall();
  const page = await open();
  await page.route(new RegExp(`/calls/${id}(/events\\?.*)?$`), async (route) => {
    if (route.request().resourceType() === "document") return route.fallback();
    const answer = await route.fetch();
    const body = await answer.json();
    if (!body.items) return route.fulfill({ response: answer, json: { ...body, hangup_cause: "server_restart", talk_ms: 1_000 } });
    // The server dies a second after the answer, and is back when the call ends.
    const answered = Date.parse(body.items.find(({ kind }) => kind === "answered").at);
    const ada = { kind: "agent_joined", handoff: 1, user_id: "0198c1f2-7b1a-7000-8000-000000000001", leg: 8 };
    const items = body.items.flatMap((event) => {
      if (event.kind === "answered") return [event, { ...event, ...ada }];
      if (event.kind !== "ended") return [event];
      const restarted = { at: event.at, kind: "server_restarted", recorded_ms: null, away_ms: Date.parse(event.at) - answered - 1_000 };
      return [restarted, { ...event, cause: "server_restart", by: "server" }];
    });
    items.forEach((event, place) => Object.assign(event, { seq: place + 1 }));
    return route.fulfill({ response: answer, json: { ...body, items } });
  });
  await page.goto(`${origin}/calls/${id}`);
  const figure = (name) => page.locator(".stub div").filter({ hasText: name }).locator("dd").innerText();
  await until("the time until the server died", async () => (await figure("Length")).endsWith("0:01"));
  equal(await figure("With people"), await figure("Length"), "the time with people");
});

test("past_call::time_on_hold_is_no_wait_for_an_answer", async (open) => {
  const { id } = await pastCall();
  const page = await open();
  await page.route(/\/events\?/, async (route) => {
    const answer = await route.fetch();
    const body = await answer.json();
    // The caller is put on hold after all that they say, and the assistant speaks once they are back.
    const items = body.items.flatMap((event) => {
      if (event.kind !== "speech_stopped") return [event];
      return [event, { ...event, kind: "hold_began" }, { ...event, kind: "hold_ended", held_ms: 0 }];
    });
    items.forEach((event, place) => Object.assign(event, { seq: place + 1 }));
    await route.fulfill({ response: answer, json: { ...body, items } });
  });
  await page.goto(`${origin}/calls/${id}`);
  await page.getByRole("list", { name: "Timeline" }).getByRole("listitem").filter({ hasText: "Ended" }).waitFor();
  equal(await log(page).getByText("answered after").count(), 0, "answers to what was said before a hold");
  equal(await page.getByRole("region", { name: "Response times" }).count(), 0, "waits for such answers");
});

test("past_call::results_stand_first_in_the_readers_language", async (open) => {
  const { id } = await pastCall();
  const lead = "0198c1f2-7b1a-7000-8000-000000000001";
  const page = await open({ locale: "de-DE" });
  await page.route(/\/events\?/, async (route) => {
    const answer = await route.fetch();
    const body = await answer.json();
    const key = body.items.find(({ kind }) => kind === "dtmf");
    if (key) Object.assign(key, { kind: "lead_created", lead_id: lead, effect: 1 });
    await route.fulfill({ response: answer, json: body });
  });
  await page.goto(`${origin}/calls/${id}`);
  const outcome = page.getByRole("list", { name: "Ergebnisse" });
  equal(await outcome.getByRole("link", { name: "Lead angelegt" }).getAttribute("href"), `/leads/${lead}`, "the link to the lead");
  const recording = page.getByRole("region", { name: "Aufnahme" });
  const [first, then] = [await outcome.boundingBox(), await recording.boundingBox()];
  must(first.y < then.y, `the outcome at ${first.y}, the recording at ${then.y}`);
  await page.getByRole("list", { name: "Verlauf" }).getByRole("link", { name: "Lead angelegt" }).waitFor();
  await lookAtState(page, "call-outcome");
});
