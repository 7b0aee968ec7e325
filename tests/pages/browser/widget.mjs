// The widget on a page of another site with a strict policy: its requests, the call in its window, and refusals.
import { createHmac } from "node:crypto";
import { createServer, get } from "node:http";
import { audit, equal, house, must, test, until } from "./stage.mjs";
import { agentAt, endMicrophone, givesMicrophones, keepsContexts, lineTo, listens, MICROPHONE, sends } from "./desk/scene.mjs";
import { notesSockets, swallowSockets } from "./desk/people.mjs";
import { SCHEMES } from "./views.mjs";

/** The policy that docs/widget.md asks of a site, and nothing else. */
const POLICY = (at) => {
  const { host, origin } = new URL(at);
  return `default-src 'none'; script-src ${origin}; connect-src ${origin} ws://${host}; require-trusted-types-for 'script'; base-uri 'none'`;
};

/** The HTML below the text of each page of the site, by its path. */
const snippets = new Map();
let started = null;

/** A separate site, on this machine and another port. Each test has a page of its own there. */
function site() {
  started ??= (async () => {
    const server = createServer((request, response) => {
      const snippet = snippets.get(new URL(request.url, "http://localhost").pathname);
      if (snippet === undefined) return response.writeHead(200, { "Content-Type": "text/plain" }).end();
      response.writeHead(200, { "Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": POLICY(house.origin) });
      response.end(
        `<!doctype html><html lang="en"><head><title>A shop</title></head><body><main><h1>A shop</h1><p>Lamps.</p></main>${snippet}</body></html>`,
      );
    });
    await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
    // So that open connections don't keep the run alive after the last test.
    server.unref();
    return `http://localhost:${server.address().port}`;
  })();
  return started;
}

/** Creates a link whose widget may be shown on these sites. */
async function linkFor(origins, more = {}) {
  const { items } = await house.api("/api/v1/agent-profiles");
  const made = await house.api("/api/v1/talk-links", { name: "The shop", profile_id: items[0].id, origins, ...more });
  must(made.url, JSON.stringify(made));
  return { ...made, token: new URL(made.url).pathname.split("/").at(-1) };
}

const script = (token, more = "") => `<script src="${house.origin}/widget.js" data-talk="${token}" ${more}></script>`;

/** Opens a new page of the site with the widget of a new link, and notes the widget's requests to the server. */
async function shop(open, { more = "", link = {}, isListed = true, allowed = [], ...options } = {}) {
  const at = await site();
  const made = await linkFor(isListed ? [at] : ["https://www.example.com"], link);
  const path = `/${snippets.size + 1}`;
  snippets.set(path, script(made.token, more));
  const page = await open({ at: { ...house, origin: at }, elsewhere: [house.origin], stranger: true, allowed, ...MICROPHONE, ...options });
  const requests = [];
  page.on("request", (request) => {
    if (request.url().startsWith(house.origin)) requests.push(new URL(request.url()).pathname);
  });
  page.on("websocket", (socket) => requests.push(new URL(socket.url()).pathname));
  await page.goto(at + path);
  await launch(page).waitFor();
  return { page, link: made, requests, at };
}

const launch = (page) => page.locator("cordboard-talk").getByRole("button").last();
const dialog = (page) => page.getByRole("dialog");
const button = (page, name) => dialog(page).getByRole("button", { name, exact: true });
const status = (page, words) => dialog(page).getByRole("status").filter({ hasText: words });
const log = (page) => dialog(page).getByRole("log", { name: "What was said" });
const hasFocus = (it) => it.evaluate((element) => element.getRootNode().activeElement === element);

/** The newest call over a link of this name. */
const callOver = async (name) => {
  const { items } = await house.api("/api/v1/calls?limit=20");
  return items.find(({ to }) => to === name);
};

/** An answer compressed with gzip, as sent: its encoding and its length. */
const asItIsSent = (address) =>
  new Promise((done, failed) => {
    get(address, { headers: { "Accept-Encoding": "gzip" } }, (answer) => {
      let bytes = 0;
      answer.on("data", (piece) => (bytes += piece.length));
      answer.on("end", () => done({ encoding: answer.headers["content-encoding"], bytes }));
    }).on("error", failed);
  });

test("widget::nothing_loads_before_the_click_and_focus_stays_in_the_window", async (open) => {
  const { page, requests } = await shop(open);
  equal(requests, ["/widget.js"], "requests before the click");
  const kept = await page.evaluate(() => [document.cookie, localStorage.length, sessionStorage.length]);
  equal(kept, ["", 0, 0], "what is stored before the click");
  const { encoding, bytes } = await asItIsSent(`${house.origin}/widget.js`);
  equal(encoding, "gzip", "the encoding");
  must(bytes > 1_000 && bytes <= 15 * 1_024, `${bytes} bytes before the click`);
  equal(await launch(page).innerText(), "Talk to us", "the button's text");

  // By keyboard alone: the focus stays in the open window, and returns to the button when it closes.
  await page.keyboard.press("Tab");
  must(await hasFocus(launch(page)), "Tab does not reach the button");
  await page.keyboard.press("Enter");
  await page.getByText("An assistant answers.").waitFor();
  await button(page, "Talk").waitFor();
  const inWindow = () => page.evaluate(() => document.querySelector("cordboard-talk").shadowRoot.querySelector(".panel").contains(document.querySelector("cordboard-talk").shadowRoot.activeElement));
  for (let presses = 0; presses < 8; presses += 1) {
    await page.keyboard.press(presses % 3 === 2 ? "Shift+Tab" : "Tab");
    must(await inWindow(), `the focus has left after ${presses + 1} presses`);
  }
  await page.keyboard.press("Escape");
  await dialog(page).waitFor({ state: "hidden" });
  must(await hasFocus(launch(page)), "the focus is not back on the button");

  must(requests.some((path) => path.startsWith("/api/v1/talk/")), `after the click: ${requests}`);
  must(!requests.includes("/ws/audio") && !requests.some((path) => path.endsWith("/calls")), `a call before a click on Talk: ${requests}`);
});

