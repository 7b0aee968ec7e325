// JsSIP as a telephone: registered at a switch by SIP over WebSocket (RFC 7118), one call at a time. Nothing of the desk is imported here, so
// that its code is in a file of its own, which is loaded for agents who use it.
import { UA, WebSocketInterface } from "jssip";
import type { RTCSession } from "jssip/lib/RTCSession";

/** For so long a registration is good, in s; it is renewed before. */
const REGISTRATION_S = 120;
/** How often it is looked at how loud the other side is. */
const LEVEL_MS = 200;
/** The switch is told that a second caller finds the agent busy. */
const BUSY = { status_code: 486 };
/** The switch does not know the user, or not this password. */
const ACCOUNT_CODES = [401, 403, 404, 407];

/** State of the telephone. */
export type PhoneState = "connecting" | "ready" | "ringing" | "talking" | "lost";

/** Its registrar, and its user. */
export interface Registration {
  /** The address of the WebSocket. */
  url: string;
  domain: string;
  user: string;
  password: string;
}

/** Events of the telephone. */
export interface PhoneEvents {
  /** How it stands now; with who calls, as the switch names them, while it rings. */
  onState: (state: PhoneState, caller: string) => void;
  /** The switch does not take it: user and password are wrong, or for a reason in the switch's words. It has stopped. */
  onRefused: (isAccount: boolean, words: string) => void;
  /** How loud the other side is, 0 to 1. */
  onLevel: (level: number) => void;
}

/** A telephone that registers at once. */
export class JsSipPhone {
  private readonly agent: UA;
  private session: RTCSession | null = null;
  private isOver = false;

  constructor(
    { url, domain, user, password }: Registration,
    private readonly events: PhoneEvents,
  ) {
    this.agent = new UA({
      sockets: [new WebSocketInterface(url)],
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
      // Without an answer the connection broke: it is made again by itself.
      if (code === undefined) return this.stands("lost");
      this.stop();
      this.events.onRefused(ACCOUNT_CODES.includes(code), `${code} ${response.reason_phrase || cause}`);
    });
    this.agent.on("newRTCSession", ({ session }: { session: RTCSession }) => {
      if (this.session !== null) session.terminate(BUSY);
      else this.rings(session);
    });
    this.agent.start();
  }

  /** Takes the call that rings, with this microphone, which is given back when the call is over. Whether there was one yet. */
  answer(mediaStream: MediaStream): boolean {
    const { session } = this;
    if (!session?.isInProgress()) return false;
    // JsSIP gives back only a microphone that it has asked for itself.
    const giveBack = () => mediaStream.getTracks().forEach((track) => track.stop());
    session.on("ended", giveBack);
    session.on("failed", giveBack);
    session.answer({ mediaStream });
    return true;
  }

  /** Does not take it. */
  reject(): void {
    this.session?.terminate(BUSY);
  }

  /** Lets the other side not hear the agent, or hear them again. */
  mute(on: boolean): void {
    if (!this.session?.isEstablished()) return;
    if (on) this.session.mute({ audio: true });
    else this.session.unmute({ audio: true });
  }

  /** Ends the call that there is, and the registration. */
  stop(): void {
    this.isOver = true;
    this.agent.stop();
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
      peerconnection.addEventListener("track", ({ streams: [stream] }) => {
        ear.srcObject = stream ?? null;
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

/** How loud what comes is, 0 to 1. */
async function levelOf(connection: RTCPeerConnection): Promise<number> {
  let level = 0;
  for (const report of (await connection.getStats()).values() as Iterable<RTCInboundRtpStreamStats>) {
    if (report.type === "inbound-rtp") level = report.audioLevel ?? 0;
  }
  return level;
}
