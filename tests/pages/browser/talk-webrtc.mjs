// A visitor whose sound goes by WebRTC: what each side hears, keys, the end of the call, and the fallback to the socket if UDP is blocked.
import { equal, must, test, unowned as at, until } from "./stage.mjs";
import { deskOf, person } from "./desk/people.mjs";
import { endMicrophone, givesMicrophones, MICROPHONE, state } from "./desk/scene.mjs";
import { coarse, likeness, mustBeHeard, recording } from "./sound.mjs";
import { keptBy, listen } from "./page-sound.mjs";

const callState = (page, words) => page.getByRole("status", { name: "Call", exact: true }).filter({ hasText: words });
const button = (page, name) => page.getByRole("button", { name, exact: true });

/** Creates a link of the server that has WebRTC, and opens a page for its address. */
async function visit(open, name, allowed = []) {
  const { items } = await at.api("/api/v1/agent-profiles");
  const made = await at.api("/api/v1/talk-links", { name, profile_id: items[0].id });
  must(made.url, JSON.stringify(made));
  // The ScriptProcessorNode is this test's own, for listening.
  const page = await open({ at, stranger: true, allowed: ["ScriptProcessorNode", ...allowed], ...MICROPHONE });
  return { page, address: at.origin + new URL(made.url).pathname };
}

test("talk_webrtc::both_sides_hear_each_other_and_a_key_is_pressed", async (open) => {
  const { page, address } = await visit(open, "By WebRTC");
  await listen(page);
  await page.goto(address);
  await button(page, "Talk").click();
  await callState(page, "Assistant speaking").waitFor();
  const id = await until("the call in the list", async () => {
    const { items } = await at.api("/api/v1/calls?limit=20");
    return items.find(({ to, state }) => to === "By WebRTC" && state === "live")?.id;
  });
  await until("4 s of the assistant's voice", () => page.evaluate(() => window.heard?.length > 4 * 24_000));
  await button(page, "Keypad").click();
  await button(page, "9").click();
  await page.keyboard.press("Escape");
  const events = async () => (await at.api(`/api/v1/calls/${id}/events?limit=200`)).items;
  const key = await until("the key in the journal", async () => (await events()).find(({ kind }) => kind === "dtmf"));
  equal(key.digit, "9", "the key");
  equal((await events()).filter(({ kind }) => kind === "dtmf").length, 1, "presses of the key");
  const [said, heard] = [await keptBy(page, "said"), await keptBy(page, "heard")];
  equal(await page.evaluate(() => window.sockets.filter((path) => path === "/ws/audio")), [], "sockets for sound");
  // A reader of the call sees the quality of its connection meanwhile.
  const watch = await open({ at });
  await watch.goto(`${at.origin}/calls/${id}`);
  const live = watch.getByRole("region", { name: "Connection" });
  await live.getByText("Packets lost in the last seconds").waitFor();
  await live.getByText(/^[1-9]\d* kbit\/s in/).waitFor();
  await button(page, "Hang up").click();
  await callState(page, "You hung up.").waitFor();
  // After the call, the measured total replaces it.
  await live.getByText("Packets lost in the last seconds").waitFor({ state: "detached" });
  const row = await until("the end of the call", async () => {
    const call = await at.api(`/api/v1/calls/${id}`);
    return call.state === "ended" && call.recording_ms && call;
  });
  equal([row.hangup_by, row.leg_kind], ["caller", "webrtc"], "who hung up, and the kind of leg");
  const measured = (await events()).filter(({ kind }) => kind === "line_measured");
  equal(measured.length, 1, "measurements of the connection");
  const { packets_in, packets_lost_in, measured_ms, kbps_in } = measured[0].quality;
  // Within one machine nothing is lost.
  equal(packets_lost_in, 0, JSON.stringify(measured[0]));
  must(packets_in > 20 && measured_ms > 3_000 && kbps_in > 0, JSON.stringify(measured[0]));
  await watch.reload();
  const connection = watch.getByRole("region", { name: "Connection" });
  await connection.getByText("0%", { exact: true }).first().waitFor();
  await connection.getByText(`${measured[0].quality.jitter_ms_max} ms`, { exact: true }).first().waitFor();
  const { rate, caller, assistant } = await recording(at, id);
  const up = likeness(coarse(said, 24_000), coarse(caller, rate));
  must(up > 0.9, `similarity of what was heard to the caller's sound: ${up}`);
  mustBeHeard(coarse(assistant.slice(0, 6 * rate), rate), coarse(heard, 24_000), "the assistant");
});

