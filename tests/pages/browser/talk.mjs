// A visitor of a talk link: the microphone, the assistant's voice, keys, the end of the call, and failures.
import { createHmac } from "node:crypto";
import { audit, equal, house, must, OWNER, test, until } from "./stage.mjs";
import { notesSockets, swallowSockets } from "./desk/people.mjs";
import { agentAt, givesMicrophones, keepsContexts, lineTo, listens, MICROPHONE, unplug, visitorAsks } from "./desk/scene.mjs";
import { lookAtState } from "./views.mjs";

/** Creates a link of the server; returns it with its page's address. */
async function link(more = {}) {
  const { items } = await house.api("/api/v1/agent-profiles");
  const made = await house.api("/api/v1/talk-links", { name: "Our website", profile_id: items[0].id, ...more });
  must(made.url, JSON.stringify(made));
  return { ...made, address: house.origin + new URL(made.url).pathname };
}

const callState = (page, words) => page.getByRole("status", { name: "Call", exact: true }).filter({ hasText: words });
const button = (page, name) => page.getByRole("button", { name, exact: true });
const loudest = (page) => page.evaluate(() => window.loudest());
const callsOver = async () =>
  (await house.api("/api/v1/calls?limit=20")).items.filter(({ outside_ids }) => outside_ids.some(({ kind }) => kind === "web"));

/** The newest call over the link of this name, which may take a moment to be in the list. */
async function newestCall(name) {
  const [newest] = await until("the call in the list", async () => {
    const calls = (await callsOver()).filter(({ to }) => to === name);
    return calls.length > 0 && calls;
  });
  return newest;
}

/** The row of a call once it has ended; the page knows of the end before the server has written it. */
const ended = (id) =>
  until("the end of the call", async () => {
    const call = await house.api(`/api/v1/calls/${id}`);
    return call.state === "ended" && call;
  });

test("talk::a_refused_first_token_is_not_shown_as_a_lost_connection", async (open) => {
  const page = await open({ stranger: true, scripts: [listens], allowed: ["401 (Unauthorized)"], ...MICROPHONE });
  const { address } = await link({ name: "Our late counter" });
  // Like a visitor who allows the microphone long after the page asked for it.
  await page.route("**/api/v1/talk/*/calls", async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ response: answer, json: { ...(await answer.json()), token: "of-nobody" } });
  });
  await page.goto(address);
  await button(page, "Talk").click();
  await callState(page, "Your access to this call has expired. Start again.").waitFor();
  await page.unroute("**/api/v1/talk/*/calls");
  await page.getByRole("button", { name: /^Talk/ }).click();
  await callState(page, "Assistant speaking").waitFor();
  await button(page, "Hang up").click();
});

test("talk::the_focus_stays_on_the_stage_by_keyboard_alone", async (open) => {
  const page = await open({ stranger: true, scripts: [givesMicrophones], ...MICROPHONE });
  const { address } = await link({ name: "Our keyboard" });
  await page.goto(address);
  const hasFocus = (name) => button(page, name).evaluate((it) => it === document.activeElement);
  await page.evaluate(() => (window.isBlocked = true));
  await button(page, "Talk").focus();
  await page.keyboard.press("Enter");
  await page.getByRole("alert").filter({ hasText: "The microphone is blocked for this page" }).waitFor();
  must(await hasFocus("Try again"), "the focus is lost without a microphone");
  await page.evaluate(() => (window.isBlocked = false));
  await page.keyboard.press("Enter");
  await callState(page, "Assistant speaking").waitFor();
  await until("the focus on the first button of the call", () => hasFocus("Mute"));
  await button(page, "Hang up").focus();
  await page.keyboard.press("Enter");
  await callState(page, "You hung up.").waitFor();
  await until("the focus on the button for another call", () => hasFocus("Talk again"));
});

