// Callers who want a person, and the profiles and links that lead them to an agent.
import { count } from "../scenes.mjs";
import { api, hearsMore, house, must, until } from "../stage.mjs";
import { button, deskOf, notesSockets, person } from "./people.mjs";

/** Chromium's stand-in for a microphone beeps once a second. */
export const MICROPHONE = { permissions: ["microphone"] };

let lines = 0;
let first = null;

/** Creates keys for this extension or queue, which telephone callers press. */
export async function keysTo(target) {
  lines += 1;
  // Callers that a dialplan announces get the first profile.
  first ??= (await house.api("/api/v1/agent-profiles")).items.find(({ name }) => !name.startsWith("desk-line-"));
  const digits = `4${String(lines).padStart(2, "0")}`;
  const key = await house.api("/api/v1/dtmf-actions", { profile_id: first.id, digits, action: { action: "request_handoff", target } });
  must(key.digits, JSON.stringify(key));
  return { digits };
}

/** Creates a way to this extension or queue for visitors of a talk link, who press the key 0, and for telephone callers. */
export async function lineTo(target, more = {}) {
  const { digits } = await keysTo(target);
  const profile = await house.api("/api/v1/agent-profiles", {
    name: `desk-line-${lines}`,
    dtmf_actions: [{ digits: "0", action: { action: "request_handoff", target } }],
    ...more,
  });
  must(profile.id, JSON.stringify(profile));
  const link = await house.api("/api/v1/talk-links", { name: `Line ${lines}`, profile_id: profile.id });
  must(link.url, JSON.stringify(link));
  return { digits, name: link.name, profile: profile.id, address: house.origin + new URL(link.url).pathname };
}

/** Waits until the caller's request for a person is in the journal. */
const isLed = (id) =>
  until("the request", async () => (await kinds(id)).some((kind) => ["handoff_requested", "desk_ringing", "queue_placed"].includes(kind)));

/** A telephone caller who presses the keys for a person when the greeting begins, or with `hears` after they have heard a few words. */
export async function callerAsks({ digits }, from, { hears: isHeard = false } = {}) {
  const { caller, id } = await house.ring(from);
  await until("the greeting", () => count(id, "item_started"));
  // Speech that is cut short before a word of it was heard gets no line in the transcript.
  if (isHeard) await hearsMore(house, caller, 1_200);
  await house.ask("press", { caller, digits });
  await isLed(id);
  return { caller, id };
}

/** Returns the page and the call id of a visitor of the line's link who asks for a person by the key. */
export async function visitorAsks(open, line, { tone } = {}) {
  const page = await open({ stranger: true, scripts: LISTENING, ...MICROPHONE });
  await page.goto(line.address);
  if (tone) await hasTone(page, tone);
  const live = async () => {
    const { items } = await api("/api/v1/calls?limit=10");
    return items.filter(({ to, state }) => to === line.name && state === "live").map(({ id }) => id);
  };
  // Another call may have come by this link already, and this call is in the database a moment after it has begun.
  const before = await live();
  await page.getByRole("button", { name: "Talk", exact: true }).click();
  await page.getByRole("status", { name: "Call", exact: true }).filter({ hasText: "Assistant speaking" }).waitFor();
  const id = await until("the call in the list", async () => (await live()).find((one) => !before.includes(one)));
  await page.getByRole("button", { name: "Keypad", exact: true }).click();
  await page.getByRole("button", { name: "0", exact: true }).click();
  await page.keyboard.press("Escape");
  await isLed(id);
  return { page, id };
}

/** Opens an agent's desk whose sound is recorded by `listens`. */
export async function agentAt(open, name, extension, allowed = [], more = {}) {
  const agent = await person(name, { extension, ...more });
  const options = { at: more.at, stranger: true, allowed: ["/ws/nowhere", ...allowed], scripts: LISTENING, ...MICROPHONE };
  const page = await deskOf(() => open(options), agent);
  if (more.tone) await hasTone(page, more.tone);
  return { agent, page };
}

/** Connects an agent at their desk with a caller at a telephone, who is silent unless they are told to speak. */
export async function talksByTelephone(open, name, extension, how) {
  const { agent, page } = await agentAt(open, name, extension);
  const { caller, id } = await callerAsks(await keysTo(extension), `+49170${extension}0001`, how);
  await button(page, "Accept call").click();
  await state(page, "Talking").waitFor();
  return { agent, page, caller, id };
}