/** The themes in which axe checks a state: one in the usual run, as in `lookAtState`. */
const schemes = (at) => (process.env.CORDBOARD_TEST_FULL ? SCHEMES : [SCHEMES[at]]);

test("widget::a_call_continues_after_its_window_is_closed", async (open) => {
  const { page } = await shop(open, { link: { name: "Shop talk" } });
  await launch(page).click();
  // The notice of the recording comes first.
  await dialog(page).getByText("The call will be recorded").waitFor();
  for (const colorScheme of schemes(0)) {
    await page.emulateMedia({ colorScheme });
    equal(await audit(page), [], `axe before the call, ${colorScheme}`);
  }
  await button(page, "Talk").click();
  await status(page, "The assistant is speaking").waitFor();
  for (const colorScheme of schemes(1)) {
    await page.emulateMedia({ colorScheme });
    equal(await audit(page), [], `axe in the call, ${colorScheme}`);
  }
  await button(page, "Mute").click();
  equal(await button(page, "Mute").getAttribute("aria-pressed"), "true", "whether Mute is pressed");
  // That is visible even if the system forces its colours.
  await page.emulateMedia({ forcedColors: "active" });
  const ground = (name) => button(page, name).evaluate((it) => getComputedStyle(it).backgroundColor);
  must((await ground("Mute")) !== (await ground("Keypad")), "a pressed button looks like another with forced colours");
  await page.emulateMedia({ forcedColors: "none" });
  await status(page, "The assistant is listening").waitFor();
  const { id } = await callOver("Shop talk");
  const { items } = await house.api(`/api/v1/calls/${id}/transcript`);
  await log(page).getByText(items[0].text).waitFor();
  await page.keyboard.press("Escape");
  await dialog(page).waitFor({ state: "hidden" });
  must(await hasFocus(launch(page)), "the focus is not on the button");
  equal(await launch(page).getAttribute("aria-label"), "Talk to us: you are in a call", "the button's label during the call");
  equal((await house.api(`/api/v1/calls/${id}`)).state, "live", "the call after closing the window");
  await page.keyboard.press("Enter");
  await button(page, "Keypad").click();
  await button(page, "9").click();
  const key = await until("the key in the journal", async () => {
    const events = await house.api(`/api/v1/calls/${id}/events?limit=200`);
    return events.items.find(({ kind }) => kind === "dtmf");
  });
  equal(key.digit, "9", "the key");
  await button(page, "Hang up").click();
  await status(page, "You hung up.").waitFor();
  equal(await log(page).getByText(items[0].text).count(), 1, "the words after the end");
  await until("the end of the call", async () => (await house.api(`/api/v1/calls/${id}`)).state === "ended");
});

/** Plays no sound before a click or a key press, as browsers do on reloaded pages. */
function withoutSound() {
  let isAllowed = false;
  for (const kind of ["pointerdown", "keydown"]) addEventListener(kind, () => (isAllowed = true), { capture: true });
  const Real = window.AudioContext;
  window.AudioContext = class extends Real {
    constructor(...words) {
      super(...words);
      if (!isAllowed) void this.suspend();
    }
    resume() {
      return isAllowed ? super.resume() : new Promise(() => undefined);
    }
  };
}

/** While `isHidden`, throttles timers as browsers do on a hidden page: a timer that is the third in a chain of timers waits for a minute, and
 * intervals stop. Counts the pieces of sound that are sent. */
function hides() {
  const { setTimeout: later, setInterval: again } = window;
  let depth = 0;
  window.setTimeout = (act, ms, ...words) => {
    const level = depth + 1;
    const atLevel = () => {
      depth = level;
      act(...words);
      depth = 0;
    };
    return later(atLevel, window.isHidden && level > 2 ? 60_000 : ms);
  };
  window.setInterval = (act, ms) => again(() => window.isHidden || act(), ms);
  const { send } = WebSocket.prototype;
  window.pieces = 0;
  WebSocket.prototype.send = function counted(message) {
    if (message instanceof ArrayBuffer) window.pieces += 1;
    return send.call(this, message);
  };
}