test("talk::a_visitor_hears_the_assistant_presses_a_key_and_hangs_up", async (open) => {
  // A visitor who prefers reduced motion has no meters.
  const page = await open({ stranger: true, reducedMotion: "no-preference", scripts: [listens], ...MICROPHONE });
  const { address, name } = await link({ name: "Our counter" });
  await page.goto(address);
  await page.getByRole("heading", { name: OWNER.organization, level: 1 }).waitFor();
  // The notice comes before the request for the microphone.
  await page.getByText("The call will be recorded.").waitFor();
  await lookAtState(page, "talk");
  await button(page, "Talk").click();
  await callState(page, "Assistant speaking").waitFor();
  await until("a voice at the loudspeaker", async () => (await loudest(page)) > 0.02);
  // Screen readers don't announce it, so that they don't talk over the voice.
  equal(await callState(page, "Assistant speaking").getAttribute("aria-live"), "off", "whether it is announced that the assistant speaks");
  const mute = button(page, "Mute");
  await until("the microphone's level", async () => (await page.getByText("You are heard").count()) > 0);
  await mute.click();
  equal(await mute.getAttribute("aria-pressed"), "true", "whether Mute is pressed");
  await page.getByText("Muted", { exact: true }).waitFor();
  const level = page.getByRole("meter", { name: "You: level" });
  await until("a level of zero", async () => (await level.evaluate(({ value }) => value)) === 0);
  await page.evaluate(() => (window.sent = []));
  // Longer than the time between two beeps.
  const sent = await until("1.2 s of sent sound", () => page.evaluate(() => window.sent.length >= 60 && window.sent));
  equal(Math.max(...sent), 0, "the loudest sample of a muted visitor");
  await lookAtState(page, "talk-live");
  const colours = await button(page, "Hang up").evaluate((hangUp) => {
    const probe = hangUp.parentElement.appendChild(document.createElement("span"));
    probe.style.backgroundColor = "var(--missed-fill)";
    const fill = getComputedStyle(probe).backgroundColor;
    probe.remove();
    return [getComputedStyle(hangUp).backgroundColor, fill];
  });
  equal(colours[0], colours[1], "the colour of the button that ends the call");
  const { id } = await newestCall(name);
  // The keypad opens on demand, and Esc closes it.
  equal(await button(page, "9").count(), 0, "keys before the keypad is open");
  await button(page, "Keypad").click();
  await lookAtState(page, "talk-keypad");
  await button(page, "9").click();
  await page.keyboard.press("Escape");
  await button(page, "9").waitFor({ state: "hidden" });
  const kinds = async () => (await house.api(`/api/v1/calls/${id}/events?limit=200`)).items;
  const key = await until("the key in the journal", async () => (await kinds()).find(({ kind }) => kind === "dtmf"));
  equal(key.digit, "9", "the key");
  await until("silence at the loudspeaker", async () => (await loudest(page)) === 0, 30_000);
  await callState(page, "Listening").waitFor();
  // The transcript stays after the end.
  const { items } = await house.api(`/api/v1/calls/${id}/transcript`);
  const said = page.getByRole("log", { name: "What was said" });
  await said.getByText(items[0].text).waitFor();
  await button(page, "Hang up").click();
  await callState(page, "You hung up.").waitFor();
  equal(await said.getByText(items[0].text).count(), 1, "the words after the end");
  await lookAtState(page, "talk-over");
  const row = await ended(id);
  const { leg_kind, hangup_cause, hangup_by, from, to } = row;
  equal({ leg_kind, hangup_cause, hangup_by, from, to }, {
    leg_kind: "web",
    hangup_cause: "normal_clearing",
    hangup_by: "caller",
    from: "Web visitor",
    to: name,
  });
});

