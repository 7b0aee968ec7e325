// A visitor whose browser reaches the server only through a TURN server: a real coturn, which checks the credentials that the server makes.
import { MICROPHONE } from "./desk/scene.mjs";
import { keptBy, listen } from "./page-sound.mjs";
import { coarse, likeness, mustBeHeard, recording } from "./sound.mjs";
import { atHouse, equal, must, test, until } from "./stage.mjs";

const callState = (page, words) => page.getByRole("status", { name: "Call", exact: true }).filter({ hasText: words });
const button = (page, name) => page.getByRole("button", { name, exact: true });

/** Opens the page of a new link in a browser that uses only relays. */
async function visit(open, name) {
  const at = await atHouse("relay");
  const { items } = await at.api("/api/v1/agent-profiles");
  const made = await at.api("/api/v1/talk-links", { name, profile_id: items[0].id });
  must(made.url, JSON.stringify(made));
  const page = await open({ at, stranger: true, allowed: ["ScriptProcessorNode"], ...MICROPHONE });
  await listen(page);
  await page.addInitScript(() => {
    const Real = window.RTCPeerConnection;
    window.peers = [];
    window.RTCPeerConnection = class extends Real {
      constructor(setting) {
        super({ ...setting, iceTransportPolicy: "relay" });
        window.peers.push(this);
        this.refusals = [];
        this.addEventListener("icecandidateerror", ({ errorCode }) => this.refusals.push(errorCode));
      }
    };
  });
  return { at, page, address: at.origin + new URL(made.url).pathname };
}

const callOf = async (at, name) => (await at.api("/api/v1/calls?limit=20")).items.find(({ to }) => to === name);
const audioSockets = (page) => page.evaluate(() => window.sockets.filter((path) => path === "/ws/audio").length);

test("talk_webrtc::through_a_turn_server_both_sides_hear_each_other", async (open) => {
  const { at, page, address } = await visit(open, "By a relay");
  await page.goto(address);
  await button(page, "Talk").click();
  await callState(page, "Assistant speaking").waitFor();
  await until("4 s of the assistant's voice", () => page.evaluate(() => window.heard?.length > 4 * 24_000));
  const local = await page.evaluate(async () => {
    const stats = [...(await window.peers[0].getStats()).values()];
    const pair = stats.find(({ type, nominated, state }) => type === "candidate-pair" && nominated && state === "succeeded");
    return stats.find(({ id }) => id === pair.localCandidateId).candidateType;
  });
  equal(local, "relay", "the kind of the browser's candidate");
  equal(await audioSockets(page), 0, "sockets for sound");
  const [said, heard] = [await keptBy(page, "said"), await keptBy(page, "heard")];
  await button(page, "Hang up").click();
  await callState(page, "You hung up.").waitFor();
  const { id } = await callOf(at, "By a relay");
  await until("the recording", async () => (await at.api(`/api/v1/calls/${id}`)).recording_ms);
  const { rate, caller, assistant } = await recording(at, id);
  const up = likeness(coarse(said, 24_000), coarse(caller, rate));
  must(up > 0.9, `similarity of what was heard to the caller's sound: ${up}`);
  mustBeHeard(coarse(assistant.slice(0, 6 * rate), rate), coarse(heard, 24_000), "the assistant");
});

test("talk_webrtc::a_refused_turn_credential_falls_back_to_the_socket", async (open) => {
  const { at, page, address } = await visit(open, "By no relay");
  await page.route("**/api/v1/webrtc", async (route) => {
    if (route.request().method() !== "GET") return route.fallback();
    const answer = await route.fetch();
    const body = await answer.json();
    must(body.ice_servers.some(({ credential }) => credential), JSON.stringify(body));
    const ice_servers = body.ice_servers.map((server) => ({ ...server, credential: "AAAAAAAAAAAAAAAAAAAAAAAAAAA=" }));
    return route.fulfill({ response: answer, json: { ...body, ice_servers } });
  });
  await page.goto(address);
  await button(page, "Talk").click();
  await callState(page, "Assistant speaking").waitFor();
  equal(await audioSockets(page), 1, "sockets for sound");
  equal([...new Set(await page.evaluate(() => window.peers[0].refusals))], [401], "refusals of the TURN server");
  await button(page, "Hang up").click();
  await callState(page, "You hung up.").waitFor();
  const { id } = await until("the call in the list", () => callOf(at, "By no relay"));
  const { items } = await at.api(`/api/v1/calls/${id}/events?limit=200`);
  equal(items.filter(({ kind }) => kind === "line_measured").length, 0, "measured connections by WebRTC");
});