test("talk_webrtc::where_no_connection_is_made_the_call_goes_over_the_socket", async (open) => {
  const { page, address } = await visit(open, "Without UDP");
  await listen(page);
  // The answer is ignored, and no check is ever sent. The page gives up after 1 s, a third of its usual limit.
  await page.addInitScript(() => {
    const later = window.setTimeout;
    window.setTimeout = (act, ms, ...more) => later(act, ms === 3_000 ? 1_000 : ms, ...more);
    RTCPeerConnection.prototype.setRemoteDescription = () => Promise.resolve();
  });
  await page.goto(address);
  await button(page, "Talk").click();
  await callState(page, "Assistant speaking").waitFor();
  equal(await page.evaluate(() => window.sockets.filter((path) => path === "/ws/audio").length), 1, "sockets for sound");
  await button(page, "Hang up").click();
  await callState(page, "You hung up.").waitFor();
});

/** Keeps the page's loudspeakers; none of them plays while a telephone call interrupts the sound. */
function keepsLoudspeakers() {
  const Real = window.Audio;
  window.loudspeakers = [];
  window.Audio = function made(...words) {
    const loudspeaker = new Real(...words);
    window.loudspeakers.push(loudspeaker);
    return loudspeaker;
  };
  const { play } = HTMLMediaElement.prototype;
  HTMLMediaElement.prototype.play = function played() {
    return window.isInterrupted ? Promise.reject(new DOMException("interrupted", "NotAllowedError")) : play.call(this);
  };
}

test("talk_webrtc::halted_playback_resumes_and_fast_keys_all_come", async (open) => {
  const { page, address } = await visit(open, "Interrupted by WebRTC");
  await page.addInitScript(keepsLoudspeakers);
  await page.goto(address);
  await button(page, "Talk").click();
  await callState(page, "Assistant speaking").waitFor();
  const halt = (isInterrupted) =>
    page.evaluate((isNow) => {
      window.isInterrupted = isNow;
      for (const loudspeaker of window.loudspeakers) loudspeaker.pause();
    }, isInterrupted);
  const plays = () => page.evaluate(() => window.loudspeakers.some(({ paused, srcObject }) => !paused && srcObject !== null));
  await until("the sound playing", plays);
  await halt(false);
  await until("the sound playing", plays);
  await halt(true);
  await callState(page, "Your call is still there.").waitFor();
  await page.evaluate(() => (window.isInterrupted = false));
  await button(page, "Continue the call").click();
  await callState(page, /Assistant speaking|Listening/).waitFor();
  must(await plays(), "the sound does not play");

  // Keys that are pressed faster than they sound.
  const { id } = await until("the call in the list", async () => (await at.api("/api/v1/calls?limit=20")).items.find(({ to }) => to === "Interrupted by WebRTC"));
  await button(page, "Keypad").click();
  await button(page, "9").waitFor();
  await page.locator(".pad .digit").evaluateAll((keys) => {
    for (const digit of "159137") keys.find(({ textContent }) => textContent.startsWith(digit)).click();
  });
  const pressed = async () => (await at.api(`/api/v1/calls/${id}/events?limit=200`)).items.filter(({ kind }) => kind === "dtmf");
  await until("six keys", async () => (await pressed()).length === 6);
  equal((await pressed()).map(({ digit }) => digit).join(""), "159137", "the keys");
  await page.keyboard.press("Escape");
  await button(page, "Hang up").click();
  await callState(page, "You hung up.").waitFor();
});

test("talk_webrtc::a_slow_connection_that_is_found_is_waited_for", async (open) => {
  const { page, address } = await visit(open, "Slow by WebRTC");
  await listen(page);
  // The server has the connection; the browser reports it half a second after the page's limit.
  await page.addInitScript(() => {
    const { get } = Object.getOwnPropertyDescriptor(RTCPeerConnection.prototype, "connectionState");
    window.isUp = false;
    Object.defineProperty(RTCPeerConnection.prototype, "connectionState", {
      get() {
        const state = get.call(this);
        if (state !== "connected" || window.isUp) return state;
        setTimeout(() => {
          window.isUp = true;
          this.dispatchEvent(new Event("connectionstatechange"));
        }, 3_500);
        return "connecting";
      },
    });
  });
  await page.goto(address);
  await button(page, "Talk").click();
  await until("the connection", () => page.evaluate(() => window.isUp));
  await callState(page, /Assistant speaking|Listening/).waitFor();
  equal(await page.evaluate(() => window.sockets.filter((path) => path === "/ws/audio")), [], "sockets for sound");
  await button(page, "Mute").click();
  await page.getByText("Muted", { exact: true }).waitFor();
  await button(page, "Hang up").click();
  await callState(page, "You hung up.").waitFor();
});