test("talk::a_visitor_sees_who_they_talk_to_and_the_transcript", async (open) => {
  const { agent, page: desk } = await agentAt(open, "Ona", "341");
  const queue = await house.api("/api/v1/queues", {
    name: "visitors",
    ring_s: 120,
    tells_position: true,
    members: [{ user_id: agent.id }],
  });
  must(queue.id, JSON.stringify(queue));
  const { page } = await visitorAsks(open, await lineTo("visitors"));
  await callState(page, "Waiting for a person").waitFor();
  equal(await callState(page, "Waiting for a person").getAttribute("aria-live"), "polite", "whether it is announced that they wait");
  await lookAtState(page, "talk-waiting", { words: true });
  await button(desk, "Accept call").click();
  await callState(page, "Talking with a person").waitFor();
  await page.getByText("Your conversation with a person is not shown here.").waitFor();
  await lookAtState(page, "talk-person");
  await button(desk, "Hold").click();
  await callState(page, "On hold").waitFor();
  await page.getByText("Hold music", { exact: true }).waitFor();
  await lookAtState(page, "talk-held", { words: true });
  await button(desk, "Resume").click();
  await callState(page, "Talking with a person").waitFor();
  const written = await page.getByRole("main").innerText();
  must(!/request_handoff|Ona/.test(written), `the visitor sees internal details: ${written}`);
  await button(page, "Hang up").click();
  await callState(page, "You hung up.").waitFor();
});

test("talk::a_blocked_microphone_explains_itself_and_a_lost_one_returns", async (open) => {
  const page = await open({ stranger: true, scripts: [givesMicrophones], ...MICROPHONE });
  const { address, name } = await link({ name: "Our loose plug" });
  await page.goto(address);
  const alert = (words) => page.getByRole("alert").filter({ hasText: words });
  // This Chromium never prompts: it allows the microphone or denies it.
  await page.evaluate(() => (window.isBlocked = true));
  await button(page, "Talk").click();
  await alert("The microphone is blocked for this page").waitFor();
  await lookAtState(page, "talk-blocked");
  // If the operating system denies it, nothing next to the address helps.
  await page.evaluate(() => (window.isBlocked = "Permission denied by system"));
  await button(page, "Try again").click();
  await alert("The microphone can't be used: Permission denied by system.").waitFor();
  await page.evaluate(() => (window.isBlocked = false));
  await button(page, "Try again").click();
  await callState(page, "Assistant speaking").waitFor();
  const { id } = await newestCall(name);
  await unplug(page);
  await alert("Your microphone is disconnected. Plug it in, then turn it on again.").waitFor();
  equal(await button(page, "Mute").count(), 0, "buttons that mute a lost microphone");
  await button(page, "Turn on the microphone").click();
  await alert("No microphone found").waitFor();
  await lookAtState(page, "talk-unplugged");
  await page.evaluate(() => (window.hasNone = false));
  await button(page, "Turn on the microphone").click();
  await button(page, "Mute").waitFor();
  await until("the alert disappears", async () => (await alert("microphone").count()) === 0);
  equal((await house.api(`/api/v1/calls/${id}`)).state, "live", "the call");
  await button(page, "Hang up").click();
  await callState(page, "You hung up.").waitFor();
});

/** Counts how often waiting sound is discarded. */
function countsClears() {
  const { postMessage } = MessagePort.prototype;
  window.clears = 0;
  MessagePort.prototype.postMessage = function counted(message, ...more) {
    if (message?.type === "clear") window.clears += 1;
    return postMessage.call(this, message, ...more);
  };
}

test("talk::halted_sound_resumes_by_itself_or_on_a_click", async (open) => {
  const page = await open({ stranger: true, scripts: [keepsContexts, countsClears], ...MICROPHONE });
  const { address, name } = await link({ name: "Our second telephone" });
  await page.goto(address);
  await button(page, "Talk").click();
  await callState(page, "Assistant speaking").waitFor();
  const { id } = await newestCall(name);
  const halt = (isInterrupted) =>
    page.evaluate((isNow) => {
      window.isInterrupted = isNow;
      return window.contexts.find(({ state }) => state === "running").suspend();
    }, isInterrupted);
  const runs = () => page.evaluate(() => window.contexts.some(({ state }) => state === "running"));
  await halt(false);
  await until("the sound running", runs);
  await halt(true);
  await callState(page, "Your call is still there.").waitFor();
  must((await page.evaluate(() => window.clears)) > 0, "words from before the halt are heard after it");
  await page.evaluate(() => (window.isInterrupted = false));
  await button(page, "Continue the call").click();
  await callState(page, /Assistant speaking|Listening/).waitFor();
  must(await runs(), "the sound does not run");
  equal((await house.api(`/api/v1/calls/${id}`)).state, "live", "the call");
  await button(page, "Hang up").click();
  await callState(page, "You hung up.").waitFor();
});

