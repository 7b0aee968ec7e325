// A line of audio by WebRTC (`/api/v1/webrtc`): the browser keeps microphone, loudspeaker and network together, over UDP. The texts of
// docs/web-audio.md come over a data channel.
import { here } from "./here";
import type { LineEvents } from "./line";
import { openMicrophone } from "./microphone";
import type { CallerStand, SaidLine } from "./socket";
import { w } from "./words";

/** How long a connection may take, before the call goes over `/ws/audio`. */
const CONNECT_MS = 3_000;
/** How often, and in how long, a connection that broke is made again: the server waits for 5 s. */
const RETRY_AFTER_MS = [0, 500, 1_500];
/** How often the levels are looked at. */
const LEVEL_MS = 50;
/** Quieter than this is silence. */
const AUDIBLE = 0.003;
/** How long a key sounds. */
const KEY_MS = 100;
/** How long the last words are played once the line is over. */
const LAST_WORDS_MS = 500;

type FromServer =
  | { type: "ready"; call_id: string; resume: string }
  | ({ type: "stand" } & CallerStand)
  | ({ type: "line" } & SaidLine)
  | { type: "bye"; cause: string; words: string };

/** A connection, and where the server has it. */
interface Connection {
  peer: RTCPeerConnection;
  keys: RTCDTMFSender | null;
  texts: RTCDataChannel;
  location: string;
}

/** The audio of one call. */
export class RtcLine {
  private connection: Connection | null = null;
  private resume: string | null = null;
  private tries = 0;
  private isOver = false;
  private isMuted = false;
  private readonly loudspeaker = new Audio();
  private readonly context = new AudioContext();
  private own: AnalyserNode;
  private ear: AnalyserNode | null = null;
  private readonly watch: ReturnType<typeof setInterval>;

  private constructor(
    private microphone: MediaStream,
    private readonly events: LineEvents,
  ) {
    this.own = this.meter(microphone);
    this.watch = setInterval(() => this.look(), LEVEL_MS);
    this.watchMicrophone();
  }

  /** Connects with a one-time token. Null where no connection is made in time: the token is good for `/ws/audio` then, and the
   * microphone is the caller's. */
  static async open(token: string, microphone: MediaStream, events: LineEvents): Promise<RtcLine | null> {
    const line = new RtcLine(microphone, events);
    try {
      await line.connect(token);
      return line;
    } catch {
      line.stop(0);
      return null;
    }
  }

  /** Presses a key. */
  press(digit: string): void {
    this.connection?.keys?.insertDTMF(digit, KEY_MS);
  }

  /** Says something in writing: a turn, as if it had been spoken. */
  write(text: string): void {
    this.say({ type: "typed", text });
  }

  /** Asks for a person. */
  askForPerson(): void {
    this.say({ type: "person" });
  }

  private say(message: object): void {
    const texts = this.connection?.texts;
    if (texts?.readyState === "open") texts.send(JSON.stringify(message));
  }

  /** Lets be heard what is played, or not. */
  hear(on: boolean): void {
    this.loudspeaker.muted = !on;
  }

  /** Sends silence in place of the microphone, or the microphone again. */
  mute(on: boolean): void {
    this.isMuted = on;
    for (const track of this.microphone.getTracks()) track.enabled = !on;
  }

  /** Takes another microphone in place of the one there was. Throws where it can't be used. */
  async useMicrophone(deviceId?: string): Promise<void> {
    const microphone = await openMicrophone(deviceId);
    const [sender] = this.connection?.peer.getSenders() ?? [];
    await sender?.replaceTrack(microphone.getAudioTracks()[0] ?? null);
    for (const track of this.microphone.getTracks()) track.stop();
    this.microphone = microphone;
    this.own = this.meter(microphone);
    this.mute(this.isMuted);
    this.watchMicrophone();
  }

  /** Hangs up. */
  bye(): void {
    if (this.isOver) return;
    const location = this.connection?.location;
    // Whoever closes the page has no time for an answer.
    if (location !== undefined) void fetch(here(location), { method: "DELETE", keepalive: true, credentials: "omit" }).catch(() => null);
    this.end(0);
  }

  /** Goes without hanging up, and gives the microphone back. */
  drop(): void {
    this.end(0);
  }