test("talk_webrtc::a_browser_without_udp_talks_over_tcp", async (open) => {
  const { page, address } = await visit(open, "Over TCP");
  await listen(page);
  // The browser learns only of the TCP address.
  await page.addInitScript(() => {
    const { setRemoteDescription } = RTCPeerConnection.prototype;
    RTCPeerConnection.prototype.setRemoteDescription = function overTcp({ type, sdp }) {
      window.peer = this;
      window.ways = sdp.match(/a=candidate:.*/g);
      return setRemoteDescription.call(this, { type, sdp: sdp.replace(/a=candidate:\S+ 1 udp .*\r\n/gi, "") });
    };
  });
  await page.goto(address);
  await button(page, "Talk").click();
  await callState(page, "Assistant speaking").waitFor();
  const ways = await page.evaluate(() => window.ways);
  must(ways.some((way) => / udp /i.test(way)) && ways.some((way) => / tcp .* tcptype passive/i.test(way)), `the answer's candidates: ${ways}`);
  await until("4 s of the assistant's voice", () => page.evaluate(() => window.heard?.length > 4 * 24_000));
  const protocol = await page.evaluate(async () => {
    const stats = [...(await window.peer.getStats()).values()];
    const pair = stats.find(({ type, nominated, state }) => type === "candidate-pair" && nominated && state === "succeeded");
    return stats.find(({ id }) => id === pair.remoteCandidateId).protocol;
  });
  equal(protocol, "tcp", "the protocol of the sound");
  const [said, heard] = [await keptBy(page, "said"), await keptBy(page, "heard")];
  equal(await page.evaluate(() => window.sockets.filter((path) => path === "/ws/audio")), [], "sockets for sound");
  await button(page, "Hang up").click();
  await callState(page, "You hung up.").waitFor();
  const { id } = (await at.api("/api/v1/calls?limit=20")).items.find(({ to }) => to === "Over TCP");
  await until("the recording", async () => (await at.api(`/api/v1/calls/${id}`)).recording_ms);
  const { rate, caller, assistant } = await recording(at, id);
  const up = likeness(coarse(said, 24_000), coarse(caller, rate));
  must(up > 0.9, `similarity of what was heard to the caller's sound: ${up}`);
  mustBeHeard(coarse(assistant.slice(0, 6 * rate), rate), coarse(heard, 24_000), "the assistant");
});

test("talk_webrtc::a_reloaded_page_continues_its_call_and_a_closed_one_leaves", async (open) => {
  const { page, address } = await visit(open, "Anew by WebRTC");
  await listen(page);
  await page.addInitScript(() => {
    const { addTrack } = RTCPeerConnection.prototype;
    window.areHeard = [];
    RTCPeerConnection.prototype.addTrack = function noted(track, ...streams) {
      window.areHeard.push(track.enabled);
      return addTrack.call(this, track, ...streams);
    };
  });
  await page.goto(address);
  await button(page, "Talk").click();
  await callState(page, "Assistant speaking").waitFor();
  const call = async () => (await at.api("/api/v1/calls?limit=20")).items.find(({ to }) => to === "Anew by WebRTC");
  const { id } = await until("the call in the list", call);
  await button(page, "Mute").click();
  await page.reload();
  await callState(page, "Assistant speaking").waitFor();
  equal(await button(page, "Mute").getAttribute("aria-pressed"), "true", "whether it is still muted");
  // Sound could flow as soon as the connection is up, before the page knows of it.
  equal(await page.evaluate(() => window.areHeard), [false], "whether the microphone was on when the connection was made");
  equal(await page.evaluate(() => window.sockets.filter((path) => path === "/ws/audio")), [], "sockets for sound");
  // Events that the page has are not always in the database yet.
  const events = async () => (await at.api(`/api/v1/calls/${id}/events?limit=200`)).items;
  const count = async (kind) => (await events()).filter((event) => event.kind === kind).length;
  await until("the return in the journal", async () => (await count("resumed")) === 1);
  await page.close();
  await until("the end of both pages in the journal", async () => (await count("leg_left")) === 2);
  const left = (await events()).filter(({ kind }) => kind === "leg_left");
  equal(left.map(({ how }) => how), ["away", "away"], "how the pages left");
  equal(await count("resumed"), 1, "how often the call was resumed");
});