/** While `isMissing`, no script for sound can be loaded. The browser loads it on a thread of its own, where a test can't block the request. */
function missesScript() {
  const { addModule } = AudioWorklet.prototype;
  window.isMissing = true;
  AudioWorklet.prototype.addModule = function added(address) {
    return window.isMissing ? Promise.reject(new DOMException("Unable to load a worklet's module.", "AbortError")) : addModule.call(this, address);
  };
}

/** Whether every context of the page is closed and every microphone is released. */
const isAllGivenBack = () =>
  window.contexts.length > 0 &&
  window.contexts.every(({ state }) => state === "closed") &&
  window.given.every((one) => one.getTracks().every(({ readyState }) => readyState === "ended"));

test("talk::a_call_whose_sound_can_not_be_made_is_hung_up", async (open) => {
  const page = await open({ stranger: true, scripts: [missesScript], allowed: ["429 (Too Many"], ...MICROPHONE });
  const { address, name } = await link({ name: "Our deaf ear" });
  // The first time, the server refuses to check.
  let requests = 0;
  await page.route("**/api/v1/audio", async (route) => {
    requests += 1;
    if (requests === 1) await route.fulfill({ status: 429, body: "" });
    else await route.continue();
  });
  await page.goto(address);
  await button(page, "Talk").click();
  await button(page, "Try again").waitFor();
  const { id } = await newestCall(name);
  const { hangup_cause, hangup_by } = await ended(id);
  equal([hangup_cause, hangup_by], ["normal_clearing", "caller"], "how the call ended");
});

test("talk::a_page_left_before_its_sound_is_there_has_hung_up", async (open) => {
  const page = await open({ stranger: true, ...MICROPHONE });
  const { address, name } = await link({ name: "Our revolving door" });
  // The script for sound never finishes loading.
  await page.addInitScript(() => {
    AudioWorklet.prototype.addModule = () => {
      window.isMaking = true;
      return new Promise(() => null);
    };
  });
  await page.goto(address);
  await button(page, "Talk").click();
  const { id } = await newestCall(name);
  await until("the loading of the script", () => page.evaluate(() => window.isMaking));
  // A page of the same origin: elsewhere the browser has no AudioWorklet for the script above to change.
  await page.goto(new URL("/healthz", address).href);
  const { hangup_cause, hangup_by } = await ended(id);
  equal([hangup_cause, hangup_by], ["normal_clearing", "caller"], "how the call ended");
});

/** While `isDeaf`, no microphone can be connected to a context. */
function joinsNone() {
  const { createMediaStreamSource } = AudioContext.prototype;
  AudioContext.prototype.createMediaStreamSource = function joined(stream) {
    if (window.isDeaf) throw new DOMException("AudioContexts with different sample-rate", "NotSupportedError");
    return createMediaStreamSource.call(this, stream);
  };
}

test("talk::nothing_stays_open_where_no_sound_can_be_made", async (open) => {
  const page = await open({ stranger: true, scripts: [givesMicrophones, keepsContexts, missesScript, joinsNone], ...MICROPHONE });
  const { address } = await link({ name: "Our dead wire" });
  await page.goto(address);
  await button(page, "Talk").click();
  // The script for sound is missing.
  await button(page, "Try again").waitFor();
  await until("the release of everything", () => page.evaluate(isAllGivenBack));
  // No context takes the microphone.
  const made = await page.evaluate(() => {
    window.isMissing = false;
    window.isDeaf = true;
    return window.contexts.length;
  });
  await button(page, "Try again").click();
  await until("a context of the second attempt", () => page.evaluate((before) => window.contexts.length > before, made));
  await button(page, "Try again").waitFor();
  await until("the release of everything", () => page.evaluate(isAllGivenBack));
  await page.evaluate(() => (window.isDeaf = false));
  await button(page, "Try again").click();
  await callState(page, "Assistant speaking").waitFor();
  await button(page, "Hang up").click();
  await callState(page, "You hung up.").waitFor();
});