test("widget::a_reloaded_page_continues_its_call_even_when_hidden", async (open) => {
  let opens = open;
  for (const way of ["Talk", "Type instead"]) {
    const name = `Shop anew, ${way}`;
    const { page } = await shop(opens, { link: { name } });
    // The second call is on the same page.
    opens = () => page;
    // A visitor who speaks is heard in a browser that has their microphone open. One who writes needs no sound.
    const writes = way === "Type instead";
    if (writes) await page.addInitScript(withoutSound);
    if (writes) await page.addInitScript(hides);
    await launch(page).click();
    await button(page, way).click();
    await button(page, "Hang up").waitFor();
    await until("the call in the list", () => callOver(name));
    const { id } = await callOver(name);
    await log(page).getByText(/\w/).first().waitFor();
    const isHeard = async () => (await button(page, "Sound").getAttribute("aria-pressed")) === "true";
    await button(page, "Sound").click();
    await until("the switched sound", async () => (await isHeard()) === writes);
    await page.reload();
    await button(page, "Hang up").waitFor();
    equal(await isHeard(), writes, "whether the assistant is heard after the reload");
    await log(page).getByText(/\w/).first().waitFor();
    const events = async () => (await house.api(`/api/v1/calls/${id}/events?limit=200`)).items.map(({ kind }) => kind);
    await until("the return of the visitor", async () => (await events()).includes("resumed"));
    equal((await callOver(name)).id, id, "the call");
    if (writes) {
      // After the reload nothing was clicked, so the browser plays no sound. The call of a hidden page continues.
      await page.evaluate(() => Object.assign(window, { isHidden: true, pieces: 0 }));
      await until("silence that a hidden page sends", () => page.evaluate(() => window.pieces > 3));
      await page.evaluate(() => (window.isHidden = false));
    }
    await button(page, "Hang up").click();
    await status(page, "You hung up.").waitFor();
    // After hanging up, a reload resumes no call.
    await page.reload();
    await launch(page).waitFor();
    equal(await dialog(page).count(), 0, "windows after the end of the call");
  }
});

test("widget::words_outlive_a_lost_connection_and_hanging_up_needs_none", async (open) => {
  const { page, link } = await shop(open, { link: { name: "Shop gap" }, scripts: [notesSockets] });
  await launch(page).click();
  await button(page, "Type instead").click();
  await log(page).getByText(/\w/).first().waitFor();
  await swallowSockets(page);
  await status(page, "Reconnecting").waitFor();
  await until("a socket that does not open", () => page.evaluate(() => window.sockets.length > 1));
  const field = dialog(page).getByRole("textbox", { name: "Write a message" });
  await field.fill("Are you still there?");
  await field.press("Enter");
  equal(await field.inputValue(), "", "the text left in the field");
  await log(page).getByText("Not sent yet").waitFor();
  await button(page, "Keypad").click();
  for (const key of ["9", "8"]) await button(page, key).click();
  // The network is back. Meanwhile the link was switched off: it begins no more calls, but its visitors return to theirs.
  await house.send("PATCH", `/api/v1/talk-links/${link.id}`, { enabled: false });
  await page.evaluate(() => {
    window.WebSocket = Object.getPrototypeOf(window.WebSocket);
    window.sockets.at(-1).onclose();
  });
  await log(page).getByText("Not sent yet").waitFor({ state: "detached" });
  await log(page).getByText("Are you still there?").waitFor();
  await status(page, "The assistant is").waitFor();

  // A text that was cut in the middle of an emoji holds up none after it.
  await field.evaluate((it) => {
    it.value = `Half a lamp ${String.fromCharCode(0xd83d)}`;
    it.dispatchEvent(new Event("input", { bubbles: true }));
  });
  await field.press("Enter");
  await log(page).getByText("Half a lamp").waitFor();
  await field.fill("And a whole one");
  await field.press("Enter");
  await log(page).getByText("And a whole one").waitFor();
  await log(page).getByText("Not sent yet").first().waitFor({ state: "detached" });

  // Hanging up without a connection ends the call at once.
  const { id } = await until("the call in the list", () => callOver("Shop gap"));
  await until("the keys in the journal", async () => {
    const { items } = await house.api(`/api/v1/calls/${id}/events?limit=200`);
    return items.filter(({ kind }) => kind === "dtmf").map(({ digit }) => digit).join("") === "98";
  });
  await swallowSockets(page);
  await status(page, "Reconnecting").waitFor();
  await button(page, "Hang up").click();
  await status(page, "You hung up.").waitFor();
  const { hangup_cause, hangup_by } = await until("the end of the call", async () => {
    const call = await house.api(`/api/v1/calls/${id}`);
    return call.state === "ended" && call;
  });
  equal([hangup_cause, hangup_by], ["normal_clearing", "caller"], "how the call ended");
});

test("widget::a_visitor_who_writes_comes_back_after_a_long_gap", async (open) => {
  const { page } = await shop(open, { link: { name: "Shop tunnel" }, scripts: [notesSockets] });
  await launch(page).click();
  await button(page, "Type instead").click();
  await log(page).getByText(/\w/).first().waitFor();
  const { id } = await until("the call in the list", () => callOver("Shop tunnel"));
  await swallowSockets(page);
  await status(page, "Reconnecting").waitFor();
  // A minute passes without a network. The attempts of the first 10 s are over after the seventh.
  await page.evaluate(() => {
    const now = performance.now.bind(performance);
    performance.now = () => now() + 60_000;
  });
  const goesOn = () =>
    page.evaluate(() => {
      window.sockets.at(-1).onclose?.();
      return window.sockets.length > 8;
    });
  await until("a further attempt", goesOn, 40_000);
  await page.evaluate(() => {
    window.WebSocket = Object.getPrototypeOf(window.WebSocket);
    window.sockets.at(-1).onclose();
  });
  await status(page, "The assistant is").waitFor();
  equal((await callOver("Shop tunnel")).id, id, "the call");
  await button(page, "Hang up").click();
  await status(page, "You hung up.").waitFor();
});

