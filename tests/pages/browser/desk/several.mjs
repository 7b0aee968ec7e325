// An agent who takes several calls at once: which one rings, which one they talk in, and which ones are on hold.
import { api, equal, house, must, test, until } from "../stage.mjs";
import { lookAtState } from "../views.mjs";
import { button, colleague, person, presence, region, deskOf } from "./people.mjs";
import { agentAt, callerAsks, callerHears, card, hearsCaller, kinds, keysTo, panel, sendsByCall, state } from "./scene.mjs";

const LOUD = 1_000;
const row = (page, words) => region(page, "My calls").getByRole("button").filter({ hasText: words });

/** Creates a queue that rings for two minutes. */
async function patientQueue(name, ...members) {
  const queue = await house.api("/api/v1/queues", { name, ring_s: 120, members: members.map(({ id }) => ({ user_id: id })) });
  must(queue.id, JSON.stringify(queue));
  return keysTo(name);
}

test("desk::two_calls_ring_and_the_agent_goes_between_them", async (open) => {
  const { agent, page } = await agentAt(open, "Ava", "361", [], { calls_max: 2 });
  // The second call rings for longer than this test needs.
  const line = await patientQueue("two-ring", agent);
  const first = await callerAsks(line, "+491703600001");
  await card(page).waitFor();
  const second = await callerAsks(line, "+491703600002");
  await card(page).nth(1).waitFor();
  const names = () => card(page).evaluateAll((cards) => cards.map((one) => one.getAttribute("aria-label")));
  equal(await names(), ["Incoming call from +491703600001", "Incoming call from +491703600002"], "cards, the oldest first");
  equal(await page.title(), "(2) Ringing — Cordboard");
  equal(await row(page, "Ringing").count(), 2, "calls that ring in the list");
  // Neither card covers the other's buttons.
  for (const place of [0, 1]) await button(card(page).nth(place), "Accept call").click({ trial: true });
  await lookAtState(page, "desk-two-ringing");
  await page.keyboard.press("Enter");
  await panel(page).getByRole("heading", { name: "+491703600001" }).waitFor();
  await until("one card", async () => (await card(page).count()) === 1);
  equal(await names(), ["Incoming call from +491703600002"], "cards after one Enter");
  equal(await page.title(), "(1) Ringing — Cordboard");
  equal((await api(`/api/v1/calls/${second.id}`)).state, "live", "the other call");
  must(!(await kinds(second.id)).includes("agent_joined"), "one Enter has accepted both");
  // Enter has taken the oldest, and the other one rings while they talk.
  await state(page, "Talking").waitFor();
  await hearsCaller(page, first.caller);
  await card(page).waitFor();
  await lookAtState(page, "desk-ringing-while-talking");
  await button(page, "Accept call").click();
  await row(page, "On hold").waitFor();
  await row(page, "Talking").waitFor();
  // Only the second caller hears the agent; the first hears music.
  const [toFirst, toSecond] = await sendsByCall(page, 2);
  equal(toFirst, 0, "the loudest sample sent to the call on hold");
  must(toSecond > LOUD, "the agent is not heard in the second call");
  await hearsCaller(page, second.caller);
  await callerHears(first.caller);
  await colleague(page, agent.name).getByText("On a call").waitFor();
  await lookAtState(page, "desk-two-calls");
  // What was typed for the next person and for the assistant outlives a look at the other call.
  const parts = [
    { opener: "Transfer", label: /^Note for the next person/, words: "Wants the blue one." },
    { opener: "Hand back to AI", label: /^What the assistant should know/, words: "Knows the price." },
  ];
  const note = ({ label }) => page.getByRole("textbox", { name: label });
  for (const part of parts) {
    await button(page, part.opener).click();
    await note(part).fill(part.words);
  }
  await row(page, "On hold").click();
  await state(page, "On hold").waitFor();
  await row(page, "Talking").click();
  await state(page, "Talking").waitFor();
  for (const part of parts) {
    await button(page, part.opener).click();
    equal(await note(part).inputValue(), part.words, "the note after a look at the other call");
  }
  await button(page, "Hand back to AI").click();
  // Switch to the first call and back.
  await row(page, "On hold").click();
  await state(page, "On hold").waitFor();
  await button(page, "Resume").click();
  await state(page, "Talking").waitFor();
  await row(page, "On hold").waitFor();
  const [again, held] = await sendsByCall(page, 2);
  must(again > LOUD, "the agent is still silent in the first call");
  equal(held, 0, "the loudest sample sent to the call that is on hold now");
  for (const { id } of [first, second]) equal((await api(`/api/v1/calls/${id}`)).state, "live", "state of a call");
  await page.keyboard.press("Shift+X");
  await row(page, "Wrap-up").waitFor();
  await row(page, "On hold").waitFor();
  equal((await api(`/api/v1/calls/${second.id}`)).state, "live", "the call on hold");
});

