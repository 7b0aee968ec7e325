// Calls that several tests use. Each is played once, when a test first needs it.
import { api, hearsMore, house, setting, unowned, until } from "./stage.mjs";

/** A display name that an attacker might choose: it must stay text. */
export const HOSTILE_NAME = '<img src=x onerror="alert(1)">';

const events = async (id) => (await api(`/api/v1/calls/${id}/events?limit=200`)).items;

/** The number of entries of this kind in a call's journal. */
export async function count(id, kind) {
  return (await events(id)).filter((event) => event.kind === kind).length;
}

function once(play) {
  let scene = null;
  return () => {
    scene ??= play();
    return scene;
  };
}

/** A finished call: the caller interrupts the greeting, hears an answer, presses a key that does nothing, and hangs up. It may outlast the test
 * that starts it. */
export const pastCall = once(async () => {
  const { caller, id } = await house.ring("+49 170 5551234", undefined, { stays: true });
  await until("the greeting", () => count(id, "item_started"));
  await hearsMore(house, caller, 1_500);
  await house.ask("speak", { caller });
  await until("the caller's line in the transcript", () => count(id, "caller_said"), 20_000);
  await until("the answer", async () => (await count(id, "assistant_said")) >= 2, 20_000);
  await house.ask("press", { caller, digits: "9" });
  await until("the answer to the key", async () => (await count(id, "assistant_said")) >= 3, 20_000);
  await house.ask("hang_up", { caller });
  await until("the end of the recording", async () => (await api(`/api/v1/calls/${id}`)).recording_ms);
  await until("the end of the call on record", async () => (await api(`/api/v1/calls/${id}`)).state === "ended");
  return { id, events: await events(id) };
});

/** A live call with eight lines or more: the caller keeps pressing a key that does nothing. */
export const liveCall = once(async () => {
  const name = setting.screenshots ? "+49 30 901820" : HOSTILE_NAME;
  const { caller, id } = await house.ring(name, "+49 30 5550199", { stays: true });
  for (let lines = 1; lines <= 8; lines += 1) {
    await until("a line", () => count(id, "item_started").then((begun) => begun >= lines));
    await hearsMore(house, caller, 700);
    await house.ask("press", { caller, digits: "9" });
    await until("the end of the lines", () => count(id, "assistant_said").then((said) => said >= lines));
  }
  return { caller, id };
});

/** A call of the server that has no owner, live until the end of the test. */
export const operatorsCall = () => unowned.ring("+49 30 901820");

/** More callers, only for the screenshots of the documentation. */
export const crowd = once(async () => {
  if (!setting.screenshots) return;
  for (const number of ["+49 40 5550123", "+49 89 2018844", "+43 1 5550177", "+41 44 5550160", "+49 221 555090"]) {
    const { caller, id } = await house.ring(number, undefined, { stays: true });
    await until("the greeting", () => count(id, "item_started"));
    await hearsMore(house, caller, 700);
    if (!number.startsWith("+49 221")) await house.ask("hang_up", { caller });
  }
});
