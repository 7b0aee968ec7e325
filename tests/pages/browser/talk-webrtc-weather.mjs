// A visitor and their assistant hear each other by WebRTC over a network that loses datagrams and delays each by a random time: the sound of both
// directions is compared with its source.
import { readFileSync } from "node:fs";
import { MICROPHONE } from "./desk/scene.mjs";
import { keptBy } from "./page-sound.mjs";
import { coarse, mustBeHeard, recording } from "./sound.mjs";
import { must, test, unowned as at, until } from "./stage.mjs";

const callState = (page, words) => page.getByRole("status", { name: "Call", exact: true }).filter({ hasText: words });
const button = (page, name) => page.getByRole("button", { name, exact: true });
const WORDS = readFileSync(new URL("desk/sounds/transfer_to_an_agent.wav", import.meta.url)).toString("base64");

/** Makes the page's microphone repeat the recording once `say()` is called, keeps the sound received by WebRTC, and routes the connection through
 * the driver's network. */
async function overTheNetwork(page) {
  await page.exposeFunction("networkTo", (port) => at.ask("network", { port }));
  await page.addInitScript((recording) => {
    const context = new AudioContext({ sampleRate: 24_000 });
    addEventListener("pointerdown", () => void context.resume());
    const microphone = new MediaStreamAudioDestinationNode(context);
    navigator.mediaDevices.getUserMedia = async () => {
      const bytes = Uint8Array.from(atob(recording), (letter) => letter.charCodeAt(0));
      const buffer = await context.decodeAudioData(bytes.buffer);
      const source = new AudioBufferSourceNode(context, { buffer, loop: true });
      source.connect(microphone);
      window.said = [...buffer.getChannelData(0)];
      window.say = () => source.start();
      return microphone.stream;
    };
    const { addTrack, setRemoteDescription } = RTCPeerConnection.prototype;
    RTCPeerConnection.prototype.addTrack = function noted(...words) {
      this.addEventListener("track", ({ streams: [stream] }) => {
        window.heard = [];
        // Taken from the decoder: the sound of an audio graph has gaps on a busy machine.
        const keep = async () => {
          const frames = new MediaStreamTrackProcessor({ track: stream.getAudioTracks()[0], maxBufferSize: 1_000 }).readable.getReader();
          for (let { done, value } = await frames.read(); !done; { done, value } = await frames.read()) {
            const samples = new Float32Array(value.numberOfFrames);
            value.copyTo(samples, { planeIndex: 0, format: "f32-planar" });
            window.heardHz = value.sampleRate;
            window.heard.push(...samples);
            value.close();
          }
        };
        void keep();
      });
      return addTrack.apply(this, words);
    };
    RTCPeerConnection.prototype.setRemoteDescription = async function rerouted({ type, sdp }) {
      const udp = / (\d+) typ host/;
      const lines = sdp.split("\r\n").filter((line) => !/^a=candidate:.* tcp /i.test(line));
      const candidate = lines.find((line) => /^a=candidate:.* udp /i.test(line));
      const port = await window.networkTo(Number(udp.exec(candidate)[1]));
      const changed = lines.map((line) => (line === candidate ? line.replace(udp, ` ${port} typ host`) : line));
      return setRemoteDescription.call(this, { type, sdp: changed.join("\r\n") });
    };
  }, WORDS);
}

/** The usual run covers one of them, `tests/run --full` all. `rtc/src/tests/calls.rs` tests by seed how our own side copes with each, where no
 * busy machine adds losses. */
const WEATHERS = [
  [5, 30],
  [10, 120],
  [0, 30],
  [1, 30],
  [10, 30],
  [0, 120],
  [1, 120],
  [5, 120],
].slice(0, process.env.CORDBOARD_TEST_FULL ? 8 : 1);

for (const [loss_percent, jitter_ms] of WEATHERS) {
  test(`talk_webrtc::words_are_understood_with_${loss_percent}_percent_lost_and_${jitter_ms}_ms_of_jitter`, async (open) => {
    const { items } = await at.api("/api/v1/agent-profiles");
    const name = `Weather ${loss_percent}/${jitter_ms}`;
    const link = await at.api("/api/v1/talk-links", { name, profile_id: items[0].id });
    must(link.url, JSON.stringify(link));
    const page = await open({ at, stranger: true, ...MICROPHONE });
    await overTheNetwork(page);
    await page.goto(at.origin + new URL(link.url).pathname);
    await button(page, "Talk").click();
    await callState(page, "Assistant speaking").waitFor();
    await at.ask("weather", { loss_percent, jitter_ms });
    // The visitor's speech would cut the assistant short, so the greeting comes first.
    await until("5 s of the assistant", () => page.evaluate(() => window.heard.length > 5 * window.heardHz));
    await page.evaluate(() => window.say());
    await until("4 s of the visitor", () => page.evaluate(() => window.heard.length > 9 * window.heardHz));
    const lost = await at.ask("weather", {});
    must(loss_percent === 0 || lost > 0, "the network lost no datagrams");
    const [said, heard] = [await keptBy(page, "said"), await keptBy(page, "heard")];
    const heardHz = await page.evaluate(() => window.heardHz);
    const [{ id }] = (await at.api("/api/v1/calls?limit=20")).items.filter(({ to }) => to === name);
    await button(page, "Hang up").click();
    await callState(page, "You hung up.").waitFor();
    await until("the recording", async () => (await at.api(`/api/v1/calls/${id}`)).recording_ms);
    const { rate, caller, assistant } = await recording(at, id);
    console.log(`(${name}: ${lost} datagrams lost)`);
    mustBeHeard(coarse(said, 24_000), coarse(caller, rate), `${name}, the visitor`);
    mustBeHeard(coarse(assistant.slice(0, 4 * rate), rate), coarse(heard, heardHz), `${name}, the assistant`);
  });
}
