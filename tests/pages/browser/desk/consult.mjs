// Consulting a colleague about a caller: who hears whom, what each can do, and how it ends.
import { api, equal, house, must, test, until } from "../stage.mjs";
import { lookAtState } from "../views.mjs";
import { button, colleague, region } from "./people.mjs";
import {
  agentAt, callerAsks, callerHears, card, customer, entries, happened, hears, hearsCaller, hearsTones, keysTo, panel, state, talks, wrapUp,
} from "./scene.mjs";
import { announced } from "./offers.mjs";
import { choose, transfer } from "./transfer.mjs";

const consult = (page) => page.getByRole("group", { name: "Consult", exact: true });
const stands = (page, words) => consult(page).getByRole("status").filter({ hasText: words });
const others = (page, words) => page.getByRole("status", { name: "Others in this call" }).filter({ hasText: words });
const ended = (page, words) => page.getByRole("status", { name: "How the consult ended" }).filter({ hasText: words });
const controls = (page) => page.getByRole("group", { name: "Call controls" });
const isOff = (page, name) => button(controls(page), name).isDisabled();

/** Closes the window that covers the desk. */
const clear = (page) => customer(page).getByRole("button", { name: "Close Customer information" }).click();

/** The pitches of the three microphones, in Hz, in tests that use tones. */
const TONES = { ada: 430, bo: 710, visitor: 1_130 };

/** A queue that rings everybody has a caller at a telephone: one agent takes the call, and the slower one sees who did. */
async function oneOfTwoAnswers(open, [name, extension], [other, theirs]) {
  const { agent: slower, page: bo } = await agentAt(open, other, theirs);
  const { agent: faster, page: ada } = await agentAt(open, name, extension);
  const members = [faster, slower].map(({ id }) => ({ user_id: id }));
  const queue = await house.api("/api/v1/queues", { name: "ring-all", title: "All of us", strategy: "ring_all", members });
  must(queue.id, JSON.stringify(queue));
  const { caller, id } = await callerAsks(await keysTo("ring-all"), "+491703150001");
  for (const page of [ada, bo]) {
    await card(page).waitFor();
    await card(page).getByText("All of us").waitFor();
  }
  await button(ada, "Accept call").click();
  await announced(bo, `${name} took the call`).waitFor();
  equal(await card(bo).count(), 0, "cards");
  await state(ada, "Talking").waitFor();
  await customer(ada).waitFor();
  await clear(ada);
  return { ada, bo, caller, id };
}

/** Asks the colleague; the call is offered to them. */
async function ask(ada, bo, name) {
  await button(controls(ada), "Transfer").click();
  await choose(ada, name);
  await button(transfer(ada), "Consult first").click();
  await stands(ada, `Calling ${name}. The caller hears music.`).waitFor();
  await card(bo).getByText("a colleague asks you about this caller").waitFor();
}

/** Asks the colleague, who accepts, and the two talk. */
async function consults(ada, bo, name) {
  await ask(ada, bo, name);
  await button(bo, "Accept call").click();
  await stands(ada, `You are talking with ${name}.`).waitFor();
}

test("desk::a_colleague_is_asked_while_the_caller_hears_music_and_all_three_talk", async (open) => {
  const bo = (await agentAt(open, "Olaf", "351", [], { tone: TONES.bo })).page;
  const { page: ada, visitor, id } = await talks(open, "Nele", "350", { agent: TONES.ada, visitor: TONES.visitor });
  await colleague(ada, "Olaf").getByText("Available").waitFor();
  await clear(ada);
  const hear = (page, ...whom) => hearsTones(page, whom.map((one) => TONES[one]), Object.values(TONES));
  for (const page of [ada, visitor]) await page.evaluate(() => window.speak());
  await hear(visitor, "ada");
  await hear(ada, "visitor");
  await ask(ada, bo, "Olaf");
  // The caller hears music, although nobody has pressed Hold.
  await hear(visitor);
  await hears(visitor);
  await state(ada, "Asking Olaf").waitFor();
  await ada.getByRole("timer", { name: "Time the caller has heard music" }).waitFor();
  for (const name of ["Join", "Complete", "Resume", "Keypad", "Transfer", "Hand back to AI", "Hang up"]) {
    equal(await isOff(ada, name), true, `whether ${name} is disabled`);
  }
  const reason = "You are asking Olaf: join, complete or cancel that first.";
  await controls(ada).getByText(reason).waitFor();
  await ada.keyboard.press("Shift+X");
  await ada.getByText(reason).nth(1).waitFor();
  equal((await api(`/api/v1/calls/${id}`)).state, "live", "the call after Shift+X");
  await lookAtState(ada, "desk-asking");

  await button(bo, "Accept call").click();
  await state(bo, "Nele asks you").waitFor();
  await stands(bo, "Nele asks you about this caller, who hears music.").waitFor();
  await state(ada, "With Olaf").waitFor();
  await bo.evaluate(() => window.speak());
  await hear(ada, "bo");
  await hear(bo, "ada");
  equal(await isOff(bo, "Hold"), true, "whether the colleague's Hold is disabled");
  equal(await isOff(bo, "Leave"), false, "whether Leave is disabled");
  await lookAtState(ada, "desk-consult");
  await lookAtState(bo, "desk-consulted", { words: true });
  // The caller hears neither of them.
  await hear(visitor);

  await button(consult(ada), "Join").click();
  await others(ada, "Also in this call: Olaf.").waitFor();
  await others(bo, "Also in this call: Nele.").waitFor();
  for (const page of [ada, bo]) await state(page, "Talking").waitFor();
  // Each hears both others and not themselves; nobody hears the one who is muted.
  await hear(ada, "bo", "visitor");
  await hear(bo, "ada", "visitor");
  await hear(visitor, "ada", "bo");
  await button(controls(bo), "Mute").click();
  await hear(ada, "visitor");
  await hear(visitor, "ada");
  await button(controls(bo), "Mute").click();
  await hear(visitor, "ada", "bo");
  await clear(bo);
  await lookAtState(ada, "desk-three");
  equal(await isOff(ada, "Hand back to AI"), true, "whether Hand back is disabled while others are in the call");

  const timeline = await happened(bo);
  for (const words of ["The agent asks 351", "Agent and colleague are talking", "Caller, agent and colleague are talking"]) {
    await timeline.getByText(words, { exact: false }).first().waitFor();
  }
  await button(controls(ada), "Leave").click();
  await wrapUp(ada).waitFor();
  await until("the list of others becomes empty", async () => (await others(bo, "Also in this call").count()) === 0);
  await state(bo, "Talking").waitFor();
  await button(controls(bo), "Hang up").waitFor();
  equal((await api(`/api/v1/calls/${id}`)).state, "live", "the call");
});