test("widget::who_would_rather_write_is_answered_in_writing_without_a_microphone", async (open) => {
  const { page } = await shop(open, { link: { name: "Shop chat" }, permissions: [] });
  await page.addInitScript(() => {
    navigator.mediaDevices.getUserMedia = () => Promise.reject(new Error("the microphone must not be requested"));
  });
  await page.reload();
  await launch(page).click();
  await button(page, "Type instead").click();
  const field = dialog(page).getByRole("textbox", { name: "Write a message" });
  await field.waitFor();
  await until("the focus in the field", () => hasFocus(field));
  equal(await button(page, "Sound").getAttribute("aria-pressed"), "false", "whether the assistant is heard");
  await status(page, "The assistant is").waitFor();
  // Keys that an input method handles belong to the text: in Safari only their key code shows that.
  await field.fill("ランプ");
  await field.evaluate((it) => {
    for (const key of ["Enter", "Escape"]) it.dispatchEvent(new KeyboardEvent("keydown", { key, keyCode: 229, bubbles: true, cancelable: true }));
  });
  must(await field.isVisible(), "a key of the input method closed the window");
  await field.fill("");
  await page.keyboard.type("Do you <b>repair</b> lamps?");
  await page.keyboard.press("Enter");
  await log(page).getByText("Do you <b>repair</b> lamps?").waitFor();
  equal(await field.inputValue(), "", "the text left in the field");
  const answered = log(page).locator(".line").last().filter({ hasText: "Assistant" });
  await until("an answer after it", async () => {
    const lines = await log(page).locator(".line").allInnerTexts();
    const question = lines.findIndex((line) => line.includes("repair"));
    return question >= 0 && lines.slice(question + 1).some((line) => line.startsWith("Assistant"));
  }, 40_000);
  await answered.waitFor();
  const { id } = await callOver("Shop chat");
  const { items } = await house.api(`/api/v1/calls/${id}/transcript`);
  must(items.some(({ role, text }) => role === "caller" && text === "Do you <b>repair</b> lamps?"), JSON.stringify(items));
  must(!items.some(({ text }) => text.includes("ランプ")), JSON.stringify(items));
  await button(page, "Hang up").click();
  await status(page, "You hung up.").waitFor();
});

const alert = (page, words) => dialog(page).getByRole("alert").filter({ hasText: words });

test("widget::a_blocked_or_lost_microphone_is_turned_on_again", async (open) => {
  const { page } = await shop(open, { link: { name: "Shop microphones" }, scripts: [givesMicrophones] });
  await page.evaluate(() => (window.isBlocked = true));
  await launch(page).click();
  await button(page, "Talk").click();
  await alert(page, "The microphone is blocked for this page").waitFor();
  equal((await callOver("Shop microphones")) ?? null, null, "calls without a microphone");
  await page.evaluate(() => (window.isBlocked = false));
  await button(page, "Talk").click();
  await status(page, "The assistant is").waitFor();
  const { id } = await until("the call in the list", () => callOver("Shop microphones"));

  await page.evaluate(() => (window.isBlocked = true));
  await endMicrophone(page);
  await alert(page, "Your microphone is disconnected").waitFor();
  equal(await button(page, "Mute").count(), 0, "buttons that mute a lost microphone");
  equal(await audit(page), [], "axe without a microphone");
  await button(page, "Turn on the microphone").click();
  await alert(page, "The microphone is blocked for this page").waitFor();
  await page.evaluate(() => (window.isBlocked = false));
  await button(page, "Turn on the microphone").click();
  await button(page, "Mute").waitFor();
  await until("the alert disappears", async () => (await alert(page, "microphone").count()) === 0);
  equal((await house.api(`/api/v1/calls/${id}`)).state, "live", "the call");

  // A microphone that is allowed after the end of the call is released at once.
  await page.evaluate(() => (window.isAsked = true));
  await endMicrophone(page);
  await button(page, "Turn on the microphone").click();
  await until("the request for the microphone", () => page.evaluate(() => window.allow !== undefined));
  await button(page, "Hang up").click();
  await status(page, "You hung up.").waitFor();
  const before = await page.evaluate(() => window.given.length);
  await page.evaluate(() => window.allow());
  await until("another microphone", () => page.evaluate((count) => window.given.length > count, before));
  const isGivenBack = () => window.given.every((one) => one.getTracks().every(({ readyState }) => readyState === "ended"));
  await until("the release of all microphones", () => page.evaluate(isGivenBack));
});