/** Connects an agent at their desk with a visitor, whose page costs more than a telephone. If tones are given, their microphones play them. */
export async function talks(open, name, extension, tones = {}) {
  const { agent, page } = await agentAt(open, name, extension, [], { tone: tones.agent });
  const visitor = await visitorAsks(open, await lineTo(extension), { tone: tones.visitor });
  await button(page, "Accept call").click();
  await state(page, "Talking").waitFor();
  return { agent, page, visitor: visitor.page, id: visitor.id };
}

/** Replaces the page's microphone, until it navigates, by a tone of this pitch, in Hz, which starts at `speak()`. So a test can tell who hears whom.
 * Call this before the page opens its microphone. */
async function hasTone(page, hz) {
  await page.evaluate((frequency) => {
    let gain = 0;
    let level = null;
    window.speak = () => {
      gain = 0.2;
      if (level) level.gain.value = gain;
    };
    navigator.mediaDevices.getUserMedia = async () => {
      const context = new AudioContext();
      const microphone = new MediaStreamAudioDestinationNode(context);
      level = new GainNode(context, { gain });
      const tone = new OscillatorNode(context, { frequency });
      tone.connect(level).connect(microphone);
      tone.start();
      return microphone.stream;
    };
  }, hz);
}

/** Waits until the page's loudspeaker plays exactly the pitches `wanted`, out of `all`. */
export const hearsTones = (page, wanted, all) =>
  until(`the tones ${wanted.join(", ")} and no other`, async () => {
    const heard = await page.evaluate((pitches) => window.tonesOf(pitches), all);
    return heard.join() === wanted.join();
  });

/** A script for pages: notes the sound that goes to the loudspeaker (`loudest()` of the last 85 ms, 0 to 1; `tonesOf()`: which of these pitches)
 * and the sound that is sent (`sent`: the loudest sample of each message). */
export function listens() {
  const { connect } = AudioNode.prototype;
  const taps = [];
  AudioNode.prototype.connect = function tapped(to, ...more) {
    if (to === this.context.destination) {
      const tap = new AnalyserNode(this.context, { fftSize: 2048, smoothingTimeConstant: 0 });
      connect.call(this, tap);
      taps.push(tap);
    }
    return connect.call(this, to, ...more);
  };
  // The microphones that the page got, without voice processing, which takes CPU time and does not change the beeps.
  window.microphones = [];
  const { mediaDevices } = navigator;
  const ask = mediaDevices?.getUserMedia.bind(mediaDevices);
  const asItIs = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
  if (ask) {
    mediaDevices.getUserMedia = async (constraints) => {
      const given = await ask({ ...constraints, audio: { ...constraints.audio, ...asItIs } });
      window.microphones.push(given);
      return given;
    };
  }
  const { send } = WebSocket.prototype;
  window.sent = [];
  window.lines = [];
  WebSocket.prototype.send = function noted(message) {
    if (message instanceof ArrayBuffer) {
      if (!window.lines.includes(this)) window.lines.push(this);
      const loudest = Math.max(...new Int16Array(message).map(Math.abs));
      window.sent.push(loudest);
      (this.sent ??= []).push(loudest);
    }
    return send.call(this, message);
  };
  // Those of calls that are over keep their last sound.
  const heard = () => taps.filter(({ context }) => context.state === "running");
  // A microphone's tone is at about -30 dB there, leakage from another pitch below -60.
  window.tonesOf = (pitches) =>
    pitches.filter((hz) =>
      heard().some((tap) => {
        const levels = new Float32Array(tap.frequencyBinCount);
        tap.getFloatFrequencyData(levels);
        const place = Math.round((hz * tap.fftSize) / tap.context.sampleRate);
        return Math.max(...levels.slice(place - 1, place + 2)) > -45;
      }));
  window.loudest = () => {
    const samples = new Float32Array(2048);
    return Math.max(0, ...heard().map((tap) => {
      tap.getFloatTimeDomainData(samples);
      return Math.max(...samples.map(Math.abs));
    }));
  };
}

/** The scripts of all pages whose sound a test observes. */
const LISTENING = [listens, notesSockets];

/** Denies the page a microphone while `window.isBlocked` is set, as it is from now on. */
export const blockMicrophone = (page) =>
  page.evaluate(() => {
    const { mediaDevices } = navigator;
    const ask = mediaDevices.getUserMedia.bind(mediaDevices);
    window.isBlocked = true;
    mediaDevices.getUserMedia = (wish) => (window.isBlocked ? Promise.reject(new DOMException("Permission denied", "NotAllowedError")) : ask(wish));
  });

/** A script for pages: keeps the page's audio contexts; none of them runs while a telephone call interrupts the sound. */
export function keepsContexts() {
  const Real = window.AudioContext;
  window.contexts = [];
  window.AudioContext = class extends Real {
    constructor(...words) {
      super(...words);
      window.contexts.push(this);
    }
    resume() {
      return window.isInterrupted ? Promise.reject(new DOMException("interrupted", "InvalidStateError")) : super.resume();
    }
  };
}