test("desk::a_consult_is_declined_cancelled_and_completed_by_keyboard", async (open) => {
  const { ada, bo, caller, id } = await oneOfTwoAnswers(open, ["Pola", "352"], ["Rolf", "353"]);
  await ask(ada, bo, "Rolf");
  await button(bo, "Decline").click();
  await ended(ada, "Rolf declined. You are talking with the caller again.").waitFor();
  await state(ada, "Talking").waitFor();
  await lookAtState(ada, "desk-consult-declined");
  await hearsCaller(ada, caller);
  await callerHears(caller);
  await button(ended(ada, "Rolf declined."), "Close").click();
  equal(await ended(ada, "Rolf declined.").count(), 0, "notices");

  await colleague(ada, "Rolf").getByText("Available").waitFor();
  await consults(ada, bo, "Rolf");
  await button(controls(bo), "Leave").click();
  await ended(ada, "Rolf has left. You are talking with the caller again.").waitFor();
  await state(ada, "Talking").waitFor();
  await callerHears(caller);

  await colleague(ada, "Rolf").getByText("Available").waitFor();
  await consults(ada, bo, "Rolf");
  await ada.reload();
  await stands(ada, "You are talking with Rolf. The caller hears music.").waitFor();
  await hears(ada);
  await hears(bo);
  await button(consult(ada), "Cancel").click();
  await state(ada, "Talking").waitFor();
  equal(await consult(ada).count(), 0, "consults");
  await until("the end of the colleague's call", async () => (await panel(bo).count()) === 0);
  await bo.getByText("You are no longer asked about the caller.").last().waitFor();
  equal(await wrapUp(bo).count(), 0, "wrap-ups of a colleague who has not talked with the caller");
  await bo.getByText("You were asked about the caller").first().waitFor();
  await hearsCaller(ada, caller);
  await callerHears(caller);

  // Using only the keyboard.
  await colleague(ada, "Rolf").getByText("Available").waitFor();
  await clear(ada);
  // Presses Tab until a button of this name has the focus.
  const tabTo = (page, name) =>
    until(`the focus on ${name}`, async () => {
      await page.keyboard.press("Tab");
      return (await page.evaluate(() => document.activeElement?.textContent?.trim())) === name;
    });
  await ada.keyboard.press("t");
  await transfer(ada).waitFor();
  await ada.keyboard.type("rolf");
  await ada.keyboard.press("Enter");
  await tabTo(ada, "Consult first");
  await ada.keyboard.press("Enter");
  await stands(ada, "Calling Rolf.").waitFor();
  must(await consult(ada).evaluate((box) => box.contains(document.activeElement)), "the focus is not in the consult");
  await card(bo).waitFor();
  await bo.keyboard.press("Enter");
  await stands(ada, "You are talking with Rolf.").waitFor();
  await bo.keyboard.press("m");
  equal(await button(controls(bo), "Mute").getAttribute("aria-pressed"), "true", "whether the colleague is muted");
  await tabTo(ada, "Join");
  await ada.keyboard.press("Enter");
  await others(ada, "Also in this call: Rolf.").waitFor();
  equal(await ada.evaluate(() => document.activeElement?.textContent?.trim()), "Transfer", "the focused element");
  await bo.keyboard.press("Shift+X");
  await until("the list of others becomes empty", async () => (await others(ada, "Also in this call").count()) === 0);
  await wrapUp(bo).waitFor();
  await state(ada, "Talking").waitFor();
  await region(ada, "My calls").waitFor();
  await button(bo, "Done").click();

  await colleague(ada, "Rolf").getByText("Available").waitFor();
  await consults(ada, bo, "Rolf");
  await button(consult(ada), "Complete").click();
  await wrapUp(ada).waitFor();
  await state(bo, "Talking").waitFor();
  await ended(bo, "Pola has left the caller to you.").waitFor();
  await hearsCaller(bo, caller);
  await callerHears(caller);
  equal(await others(bo, "Also in this call").count(), 0, "others");
  const ends = (await entries(id)).filter(({ kind }) => kind === "consult_ended").map(({ end }) => end.how);
  equal([ends.includes("cancelled"), ends.at(-1)], [true, "completed"], "outcomes of the consults");
});

