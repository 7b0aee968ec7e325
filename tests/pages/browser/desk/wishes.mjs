// A caller who asks for a person in words, without a tool call. transfer-from-speech.mjs covers a model that calls the tool.
import { equal, modelled, test, until } from "../stage.mjs";
import { button, deskOf, person } from "./people.mjs";
import { card, kinds, MICROPHONE, panel, state } from "./scene.mjs";

/** Opens the desk of an agent with this extension, to whom the server transfers its callers. */
async function agentAt(open, name, extension) {
  const agent = await person(name, { at: modelled, extension });
  const [{ id, organization_id, version, ...profile }] = (await modelled.api("/api/v1/agent-profiles")).items;
  profile.handoff_words.target = extension;
  profile.tools = [...new Set([...profile.tools, "request_handoff"])];
  equal((await modelled.send("PUT", `/api/v1/agent-profiles/${id}`, profile)).status, 200, "saving the profile");
  return deskOf(open, agent, MICROPHONE);
}

/** A caller who says something and is transferred because of it. */
async function callerSays(said, from) {
  await modelled.ask("model", { said });
  const { caller, id } = await modelled.ring(from);
  await until("the greeting", async () => (await kinds(id, modelled)).includes("played_until"));
  await modelled.ask("speak", { caller });
  await until("the offer", async () => (await kinds(id, modelled)).includes("desk_ringing"));
  return { caller, id };
}

/** Checks that the agent sees what was said before they answer, talks, and sees the caller hang up. */
async function isAnswered(page, { caller, id }, said) {
  await card(page).getByRole("log", { name: "Transcript" }).getByText(said).first().waitFor();
  await button(page, "Accept call").click();
  await state(page, "Talking").waitFor();
  await panel(page).getByRole("log", { name: "Transcript" }).getByText(said).first().waitFor();
  await modelled.ask("hang_up", { caller });
  await panel(page).waitFor({ state: "detached" });
  const outcomes = async () => (await modelled.api(`/api/v1/calls/${id}`)).agents.map(({ outcome }) => outcome);
  await until("the outcome on record", async () => (await outcomes()).join() === "talked");
  equal(await modelled.ask("rules_broken"), [], "rules of the model's API that were broken");
}

test("desk::a_caller_who_asks_in_words_is_offered_with_what_they_said", async (open) => {
  const page = await agentAt(open, "Wes", "360");
  const said = "I want to talk to a real person.";
  const call = await callerSays(said, "+491703600011");
  equal((await kinds(call.id, modelled)).filter((kind) => kind === "person_wished").length, 1, "requests that were recognized");
  await isAnswered(page, call, said);
});