/** Notes the address of the script for sound. */
function notesScript() {
  const { addModule } = AudioWorklet.prototype;
  AudioWorklet.prototype.addModule = function added(address) {
    window.script = `${address}`;
    return addModule.call(this, address);
  };
}

/** Makes the page play these pieces of 20 ms at once; all samples of a piece are equally loud. Returns how many samples that are not silent were
 * played, and how many tenths of a second that took, by the clock of the sound. */
const playsAtOnce = (page, pieces) =>
  page.evaluate(async (loudnesses) => {
    const context = new AudioContext({ sampleRate: 24_000 });
    await context.audioWorklet.addModule(window.script);
    const made = { numberOfInputs: 0, outputChannelCount: [1], processorOptions: { rate: 24_000 } };
    const playout = new AudioWorkletNode(context, "cordboard-playout", made);
    const played = { audible: 0, tenths: 0 };
    const isOver = new Promise((done) => {
      let isMarked = false;
      playout.port.onmessage = ({ data }) => {
        if (data.type === "mark") isMarked = true;
        else if (played.audible > 0 || data.audible > 0) {
          played.audible += data.audible;
          played.tenths += 1;
          if (isMarked && data.isEmpty) done();
        }
      };
    });
    for (const loudness of loudnesses) {
      const sound = new Int16Array(480).fill(loudness * 32_767).buffer;
      playout.port.postMessage({ type: "sound", sound }, [sound]);
    }
    playout.port.postMessage({ type: "mark", name: "all" });
    playout.connect(context.destination);
    await isOver;
    await context.close();
    return played;
  }, pieces);

/** A page that has the script for sound, after a call over a link of this name. */
async function hasScript(open, name) {
  const page = await open({ stranger: true, scripts: [notesScript], ...MICROPHONE });
  const { address } = await link({ name });
  await page.goto(address);
  await button(page, "Talk").click();
  await callState(page, "Assistant speaking").waitFor();
  await button(page, "Hang up").click();
  await callState(page, "You hung up.").waitFor();
  return page;
}

test("talk::sound_after_a_stall_catches_up_in_pauses", async (open) => {
  const page = await hasScript(open, "Our slow road");
  const pieces = (count, loudness) => Array.from({ length: count }, () => loudness);
  // Four words of 0.4 s, with a pause of 0.5 s after each.
  const spoken = await playsAtOnce(page, pieces(4, null).flatMap(() => [...pieces(20, 0.2), ...pieces(25, 0)]));
  equal(spoken.audible, 4 * 20 * 480, "samples of the words");
  must(spoken.tenths < 25, `1.6 s of words and 2 s of pauses took ${spoken.tenths / 10} s`);
  // Sound that keeps a small lead is left unchanged.
  const ahead = await playsAtOnce(page, [0.2, 0.2, 0, 0, 0.2, 0.2]);
  equal(ahead.audible, 4 * 480, "samples of a short word");
  // Without pauses, little of the sound itself is skipped.
  const noise = (await playsAtOnce(page, pieces(200, 0.2))).audible / (200 * 480);
  must(noise > 0.95 && noise < 1, `played share of the noise: ${noise}`);
});

/** Makes the page play 3 s of a loud, even sound, and clear it after 1 s. Returns the last sample of 2 s that was played, and the greatest step from
 * one sample to the next after the first half second. */