/** Counts the page's requests for a microphone (`asked`) and keeps the streams that it got (`given`). While `window.hasNone` is set there is no
 * microphone, and while `window.isBlocked` is set the permission is denied, for this reason if it is a text. While `window.isAsked` is set each
 * request waits for `window.allow()`. */
export function givesMicrophones() {
  window.asked = 0;
  window.given = [];
  const { mediaDevices } = navigator;
  const ask = mediaDevices.getUserMedia.bind(mediaDevices);
  mediaDevices.getUserMedia = async (constraints) => {
    window.asked += 1;
    if (window.hasNone) throw new DOMException("Requested device not found", "NotFoundError");
    if (window.isBlocked) throw new DOMException(window.isBlocked === true ? "Permission denied" : window.isBlocked, "NotAllowedError");
    if (window.isAsked) await new Promise((allow) => (window.allow = allow));
    const given = await ask(constraints);
    window.given.push(given);
    return given;
  };
}

/** Ends the page's microphone, as when it is unplugged or the permission is revoked: the track ends without a call of `stop()`. */
export const endMicrophone = (page) => page.evaluate(() => window.given.at(-1).getTracks()[0].dispatchEvent(new Event("ended")));

/** Unplugs the page's microphone: there is none from then on. */
export async function unplug(page) {
  await page.evaluate(() => (window.hasNone = true));
  await endMicrophone(page);
}

/** Waits until the page's loudspeaker plays sound. The page looks itself, every 30 ms: several times within each beep. */
export const hears = (page) => page.waitForFunction(() => window.loudest() > 0.02, undefined, { polling: 30 });

/** Tells a caller at a telephone to speak for 3 s, and waits until the page plays it. */
export async function hearsCaller(page, caller, at = house) {
  await at.ask("speak", { caller });
  await hears(page);
}

/** Waits until a caller at a telephone hears sound. */
export const callerHears = (caller, at = house) => at.ask("hears", { caller });

/** Returns the loudest sample of the next `messages` messages of sound that the page sends. The page sends 50 a second, and the microphone beeps
 * once a second. */
export async function sends(page, messages = 60) {
  await page.evaluate(() => (window.sent = []));
  const sent = await until("messages of sound", () => page.evaluate((least) => window.sent.length >= least && window.sent, messages));
  return Math.max(...sent);
}

/** Waits until the page sends the sound of its microphone: the next beep, which is in its next 60 messages. */
export async function speaks(page) {
  await page.evaluate(() => (window.sent = []));
  const isKnown = () => {
    const beep = window.sent.findIndex((loudest) => loudest > 1_000);
    return (beep >= 0 || window.sent.length >= 60) && { beep };
  };
  const { beep } = await until("sound of the microphone", () => page.evaluate(isKnown));
  must(beep >= 0 && beep < 60, `no beep in 60 messages of the microphone (${beep})`);
}

/** Returns the loudest sample of each call's next 60 messages of sound, in the order in which the calls began. */
export async function sendsByCall(page, calls) {
  await page.evaluate(() => window.lines.forEach((line) => (line.sent = [])));
  const isEnough = (wanted) => {
    const open = window.lines.filter(({ readyState }) => readyState === WebSocket.OPEN).map(({ sent }) => sent);
    return open.length === wanted && open.every(({ length }) => length >= 60) && open;
  };
  const sent = await until("messages of sound in each call", () => page.evaluate(isEnough, calls));
  return sent.map((loudest) => Math.max(...loudest));
}

/** The card of an offered call. */
export const card = (page) => page.getByRole("region", { name: /^Incoming call from / });
/** The call in the middle of the desk. */
export const panel = (page) => page.getByRole("region", { name: /^Call with / });
export const state = (page, words) => page.getByRole("status", { name: "State of the call" }).filter({ hasText: words });
/** Unfolds the timeline of the call that the desk shows, and returns it. */
export async function happened(page) {
  await page.getByText("What happened on this call").click();
  return page.getByRole("list", { name: "Timeline" });
}
export const customer = (page) => page.getByRole("region", { name: "Customer information", exact: true });
export const wrapUp = (page) => page.getByRole("region", { name: /^Wrap-up of the call with / });

/** A call's journal, and the kinds of its entries. */
export const entries = async (id, at = house) => (await at.api(`/api/v1/calls/${id}/events?limit=200`)).items;
export const kinds = async (id, at) => (await entries(id, at)).map(({ kind }) => kind);
