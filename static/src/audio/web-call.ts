// A call whose caller is this page: its state, and what can be done. A visitor's page uses it, and the studio.
import { signal } from "@preact/signals";
import { type Away, keep, takeAway } from "./away";
import { hangUpBy } from "./hang-up";
import type { Means } from "./line";
import { NoMicrophone } from "./microphone";
import { Line } from "./open-line";
import { type CallerStand, ENDED, type Pass, type SaidLine } from "./party";
import { UnsentTexts } from "./unsent";
import { w } from "./words";

/** The state of a call. */
export type WebStand =
  | { at: "idle" }
  | { at: "asking" }
  | { at: "connecting" }
  | { at: "talking" }
  | { at: "reconnecting" }
  | { at: "over"; words: string }
  | { at: "failed"; fault: unknown };

/** The party until the server reports one. */
const ALONE: CallerStand = { stand: "assistant" };
/** How long the call waits for a visitor who writes, and with whom only the assistant is, in ms. */
const WRITER_MS = 120_000;
/** The number of lines that are kept; older ones are dropped. */
const LINES_MAX = 200;
/** How long a party counts as speaking after their last sound: pauses between words are shorter. */
const PAUSE_MS = 600;

/** One call at a time; the object can be used for several, one after another. */
export class WebCall {
  readonly stand = signal<WebStand>({ at: "idle" });
  /** The party that the caller is connected with. */
  readonly company = signal<CallerStand>(ALONE);
  /** The words of both sides, in order. */
  readonly lines = signal<SaidLine[]>([]);
  /** Whether anything is heard now. */
  readonly isSpeaking = signal(false);
  /** The levels of both sides, 0 to 1. */
  readonly ownLevel = signal(0);
  readonly earLevel = signal(0);
  readonly isMuted = signal(false);
  /** Whether there is a microphone: a visitor who writes may have none. */
  readonly hasMicrophone = signal(false);
  /** Whether the other side is heard. */
  readonly isHeard = signal(true);
  /** Whether the microphone was disconnected during the call. */
  readonly isUnplugged = signal(false);
  /** When the call first had our audio, ms since 1970; null before that. */
  readonly since = signal<number | null>(null);
  /** Whether the browser plays no sound until the user clicks or presses a key. */
  readonly isSuspended = signal(false);

  private line: Line | null = null;
  /** The stored state that is being resumed and has not led to the call yet. */
  private returning: Away | null = null;
  /** The pass into the call, while the connection is being made. */
  private admitted: Pass | null = null;
  private byWebrtc = false;
  private heardAt = 0;
  private readonly texts = new UnsentTexts((text, number) => {
    const { line } = this;
    if (line === null || this.stand.peek().at !== "talking") return false;
    line.write(text, number);
    return true;
  });
  /** The visitor's texts that could not be sent yet, or at all if the call is over. */
  readonly unsent = this.texts.shown;
  /** The visitor's requests and keys that wait for a connection. */
  private unsaid: ((line: Line) => void)[] = [];
  /** Counts calls: events of an earlier one are ignored. */
  private round = 0;
  /** The call that we hung up last. */
  private hungUpRound = 0;
  /** The call whose hang-up the server has accepted before its connection was made. */
  private toldRound = 0;

  /** `hungUp`: the text to show when we have hung up ourselves. `link` names what the call runs over, for a reloaded page; without it, leaving the
   * page hangs up. */
  constructor(
    private readonly hungUp: () => string,
    private readonly link: () => string | null = () => null,
  ) {
    addEventListener("pagehide", () => this.goAway());
    addEventListener("pageshow", ({ persisted }) => {
      if (persisted) void this.comeBack(this.byWebrtc);
    });
  }

  /** Whether there is a call, or one is starting. */
  isOn(): boolean {
    return ["asking", "connecting", "talking", "reconnecting"].includes(this.stand.value.at);
  }

  /** Begins a call. `token` is requested once the microphone is open; it admits the sound, by WebRTC first if the server has that. A visitor who
   * writes needs no microphone, and hears nothing until they turn sound on. Must be called in answer to a click. */
  async begin(token: () => Promise<string>, byWebrtc = false, means: Means = "voice"): Promise<void> {
    if (this.isOn()) return;
    this.isMuted.value = false;
    this.since.value = null;
    this.stand.value = { at: "asking" };
    this.byWebrtc = byWebrtc;
    this.texts.begin();
    await this.run(async () => ({ token: await token() }), means);
  }