test("widget::a_reloaded_call_without_its_microphone_goes_on_in_writing", async (open) => {
  const { page } = await shop(open, { link: { name: "Shop deaf" }, scripts: [givesMicrophones], allowed: ["AudioContext was not allowed"] });
  await launch(page).click();
  await button(page, "Talk").click();
  await log(page).getByText(/\w/).first().waitFor();
  const { id } = await until("the call in the list", () => callOver("Shop deaf"));
  // On the next page the visitor does not allow it again, as some browsers ask.
  await page.addInitScript(() => (window.isBlocked = true));
  await page.reload();
  await alert(page, "Your microphone is disconnected").waitFor();
  await log(page).getByText(/\w/).first().waitFor();
  const field = dialog(page).getByRole("textbox", { name: "Write a message" });
  await field.fill("Do you repair lamps?");
  await field.press("Enter");
  await log(page).getByText("Do you repair lamps?").waitFor();
  await page.evaluate(() => (window.isBlocked = false));
  await button(page, "Turn on the microphone").click();
  await button(page, "Mute").waitFor();
  equal((await callOver("Shop deaf")).id, id, "the call");
  await button(page, "Hang up").click();
  await status(page, "You hung up.").waitFor();
});

test("widget::a_microphone_that_does_not_fit_is_explained", async (open) => {
  const { page } = await shop(open, { link: { name: "Shop headsets" }, scripts: [givesMicrophones] });
  await launch(page).click();
  await button(page, "Talk").click();
  await status(page, "The assistant is").waitFor();
  await endMicrophone(page);
  // The next one has another rate, which Firefox does not connect.
  await page.evaluate(() => {
    const { createMediaStreamSource } = AudioContext.prototype;
    window.isOther = true;
    AudioContext.prototype.createMediaStreamSource = function joined(stream) {
      if (window.isOther) throw new DOMException("AudioContexts with different sample-rate", "NotSupportedError");
      return createMediaStreamSource.call(this, stream);
    };
  });
  await button(page, "Turn on the microphone").click();
  await alert(page, "The microphone can't be used: AudioContexts with different sample-rate").waitFor();
  await page.evaluate(() => (window.isOther = false));
  await button(page, "Turn on the microphone").click();
  await button(page, "Mute").waitFor();
  await button(page, "Hang up").click();
  await status(page, "You hung up.").waitFor();
});

test("widget::a_half_written_message_outlives_halted_sound_and_the_end", async (open) => {
  const { page } = await shop(open, { link: { name: "Shop drafts" }, scripts: [keepsContexts] });
  await launch(page).click();
  await button(page, "Talk").click();
  await status(page, "The assistant is").waitFor();
  const field = dialog(page).getByRole("textbox", { name: "Write a message" });
  await field.fill("My order number is 47");
  // A telephone call halts the sound of the page.
  await page.evaluate(() => {
    window.isInterrupted = true;
    return window.contexts.find(({ state }) => state === "running").suspend();
  });
  await status(page, "Your call is still there.").waitFor();
  // The field that had the focus is gone.
  await until("the focus on the button", () => hasFocus(button(page, "Continue the call")));
  await page.evaluate(() => (window.isInterrupted = false));
  await button(page, "Continue the call").click();
  equal(await field.inputValue(), "My order number is 47", "the message after the interruption");
  await button(page, "Hang up").click();
  await status(page, "You hung up.").waitFor();
  await button(page, "Type again").click();
  equal(await field.inputValue(), "My order number is 47", "the message in the next call");
  await field.fill("");
  await button(page, "Hang up").click();
  await status(page, "You hung up.").waitFor();
});

test("widget::a_call_that_a_reload_loses_is_explained", async (open) => {
  const { page } = await shop(open, { link: { name: "Shop lost" } });
  await launch(page).click();
  await button(page, "Talk").click();
  await status(page, "The assistant is").waitFor();
  // The next page's policy, for instance, refuses the script of the audio thread.
  await page.addInitScript(() => {
    AudioWorklet.prototype.addModule = () => Promise.reject(new DOMException("Unable to load a worklet's module.", "AbortError"));
  });
  await page.reload();
  await alert(page, "Nobody can be reached.").waitFor();
  await button(page, "Talk").waitFor();
});

/** Connects no sound of another sample rate to a context, as Firefox does. */
function joinsItsOwnRateAlone() {
  const { createMediaStreamSource } = AudioContext.prototype;
  AudioContext.prototype.createMediaStreamSource = function joined(stream) {
    if (this.sampleRate === 24_000) throw new DOMException("AudioContexts with different sample-rate", "NotSupportedError");
    return createMediaStreamSource.call(this, stream);
  };
}

test("widget::a_visitor_who_writes_can_speak_in_firefox_too", async (open) => {
  const { page } = await shop(open, { link: { name: "Shop of rates" }, scripts: [listens, joinsItsOwnRateAlone] });
  await launch(page).click();
  await button(page, "Type instead").click();
  await status(page, "The assistant is").waitFor();
  await button(page, "Turn on the microphone").click();
  await button(page, "Mute").waitFor();
  must((await sends(page)) > 1_000, "a visitor who has turned the microphone on is silent");
  await button(page, "Hang up").click();
  await status(page, "You hung up.").waitFor();
});