const playsAndClears = (page) =>
  page.evaluate(async () => {
    const context = new OfflineAudioContext(1, 48_000, 24_000);
    await context.audioWorklet.addModule(window.script);
    const made = { numberOfInputs: 0, outputChannelCount: [1], processorOptions: { rate: 24_000 } };
    const playout = new AudioWorkletNode(context, "cordboard-playout", made);
    playout.connect(context.destination);
    for (let piece = 0; piece < 150; piece += 1) {
      const sound = new Int16Array(480).fill(10_000).buffer;
      playout.port.postMessage({ type: "sound", sound }, [sound]);
    }
    // The thread of the sound reads its messages while the sound is halted.
    for (let tenth = 1; tenth < 20; tenth += 1) {
      void context.suspend(tenth / 10).then(() => {
        if (tenth === 10) playout.port.postMessage({ type: "clear", fades: true });
        return context.resume();
      });
    }
    const played = (await context.startRendering()).getChannelData(0);
    // The thread may begin before it has read all the sound.
    const from = 12_000;
    const steps = played.subarray(from + 1).map((sample, at) => Math.abs(sample - played[from + at]));
    return { last: played.findLastIndex((sample) => sample !== 0), step: steps.reduce((most, step) => Math.max(most, step), 0) };
  });

test("talk::cleared_sound_ends_without_a_click", async (open) => {
  const { last, step } = await playsAndClears(await hasScript(open, "Our soft landing"));
  must(last >= 24_000 && last < 47_000, `the sound ends with sample ${last}`);
  must(step < 0.01, `a step of ${step}`);
});

test("talk::a_dead_link_and_an_insecure_page_say_what_helps", async (open) => {
  const page = await open({ stranger: true, allowed: ["404"], ...MICROPHONE });
  await page.goto(`${house.origin}/talk/nosuchlink`);
  await page.getByRole("heading", { name: "Nobody answers here" }).waitFor();
  await lookAtState(page, "talk-off");

  // A page that is not secure has no microphone, and says what to open.
  const { address } = await link();
  await page.addInitScript(() => Object.defineProperty(window, "isSecureContext", { value: false }));
  await page.goto(address);
  await button(page, "Talk").click();
  await page.getByRole("alert").filter({ hasText: "https://" }).waitFor();
});

test("talk::a_lost_connection_reconnects_and_a_visitor_may_call_again", async (open) => {
  const page = await open({ stranger: true, allowed: ["503"], scripts: [notesSockets], ...MICROPHONE });
  const { address, name } = await link({ name: "Our stall", calls_max: 1 });
  await page.goto(address);
  await button(page, "Talk").click();
  await callState(page, "Assistant speaking").waitFor();
  const { id } = await newestCall(name);
  await page.evaluate(() => window.sockets[0].close());
  await until("a second socket", () => page.evaluate(() => window.sockets.length > 1));
  const events = async () => (await house.api(`/api/v1/calls/${id}/events?limit=200`)).items.map(({ kind }) => kind);
  await until("the return of the visitor", async () => (await events()).includes("resumed"));
  // The greeting may be over by now, but 32 tones are heard in any case.
  equal((await house.send("POST", `/api/v1/calls/${id}/dtmf`, { digits: "5".repeat(32) })).status, 202, "sending tones");
  await callState(page, "Assistant speaking").waitFor();
  equal((await newestCall(name)).id, id, "the call");

  // A link with no free line says so.
  const other = await open({ stranger: true, allowed: ["503"], ...MICROPHONE });
  await other.goto(address);
  await button(other, "Talk").click();
  await other.getByRole("alert").filter({ hasText: "All lines of this link are taken" }).waitFor();
  equal(await audit(other), [], "axe");

  await house.api(`/api/v1/calls/${id}/hangup`, {}).catch(() => null);
  await callState(page, "The call has ended.").waitFor();
  await ended(id);
  // Its line is free a moment after its end.
  await until("a free line", async () => {
    await page.getByRole("button", { name: /^(Talk|Try) again$/ }).click();
    return callState(page, "Assistant speaking").waitFor({ timeout: 2_000 }).then(() => true, () => false);
  });
  await button(page, "Hang up").click();
});

