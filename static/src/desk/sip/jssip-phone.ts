// JsSIP as a telephone: registered at a switch by SIP over WebSocket (RFC 7118), one call at a time. It imports nothing of the desk, so that its code
// is in a separate file, which is loaded only for agents who use it.
import { UA, WebSocketInterface } from "jssip";
import type { RTCSession } from "jssip/lib/RTCSession";

/** How long a registration is valid, in s; it is renewed before that. */
const REGISTRATION_S = 120;
/** How long after a failure of the switch the phone registers again, in ms. */
const AGAIN_MS = 10_000;
/** How often the level of the other side is measured. */
const LEVEL_MS = 200;
/** The answer to a second caller: the agent is busy. */
const BUSY = { status_code: 486 };
/** The switch does not know the user, or refuses the password. */
const ACCOUNT_CODES = [401, 403, 404, 407];
/** Whether the switch fails at the moment, as one that is overloaded, and may register the phone later. */
const isPassing = (code: number) => code >= 500 && code < 600;

/** The state of the telephone. */
export type PhoneState = "connecting" | "ready" | "ringing" | "talking" | "lost";

/** Its registrar and its user. */
export interface Registration {
  /** The address of the WebSocket. */
  url: string;
  domain: string;
  user: string;
  password: string;
}

/** Events of the telephone. */
export interface PhoneEvents {
  /** The current state; while it rings, with the caller's name from the switch. */
  onState: (state: PhoneState, caller: string) => void;
  /** The switch refuses it: user or password are wrong, or for a reason in the switch's words. It has stopped. */
  onRefused: (isAccount: boolean, words: string) => void;
  /** The level of the other side, 0 to 1. */
  onLevel: (level: number) => void;
}

/** A telephone that registers at once. */
export class JsSipPhone {
  private readonly agent: UA;
  private readonly socket: WebSocketInterface;
  private session: RTCSession | null = null;
  /** The microphone of the newest call that was answered. */
  private microphone: MediaStream | null = null;
  private isOver = false;
  /** Registers again. */
  private again: ReturnType<typeof setTimeout> | undefined;

  constructor(
    { url, domain, user, password }: Registration,
    private readonly events: PhoneEvents,
  ) {
    this.socket = new WebSocketInterface(url);
    this.agent = new UA({
      sockets: [this.socket],
      uri: `sip:${user}@${domain}`,
      authorization_user: user,
      password,
      register: true,
      register_expires: REGISTRATION_S,
      // A browser that sleeps through a session timer loses the call.
      session_timers: false,
    });
    this.agent.on("registered", () => this.stands("ready"));
    this.agent.on("unregistered", () => this.stands("connecting"));
    this.agent.on("connecting", () => this.stands("connecting"));
    this.agent.on("disconnected", () => this.stands("lost"));
    this.agent.on("registrationFailed", ({ response, cause }) => {
      const code: number | undefined = response?.status_code;
      if (code === undefined) return this.reconnects();
      if (isPassing(code)) return this.registersLater();
      const refused = () => {
        this.stop();
        this.events.onRefused(ACCOUNT_CODES.includes(code), `${code} ${response.reason_phrase || cause}`);
      };
      const { session } = this;
      if (session === null) return refused();
      // Stopping would hang up: the conversation goes on to its end. Over another connection the phone may be registered again by then.
      const over = () => {
        if (!this.agent.isRegistered()) refused();
      };
      session.on("ended", over);
      session.on("failed", over);
    });
    this.agent.on("newRTCSession", ({ session }: { session: RTCSession }) => {
      if (this.session !== null) session.terminate(BUSY);
      else this.rings(session);
    });
    this.agent.start();
  }

  /** Answers the ringing call with this microphone, which is released when the call is over. Returns whether a call was ringing. */
  answer(mediaStream: MediaStream): boolean {
    const { session } = this;
    if (!session?.isInProgress()) return false;
    this.microphone = mediaStream;
    // JsSIP releases only a microphone that it has opened itself.
    const giveBack = () => this.microphone?.getTracks().forEach((track) => track.stop());
    session.on("ended", giveBack);
    session.on("failed", giveBack);
    session.answer({ mediaStream });
    return true;
  }

  /** Replaces the microphone of the current call. Returns whether there is a call. */
  replaceMicrophone(microphone: MediaStream): boolean {
    const { session } = this;
    const sender = session?.connection?.getSenders().find(({ track }) => track?.kind === "audio");
    const [track] = microphone.getAudioTracks();
    if (!session || session.isEnded() || !sender || !track) return false;
    for (const before of this.microphone?.getTracks() ?? []) before.stop();
    this.microphone = microphone;
    track.enabled = session.isMuted().audio !== true;
    sender.replaceTrack(track).catch(() => null);
    return true;
  }

  /** Rejects the ringing call. */
  reject(): void {
    this.session?.terminate(BUSY);
  }

  /** Mutes or unmutes the agent. */
  mute(on: boolean): void {
    if (!this.session?.isEstablished()) return;
    if (on) this.session.mute({ audio: true });
    else this.session.unmute({ audio: true });
  }

  /** Ends the current call and the registration. */
  stop(): void {
    this.isOver = true;
    clearTimeout(this.again);
    this.agent.stop();
  }

  /** The switch has not answered. A connection that still seems to be open is dead, or the switch was starting and has dropped the registration. JsSIP
   * would leave it at that; it reconnects, and registers, only once a connection has ended. */
  private reconnects(): void {
    if (this.isOver) return;
    if (this.agent.isConnected()) {
      this.socket.disconnect();
      this.socket.ondisconnect(true);
    }
    this.stands("lost");
  }

  private registersLater(): void {
    this.stands("lost");
    clearTimeout(this.again);
    this.again = setTimeout(() => {
      // Once a connection that was lost is back, JsSIP registers by itself.
      if (!this.isOver && this.agent.isConnected()) this.agent.register();
    }, AGAIN_MS);
  }

  private stands(state: PhoneState): void {
    if (this.session === null) this.tells(state);
  }

  private tells(state: PhoneState, caller = ""): void {
    if (!this.isOver) this.events.onState(state, caller);
  }

  private rings(session: RTCSession): void {
    this.session = session;
    const { display_name, uri } = session.remote_identity;
    this.tells("ringing", display_name || uri.user);
    const ear = new Audio();
    ear.autoplay = true;
    let looking: ReturnType<typeof setInterval> | undefined;
    session.on("peerconnection", ({ peerconnection }) => {
      peerconnection.addEventListener("track", ({ streams: [stream], track }) => {
        // Not every switch names a stream (`a=msid`).
        ear.srcObject = stream ?? new MediaStream([track]);
      });
      looking = setInterval(() => void levelOf(peerconnection).then(this.events.onLevel), LEVEL_MS);
    });
    session.on("confirmed", () => this.tells("talking"));
    const over = () => {
      clearInterval(looking);
      ear.srcObject = null;
      this.session = null;
      this.events.onLevel(0);
      this.stands(this.agent.isRegistered() ? "ready" : "connecting");
    };
    session.on("ended", over);
    session.on("failed", over);
  }
}

/** The level of the incoming sound, 0 to 1. */
async function levelOf(connection: RTCPeerConnection): Promise<number> {
  let level = 0;
  for (const report of (await connection.getStats()).values() as Iterable<RTCInboundRtpStreamStats>) {
    if (report.type === "inbound-rtp") level = report.audioLevel ?? 0;
  }
  return level;
}