/** A page without storage, as in a sandboxed frame or with all cookies blocked. */
function withoutStorage() {
  const refused = {
    get: () => {
      throw new DOMException("blocked", "SecurityError");
    },
  };
  Object.defineProperty(window, "sessionStorage", refused);
  Object.defineProperty(window, "localStorage", refused);
}

test("widget::rules_shortcuts_and_direction_of_a_site_leave_it_alone", async (open) => {
  // A greeting of three lines on such a page.
  const greeting = "We answer all questions about lamps, orders and deliveries";
  const widget = { position: "right", accent: "#0b6e4f", greeting };
  const { page } = await shop(open, { link: { widget }, more: `data-greeting="${greeting}"`, scripts: [withoutStorage] });
  await page.setViewportSize({ width: 320, height: 568 });
  await page.evaluate(() => {
    document.documentElement.dir = "rtl";
    const sheet = new CSSStyleSheet();
    sheet.replaceSync("* { position: relative; bottom: auto; margin: 9px; padding: 9px; font: 40px/3 fantasy; letter-spacing: 9px; text-transform: uppercase; color: red }");
    document.adoptedStyleSheets = [sheet];
    window.pressed = [];
    for (const kind of ["keydown", "keypress", "keyup"]) document.addEventListener(kind, ({ key }) => window.pressed.push(key));
  });
  const host = page.locator("cordboard-talk");
  equal(await host.evaluate((it) => getComputedStyle(it).position), "fixed", "the position");
  const looks = (it) => {
    const { direction, fontSize, letterSpacing, textTransform } = getComputedStyle(it);
    return { direction, fontSize, letterSpacing, textTransform };
  };
  const own = { direction: "ltr", fontSize: "16px", letterSpacing: "normal", textTransform: "none" };
  equal(await launch(page).evaluate(looks), own, "the button's style");
  const right = async () => {
    const { x, width } = await launch(page).boundingBox();
    return Math.round(x + width);
  };
  const before = await right();
  await launch(page).click();
  await button(page, "Type instead").waitFor();
  equal(await dialog(page).evaluate(looks), own, "the window's style");
  // The button does not jump to the other side of the window.
  equal(await right(), before, "the button's right edge");
  const isInView = async (what) => {
    const { x, y, width, height } = await dialog(page).boundingBox();
    must(x >= 0 && y >= 0 && x + width <= 320 && y + height <= 568, `${what}: ${JSON.stringify({ x, y, width, height })}`);
  };
  await isInView("before the call");

  await button(page, "Type instead").click();
  const field = dialog(page).getByRole("textbox", { name: "Write a message" });
  await until("the focus in the field", () => hasFocus(field));
  await page.evaluate(() => (window.pressed = []));
  await page.keyboard.type("שלום 77");
  await page.keyboard.press("Enter");
  const said = log(page).getByText("שלום 77");
  await said.waitFor();
  equal(await said.evaluate((it) => getComputedStyle(it).direction), "rtl", "the direction of right-to-left text");
  equal(await page.evaluate(() => window.pressed), [], "keys that reached the site");
  await button(page, "Keypad").click();
  await button(page, "9").waitFor();
  await isInView("in the call");
  await button(page, "Hang up").click();
  await status(page, "You hung up.").waitFor();
});

/** Signs a visitor's identity as the site's server does, with the link's new secret. */
async function signer({ id }) {
  const { secret } = await house.api(`/api/v1/talk-links/${id}/signing-secret`, {});
  must(secret, "no signing secret was created");
  return (claims) => {
    const payload = Buffer.from(JSON.stringify({ exp: Math.floor(Date.now() / 1_000) + 600, ...claims })).toString("base64url");
    return `${payload}.${createHmac("sha256", secret).update(payload).digest("base64url")}`;
  };
}

/** Sets the page's visitor, as a page does that changes without a reload. */
const name = (page, identity) =>
  page.evaluate((it) => {
    document.querySelector("cordboard-talk").dataset.identity = it;
  }, identity);

