// A visitor in Firefox, with its own microphone and loudspeaker: what was played into the microphone and what came out of the loudspeaker are
// compared with the server's recording.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { HEARD_HZ, withFirefox } from "./firefox.mjs";
import { coarse, mustBeHeard, recording, wavSamples } from "./sound.mjs";
import { equal, must, test, unowned as at, until } from "./stage.mjs";

const WORDS = fileURLToPath(new URL("desk/sounds/transfer_to_an_agent.wav", import.meta.url));
/** How many seconds of the assistant are compared. */
const SECONDS = 4;

/** Keeps the page's connections and sockets. The microphone's sound is unprocessed: noise suppression would change the wave, and this test
 * compares waves. */
function noteConnections() {
  window.peers = [];
  const { RTCPeerConnection: Peer, WebSocket: Socket } = window;
  window.RTCPeerConnection = class extends Peer {
    constructor(...words) {
      super(...words);
      window.peers.push(this);
    }
  };
  window.sockets = [];
  window.WebSocket = class extends Socket {
    constructor(url, ...more) {
      super(url, ...more);
      window.sockets.push(new URL(url).pathname);
    }
  };
  // Firefox's first page has no media devices.
  if (!window.MediaDevices) return;
  const { getUserMedia } = MediaDevices.prototype;
  MediaDevices.prototype.getUserMedia = function asItIs() {
    return getUserMedia.call(this, { audio: { channelCount: 1, echoCancellation: false, noiseSuppression: false, autoGainControl: false } });
  };
}

/** A network that blocks UDP: the browser learns only of the TCP address. */
function closeUdp() {
  const { setRemoteDescription } = window.RTCPeerConnection.prototype;
  window.RTCPeerConnection.prototype.setRemoteDescription = function overTcp({ type, sdp }) {
    return setRemoteDescription.call(this, { type, sdp: sdp.replace(/a=candidate:\S+ 1 udp .*\r\n/gi, "") });
  };
}

/** A network that blocks both: the answer is ignored, and no check is ever sent. */
function closeBoth() {
  window.RTCPeerConnection.prototype.setRemoteDescription = () => Promise.resolve();
}

/** The protocol that a connection's sound uses. */
async function protocolOf() {
  const stats = [...(await window.peers[0].getStats()).values()];
  const pair = stats.find(({ type, selected }) => type === "candidate-pair" && selected);
  return stats.find(({ id }) => id === pair?.remoteCandidateId)?.protocol;
}

/** Talks over a new link: hears the assistant, speaks, presses a key and hangs up. `during` checks the call meanwhile. The call's leg must be of
 * the kind `legKind`. */
async function conversation(firefox, name, legKind, during) {
  const { items } = await at.api("/api/v1/agent-profiles");
  const link = await at.api("/api/v1/talk-links", { name, profile_id: items[0].id });
  must(link.url, JSON.stringify(link));
  await firefox.visit(at.origin + new URL(link.url).pathname);
  const callState = (words) =>
    until(`the call's state ${words}`, () => firefox.evaluate(`() => document.querySelector("[role=status][aria-label=Call]")?.textContent.includes("${words}")`));
  await firefox.click("Talk");
  await callState("Assistant speaking");
  const heard = firefox.listen();
  const { id } = await until("the call in the list", async () => (await at.api("/api/v1/calls?limit=20")).items.find(({ to }) => to === name));
  const events = async () => (await at.api(`/api/v1/calls/${id}/events?limit=200`)).items;
  await until(`${SECONDS} s of the assistant`, () => heard.seconds() > SECONDS);
  await firefox.say(WORDS);
  const isOver = ({ kind }) => kind === "speech_stopped";
  await until("the end of the visitor's words", async () => (await events()).some(isOver));
  const whole = heard.samples();
  await firefox.click("Keypad");
  await firefox.click("9");
  await firefox.pressEscape();
  await until("the key in the journal", async () => (await events()).some(({ kind }) => kind === "dtmf"));
  await during();
  await firefox.click("Hang up");
  await callState("You hung up.");
  const row = await until("the end of the call", async () => {
    const call = await at.api(`/api/v1/calls/${id}`);
    return call.state === "ended" && call.recording_ms && call;
  });
  equal([row.hangup_by, row.hangup_cause, row.leg_kind], ["caller", "normal_clearing", legKind], "who hung up, why, and the kind of leg");
  const journal = await events();
  const keys = journal.filter(({ kind }) => kind === "dtmf");
  equal(keys.map(({ digit }) => digit), ["9"], "the keys");
  must(journal.findIndex(isOver) < journal.indexOf(keys[0]), "the key came after the words");
  const { rate, caller, assistant } = await recording(at, id);
  const said = wavSamples(readFileSync(WORDS));
  mustBeHeard(coarse(said.samples, said.rate), coarse(caller, rate), `${name}, the visitor`);
  mustBeHeard(coarse(whole.slice(0, SECONDS * HEARD_HZ), HEARD_HZ), coarse(assistant, rate), `${name}, the assistant`);
  return journal;
}

const audioSockets = (firefox) => firefox.evaluate(() => window.sockets.filter((path) => path === "/ws/audio").length);

/** A conversation by WebRTC over this protocol, with a measured connection. */
async function byWebRtc(firefox, name, protocol) {
  const journal = await conversation(firefox, name, "webrtc", async () => {
    equal(await firefox.evaluate(protocolOf), protocol, "the protocol of the sound");
    equal(await audioSockets(firefox), 0, "sockets for sound");
  });
  const measured = journal.filter(({ kind }) => kind === "line_measured");
  equal(measured.length, 1, "measurements of the connection");
  const { packets_in, packets_lost_in } = measured[0].quality;
  must(packets_in > 100 && packets_lost_in === 0, JSON.stringify(measured[0]));
}

test("talk_webrtc::firefox_and_the_assistant_hear_each_other_and_a_key_is_pressed", () =>
  withFirefox(async (firefox) => {
    await firefox.beforePages(noteConnections);
    await byWebRtc(firefox, "Firefox", "udp");
  }));

// The usual run covers UDP, `tests/run --full` also the other ways.
if (process.env.CORDBOARD_TEST_FULL) {
  test("talk_webrtc::firefox_through_which_no_udp_comes_talks_over_tcp", () =>
    withFirefox(async (firefox) => {
      await firefox.beforePages(noteConnections);
      await firefox.beforePages(closeUdp);
      await byWebRtc(firefox, "Firefox over TCP", "tcp");
    }));

  test("talk_webrtc::firefox_that_gets_no_connection_talks_over_the_socket", () =>
    withFirefox(async (firefox) => {
      await firefox.beforePages(noteConnections);
      await firefox.beforePages(closeBoth);
      const journal = await conversation(firefox, "Firefox over the socket", "web", async () => {
        equal(await audioSockets(firefox), 1, "sockets for sound");
      });
      equal(journal.filter(({ kind }) => kind === "line_measured").length, 0, "measured connections by WebRTC");
    }));
}
