// An agent whose browser is their telephone at the switch: JsSIP over WebSocket, at a real Asterisk.
import { atHouse, equal, must, test, until } from "../stage.mjs";
import { lookAtState } from "../views.mjs";
import { button, region } from "./people.mjs";
import { agentAt, kinds, panel, state, wrapUp } from "./scene.mjs";

const NUMBER = "2050";
const PASSWORD = "the softphone's own";
/** A call is in the database a moment after it has begun; the page retries. A request may be under way when the agent signs out. */
const ALLOWED = ["404 (Not Found)", "401 (Unauthorized)"];

const phone = (page) => region(page, "Phone in this browser");

async function signIn(page, password) {
  await phone(page).getByLabel("Password at the switch").fill(password);
  await button(phone(page), "Sign in").click();
}

/** The page's next registrations are answered with `window.answers`, one status each, and don't reach the switch; 0 is no answer. The page does not wait
 * half a minute for it, nor ten seconds before it registers again, and renews its registration at `renew()`. `ears` has its loudspeakers, and the
 * sound that comes from the switch belongs to no stream, as without `a=msid`. */
function changesSwitch() {
  window.answers = [];
  const later = window.setTimeout;
  window.setTimeout = (act, ms, ...more) => {
    if (ms > 60_000 && ms < 88_000) window.renew = act;
    const isShort = ms === 10_000 || (ms === 32_000 && window.answers.length > 0);
    return later(act, isShort ? 300 : ms, ...more);
  };
  const Noted = window.WebSocket;
  window.WebSocket = class extends Noted {
    send(message) {
      const isRegistration = String(message).startsWith("REGISTER ");
      const status = isRegistration ? window.answers.shift() : undefined;
      if (status === undefined) return super.send(message);
      if (status === 0) return undefined;
      const kept = message.split("\r\n").filter((line) => /^(Via|From|To|Call-ID|CSeq):/.test(line));
      const lines = kept.map((line) => (line.startsWith("To:") ? `${line};tag=answer` : line));
      const data = [`SIP/2.0 ${status} Not Now`, ...lines, "Content-Length: 0", "", ""].join("\r\n");
      later(() => this.dispatchEvent(new MessageEvent("message", { data })), 0);
      return undefined;
    }
  };
  const { addEventListener } = RTCPeerConnection.prototype;
  RTCPeerConnection.prototype.addEventListener = function heard(kind, act, ...more) {
    const without = kind === "track" ? ({ track }) => act({ track, streams: [] }) : act;
    return addEventListener.call(this, kind, without, ...more);
  };
  const Ear = window.Audio;
  window.ears = [];
  window.Audio = function Kept(...words) {
    const ear = new Ear(...words);
    window.ears.push(ear);
    return ear;
  };
}

/** A caller who asks for the agent by keys, and whom the agent accepts at the desk. */
async function accepts(page, at, from) {
  const telephone = await at.ask("call", { from });
  const { id } = await until("the call in the list", async () => {
    const { items } = await at.api("/api/v1/calls?limit=10");
    return items.find((call) => call.from === from);
  });
  await until("the greeting", async () => (await kinds(id, at)).includes("item_started"));
  await at.ask("press", { caller: telephone, digits: "49" });
  await region(page, `Incoming call from ${from}`).waitFor();
  await button(phone(page), "Answer").waitFor();
  await button(page, "Accept call").click();
  await state(page, "Talking").waitFor();
  await phone(page).getByText("You are talking.").waitFor();
  return telephone;
}

