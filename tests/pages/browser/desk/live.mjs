// A call at the desk: sound, mute, hold, keys, handing back, hanging up.
import { api, equal, house, must, test, until } from "../stage.mjs";
import { HOSTILE_NAME } from "../scenes.mjs";
import { lookAtState } from "../views.mjs";
import { button, colleague, desks, pill, wants } from "./people.mjs";
import {
  agentAt, blockMicrophone, callerAsks, callerHears, card, customer, entries, happened, hearsCaller, kinds, keysTo, panel, sends, speaks, state,
  talksByTelephone, wrapUp,
} from "./scene.mjs";

const timer = (page) => page.getByRole("timer", { name: "Time of the call" });
const log = (page) => panel(page).getByRole("log", { name: "Transcript" });

test("desk::a_call_is_heard_muted_held_keyed_and_hung_up", async (open) => {
  const { agent, page } = await agentAt(open, "Uli", "320");
  // The microphone is blocked at first, and the transcript is an attacker's.
  await blockMicrophone(page);
  const words = '<img src=x onerror="alert(1)"> & <script>alert(2)</script>';
  const journal = /\/events\?/;
  await page.route(journal, async (route) => {
    const answer = await route.fetch();
    const body = await answer.json();
    for (const event of body.items) if (event.kind === "assistant_said") event.text = words;
    await route.fulfill({ response: answer, json: body });
  });
  const { caller, id } = await callerAsks(await keysTo("320"), HOSTILE_NAME, { hears: true });
  await page.getByRole("region", { name: `Incoming call from ${HOSTILE_NAME}`, exact: true }).waitFor();
  await card(page).getByRole("log", { name: "Transcript" }).waitFor();
  await button(page, "Accept call").click();
  // The caller waits until the microphone is allowed.
  await page.getByRole("alert").filter({ hasText: "The microphone is blocked for this page" }).waitFor();
  await lookAtState(page, "desk-blocked");
  // The server mutes only an agent who takes part.
  must(await button(page, "Mute").isDisabled(), "Mute can be pressed before anybody hears the agent");
  await page.evaluate(() => (window.isBlocked = false));
  await button(page, "Retry").click();
  await state(page, "Talking").waitFor();
  // The timer starts with the conversation, not with the ringing.
  must((await timer(page).innerText()) < "0:20", await timer(page).innerText());
  await panel(page).getByRole("heading", { name: HOSTILE_NAME }).waitFor();
  const first = log(page).locator(".line").first();
  await first.getByText("Assistant").waitFor();
  must(/^\d+:\d\d$/.test(await first.locator(".at").innerText()), "the line has no time");
  await log(page).getByText('onerror="alert(1)">').first().waitFor();
  equal(await first.locator(".said").innerText(), words, "the line's words");
  equal(await page.locator("img, [onerror], main script").count(), 0, "elements created from a transcript line");
  await page.unroute(journal);

  await hearsCaller(page, caller);
  await callerHears(caller);
  const before = await timer(page).innerText();
  await until("the timer's next second", async () => (await timer(page).innerText()) > before);
  await colleague(page, agent.name).getByText("On a call").waitFor();
  const mute = button(page, "Mute");
  await mute.click();
  equal(await mute.getAttribute("aria-pressed"), "true", "whether Mute is pressed");
  equal(await sends(page), 0, "the loudest sample of an agent who is muted");
  await page.keyboard.press("m");
  equal(await mute.getAttribute("aria-pressed"), "false", "whether Mute is pressed after the key");
  await speaks(page);
  await lookAtState(page, "desk-live");

  await button(page, "Hold").click();
  await state(page, "On hold").waitFor();
  await page.getByRole("timer", { name: "Time on hold" }).waitFor();
  equal(await sends(page), 0, "the loudest sample of an agent whose caller is on hold");
  await lookAtState(page, "desk-held");
  await button(page, "Resume").click();
  await state(page, "Talking").waitFor();
  await speaks(page);
  await hearsCaller(page, caller);
  equal((await api(`/api/v1/calls/${id}`)).state, "live", "the call");

  // Typed keys are sent in order.
  await page.keyboard.press("p");
  const keypad = page.getByRole("group", { name: "Keypad: click, or type" });
  await keypad.waitFor();
  // The key shows it only for a moment, which a test on a busy machine may miss.
  await button(keypad, "1").evaluate((key) => {
    window.hasShown = false;
    const look = () => (window.hasShown ||= key.classList.contains("down"));
    new MutationObserver(look).observe(key, { attributes: true, attributeFilter: ["class"] });
  });
  await page.keyboard.press("1");
  await until("the key shows that it is pressed", () => page.evaluate(() => window.hasShown));
  await page.keyboard.press("2");
  await button(keypad, "Hash").click();
  await keypad.getByText("Sent: 12#").waitFor();
  const keyRequests = async () => (await entries(id)).filter(({ kind, wish }) => kind === "agent_asked" && wish === "send_dtmf");
  const sent = await until("three keys in the journal", async () => (await keyRequests()).length >= 3 && keyRequests());
  equal(sent.map(({ digits }) => digits), ["1", "2", "#"], "the keys");
  await lookAtState(page, "desk-keypad");

  const timeline = await happened(page);
  // The keys by which the caller asked for a person are in the journal already.
  const dtmf = async () => (await entries(id)).filter(({ kind }) => kind === "dtmf");
  const keys = () => timeline.getByRole("listitem").filter({ hasText: /Key [0-9#*](?! does)/ }).allInnerTexts();
  const earlier = (await keys()).length;
  const earlierEntries = (await dtmf()).length;
  await house.ask("press", { caller, digits: "7#" });
  await until("both keys", async () => (await keys()).length >= earlier + 2);
  const shown = (await keys()).slice(earlier).map((text) => text.trim().split(/\s+/).slice(-2).join(" "));
  equal(shown, ["Key 7", "Key #"], "the keys");
  const journalled = await until("the keys in the journal", async () => {
    const pressed = await dtmf();
    return pressed.length >= earlierEntries + 2 && pressed;
  });
  equal(journalled.slice(-2).map(({ digit }) => digit), ["7", "#"], "the journal's keys");

  // Hanging up takes two keys, and opens the wrap-up.
  await page.keyboard.press("x");
  // Nor does an x with Caps Lock on; the other keys work then.
  const withCapsLock = (key) => page.evaluate((it) => document.body.dispatchEvent(new KeyboardEvent("keydown", { key: it, bubbles: true, cancelable: true })), key);
  await withCapsLock("X");
  for (const pressed of ["true", "false"]) {
    await withCapsLock("M");
    await until("what Mute shows", async () => (await mute.getAttribute("aria-pressed")) === pressed);
  }
  await page.keyboard.press("n");
  await page.keyboard.type("X marks nothing");
  equal((await api(`/api/v1/calls/${id}`)).state, "live", "the call after an x, and an X in the note");
  equal(await page.getByRole("textbox", { name: "Note" }).inputValue(), "X marks nothing", "the note");
  await page.getByRole("heading", { name: "Desk", exact: true }).click();
  await page.keyboard.press("Shift+X");
  await wrapUp(page).waitFor();
  equal(await customer(page).count(), 0, "customer windows");
  await house.ask("wait_ended", { caller });
  equal((await until("the end of the call on record", async () => {
    const call = await api(`/api/v1/calls/${id}`);
    return call.state === "ended" && call;
  })).hangup_by, "agent");
});

/** The first pauses between attempts to reconnect, in ms: no other timer of the pages has these values. All further ones are longer. */
const PAUSES = [300, 1_000];

/** The page's sound breaks, and comes back after growing pauses; and once more without the token of before. It needs a reload afterwards. */
async function breaksAndReturns(page) {
  await page.evaluate((pauses) => {
    const [Real, later, now] = [window.WebSocket, window.setTimeout, Date.now];
    // While `window.isCut`, sockets for sound can't reach the server.
    window.WebSocket = class extends Real {
      constructor(url, ...more) {
        const isSound = String(url).endsWith("/ws/audio");
        super(window.isCut && isSound ? String(url).replace("/ws/audio", "/ws/nowhere") : url, ...more);
        if (isSound) window.sound = this;
      }
    };
    // Timers are noted and fire at once, so that the test needn't wait.
    window.waited = [];
    window.setTimeout = (work, ms, ...more) => {
      if (pauses.includes(ms)) window.waited.push(ms);
      return later(work, Math.min(ms ?? 0, 200), ...more);
    };
    window.later = 0;
    Date.now = () => now() + window.later;
    window.isCut = true;
    for (const line of window.lines) line.close();
  }, PAUSES);
  const waited = () => page.evaluate(() => window.waited);
  await until("failed attempts", async () => (await waited()).length >= 2);
  equal(await waited(), PAUSES, "growing pauses");

  await page.evaluate(() => (window.isCut = false));
  await state(page, "Talking").waitFor();
  const isSent = () => page.evaluate(() => window.sound?.readyState === WebSocket.OPEN && (window.sound.sent?.length ?? 0) > 5);
  await until("sound is sent again", isSent);
  // After ten seconds of good sound the connection breaks once more.
  await page.evaluate(() => {
    window.later += 10_000;
    window.waited = [];
    window.isCut = true;
    window.sound.close();
  });
  await until("the shortest pause after good sound", async () => (await waited())[0] === PAUSES[0]);
  await page.evaluate(() => (window.isCut = false));
  await until("sound is sent again", isSent);
  await state(page, "Talking").waitFor();

  // As after an update that changed the format of resume tokens.
  await page.evaluate(() => {
    const Real = window.WebSocket;
    window.hellos = [];
    window.WebSocket = class extends Real {
      send(data) {
        const hello = typeof data === "string" && data.includes('"hello"') ? JSON.parse(data) : null;
        if (hello !== null) {
          window.sound = this;
          window.hellos.push("resume" in hello ? "resume" : "token");
        }
        super.send(hello !== null && "resume" in hello ? JSON.stringify({ ...hello, resume: "of-before" }) : data);
      }
    };
    for (const line of window.lines) line.close();
  });
  await until("a new token", async () => (await page.evaluate(() => window.hellos)).join() === "resume,token");
  await until("sound is sent again", isSent);
  await state(page, "Talking").waitFor();
}

test("desk::a_call_survives_lost_microphones_connections_and_reloads", async (open) => {
  const { page, caller, id } = await talksByTelephone(open, "Abe", "326", { hears: true });
  // As when the microphone is unplugged: its track ends without a call of `stop()`.
  await page.evaluate(() => window.microphones.at(-1).getTracks()[0].dispatchEvent(new Event("ended")));
  await page.getByRole("alert").filter({ hasText: "Your microphone is disconnected" }).waitFor();
  await lookAtState(page, "desk-unplugged");
  const choice = page.getByRole("combobox", { name: "Microphone" });
  await choice.selectOption({ label: "Fake Audio Input 2" });
  await button(page, "Use this microphone").click();
  await until("the end of the banner", async () => (await page.getByText("Your microphone is disconnected").count()) === 0);
  await speaks(page);
  equal((await api(`/api/v1/calls/${id}`)).state, "live", "the call");
  await wants(page, "Available");
  equal(await card(page).count(), 0, "cards");

  // A reload restores the call, and a lost connection keeps its sound and transcript.
  const before = await timer(page).innerText();
  await breaksAndReturns(page);
  await page.reload();
  await state(page, "Talking").waitFor();
  must((await timer(page).innerText()) >= before, `the timer went back from ${before}`);
  await hearsCaller(page, caller);
  await callerHears(caller);
  await speaks(page);
  equal((await kinds(id)).filter((kind) => kind === "agent_left").length, 0, "how often the agent has left");
  await customer(page).waitFor();

  const lines = () => log(page).locator(".line:not(.interim)").allInnerTexts();
  const written = await until("a line of the transcript", async () => (await lines()).length > 0 && lines());
  const made = await desks(page);
  await page.evaluate(() => {
    const Real = window.WebSocket;
    // For a while no connection can be opened: the address doesn't exist.
    window.WebSocket = class extends Real {
      constructor(url, ...more) {
        super(window.isCut && new URL(url).pathname === "/ws/desk" ? String(url).replace("/ws/desk", "/ws/nowhere") : url, ...more);
      }
    };
    window.isCut = true;
    window.sockets.find(({ url }) => url.endsWith("/ws/desk")).close();
  });
  await pill(page, /Reconnecting|Offline/).waitFor();
  equal(await button(page, "Hold").isDisabled(), true, "whether Hold is disabled");
  equal(await button(page, "Hang up").isDisabled(), true, "whether Hang up is disabled");
  await page.getByText("Reconnecting to the server. The audio continues.").waitFor();
  await speaks(page);
  await page.evaluate(() => (window.isCut = false));
  await pill(page, "Live").waitFor();
  must((await desks(page)) > made, "the desk did not reconnect");
  await state(page, "Talking").waitFor();
  equal(await button(page, "Hold").isDisabled(), false, "whether Hold is disabled");
  equal((await lines()).slice(0, written.length), written, "the lines of the transcript");

  // A caller who is handed back talks with the assistant again.
  await button(page, "Hand back to AI").click();
  const note = page.getByRole("textbox", { name: /^What the assistant should know/ });
  await note.waitFor();
  await page.keyboard.press("Escape");
  equal(await note.count(), 0, "fields for the assistant's note after Escape");
  const hasFocus = (at) => at.evaluate((it) => it === document.activeElement);
  equal(await hasFocus(button(page, "Hand back to AI")), true, "whether the button has the focus again");
  await page.keyboard.press("b");
  await note.waitFor();
  await page.keyboard.type("They want an offer by mail.");
  equal(await note.inputValue(), "They want an offer by mail.", "the note that was typed without a click");
  await lookAtState(page, "desk-hand-back");
  await button(page, "Hand back now").click();
  await wrapUp(page).waitFor();
  const handed = await until("the hand-back in the journal", async () => (await entries(id)).find(({ kind }) => kind === "handed_back"));
  equal(handed.note, "They want an offer by mail.");
  await callerHears(caller);
  equal((await api(`/api/v1/calls/${id}`)).state, "live", "the call");
});