test("desk::two_calls_that_are_taken_at_once_are_not_talked_in_at_once", async (open) => {
  const { agent, page } = await agentAt(open, "Amy", "362", [], { calls_max: 2 });
  const line = await patientQueue("two-at-once", agent);
  const callers = [await callerAsks(line, "+491703620001"), await callerAsks(line, "+491703620002")];
  await card(page).nth(1).waitFor();
  // The second call is accepted while the first is still being connected.
  await page.keyboard.press("Enter");
  await page.keyboard.press("Enter");
  await row(page, "On hold").waitFor();
  await row(page, "Talking").waitFor();
  const [first, second] = await sendsByCall(page, 2);
  must(Math.min(first, second) === 0 && Math.max(first, second) > LOUD, `the agent is heard with ${first} and ${second}`);
  for (const { id } of callers) equal((await api(`/api/v1/calls/${id}`)).state, "live", "state of a call");
});

test("desk::an_agents_windows_agree_on_who_is_on_hold", async (open) => {
  const orla = await person("Orla", { calls_max: 3 });
  const blank = await open({ stranger: true });
  const commands = [];
  let tell;
  await blank.routeWebSocket(/\/ws\/desk$/, (socket) => {
    const server = socket.connectToServer();
    let seq = 0;
    tell = (event) => socket.send(JSON.stringify({ at: new Date().toISOString(), ...event, seq: (seq += 1) }));
    socket.onMessage((text) => {
      const { id, command, call_id } = JSON.parse(text);
      commands.push({ command, call_id });
      if (command === "hold") socket.send(JSON.stringify({ id, ok: true, result: {} }));
      else if (command !== "accept") server.send(text);
      else {
        // Another window of the agent was faster, and the news of it comes after the refusal.
        socket.send(JSON.stringify({ id, ok: false, error: { kind: "offer_gone", title: "the offer is over" } }));
        tell({ kind: "offer_gone", offer_id: 7, why: "accepted" });
      }
    });
    server.onMessage((text) => {
      const message = JSON.parse(text);
      if ("seq" in message) tell(message);
      else socket.send(text);
    });
  });
  const page = await deskOf(() => blank, orla);
  const rung = [];
  for (const number of ["+491703610001", "+491703610002", "+491703610003"]) rung.push(await house.ring(number));
  const [older, newer, third] = rung.map(({ id }) => id);
  const at = (s) => new Date(Date.now() + s * 1_000).toISOString();
  const talks = (call_id, talks_since, state = "talking") => ({
    call_id, state, audio: "phone", talks_since, held_since: state === "held" ? at(0) : null, is_muted: false, others: [], outsiders: [],
    consult: null, last_consult: null, dialling: null, colleague: null, supervisors: [],
  });
  const sent = (name) => commands.filter(({ command }) => command === name).map(({ call_id }) => call_id);
  // As after a reload: no window knows which call the agent accepted last.
  tell({ kind: "work", calls: [talks(newer, at(-10)), talks(older, at(-20))], wrap_ups: [] });
  await until("a call on hold", () => sent("hold").length > 0);
  equal(sent("hold"), [older], "calls that are put on hold");
  tell({ kind: "work", calls: [talks(newer, at(-10)), talks(older, at(-20), "held")], wrap_ups: [] });
  tell({ kind: "offered", offer: { id: 7, call_id: third, queue_id: null, by: null, reason: "a bill", waits_since: at(0), since: at(0), until: at(60) } });
  await button(page, "Accept call").click();
  await until("no card", async () => (await card(page).count()) === 0);
  equal(sent("hold"), [older, newer], "the agent talks in the other window");
  // Commands keep their order.
  await presence(page).click();
  await page.getByRole("group", { name: "From now on" }).getByRole("menuitemradio").last().click();
  await until("the choice", () => sent("set_presence").length === 1);
  equal(sent("unhold"), [], "calls that are resumed although the agent talks in another window");
  for (const { caller } of rung) await house.ask("hang_up", { caller });
});