  /** Answers once sound goes both ways; throws where that takes too long or fails. */
  private async connect(presented: string): Promise<void> {
    const peer = new RTCPeerConnection();
    const late = new Promise<never>((_, refuse) => setTimeout(() => refuse(new Error("too late")), CONNECT_MS));
    try {
      const senders = this.microphone.getTracks().map((track) => peer.addTrack(track, this.microphone));
      peer.ontrack = ({ streams: [stream], track }) => this.play(stream ?? new MediaStream([track]));
      const texts = peer.createDataChannel("texts");
      texts.onmessage = ({ data }: MessageEvent<string>) => {
        if (this.connection?.peer === peer) this.take(JSON.parse(data) as FromServer);
      };
      const connected = new Promise<void>((stands, fails) => {
        peer.onconnectionstatechange = () => {
          if (peer.connectionState === "connected") stands();
          else if (peer.connectionState === "failed") fails(new Error("failed"));
          if (this.connection?.peer === peer && ["failed", "disconnected"].includes(peer.connectionState)) this.broken();
        };
      });
      const location = await Promise.race([offer(peer, presented), late]);
      // The first text may come with the connection.
      this.connection = { peer, keys: senders[0]?.dtmf ?? null, texts, location };
      await Promise.race([connected, late]);
      this.tries = 0;
    } catch (fault) {
      if (this.connection?.peer === peer) this.connection = null;
      peer.close();
      throw fault;
    }
  }

  /** The network has changed, or the server began anew: another connection takes the place of this one, in the same call. */
  private broken(): void {
    this.connection?.peer.close();
    this.connection = null;
    if (this.isOver) return;
    this.events.onBroken();
    this.tryAgain();
  }

  private tryAgain(): void {
    const wait = RETRY_AFTER_MS[this.tries];
    const { resume } = this;
    if (wait === undefined || resume === null) {
      this.over("broken", w.broken);
      return;
    }
    this.tries += 1;
    setTimeout(() => {
      if (this.isOver) return;
      this.connect(resume).catch(() => this.tryAgain());
    }, wait);
  }

  private take(message: FromServer): void {
    switch (message.type) {
      case "ready":
        this.resume = message.resume;
        this.events.onReady(message.call_id);
        return;
      case "stand":
        this.events.onStand?.(message);
        return;
      case "line":
        this.events.onLine?.(message);
        return;
      case "bye":
        this.over(message.cause, message.words);
    }
  }

  private over(cause: string, words: string): void {
    if (this.isOver) return;
    this.end(LAST_WORDS_MS);
    this.events.onOver(cause, words);
  }

  private end(playsOnMs: number): void {
    if (this.isOver) return;
    this.isOver = true;
    for (const track of this.microphone.getTracks()) track.stop();
    this.stop(playsOnMs);
  }

  private stop(playsOnMs: number): void {
    clearInterval(this.watch);
    const { connection } = this;
    setTimeout(() => {
      connection?.peer.close();
      this.loudspeaker.srcObject = null;
      void this.context.close().catch(() => null);
    }, playsOnMs);
  }

  private play(stream: MediaStream): void {
    this.loudspeaker.srcObject = stream;
    this.loudspeaker.play().catch(() => this.events.onSuspended?.());
    this.ear = this.meter(stream);
  }

  private meter(stream: MediaStream): AnalyserNode {
    const meter = new AnalyserNode(this.context, { fftSize: 2_048 });
    this.context.createMediaStreamSource(stream).connect(meter);
    return meter;
  }

  private look(): void {
    this.events.onOwnLevel(this.isMuted ? 0 : levelOf(this.own));
    if (this.ear === null) return;
    const level = levelOf(this.ear);
    this.events.onEarLevel(level > AUDIBLE ? level : 0, level <= AUDIBLE);
  }

  private watchMicrophone(): void {
    const { microphone } = this;
    microphone.getAudioTracks()[0]?.addEventListener("ended", () => {
      if (this.microphone === microphone && !this.isOver) this.events.onUnplugged();
    });
  }
}

/** Offers to the server, and takes its answer. Answers where the connection is. */
async function offer(peer: RTCPeerConnection, presented: string): Promise<string> {
  await peer.setLocalDescription();
  const answered = await fetch(here("/api/v1/webrtc"), {
    method: "POST",
    credentials: "omit",
    headers: { Authorization: `Bearer ${presented}`, "Content-Type": "application/sdp" },
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
