// Callers who arrive through a switch, and the telephones that it rings: a real Asterisk. The page does not know which switch it is; what each
// switch does for a desk is tested in tests/virtual (freeswitch/desks.rs, twilio/desks.rs) and tests/asterisk_control.
import { atHouse, equal, goWithin, test, until } from "../stage.mjs";
import { lookAtState } from "../views.mjs";
import { button, region } from "./people.mjs";
import { agentAt, card, customer, entries, happened, hears, kinds, panel, state, wrapUp } from "./scene.mjs";

/** A call is in the database a moment after it has begun; the page retries. */
const BEHIND = ["404 (Not Found)"];

/** Opens the desk of an agent whose extension has a telephone at the switch, and maps a key to that extension. */
async function deskAt(open, at, name, extension, audio = "browser") {
  const { page } = await agentAt(open, name, extension, BEHIND, { at, audio });
  const [profile] = (await at.api("/api/v1/agent-profiles")).items;
  const digits = `4${extension.slice(-1)}`;
  const key = { profile_id: profile.id, digits, action: { action: "request_handoff", target: extension } };
  equal((await at.send("POST", "/api/v1/dtmf-actions", key)).status, 201, "the key");
  return { page, digits };
}

/** A caller of the switch who presses these keys: returns their telephone and the call's id. */
async function callerAsks(at, digits, from) {
  const telephone = await at.ask("call", { from });
  const { id } = await until("the call in the list", async () => {
    const { items } = await at.api("/api/v1/calls?limit=10");
    return items.find((call) => call.from === from);
  });
  await until("the greeting", async () => (await kinds(id, at)).includes("item_started"));
  await at.ask("press", { caller: telephone, digits });
  return { telephone, id };
}

/** Checks that speech at one telephone is heard at another. */
async function isHeard(at, speaker, listener) {
  await at.ask("say", { caller: speaker });
  await at.ask("hears", { caller: listener });
}

/** Checks that page and telephone hear each other. */
async function talks(at, page, telephone) {
  await at.ask("say", { caller: telephone });
  await hears(page);
  await at.ask("hears", { caller: telephone });
}

/** Checks the ended call's history, and that nothing forbidden was done to the switch. */
async function hasEnded(at, id, by) {
  const call = () => at.api(`/api/v1/calls/${id}`);
  await until("the end of the call", async () => (await call()).state === "ended");
  const { hangup_by, agents } = await call();
  equal([hangup_by, agents.map(({ outcome }) => outcome)], [by, ["talked"]], "who hung up, and the agent's outcome");
  equal(await at.ask("rules_broken"), [], "rules of the switch that were broken");
}

test("desk::who_accepts_has_the_caller_and_dials_numbers_themselves", async (open) => {
  const at = await atHouse("asterisk");
  const from = "+491702001001";
  const { page, digits } = await deskAt(open, at, "Ida", "2001");
  const { telephone, id } = await callerAsks(at, digits, from);
  await at.ask("rings", { number: "2001" });
  await region(page, `Incoming call from ${from}`).getByText("the caller pressed a key").first().waitFor();
  await button(page, "Accept call").click();
  await state(page, "Talking").waitFor();
  await at.ask("quiet", { number: "2001" });
  await customer(page).getByText(from).first().waitFor();
  await talks(at, page, telephone);
  await page.keyboard.press("p");
  for (const key of ["5", "#"]) await page.keyboard.press(key);
  await until("the keys at the caller's telephone", async () => (await at.ask("keys", { caller: telephone })) === "5#");
  await at.ask("press", { caller: telephone, digits: "7" });
  await (await happened(page)).getByText("Key 7").waitFor();
  await at.ask("hang_up", { caller: telephone });
  await wrapUp(page).waitFor();
  await customer(page).waitFor({ state: "detached" });
  await hasEnded(at, id, "caller");
  // Asterisk reports each key twice.
  const reported = (await entries(id, at)).filter(({ kind }) => kind === "dtmf");
  equal(reported.length, 6, "reported keys of the caller");

  // The agent dials a number and talks.
  await button(page, "Done").click();
  const number = "+493055502001";
  const field = region(page, "Call a number").getByLabel("Number or extension");
  await field.fill(number);
  await field.press("Enter");
  await state(page, "Dialling").waitFor();
  await at.ask("rings", { number });
  await hears(page);
  const person = await at.ask("pick_up", { number });
  await state(page, "Talking").waitFor();
  await talks(at, page, person);
  const { id: dialled } = (await at.api("/api/v1/calls?limit=1")).items[0];
  await button(panel(page), "Hang up").click();
  await at.ask("over", { caller: person });
  await wrapUp(page).waitFor();
  await hasEnded(at, dialled, "agent");

  await goWithin(page, `/calls/${id}`);
  await page.getByText("Your role may not play recordings.").waitFor();
  const keys = page.getByRole("list", { name: "Timeline" }).getByRole("listitem").filter({ hasText: /Key [0-9#*](?!\S| does)/ });
  await until("the call's keys", async () => (await keys.count()) > 0);
  equal((await keys.allInnerTexts()).map((text) => text.trim().slice(-1)), [...digits, "7"], "the caller's keys");
});

test("desk::who_lifts_their_handset_talks_there_and_their_desk_shows_it", async (open) => {
  const at = await atHouse("asterisk");
  const from = "+491702001002";
  const { page, digits } = await deskAt(open, at, "Jon", "2002", "phone");
  const { telephone, id } = await callerAsks(at, digits, from);
  await card(page).getByText("Your phone rings at 2002.").waitFor();
  await at.ask("rings", { number: "2002" });
  const handset = await at.ask("pick_up", { number: "2002" });
  await card(page).waitFor({ state: "detached" });
  await state(page, "Talking").waitFor();
  await panel(page).getByText("You are talking on your phone at 2002.").waitFor();
  await customer(page).getByText(from).first().waitFor();
  await isHeard(at, handset, telephone);
  await isHeard(at, telephone, handset);
  await lookAtState(page, "desk-on-the-phone");
  await button(panel(page), "Hold").click();
  await state(page, "On hold").waitFor();
  await at.ask("hears", { caller: telephone });
  await button(panel(page), "Resume").click();
  await state(page, "Talking").waitFor();
  await at.ask("hang_up", { caller: handset });
  await at.ask("over", { caller: telephone });
  await wrapUp(page).waitFor();
  await hasEnded(at, id, "agent");
});