test("desk::the_browser_is_the_agents_phone_at_the_switch", async (open) => {
  const at = await atHouse("asterisk");
  const { page } = await agentAt(open, "Sue", NUMBER, ALLOWED, { at, audio: "phone" });
  const scripts = [];
  page.on("request", (request) => request.resourceType() === "script" && scripts.push(request.url()));
  const choose = button(page, "Use this browser as my phone");
  await choose.waitFor();
  await choose.click();
  equal(scripts.filter((url) => url.includes("jssip")), [], "requests for JsSIP before it is needed");

  // A wrong password is reported and not stored.
  await signIn(page, "wrong");
  await phone(page).getByText("The switch does not know this user, or the password is wrong.").waitFor();
  await signIn(page, PASSWORD);
  must(scripts.some((url) => url.includes("jssip")), "JsSIP was not loaded");
  const ready = phone(page).getByText(`Ready: ${NUMBER} rings here.`);
  await ready.waitFor();

  // It registers again by itself after a reload.
  await page.reload();
  await ready.waitFor();
  await lookAtState(page, "desk-softphone");

  const [profile] = (await at.api("/api/v1/agent-profiles")).items;
  const key = { profile_id: profile.id, digits: "49", action: { action: "request_handoff", target: NUMBER } };
  equal((await at.send("POST", "/api/v1/dtmf-actions", key)).status, 201, "the key");
  const telephone = await accepts(page, at, "+491702001050");

  // Both hear each other; muting silences the microphone.
  await at.ask("hears", { caller: telephone });
  await at.ask("say", { caller: telephone });
  await phone(page).getByText("speaking", { exact: true }).waitFor();
  await page.keyboard.press("m");
  const isSilent = () => page.evaluate(() => window.microphones.at(-1).getAudioTracks().every(({ enabled }) => !enabled));
  await until("silence of the microphone", isSilent);
  await page.keyboard.press("m");
  await until("the microphone", async () => !(await isSilent()));
  // A microphone that is unplugged is replaced by another one, without which the caller would hear nothing.
  await page.evaluate(() => window.microphones.at(-1).getTracks()[0].dispatchEvent(new Event("ended")));
  const isReplaced = () =>
    page.evaluate(() => {
      const [before, now] = window.microphones.slice(-2).map((one) => one.getTracks()[0]);
      return before?.readyState === "ended" && now?.readyState === "live";
    });
  await until("another microphone", isReplaced);

  await button(panel(page), "Hang up").click();
  await at.ask("over", { caller: telephone });
  await wrapUp(page).waitFor();
  await ready.waitFor();
  const isGivenBack = () => window.microphones.every((one) => one.getTracks().every(({ readyState }) => readyState === "ended"));
  await until("the release of the microphone", () => page.evaluate(isGivenBack));
  await button(phone(page), "Sign out").click();
  await choose.waitFor();
  must((await page.evaluate(() => sessionStorage.getItem("cordboard.softphone"))) === null, "the password is still stored");

  // A switch that does not answer, as while it starts, or that is overloaded, gets another registration.
  await page.evaluate(changesSwitch);
  const answers = (statuses) => page.evaluate((next) => window.answers.push(...next), statuses);
  const areGiven = () => page.evaluate(() => window.answers.length === 0);
  await answers([0, 503]);
  await choose.click();
  await signIn(page, PASSWORD);
  await ready.waitFor();
  must(await areGiven(), "the phone was ready before the switch had failed");

  // If the switch refuses the registration during a call, the conversation goes on to its end.
  await button(page, "Done").click();
  const second = await accepts(page, at, "+491702001051");
  const hasSound = () => window.ears.at(-1)?.srcObject?.getAudioTracks().length === 1;
  must(await page.evaluate(hasSound), "sound that belongs to no stream is not heard");
  await answers([403]);
  await page.evaluate(() => window.renew());
  await until("the refusal", areGiven);
  await at.ask("hears", { caller: second });
  await at.ask("say", { caller: second });
  await phone(page).getByText("speaking", { exact: true }).waitFor();
  await button(panel(page), "Hang up").click();
  await at.ask("over", { caller: second });
  await phone(page).getByText("The switch does not know this user, or the password is wrong.").waitFor();

  // An agent who signs out of the desk has no phone here either.
  await signIn(page, PASSWORD);
  await ready.waitFor();
  await page.locator("details.account summary").click();
  await page.locator("details.account").getByRole("button", { name: "Sign out" }).click();
  await page.waitForURL(/\/login/);
  equal(await page.evaluate(() => sessionStorage.getItem("cordboard.softphone")), null, "the password after the sign-out");
  const isClosed = () => window.sockets.every(({ readyState }) => readyState === WebSocket.CLOSED);
  await until("the end of the phone's connection", () => page.evaluate(isClosed));
});
