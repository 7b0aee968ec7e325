// How long a visitor waits for the first sound after their click, by WebRTC and over the socket. Taken with `CORDBOARD_MEASURE=1 cargo test --test
// pages -- measure::`. The figures are printed and not checked.
import { print } from "./figures.mjs";
import { house, must, test, unowned, until } from "./stage.mjs";
import { MICROPHONE } from "./desk/scene.mjs";

/** The number of visits and the pause between them: one address may send 60 requests a minute, and a visit by WebRTC takes four or more. */
const TIMES = 15;
const BETWEEN_MS = 5_000;

/** Notes when Talk is pressed and when the page first plays sound after that, in ms since the page began. */
const noteSound = (page) =>
  page.addInitScript(() => {
    const taps = [];
    const { connect } = AudioNode.prototype;
    AudioNode.prototype.connect = function tapped(to, ...more) {
      if (to === this.context.destination) {
        const tap = new AnalyserNode(this.context, { fftSize: 256 });
        connect.call(this, tap);
        taps.push(tap);
      }
      return connect.call(this, to, ...more);
    };
    const { addTrack } = RTCPeerConnection.prototype;
    RTCPeerConnection.prototype.addTrack = function noted(...words) {
      this.addEventListener("track", ({ streams: [stream] }) => {
        const context = new AudioContext();
        const tap = new AnalyserNode(context, { fftSize: 256 });
        connect.call(context.createMediaStreamSource(stream), tap);
        taps.push(tap);
      });
      return addTrack.apply(this, words);
    };
    addEventListener("click", () => (window.clickedAt ??= performance.now()), true);
    const samples = new Float32Array(256);
    const isLoud = (tap) => {
      tap.getFloatTimeDomainData(samples);
      return samples.some((sample) => Math.abs(sample) > 0.01);
    };
    setInterval(() => {
      if (window.soundAt === undefined && taps.some(isLoud)) window.soundAt = performance.now();
    }, 2);
  });

for (const [way, at] of [
  ["WebRTC", unowned],
  ["the socket", house],
]) {
  test(`measure::from_the_click_to_the_first_sound_by_${way.split(" ").at(-1).toLowerCase()}`, async (open) => {
    const [profile] = (await at.api("/api/v1/agent-profiles")).items;
    const link = await at.api("/api/v1/talk-links", { name: `Measured by ${way}`, profile_id: profile.id, calls_per_hour_max: 1_000 });
    must(link.url, JSON.stringify(link));
    const took = [];
    for (let time = 0; time < TIMES; time += 1) {
      // Ending a call may find its connection gone already.
      const page = await open({ at, stranger: true, allowed: ["404"], ...MICROPHONE });
      await noteSound(page);
      await page.goto(at.origin + new URL(link.url).pathname);
      await page.getByRole("button", { name: "Talk", exact: true }).click();
      took.push(await until("a sound", () => page.evaluate(() => (window.soundAt ? window.soundAt - window.clickedAt : null))));
      await page.getByRole("button", { name: "Hang up", exact: true }).click();
      await page.getByText("You hung up.").first().waitFor();
      await page.context().close();
      await new Promise((resolve) => setTimeout(resolve, BETWEEN_MS));
    }
    print(`from the click to the first sound by ${way}`, took);
  });
}