test("widget::a_signed_visitor_is_verified_at_the_desk_and_in_the_call", async (open) => {
  const { agent, page: desk } = await agentAt(open, "Vio", "349");
  const queue = await house.api("/api/v1/queues", { name: "members", ring_s: 120, members: [{ user_id: agent.id }] });
  must(queue.id, JSON.stringify(queue));
  const { profile } = await lineTo("members");
  const { page, link, requests } = await shop(open, { link: { name: "Shop members", profile_id: profile } });
  const sign = await signer(link);
  await name(page, sign({ name: "Åsa <b>Öberg</b>", email: "asa@example.com", id: 4711 }));
  must(!requests.some((path) => path.endsWith("/calls")), `sent before the click: ${requests}`);
  await launch(page).click();
  await dialog(page).getByText("This site tells us your name and e-mail address").waitFor();
  equal(await audit(page), [], "axe");
  await button(page, "Talk").click();
  await status(page, "The assistant is").waitFor();
  await button(page, "Talk to a person").click();
  const card = desk.getByRole("region", { name: "Incoming call from Åsa <b>Öberg</b>" });
  await card.getByText("asa@example.com").waitFor();
  await card.getByText("Verified by Shop members").waitFor();
  await desk.getByRole("button", { name: "Accept call", exact: true }).click();
  await status(page, "You are talking to a person").waitFor();
  // Visitors who hear nothing, as after they began in writing, would wait for a written answer.
  await button(page, "Sound").click();
  await status(page, "Turn on Sound to hear them").waitFor();
  await button(page, "Sound").click();
  await status(page, "You are talking to a person").waitFor();
  // Text typed then appears on the agent's desk.
  await dialog(page).getByRole("textbox", { name: "Write a message" }).fill("My order is 4711");
  await button(page, "Send").click();
  await desk.getByText("My order is 4711").first().waitFor();
  // The agent also hears them, by the beeps of their microphone, so they have not only written.
  await desk.getByRole("status", { name: "How the visitor takes part" }).filter({ hasText: "has only written so far" }).waitFor({ state: "hidden" });
  const { id, from, identity } = await until("the call in the list", () => callOver("Shop members"));
  equal({ from, identity }, {
    from: "Web visitor",
    identity: { name: "Åsa <b>Öberg</b>", email: "asa@example.com", id: "4711", by: "Shop members" },
  });
  await button(page, "Hang up").click();
  await until("the end of the call", async () => (await house.api(`/api/v1/calls/${id}`)).state === "ended");
  const record = await open();
  await record.goto(`${house.origin}/calls/${id}`);
  await record.getByRole("heading", { name: "Call from Åsa <b>Öberg</b>", level: 1 }).waitFor();
  const people = record.getByRole("region", { name: "People" });
  await people.getByText("Verified by Shop members").waitFor();
  await people.getByText("asa@example.com").waitFor();
  equal(await audit(record), [], "axe of the call's page");
});

test("widget::who_is_not_taken_for_whom_the_site_says_goes_on_without_a_name", async (open) => {
  const { page, link } = await shop(open, { link: { name: "Shop guests" }, allowed: ["403 (Forbidden)", "cordboard: "] });
  const sign = await signer(link);
  const warned = [];
  page.on("console", (message) => message.type() === "warning" && warned.push(message.text()));
  const stale = sign({ name: "Åsa", exp: 1 });
  await name(page, stale);
  await launch(page).click();
  await button(page, "Talk").click();
  await dialog(page).getByRole("alert").filter({ hasText: "What this site told us about you has expired." }).waitFor();
  must(warned.some((text) => text.includes("has expired: have the website's server sign a new one")), `the console: ${warned}`);
  await name(page, `${sign({ name: "Åsa" }).split(".")[0]}.${"0".repeat(64)}`);
  await button(page, "Talk").click();
  await dialog(page).getByRole("alert").filter({ hasText: "This site could not prove who you are." }).waitFor();
  equal((await callOver("Shop guests")) ?? null, null, "calls so far");
  // Pressed again, Talk starts a call without a name.
  await button(page, "Talk").click();
  await status(page, "The assistant is").waitFor();
  const nameless = await until("the call without a name", () => callOver("Shop guests"));
  equal(nameless.identity, null, "the identity");
  await button(page, "Hang up").click();
  await status(page, "You hung up.").waitFor();
  // The visitor signs in on the page: the next call has their name.
  await name(page, sign({ name: "Åsa" }));
  await button(page, "Talk again").click();
  await status(page, "The assistant is").waitFor();
  const named = await until("the call with the name", async () => {
    const call = await callOver("Shop guests");
    return call?.identity && call;
  });
  equal(named.identity.name, "Åsa", "the identity after signing in");
  await button(page, "Hang up").click();
});

test("widget::its_window_opens_on_a_page_from_before_an_update", async (open) => {
  // The page has the script of another version, whose window the server no longer has.
  const openBefore = async (options) => {
    const page = await open(options);
    const answers = async (route) => {
      const newest = await (await fetch(`${house.origin}/widget.js`)).text();
      await route.fulfill({ contentType: "text/javascript", body: newest.replaceAll(/widget-window-\w+/g, "widget-window-GONE") });
    };
    await page.route(/\/widget\.js$/, answers, { times: 1 });
    return page;
  };
  const { page, requests } = await shop(openBefore, { allowed: ["404 (Not Found)", "CORS policy", "ERR_FAILED"] });
  await launch(page).click();
  await button(page, "Talk").waitFor();
  must(requests.includes("/assets/widget-window-GONE.js"), "the page had the newest script");
});

test("widget::a_second_script_adds_no_second_button", async (open) => {
  const { page, link } = await shop(open);
  const load = (token) =>
    page.evaluate(
      ([src, talk]) =>
        new Promise((done, failed) => {
          const again = document.createElement("script");
          // Trusted Types: a site that loads scripts itself defines a policy.
          const policy = window.policy ?? (window.policy = trustedTypes.createPolicy("site", { createScriptURL: (url) => url }));
          again.src = policy.createScriptURL(src);
          again.dataset.talk = talk;
          again.onload = done;
          again.onerror = failed;
          document.body.append(again);
        }),
      [`${house.origin}/widget.js`, token],
    );
  await load(link.token);
  await load("another");
  equal(await page.locator("cordboard-talk").count(), 1, "widgets on the page");
  await launch(page).click();
  await button(page, "Talk").click();
  await status(page, "The assistant is speaking").waitFor();
  await page.evaluate(() => {
    history.pushState(null, "", "/basket");
    const main = document.createElement("main");
    main.append(Object.assign(document.createElement("h1"), { textContent: "Your basket" }));
    document.body.replaceChildren(main);
  });
  await status(page, "The assistant is").waitFor();
  await page.evaluate(() => {
    const body = document.createElement("body");
    body.append(Object.assign(document.createElement("h1"), { textContent: "Thank you" }));
    document.body.replaceWith(body);
  });
  await status(page, "The assistant is").waitFor();
  equal(await page.locator("cordboard-talk").count(), 1, "widgets after the navigation");
  await button(page, "Hang up").click();
  await status(page, "You hung up.").waitFor();
});

