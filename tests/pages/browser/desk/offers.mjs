// An offered call: its card appears on any page, and is accepted, declined, missed or withdrawn. Also a call that is accepted automatically.
import { api, equal, goWithin, house, must, test, until } from "../stage.mjs";
import { lookAtState } from "../views.mjs";
import { button, deskOf, person, pill, presence, region, wants } from "./people.mjs";
import { agentAt, callerAsks, card, customer, kinds, keysTo, MICROPHONE, state } from "./scene.mjs";

/** The desk's announcement that an offer is over. */
export const announced = (page, words) => page.getByRole("status", { name: "Offered call" }).filter({ hasText: words });
const icon = (page) => page.locator('link[rel="icon"]').getAttribute("href");

test("desk::a_call_is_offered_anywhere_declined_missed_withdrawn_and_accepted", async (open) => {
  const mia = await person("Mia", { extension: "310" });
  const line = await keysTo("310");
  const queue = await house.api("/api/v1/queues", { name: "rings-briefly", ring_s: 5, members: [{ user_id: mia.id }] });
  must(queue.id, JSON.stringify(queue));
  const page = await deskOf(open, mia, { path: "/calls", ...MICROPHONE });
  const plain = await icon(page);
  const field = page.getByLabel("Caller", { exact: true });
  await field.focus();
  const { caller: declining, id } = await callerAsks(line, "+491703100001", { hears: true });
  await card(page).waitFor();
  // The name arrives with the profile.
  await until("the name of the caller", async () =>
    (await card(page).getAttribute("aria-label")) === "Incoming call from +491703100001");
  must(await field.evaluate((input) => input === document.activeElement), "the card has taken the focus");
  await page.keyboard.type("12");
  await page.keyboard.press("Enter");
  equal(await field.inputValue(), "12", "the text typed meanwhile");
  equal(await card(page).count(), 1, "cards after Enter in a field");
  equal(await page.title(), "(1) Ringing — Cordboard");
  must((await icon(page)) !== plain, "the icon has no badge");
  await card(page).getByText("+491703100001").last().waitFor();
  await card(page).getByText(/seconds? left/).waitFor();
  await card(page).getByText(/waited \d+:\d\d/).waitFor();
  await card(page).getByRole("log", { name: "Transcript" }).getByText("Assistant").first().waitFor();
  await lookAtState(page, "desk-ringing");
  // It is within reach while a window is open over the page, where everything else is not.
  const isInWindow = () => card(page).evaluate((it) => it.closest("dialog[open]") !== null);
  await button(page, "Save view").click();
  await until("the card in the window", isInWindow);
  await page.keyboard.press("Escape");
  await until("the card over the page", async () => !(await isInWindow()));
  // The same while the agent searches, or reads which keys there are.
  for (const keys of ["Control+k", "?"]) {
    await page.getByRole("heading", { name: "Calls", exact: true }).click();
    await page.keyboard.press(keys);
    await until(`the card in the window of ${keys}`, isInWindow);
    await page.keyboard.press("Escape");
    await until("the card over the page", async () => !(await isInWindow()));
  }
  await button(page, "Decline").click();
  await announced(page, "You declined the call from +491703100001.").waitFor();
  equal(await card(page).count(), 0, "cards");
  equal(await page.title(), "Calls — Cordboard");
  equal(await icon(page), plain, "the icon");
  // The caller is not dropped: they talk with the assistant again.
  await until("the end of the hand-off in the journal", async () => (await kinds(id)).includes("handoff_abandoned"));
  equal((await api(`/api/v1/calls/${id}`)).state, "live", "the caller's call");
  await house.ask("hang_up", { caller: declining });
  await goWithin(page, "/desk");
  const declined = region(page, "My calls").getByText("Declined by you");
  await declined.waitFor();
  // An agent who comes back from another page sees it before the server has answered.
  await page.route(/\/api\/v1\/calls\?agent_id=/, () => undefined);
  await goWithin(page, "/calls");
  await page.getByRole("heading", { name: "Calls", exact: true }).waitFor();
  await goWithin(page, "/desk");
  await declined.waitFor();
  await page.unrouteAll({ behavior: "ignoreErrors" });

  // A call that nobody answers makes the agent away, and one click undoes that.
  const { caller: missing } = await callerAsks(await keysTo("rings-briefly"), "+491703110001");
  await card(page).waitFor();
  await announced(page, "You missed the call from +491703110001.").waitFor();
  equal(await card(page).count(), 0, "cards");
  await wants(page, "Away: missed a call");
  await lookAtState(page, "desk-missed");
  await house.ask("hang_up", { caller: missing });
  await region(page, "Missed call").getByRole("button", { name: "Undo: set me to available" }).click();
  await wants(page, "Available");
  equal(await region(page, "Missed call").count(), 0, "notices");

  // A caller who hangs up takes the card away.
  const { caller: leaving } = await callerAsks(line, "+491703140001");
  await card(page).waitFor();
  await house.ask("hang_up", { caller: leaving });
  await announced(page, "was withdrawn: the caller hung up or was sent elsewhere").waitFor();
  equal(await card(page).count(), 0, "cards");
  await wants(page, "Available");

  // A reload keeps the card, and the call rings on if the card is closed.
  const { id: accepted } = await callerAsks(line, "+491703140002");
  await card(page).waitFor();
  await page.reload();
  await card(page).getByRole("button", { name: /^Close Incoming call/ }).click();
  equal(await card(page).count(), 0, "cards");
  await region(page, "Ringing").getByRole("button", { name: "Show the card" }).waitFor();
  await lookAtState(page, "desk-ringing-closed");
  await button(page, "Accept call").click();
  await state(page, "Talking").waitFor();
  // The customer's window opens even if the card was closed.
  await customer(page).waitFor();
  await pill(page, "Live").waitFor();
  await until("the agent in the call", async () => (await kinds(accepted)).includes("agent_joined"));
});

