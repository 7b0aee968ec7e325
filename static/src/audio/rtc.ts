// An audio connection by WebRTC (`/api/v1/webrtc`): the browser connects microphone and loudspeaker with the network, over UDP. The text messages of
// docs/web-audio.md come over a data channel.
import { hangUpBy, shown } from "./hang-up";
import { here } from "./here";
import { keepPlaying, keepRunning } from "./keep-running";
import type { LineEvents } from "./line";
import { openMicrophone, whenUnplugged } from "./microphone";
import { Party, type Pass, type ServerMessage } from "./party";

/** How long connecting may take before the call uses `/ws/audio`. */
const CONNECT_MS = 3_000;
/** How long the server may take to name its STUN and TURN servers. */
const SERVERS_MS = 1_000;
/** The pauses before each attempt to reconnect, before the call uses `/ws/audio`. */
const RETRY_AFTER_MS = [0, 500, 1_500];
/** How often the levels are measured. */
const LEVEL_MS = 50;
/** Sound quieter than this is silence. */
const AUDIBLE = 0.003;
/** How long a key sounds. */
const KEY_MS = 100;
/** How long the last words are played after the call is over. */
const LAST_WORDS_MS = 500;

/** Events of a WebRTC connection. */
export interface RtcEvents extends LineEvents {
  /** WebRTC no longer works: the call may continue over the socket, with this microphone. */
  onNoWay: (microphone: MediaStream, words: string) => void;
}

/** A connection, and its address at the server. */
interface Connection {
  peer: RTCPeerConnection;
  keys: RTCDTMFSender | null;
  texts: RTCDataChannel;
  location: string;
  /** Whether sound passes in both directions. */
  isUp: boolean;
}

/** The audio of one call. */
export class RtcLine {
  private connection: Connection | null = null;
  private readonly party: Party;
  private isOver = false;
  private isMuted = false;
  private readonly loudspeaker = new Audio();
  private readonly context = new AudioContext();
  private own: AnalyserNode | null;
  private ear: AnalyserNode | null = null;
  /** Whether the user was notified that the browser plays nothing. */
  private isSuspended = false;
  /** Stop watching the loudspeaker, and the context, which is only used to measure. */
  private unwatchLoudspeaker: () => void = () => undefined;
  private readonly unwatchContext: () => void;
  private readonly watch: ReturnType<typeof setInterval>;

  private constructor(
    pass: Pass,
    private microphone: MediaStream,
    private readonly events: RtcEvents,
    isMuted: boolean,
  ) {
    this.party = new Party(pass, { ...events, onOver: (cause, words) => this.over(cause, words) }, RETRY_AFTER_MS, false);
    this.own = this.meter(microphone);
    this.unwatchContext = keepRunning(this.context, () => undefined);
    this.watch = setInterval(() => this.look(), LEVEL_MS);
    this.watchMicrophone();
    // Sound is sent as soon as the browser has connected, which the page learns of later.
    this.mute(isMuted);
  }

  /** Connects. Null if no connection succeeds in time: then the pass is valid for `/ws/audio`, and the microphone belongs to the function's
   * caller. */
  static async open(pass: Pass, microphone: MediaStream, events: RtcEvents, isMuted: boolean): Promise<RtcLine | null> {
    let line: RtcLine;
    try {
      line = new RtcLine(pass, microphone, events, isMuted);
    } catch {
      return null;
    }
    try {
      await line.connect();
      return line;
    } catch {
      line.mute(false);
      line.stop(null);
      line.plays(true);
      return null;
    }
  }

  /** The token for the next connection. */
  get pass(): Pass {
    return this.party.pass;
  }

  /** The token with which another page can resume. */
  get wayBack(): Pass | null {
    return this.party.wayBack;
  }

  /** Presses a key. */
  press(digit: string): void {
    const keys = this.connection?.keys;
    // Firefox offers telephone events at 8,000 Hz, which can't be used with Opus at 48,000 Hz: there the key is sent in a text message. Keys that are
    // still queued would be lost if they were not passed again.
    if (keys?.canInsertDTMF) keys.insertDTMF(keys.toneBuffer + digit, KEY_MS);
    else this.say({ type: "dtmf", digit });
  }

  /** Says something in writing: a turn, as if it had been spoken. */
  write(text: string, number: number): void {
    this.say({ type: "typed", text, number });
  }

  /** Requests a person. */
  askForPerson(): void {
    this.say({ type: "person" });
  }

  private say(message: object): void {
    const texts = this.connection?.texts;
    if (texts?.readyState === "open") texts.send(JSON.stringify(message));
  }

  /** Makes the playout audible, or not. */
  hear(on: boolean): void {
    this.loudspeaker.muted = !on;
  }