test("talk_webrtc::a_call_continues_over_the_socket_once_udp_is_blocked", async (open) => {
  const { page, address } = await visit(open, "UDP closes");
  await listen(page);
  await page.addInitScript(givesMicrophones);
  await page.addInitScript(() => {
    const Real = window.RTCPeerConnection;
    window.peers = [];
    window.RTCPeerConnection = class extends Real {
      constructor(...words) {
        super(...words);
        window.peers.push(this);
      }
    };
  });
  await page.goto(address);
  await button(page, "Talk").click();
  await callState(page, "Assistant speaking").waitFor();
  // The browser reports that nothing arrives any more, and the next connection sends no check: the page gives it up after a third of its usual limit.
  await page.evaluate(() => {
    const later = window.setTimeout;
    window.setTimeout = (act, ms, ...more) => later(act, ms === 3_000 ? 1_000 : ms, ...more);
    const [peer] = window.peers;
    RTCPeerConnection.prototype.setRemoteDescription = () => Promise.resolve();
    Object.defineProperty(peer, "connectionState", { value: "failed" });
    peer.dispatchEvent(new Event("connectionstatechange"));
  });
  await until("a socket for sound", () => page.evaluate(() => window.sockets.includes("/ws/audio")));
  const call = (await at.api("/api/v1/calls?limit=20")).items.filter(({ to }) => to === "UDP closes");
  equal(call.length, 1, "number of calls");
  await until("the return of the visitor", async () => (await at.api(`/api/v1/calls/${call[0].id}/events?limit=200`)).items.some(({ kind }) => kind === "resumed"));
  await callState(page, "Assistant speaking").waitFor();
  // The microphone is the same: asking again could show a prompt that nobody sees.
  await until("the microphone's level", async () => (await page.getByText("You are heard").count()) > 0);
  equal(await page.evaluate(() => window.asked), 1, "requests for a microphone");
  await button(page, "Hang up").click();
  await callState(page, "You hung up.").waitFor();
  const joined = (await at.api(`/api/v1/calls/${call[0].id}/events?limit=200`)).items.filter(({ kind }) => kind === "leg_joined");
  equal(joined.map(({ leg_kind }) => leg_kind), ["webrtc", "web"], "the legs of the call");
  equal((await at.api(`/api/v1/calls/${call[0].id}`)).leg_kind, "web", "the kind of the last leg");
});

test("talk_webrtc::a_reconnecting_visitor_can_change_the_microphone_and_hang_up", async (open) => {
  // The server refuses an offer of a visitor who has hung up.
  const { page, address } = await visit(open, "Made again", ["401 (Unauthorized)"]);
  await page.addInitScript(givesMicrophones);
  await page.addInitScript(() => {
    const Real = window.RTCPeerConnection;
    window.peers = [];
    window.RTCPeerConnection = class extends Real {
      constructor(...words) {
        super(...words);
        window.peers.push(this);
      }
    };
    // As a browser does when nothing arrives any more.
    window.fail = () => {
      const peer = window.peers.at(-1);
      Object.defineProperty(peer, "connectionState", { value: "failed" });
      peer.dispatchEvent(new Event("connectionstatechange"));
    };
  });
  let waiting = null;
  await page.route("**/api/v1/webrtc", async (route) => {
    if (waiting !== null && route.request().method() === "POST") await new Promise((done) => waiting.push(done));
    await route.continue();
  });
  /** Breaks the connection; the next offer is held back until the returned function is called. */
  const breaks = async () => {
    waiting = [];
    await page.evaluate(() => window.fail());
    await until("an offer", () => waiting.length > 0);
    return () => {
      const held = waiting;
      waiting = null;
      for (const done of held) done();
    };
  };
  await page.goto(address);
  await button(page, "Talk").click();
  await callState(page, "Assistant speaking").waitFor();

  const comes = await breaks();
  await endMicrophone(page);
  await button(page, "Turn on the microphone").click();
  await button(page, "Mute").waitFor();
  comes();
  await callState(page, /Assistant speaking|Listening/).waitFor();
  const isSent = () => {
    const [{ track }] = window.peers.at(-1).getSenders();
    return track === window.given.at(-1).getAudioTracks()[0] && track.readyState === "live";
  };
  await until("the sound of the new microphone", () => page.evaluate(isSent));

  const comesLate = await breaks();
  await button(page, "Hang up").click();
  await callState(page, "You hung up.").waitFor();
  comesLate();
  await until("the end of all connections", () => page.evaluate(() => window.peers.every(({ signalingState }) => signalingState === "closed")));
});