test("desk::a_call_of_ours_shows_its_callees_number", async (open) => {
  const { page } = await agentAt(open, "Olga", "386");
  const [ours, callee] = ["+4930999999", "+491703860001"];
  // A call that a campaign has made, and whose callee asks for a person.
  await page.route(/\/api\/v1\/calls\/[0-9a-f-]{36}$/, async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ response: answer, json: { ...(await answer.json()), direction: "outbound", from: ours, to: callee } });
  });
  const { caller } = await callerAsks(await keysTo("386"), callee);
  await card(page).getByText(callee).first().waitFor();
  equal(await card(page).getByText(ours).count(), 0, "our own number on the card");
  await button(page, "Accept call").click();
  await state(page, "Talking").waitFor();
  await customer(page).getByText(callee).first().waitFor();
  equal(await page.getByText(ours).count(), 0, "our own number at the desk");
  await house.ask("hang_up", { caller });
});

/** A script for pages: notes the pitches of the tones that they play. */
function notesTones() {
  const { start } = AudioScheduledSourceNode.prototype;
  window.notes = [];
  AudioScheduledSourceNode.prototype.start = function noted(...when) {
    if (this instanceof OscillatorNode) window.notes.push(this.frequency.value);
    return start.apply(this, when);
  };
}

test("desk::an_automatically_accepted_call_is_announced_by_tone_and_text", async (open) => {
  const una = await person("Una");
  const blank = await open({ stranger: true, scripts: [notesTones], ...MICROPHONE });
  // The desk gets a call as from a predictive campaign, which is never offered.
  const commands = [];
  let accept;
  await blank.routeWebSocket(/\/ws\/desk$/, (socket) => {
    const server = socket.connectToServer();
    let seq = 0;
    let added = 0;
    socket.onMessage((text) => {
      const command = JSON.parse(text);
      commands.push(command);
      // The server is busy at first: the desk tries again, without a click.
      const isBusy = command.command === "audio" && commands.filter((one) => one.command === "audio").length === 1;
      const refusal = { id: command.id, ok: false, error: { kind: "unavailable", title: "try again" } };
      if (isBusy) socket.send(JSON.stringify(refusal));
      else server.send(text);
    });
    server.onMessage((text) => {
      const message = JSON.parse(text);
      // The desk reads everything again if a number is missing or comes twice.
      if (message.seq !== undefined) seq = message.seq += added;
      socket.send(JSON.stringify(message));
    });
    accept = (call_id) => {
      const call = {
        call_id, state: "connecting", audio: "browser", talks_since: null, held_since: null, is_muted: false, others: [], outsiders: [],
        consult: null, last_consult: null, dialling: null, colleague: null, supervisors: [],
      };
      added += 1;
      socket.send(JSON.stringify({ seq: (seq += 1), at: new Date().toISOString(), kind: "work", calls: [call], wrap_ups: [] }));
    };
  });
  const page = await deskOf(() => blank, una);
  const { caller, id } = await house.ring("+491703170001");
  // A page plays nothing before the user has interacted with it.
  await presence(page).click();
  await page.keyboard.press("Escape");
  accept(id);
  await page.getByRole("alert").filter({ hasText: "Call with +491703170001 started." }).waitFor({ state: "attached" });
  await until("the tone", async () => (await page.evaluate(() => window.notes.join())) === "660,880");
  await until("two requests for the call's sound", () => commands.filter(({ command, call_id }) => command === "audio" && call_id === id).length > 1);
  await house.ask("hang_up", { caller });
});