  /** Sends silence instead of the microphone, or the microphone again. */
  mute(on: boolean): void {
    this.isMuted = on;
    for (const track of this.microphone.getTracks()) track.enabled = !on;
  }

  /** Replaces the microphone. Throws if it can't be used. */
  async useMicrophone(deviceId?: string): Promise<void> {
    const microphone = await openMicrophone(deviceId);
    // The call ended before the user allowed it.
    if (this.isOver) {
      for (const track of microphone.getTracks()) track.stop();
      return;
    }
    for (const track of this.microphone.getTracks()) track.stop();
    this.microphone = microphone;
    // Mute it before it is sent.
    this.mute(this.isMuted);
    this.sendMicrophone();
    this.own = this.meter(microphone);
    this.watchMicrophone();
  }

  /** Sends the current microphone over the connection. If the connection is closed in the meantime, the next one sends it from its start. */
  private sendMicrophone(): void {
    const [sender] = this.connection?.peer.getSenders() ?? [];
    const track = this.microphone.getAudioTracks()[0] ?? null;
    if (sender && sender.track !== track) sender.replaceTrack(track).catch(() => null);
  }

  /** Hangs up. */
  bye(): void {
    if (this.isOver) return;
    this.loudspeaker.muted = true;
    // A page that is being closed has no time for an answer. Closing a connection before it is up would look like a page that goes away.
    this.end(this.tellBye());
  }

  /** Notifies the server of the hang-up, through the connection's address if the server still has it. */
  private async tellBye(): Promise<void> {
    const { connection, party } = this;
    if (connection === null) {
      await hangUpBy(party.pass);
      return;
    }
    const isEnded = await hasEnded(connection.location);
    // A connection that is not up belongs to no party yet.
    if (!isEnded || !connection.isUp) await hangUpBy(party.pass);
  }

  /** The page goes away, and may come back. */
  leave(): void {
    if (this.isOver) return;
    this.say({ type: "away" });
    this.end(null);
  }

  /** Disconnects without hanging up, and releases the microphone. */
  drop(): void {
    this.end(null);
  }

  /** Resolves once sound passes in both directions; throws if that takes too long or fails. */
  private async connect(): Promise<void> {
    const peer = new RTCPeerConnection({ iceServers: await iceServers(this.party.pass) });
    let hasAnswer = false;
    const late = tooLate();
    try {
      const senders = this.microphone.getTracks().map((track) => peer.addTrack(track, this.microphone));
      peer.ontrack = ({ streams: [stream], track }) => this.play(stream ?? new MediaStream([track]));
      const texts = peer.createDataChannel("texts");
      texts.onmessage = ({ data }: MessageEvent<string>) => {
        if (this.connection?.peer === peer) this.party.take(JSON.parse(data) as ServerMessage);
      };
      const connected = new Promise<void>((stands, fails) => {
        peer.onconnectionstatechange = () => {
          if (peer.connectionState === "connected") stands();
          else if (peer.connectionState === "failed") fails(new Error("failed"));
          const isOurs = this.connection?.peer === peer && this.connection.isUp;
          if (isOurs && ["failed", "disconnected"].includes(peer.connectionState)) this.broken();
        };
      });
      const location = await Promise.race([offer(peer, this.party.pass), late]);
      hasAnswer = true;
      // Nobody would close the connection: a user who has left in the meantime would still be in the call.
      if (this.isOver) throw new Error("over");
      // The first text message may come together with the connection.
      const connection = { peer, keys: senders[0]?.dtmf ?? null, texts, location, isUp: false };
      this.connection = connection;
      // The microphone may have been replaced since the offer.
      this.sendMicrophone();
      await Promise.race([connected, late]).catch((fault: unknown) => {
        // ICE has succeeded: the server may have used our pass already, and then it is not valid for the other transport.
        if (!FOUND.includes(peer.iceConnectionState) || peer.connectionState === "failed") throw fault;
        return Promise.race([connected, tooLate()]);
      });
      connection.isUp = true;
    } catch (fault) {
      if (this.connection?.peer === peer) this.connection = null;
      peer.close();
      throw hasAnswer ? new NoWay() : fault;
    }
  }

  /** The network has changed, or the server has restarted: another connection replaces this one, in the same call. */
  private broken(): void {
    this.connection?.peer.close();
    this.connection = null;
    this.party.again(() => this.reconnect());
  }

  /** If the server answers but receives nothing from us, UDP no longer works. */
  private reconnect(): void {
    this.connect().catch((fault: unknown) => (fault instanceof NoWay ? this.party.isLost() : this.party.again(() => this.reconnect())));
  }