  /** Resumes the call that this page had just before it was reloaded, if there was one. */
  async comeBack(byWebrtc: boolean): Promise<void> {
    const link = this.link();
    if (link === null || this.isOn()) return;
    const away = takeAway(link);
    if (away === null) return;
    this.isMuted.value = away.isMuted;
    this.since.value = away.since;
    this.stand.value = { at: "reconnecting" };
    this.returning = away;
    this.byWebrtc = byWebrtc;
    this.texts.begin(away.unsent);
    await this.run(() => Promise.resolve({ resume: away.resume, returnMs: away.returnMs }), away.means, away.isHeard);
  }

  /** The page goes away: a reloaded page resumes, a closed one does not, and the server waits to see which. */
  private goAway(): void {
    if (!this.isOn()) return;
    const link = this.link();
    const back = this.line?.wayBack ?? this.returning;
    if (link === null || back === null || !("resume" in back)) {
      this.hangUp();
      return;
    }
    const means = this.hasMicrophone.value ? "voice" : "writing";
    const at = this.returning?.at ?? Date.now();
    const { resume, returnMs } = back;
    const [since, isMuted, isHeard, unsent] = [this.since.value, this.isMuted.value, this.isHeard.value, this.texts.now];
    keep(link, { resume, returnMs, at, since, means, isMuted, isHeard, unsent });
    this.line?.leave();
    this.end("");
    this.stand.value = { at: "idle" };
  }

  private async run(pass: () => Promise<Pass>, means: Means, isHeard = means === "voice"): Promise<void> {
    this.hasMicrophone.value = means === "voice";
    this.isHeard.value = isHeard;
    this.isUnplugged.value = false;
    this.isSuspended.value = false;
    this.company.value = ALONE;
    this.lines.value = [];
    this.round += 1;
    const { round } = this;
    const ofThis = (tell: () => void) => {
      if (round === this.round) tell();
    };
    const isToBeTold = () => round === this.hungUpRound && round !== this.toldRound;
    let shown = null as Pass | null;
    try {
      const events = {
        onConnecting: () =>
          ofThis(() => {
            if (this.returning === null) this.stand.value = { at: "connecting" };
          }),
        onReady: (_: string, typed?: number) =>
          ofThis(() => {
            this.returning = null;
            this.admitted = null;
            this.since.value ??= Date.now();
            this.stand.value = { at: "talking" };
            this.sayUnsaid();
            this.texts.ready(typed);
          }),
        onStand: (now: CallerStand) => ofThis(() => (this.company.value = now)),
        onLine: (said: SaidLine) => ofThis(() => this.said(said)),
        onTyped: (number: number) => ofThis(() => this.texts.confirmed(number)),
        patienceMs: () => (this.hasMicrophone.value || this.company.value.stand !== "assistant" ? 0 : WRITER_MS),
        onBroken: () =>
          ofThis(() => {
            this.stand.value = { at: "reconnecting" };
            this.texts.show();
          }),
        // The server's words are English.
        onOver: (cause: string, words: string) => ofThis(() => this.end(ENDED.includes(cause) ? w.ended : words)),
        onOwnLevel: (level: number) => ofThis(() => (this.ownLevel.value = level)),
        onEarLevel: (level: number, isEmpty: boolean) => ofThis(() => this.heard(level, isEmpty)),
        onUnplugged: () => ofThis(() => (this.isUnplugged.value = true)),
        onSuspended: () => ofThis(() => (this.isSuspended.value = true)),
        onResumed: () => ofThis(() => (this.isSuspended.value = false)),
      };
      const { byWebrtc } = this;
      const admission = async () => {
        if (round !== this.round) throw new Error("gone");
        shown = await pass();
        if (round === this.round) this.admitted = shown;
        return { pass: shown, byWebrtc };
      };
      const open = (by: Means) => Line.open(admission, events, by, this.isMuted.value);
      const line = await open(means).catch((fault: unknown) => {
        if (round !== this.round || this.returning === null || !(fault instanceof NoMicrophone)) throw fault;
        // The call is still there, and waits for seconds: the microphone can be turned on in it.
        this.isUnplugged.value = true;
        return open("writing");
      });
      // A user who hung up during the setup leaves nobody waiting; a page that went away in the meantime may resume with the same pass.
      if (round !== this.round) {
        if (isToBeTold()) line.bye();
        else line.drop();
        return;
      }
      this.line = line;
      this.admitted = null;
      line.hear(this.isHeard.value);
      line.mute(this.isMuted.value);
      this.sayUnsaid();
      this.texts.sendAll();
    } catch (fault) {
      // The call has begun, and would wait for sound that does not come: the next attempt is another call.
      if ((round === this.round || isToBeTold()) && shown !== null && "token" in shown) void hangUpBy(shown);
      ofThis(() => {
        this.returning = null;
        this.admitted = null;
        this.unsaid = [];
        this.texts.end();
        this.stand.value = { at: "failed", fault };
      });
    }
  }