/** The kinds of the entries in a call's journal. */
const kindsOf = async (id) => (await house.api(`/api/v1/calls/${id}/events?limit=200`)).items.map(({ kind }) => kind);

test("talk::a_connection_that_a_network_swallows_is_replaced", async (open) => {
  const page = await open({ stranger: true, scripts: [notesSockets], ...MICROPHONE });
  const { address, name } = await link({ name: "Our tunnel" });
  await page.goto(address);
  await button(page, "Talk").click();
  await callState(page, "Assistant speaking").waitFor();
  const { id } = await newestCall(name);
  await page.evaluate(() => {
    // The page gives up a connection that does not open after a tenth of its usual 5 s.
    const later = window.setTimeout;
    window.setTimeout = (act, ms, ...more) => later(act, ms === 5_000 ? 500 : ms, ...more);
    // Nothing that the page sends leaves, and the next connection never opens.
    Object.defineProperty(window.sockets[0], "bufferedAmount", { value: 1_000_000 });
    const Noted = window.WebSocket;
    window.WebSocket = class extends Noted {
      constructor(...words) {
        if (window.sockets.length === 1) {
          const swallowed = { readyState: Noted.CONNECTING, close: () => undefined };
          window.sockets.push(swallowed);
          return swallowed;
        }
        super(...words);
      }
    };
  });
  await until("a third socket", () => page.evaluate(() => window.sockets.length > 2));
  await until("the return of the visitor", async () => (await kindsOf(id)).includes("resumed"));
  await callState(page, /Assistant speaking|Listening/).waitFor();
  await button(page, "Hang up").click();
  await callState(page, "You hung up.").waitFor();
});

test("talk::hanging_up_without_a_connection_ends_at_once", async (open) => {
  const page = await open({ stranger: true, scripts: [notesSockets], ...MICROPHONE });
  const { address, name } = await link({ name: "Our dead line" });
  await page.goto(address);
  await button(page, "Talk").click();
  await callState(page, "Assistant speaking").waitFor();
  const { id } = await newestCall(name);
  await swallowSockets(page);
  await callState(page, "Reconnecting").waitFor();
  await until("the loss of the connection", async () => (await kindsOf(id)).includes("interrupted"));
  await button(page, "Hang up").click();
  await callState(page, "You hung up.").waitFor();
  // The server doesn't wait for the visitor any more.
  const { hangup_cause, hangup_by } = await ended(id);
  equal([hangup_cause, hangup_by], ["normal_clearing", "caller"], "how the call ended");
});

test("talk::a_reloaded_page_continues_its_call_and_a_closed_one_leaves", async (open) => {
  const page = await open({ stranger: true, ...MICROPHONE });
  const { address, name } = await link({ name: "Our window" });
  await page.goto(address);
  await button(page, "Talk").click();
  await callState(page, "Assistant speaking").waitFor();
  const { id } = await newestCall(name);
  const said = page.getByRole("log", { name: "What was said" });
  await said.getByText("Welcome.").waitFor();
  equal(await page.evaluate(() => JSON.stringify({ ...sessionStorage })), "{}", "the session storage during the call");
  await button(page, "Mute").click();
  await page.reload();
  // It continues by itself, with the transcript, and muted as before.
  await callState(page, "Assistant speaking").waitFor();
  await said.getByText("Welcome.").waitFor();
  equal(await button(page, "Mute").getAttribute("aria-pressed"), "true", "whether it is still muted");
  equal((await newestCall(name)).id, id, "the call");
  equal((await kindsOf(id)).filter((kind) => kind === "resumed").length, 1, "how often the call was resumed");
  equal(await page.evaluate(() => JSON.stringify({ ...sessionStorage })), "{}", "the session storage after the reload");
  await page.close();
  const left = await until("the end of both pages in the journal", async () => {
    const { items } = await house.api(`/api/v1/calls/${id}/events?limit=200`);
    const ends = items.filter(({ kind }) => kind === "leg_left");
    return ends.length === 2 && ends;
  });
  // A browser does not always send what a reloaded page had left to send.
  equal(left.at(-1).how, "away", "how the closed page left");
});