  private over(cause: string, words: string): void {
    if (this.isOver) return;
    if (cause !== "broken") {
      this.end(new Promise((done) => setTimeout(done, LAST_WORDS_MS)));
      this.events.onOver(cause, words);
      return;
    }
    this.isOver = true;
    this.stop(null);
    // The socket does its own muting.
    this.mute(false);
    this.plays(true);
    this.events.onNoWay(this.microphone, words);
  }

  /** Releases the microphone; the connection is closed once `after` has settled, or at once if that is null. */
  private end(after: Promise<unknown> | null): void {
    if (this.isOver) return;
    this.isOver = true;
    this.party.isOver = true;
    for (const track of this.microphone.getTracks()) track.stop();
    this.stop(after);
  }

  private stop(after: Promise<unknown> | null): void {
    clearInterval(this.watch);
    this.unwatchLoudspeaker();
    this.unwatchContext();
    const { connection } = this;
    const close = () => {
      connection?.peer.close();
      this.loudspeaker.srcObject = null;
      void this.context.close().catch(() => null);
    };
    // A page that goes away does nothing later.
    if (after === null) close();
    else void after.then(close, close);
  }

  private play(stream: MediaStream): void {
    this.loudspeaker.srcObject = stream;
    this.ear = this.meter(stream);
    this.unwatchLoudspeaker();
    this.unwatchLoudspeaker = this.isOver ? () => undefined : keepPlaying(this.loudspeaker, (isPlaying) => this.plays(isPlaying));
  }

  /** The browser plays sound, or does not, perhaps until the user clicks or presses a key. A transport that takes over reports its own
   * suspensions. */
  private plays(isPlaying: boolean): void {
    if (this.isSuspended === !isPlaying) return;
    this.isSuspended = !isPlaying;
    if (isPlaying) this.events.onResumed?.();
    else this.events.onSuspended?.();
  }

  /** Measures a stream. Null if the browser can't, for example for a microphone at another rate: its sound is sent all the same. */
  private meter(stream: MediaStream): AnalyserNode | null {
    try {
      const meter = new AnalyserNode(this.context, { fftSize: 2_048 });
      this.context.createMediaStreamSource(stream).connect(meter);
      return meter;
    } catch {
      return null;
    }
  }

  private look(): void {
    this.events.onOwnLevel(this.isMuted || this.own === null ? 0 : levelOf(this.own));
    if (this.ear === null) return;
    const level = levelOf(this.ear);
    this.events.onEarLevel(level > AUDIBLE ? level : 0, level <= AUDIBLE);
  }

  private watchMicrophone(): void {
    const { microphone } = this;
    whenUnplugged(microphone, () => {
      if (this.microphone === microphone && !this.isOver) this.events.onUnplugged();
    });
  }
}

/** The ICE states in which packets get through. */
const FOUND: readonly RTCIceConnectionState[] = ["connected", "completed"];

/** Rejects when connecting takes too long. */
const tooLate = () => new Promise<never>((_, refuse) => setTimeout(() => refuse(new Error("too late")), CONNECT_MS));

/** The server answers, but receives nothing from us over UDP. */
class NoWay extends Error {}

/** The STUN and TURN servers that the server names; empty if it names none, or does not answer in time. */
async function iceServers(pass: Pass): Promise<RTCIceServer[]> {
  try {
    const signal = AbortSignal.timeout(SERVERS_MS);
    const answered = await fetch(here("/api/v1/webrtc"), { credentials: "omit", cache: "no-store", headers: shown(pass), signal });
    return answered.ok ? ((await answered.json()) as { ice_servers: RTCIceServer[] }).ice_servers : [];
  } catch {
    return [];
  }
}

/** Ends the connection at this address on the server. Returns whether the server had it. */
async function hasEnded(location: string): Promise<boolean> {
  try {
    return (await fetch(here(location), { method: "DELETE", keepalive: true, credentials: "omit" })).ok;
  } catch {
    return false;
  }
}

/** Sends an offer to the server, and applies its answer. Returns the connection's address. */
async function offer(peer: RTCPeerConnection, pass: Pass): Promise<string> {
  await peer.setLocalDescription();
  const answered = await fetch(here("/api/v1/webrtc"), {
    method: "POST",
    credentials: "omit",
    headers: { ...shown(pass), "Content-Type": "application/sdp" },
    body: peer.localDescription?.sdp ?? "",
  });
  const location = answered.headers.get("Location");
  if (answered.status !== 201 || location === null) throw new Error(`refused: ${answered.status}`);
  await peer.setRemoteDescription({ type: "answer", sdp: await answered.text() });
  return location;
}

function levelOf(meter: AnalyserNode): number {
  const samples = new Float32Array(meter.fftSize);
  meter.getFloatTimeDomainData(samples);
  return samples.reduce((loudest, sample) => Math.max(loudest, Math.abs(sample)), 0);
}