  /** Presses a key, at once or when there is a connection again. */
  press(digit: string): void {
    if (!this.isOn()) return;
    this.unsaid.push((line) => line.press(digit));
    this.sayUnsaid();
  }

  /** Says something in writing: a turn, as if it had been spoken. It is sent once there is a connection. */
  write(text: string): void {
    this.texts.write(text);
  }

  /** Requests a person, as saying so does. */
  askForPerson(): void {
    this.unsaid.push((line) => line.askForPerson());
    this.sayUnsaid();
  }

  /** Says all that waits, if there is a connection. The call waits for one that is lost. */
  private sayUnsaid(): void {
    const { line, unsaid } = this;
    if (line === null || this.stand.value.at !== "talking") return;
    this.unsaid = [];
    for (const say of unsaid) say(line);
  }

  /** Makes the other side audible, or not. */
  hear(on: boolean): void {
    this.isHeard.value = on;
    this.line?.hear(on);
  }

  /** Connects the microphone of a visitor who began in writing, or replaces a disconnected one. Throws if it can't be used. */
  async useMicrophone(): Promise<void> {
    const { line, round } = this;
    // A page that comes back has none yet.
    if (line === null) return;
    await line.useMicrophone();
    if (round !== this.round) return;
    this.isUnplugged.value = false;
    if (this.hasMicrophone.value) return;
    this.hasMicrophone.value = true;
    this.hear(true);
  }

  /** Sends silence instead of the microphone, or the microphone again. */
  mute(on: boolean): void {
    this.isMuted.value = on;
    this.line?.mute(on);
  }

  /** Hangs up. */
  hangUp(): void {
    this.hungUpRound = this.round;
    if (this.line !== null) this.line.bye();
    // Its connection is still being made, or waits for a click. A page that is being closed no longer makes it.
    else if (this.returning !== null) void hangUpBy(this.returning);
    else if (this.admitted !== null) void this.hangUpBefore(this.admitted);
    this.end(this.hungUp());
  }

  /** Hangs up while the connection is being made. A pass that a connection has used in the meantime is no longer valid: then the connection reports
   * the hang-up. */
  private async hangUpBefore(pass: Pass): Promise<void> {
    const { round } = this;
    if (await hangUpBy(pass)) this.toldRound = round;
  }

  private end(words: string): void {
    this.round += 1;
    this.line = null;
    this.returning = null;
    this.admitted = null;
    this.unsaid = [];
    this.texts.end();
    this.isSuspended.value = false;
    this.isSpeaking.value = false;
    this.ownLevel.value = 0;
    this.earLevel.value = 0;
    this.stand.value = { at: "over", words };
  }

  /** A connection that was re-established repeats the newest lines. */
  private said(line: SaidLine): void {
    const others = this.lines.value.filter(({ number }) => number !== line.number);
    this.lines.value = [...others, line].sort((one, other) => one.number - other.number).slice(-LINES_MAX);
  }

  private heard(level: number, isEmpty: boolean): void {
    this.earLevel.value = level;
    if (level > 0) this.heardAt = performance.now();
    this.isSpeaking.value = level > 0 || (!isEmpty && performance.now() - this.heardAt < PAUSE_MS);
  }
}