test("talk_webrtc::an_agent_at_the_desk_and_a_visitor_hear_each_other", async (open) => {
  const agent = await person("Wanda", { at, extension: "390" });
  const dtmf_actions = [{ digits: "0", action: { action: "request_handoff", target: "390" } }];
  const profile = await at.api("/api/v1/agent-profiles", { name: "desk-by-webrtc", dtmf_actions });
  must(profile.id, JSON.stringify(profile));
  const link = await at.api("/api/v1/talk-links", { name: "Desk by WebRTC", profile_id: profile.id });
  must(link.url, JSON.stringify(link));
  const blank = await open({ at, stranger: true, allowed: ["ScriptProcessorNode"], ...MICROPHONE });
  await listen(blank);
  const desk = await deskOf(() => blank, agent);
  const page = await open({ at, stranger: true, allowed: ["ScriptProcessorNode"], ...MICROPHONE });
  await listen(page);
  await page.goto(at.origin + new URL(link.url).pathname);
  await button(page, "Talk").click();
  await callState(page, "Assistant speaking").waitFor();
  await button(page, "Keypad").click();
  await button(page, "0").click();
  await page.keyboard.press("Escape");
  await button(desk, "Accept call").click();
  await state(desk, "Talking").waitFor();
  await callState(page, "Talking with a person").waitFor();
  const lengths = async () => Promise.all([desk, page].map((one) => one.evaluate(() => [window.said.length, window.heard?.length ?? 0])));
  const before = await lengths();
  const SECONDS = 4;
  await until("4 s of both", async () => (await lengths()).every(([, heard], n) => heard > before[n][1] + SECONDS * 24_000));
  const since = async (one, [said, heard]) => [await keptBy(one, "said", said), await keptBy(one, "heard", heard)];
  const [[agentSaid, agentHeard], [visitorSaid, visitorHeard]] = await Promise.all([since(desk, before[0]), since(page, before[1])]);
  const toAgent = likeness(coarse(visitorSaid, 24_000), coarse(agentHeard, 24_000));
  const toVisitor = likeness(coarse(agentSaid, 24_000), coarse(visitorHeard, 24_000));
  // The sound goes through the codec twice.
  must(toAgent > 0.8 && toVisitor > 0.8, `similarity of what was heard: by the agent ${toAgent}, by the visitor ${toVisitor}`);
  for (const one of [desk, page]) {
    equal(await one.evaluate(() => window.sockets.filter((path) => path === "/ws/audio")), [], "sockets for sound");
  }
  // The desk shows the agent's microphone level, and a muted agent is no longer heard.
  await until("the microphone's level", async () => (await desk.getByText("You are heard", { exact: true }).count()) > 0);
  await button(desk, "Mute").click();
  // Chromium's microphone beeps once a second.
  await until("silence for 1.5 s", () => page.evaluate(() => Math.max(...window.heard.slice(-36_000).map(Math.abs)) < 0.01));
  await button(desk, "Mute").click();
  await until("the agent's voice again", () => page.evaluate(() => Math.max(...window.heard.slice(-36_000).map(Math.abs)) > 0.02));
  // A reloaded desk has its sound again.
  await desk.reload();
  await state(desk, "Talking").waitFor();
  equal(await desk.evaluate(() => window.sockets.filter((path) => path === "/ws/audio")), [], "sockets for sound of a reloaded desk");
  const { id } = (await at.api("/api/v1/calls?limit=20")).items.find(({ to }) => to === "Desk by WebRTC");
  const joined = (await at.api(`/api/v1/calls/${id}/events?limit=200`)).items.filter(({ kind }) => kind === "leg_joined");
  equal([...new Set(joined.map(({ leg_kind }) => leg_kind))], ["webrtc"], "the visitor's leg and the agent's");
  await button(page, "Hang up").click();
  await callState(page, "You hung up.").waitFor();
});