test("talk::a_reload_with_a_lost_request_continues_the_call", async (open) => {
  const page = await open({ stranger: true, allowed: ["ERR_FAILED"], ...MICROPHONE });
  const { address, name } = await link({ name: "Our loose thread" });
  await page.goto(address);
  await button(page, "Talk").click();
  await callState(page, "Assistant speaking").waitFor();
  const { id } = await newestCall(name);
  // The request for the link's owner does not reach the server, or is one too many of an office.
  await page.route(/\/api\/v1\/talk\/[^/]+$/, (route) => route.abort());
  await page.reload();
  await callState(page, /Assistant speaking|Listening/).waitFor();
  equal((await newestCall(name)).id, id, "the call");
  await button(page, "Hang up").click();
  await callState(page, "You hung up.").waitFor();
});

test("talk::where_the_browser_waits_for_a_click_a_button_continues_the_call", async (open) => {
  const page = await open({ stranger: true, ...MICROPHONE });
  const { address, name } = await link({ name: "Our hatch" });
  // Like a browser that plays no sound before the first click.
  await page.addInitScript(() => {
    let isAllowed = sessionStorage.getItem("cordboard.test") === null;
    sessionStorage.setItem("cordboard.test", "seen");
    addEventListener("pointerdown", () => (isAllowed = true), { capture: true });
    window.AudioContext = class extends AudioContext {
      constructor(...words) {
        super(...words);
        if (!isAllowed) void super.suspend();
      }
      resume() {
        return isAllowed ? super.resume() : new Promise(() => null);
      }
    };
  });
  await page.goto(address);
  await button(page, "Talk").click();
  await callState(page, "Assistant speaking").waitFor();
  const { id } = await newestCall(name);
  await page.reload();
  await callState(page, "Your call is still there.").waitFor();
  await lookAtState(page, "talk-continue");
  await button(page, "Continue the call").click();
  await callState(page, "Assistant speaking").waitFor();
  equal((await newestCall(name)).id, id, "the call");
  await button(page, "Hang up").click();
  await callState(page, "You hung up.").waitFor();
  equal((await ended(id)).hangup_cause, "normal_clearing", "why the call ended");
});

test("talk::a_signed_identity_is_known_and_removed_from_the_address", async (open) => {
  const page = await open({ stranger: true, allowed: ["403 (Forbidden)"], ...MICROPHONE });
  const { address, name, id } = await link({ name: "Our members" });
  const { secret } = await house.api(`/api/v1/talk-links/${id}/signing-secret`, {});
  const signed = (claims) => {
    const payload = Buffer.from(JSON.stringify(claims)).toString("base64url");
    return `${payload}.${createHmac("sha256", secret).update(payload).digest("hex")}`;
  };
  await page.goto(`${address}#identity=${signed({ name: "Åsa Öberg", exp: Math.floor(Date.now() / 1_000) + 600 })}`);
  await button(page, "Talk").waitFor();
  equal(new URL(page.url()).hash, "", "the fragment of the address");
  await button(page, "Talk").click();
  await callState(page, "Assistant speaking").waitFor();
  equal((await newestCall(name)).identity.name, "Åsa Öberg", "the identity");
  await button(page, "Hang up").click();
  await callState(page, "You hung up.").waitFor();
  await page.goto("about:blank");
  await page.goto(`${address}#identity=${signed({ name: "Åsa Öberg", exp: 1 })}`);
  await button(page, "Talk").click();
  await page.getByRole("alert").filter({ hasText: "has expired" }).waitFor();
  await button(page, "Try again").click();
  await callState(page, "Assistant speaking").waitFor();
  equal((await newestCall(name)).identity, null, "the identity without a name");
  await button(page, "Hang up").click();
});
