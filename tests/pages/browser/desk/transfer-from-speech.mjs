// A website's visitor asks for a person by voice. Their profile is in Redis before anything rings, the extension rings at the switch, and the agent
// who accepts at the desk sees who the visitor is.
import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { atHouse, equal, must, test, until } from "../stage.mjs";
import { button, region } from "./people.mjs";
import { agentAt, customer, hears, kinds, listens, MICROPHONE, panel, state, wrapUp } from "./scene.mjs";

const SAID = "Transfer to an agent, please.";
const VISITOR = { name: "Vera Visitor", email: "vera@example.com" };
const BEHIND = ["404 (Not Found)"];
const WORDS = readFileSync(new URL("sounds/transfer_to_an_agent.wav", import.meta.url)).toString("base64");

/** Replaces the page's microphone by a recording, which plays once `say()` is called. Call this before the page navigates. */
async function speaksARecording(page) {
  await page.addInitScript((recording) => {
    navigator.mediaDevices.getUserMedia = async () => {
      const context = new AudioContext();
      const microphone = new MediaStreamAudioDestinationNode(context);
      const bytes = Uint8Array.from(atob(recording), (letter) => letter.charCodeAt(0));
      const buffer = await context.decodeAudioData(bytes.buffer);
      window.say = () => {
        const source = new AudioBufferSourceNode(context, { buffer });
        source.connect(microphone);
        source.start();
      };
      return microphone.stream;
    };
  }, WORDS);
}

test("desk::a_visitor_says_transfer_to_an_agent_and_talks_with_one", async (open) => {
  const at = await atHouse("asterisk");
  const extension = "2005";
  const { page: desk } = await agentAt(open, "Tess", extension, BEHIND, { at });
  const [first] = (await at.api("/api/v1/agent-profiles")).items;
  const profile = await at.api("/api/v1/agent-profiles", {
    name: "website",
    voices: [{ provider: "openai" }],
    handoff_words: { ...first.handoff_words, target: extension },
    tools: [...new Set([...first.tools, "request_handoff"])],
  });
  must(profile.id, JSON.stringify(profile));
  const link = await at.api("/api/v1/talk-links", { name: "Website", profile_id: profile.id });
  const { secret } = await at.api(`/api/v1/talk-links/${link.id}/signing-secret`, {});
  const claims = { exp: Math.floor(Date.now() / 1_000) + 600, ...VISITOR };
  const payload = Buffer.from(JSON.stringify(claims)).toString("base64url");
  const identity = `${payload}.${createHmac("sha256", secret).update(payload).digest("base64url")}`;
  const tool = { tool: "request_handoff", arguments: { target: extension, reason: "wants a person" } };
  await at.ask("model", { said: SAID, ...tool });

  const visitor = await open({ at, stranger: true, scripts: [listens], ...MICROPHONE });
  await speaksARecording(visitor);
  await visitor.goto(`${at.origin}${new URL(link.url).pathname}#identity=${identity}`);
  await button(visitor, "Talk").click();
  const call = visitor.getByRole("status", { name: "Call", exact: true });
  await call.filter({ hasText: "Assistant speaking" }).waitFor();
  const { id } = await until("the call in the list", async () => {
    const { items } = await at.api("/api/v1/calls?limit=10");
    return items.find(({ to, state: now }) => to === "Website" && now === "live");
  });
  await call.filter({ hasText: "Assistant speaking" }).waitFor({ state: "detached" });
  await visitor.evaluate(() => window.say());

  // The extension rings, and by then the visitor's profile is in Redis under its keys.
  await at.ask("rings", { number: extension });
  const kept = Object.entries(await at.ask("cached", { extension }));
  must(kept.length > 0 && kept.every(([, of]) => of === id), `entries in Redis: ${JSON.stringify(kept)}`);
  const journalled = await kinds(id, at);
  must(journalled.includes("profile_cached"), `the profile was not cached before the ringing: ${journalled}`);
  const heard = await at.ask("words_heard");
  must(heard > 0.5, `share of the recording that reached the model: ${heard}`);

  const card = region(desk, `Incoming call from ${VISITOR.name}`);
  await card.getByText(VISITOR.email).first().waitFor();
  await card.getByText(SAID).first().waitFor();
  await card.getByText(tool.arguments.reason).first().waitFor();
  await button(desk, "Accept call").click();
  await state(desk, "Talking").waitFor();
  await at.ask("quiet", { number: extension });
  await customer(desk).getByText(VISITOR.name).first().waitFor();
  await customer(desk).getByText(SAID).first().waitFor();

  // Both hear each other.
  await call.filter({ hasText: "Talking with a person" }).waitFor();
  await hears(visitor);
  await until("silence at the desk", async () => (await desk.evaluate(() => window.loudest())) < 0.01);
  await visitor.evaluate(() => window.say());
  await hears(desk);

  await button(panel(desk), "Hang up").click();
  await call.filter({ hasText: "The call has ended." }).waitFor();
  await wrapUp(desk).waitFor();
  await customer(desk).waitFor({ state: "detached" });
  await until("the end of the call", async () => (await at.api(`/api/v1/calls/${id}`)).state === "ended");
  equal(await at.ask("rules_broken"), [], "rules that were broken");
});