test("widget::an_unlisted_site_is_refused_with_a_reason", async (open) => {
  const { page, at, requests } = await shop(open, { isListed: false, allowed: ["CORS policy", "ERR_FAILED"] });
  await launch(page).click();
  await dialog(page).getByRole("alert").filter({ hasText: `This site (${at}) may not open this call.` }).waitFor();
  equal(await button(page, "Talk").count(), 0, "buttons that start a call");
  must(!requests.includes("/ws/audio"), `${requests}`);
});

/** Drops the visitor's requests for a person, like a connection that breaks at that moment. `lapse` ends the wait for an answer. */
function dropsPersonRequests() {
  const { send } = WebSocket.prototype;
  window.personRequests = 0;
  WebSocket.prototype.send = function lost(message) {
    const isPersonRequest = typeof message === "string" && JSON.parse(message).type === "person";
    if (isPersonRequest) window.personRequests += 1;
    else send.call(this, message);
  };
  const later = window.setTimeout;
  window.setTimeout = (work, ms, ...more) => {
    if (ms !== 20_000) return later(work, ms, ...more);
    window.lapse = work;
    return 0;
  };
}

/** Loses the first request for a call, like a connection that breaks at that moment. */
function losesFirstCall() {
  const { fetch } = window;
  let isLost = false;
  window.fetch = (at, how) => {
    if (isLost || how?.method !== "POST") return fetch(at, how);
    isLost = true;
    return Promise.reject(new TypeError("Failed to fetch"));
  };
}

test("widget::lost_requests_for_calls_or_persons_can_be_repeated", async (open) => {
  const { page } = await shop(open, { link: { name: "Shop of wishes" }, scripts: [dropsPersonRequests, losesFirstCall] });
  await launch(page).click();
  await button(page, "Type instead").click();
  await dialog(page).getByRole("alert").filter({ hasText: "Nobody can be reached." }).waitFor();
  await button(page, "Type instead").click();
  await status(page, "The assistant is").waitFor();
  const person = button(page, "Talk to a person");
  const isOff = async () => (await person.getAttribute("aria-disabled")) === "true";
  await person.click();
  await status(page, "You asked for a person.").waitFor();
  must(await isOff(), "the button is enabled while the request is pending");
  await page.evaluate(() => window.lapse());
  await until("the button is enabled again", async () => !(await isOff()));
  equal(await dialog(page).getByText("You asked for a person.").count(), 0, "texts about the request");
  await person.click();
  await until("the second request", async () => (await page.evaluate(() => window.personRequests)) === 2);
  await button(page, "Hang up").click();
  await status(page, "You hung up.").waitFor();
});

test("widget::the_focus_is_visible_with_any_accent", async (open) => {
  const { page } = await shop(open, { link: { widget: { accent: "#fff3a0" } } });
  await launch(page).click();
  await button(page, "Talk").waitFor();
  await until("the focus on the first button", () => hasFocus(button(page, "Talk")));
  await page.keyboard.press("Tab");
  const colours = await button(page, "Type instead").evaluate((it) => {
    if (it.getRootNode().activeElement !== it) return ["no focus"];
    return [getComputedStyle(it).outlineColor, getComputedStyle(it.closest(".window")).color];
  });
  equal(colours[0], colours[1], "the colours of the focus and of the text");
});

test("widget::it_speaks_the_pages_language_and_wears_the_consoles_look", async (open) => {
  const look = { position: "left", accent: "#0b6e4f", greeting: "Sprich <i>uns</i> an" };
  const { page } = await shop(open, { link: { widget: look }, more: 'data-position="left" data-accent="#0b6e4f" data-greeting="Sprich &lt;i>uns&lt;/i> an"', locale: "en-GB" });
  equal(await launch(page).innerText(), "Sprich <i>uns</i> an", "the button's text");
  const seen = await launch(page).evaluate((it) => ({ colour: getComputedStyle(it).backgroundColor, left: it.getBoundingClientRect().left < innerWidth / 2 }));
  equal(seen, { colour: "rgb(11, 110, 79)", left: true }, "the button's colour and place");
  // A site's own variable overrides the console's.
  await page.evaluate(() => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync("cordboard-talk { --cordboard-accent: rgb(1 2 3); }");
    document.adoptedStyleSheets = [sheet];
    document.documentElement.lang = "pt-BR";
  });
  equal(await launch(page).evaluate((it) => getComputedStyle(it).backgroundColor), "rgb(1, 2, 3)", "the colour from the site's variable");
  await launch(page).click();
  await dialog(page).getByText("Um assistente atende.").waitFor();
});
