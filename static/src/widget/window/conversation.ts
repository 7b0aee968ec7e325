// The widget's call, and its link.
import { computed, effect, type ReadonlySignal, signal } from "@preact/signals";
import type { Talk } from "../../api/model";
import type { Means } from "../../audio/line";
import { NoMicrophone } from "../../audio/microphone";
import { WebCall } from "../../audio/web-call";
import { beginCall, lookAt, Refused } from "./link";
import { w } from "./words";

/** The maximum characters of a message, as on the server. */
export const TYPED_CHARS_MAX = 2_000;

/** How long a request for a person may take until the visitor is with somebody besides the assistant. After that they may repeat the request: the
 * queue may have been closed, or the request lost with a connection. */
const REQUEST_MS = 20_000;

/** The conversations of one widget, one after the other. */
export class Conversation {
  readonly call = new WebCall(
    () => w.hungUp,
    () => this.token,
  );
  /** The link's owner, once known. */
  readonly link = signal<Talk | null>(null);
  /** Why no call is possible; empty if one is. */
  readonly refusal = signal("");
  /** Whether retrying can't help. */
  readonly isFinal = signal(false);
  /** A problem during a call. */
  readonly mishap = signal("");
  /** What is written and not sent: it outlives the field, which is gone while the sound is halted. */
  readonly draft = signal("");
  /** Whether a person was requested recently. */
  readonly hasAsked = signal(false);
  /** Whether there is a call. */
  readonly isLive: ReadonlySignal<boolean> = computed(() => ["talking", "reconnecting"].includes(this.call.stand.value.at));
  private isLooking = false;
  private request: ReturnType<typeof setTimeout> | undefined;

  /** The identity that the last call was requested with. */
  private sentIdentity = "";
  /** The identity that the server has refused: the next call begins without it. */
  private refusedIdentity = "";

  /** Without a token it is a preview that makes no call. */
  constructor(
    private readonly token: string | null,
    private readonly identity: () => string,
  ) {
    // The request is fulfilled: a visitor who is with the assistant again may make it again.
    effect(() => {
      if (this.call.company.value.stand !== "assistant") this.forgetRequest();
    });
    // The call could not begin, or a reloaded page could not resume it.
    effect(() => {
      const now = this.call.stand.value;
      if (now.at !== "failed") return;
      if (now.fault instanceof Refused && now.fault.isOfIdentity) this.refusedIdentity = this.sentIdentity;
      this.refused(now.fault);
    });
  }

  /** The visitor's identity from the site; empty if there is none to send. */
  get named(): string {
    const now = this.identity();
    return now === this.refusedIdentity ? "" : now;
  }

  /** Whether it is only a preview. */
  get isPreview(): boolean {
    return this.token === null;
  }

  /** Requests the link's owner, if not known yet. */
  async look(): Promise<void> {
    if (this.token === null || this.link.value !== null || this.isLooking) return;
    this.isLooking = true;
    try {
      this.link.value = await lookAt(this.token);
      this.refusal.value = "";
      // A page that was reloaded during a call resumes it.
      void this.call.comeBack(this.link.value.webrtc);
    } catch (fault) {
      this.refused(fault);
      // A link that was switched off begins no calls, but its visitors return to those that they have.
      void this.call.comeBack(false);
    } finally {
      this.isLooking = false;
    }
  }

  /** Begins a call, in answer to a click. */
  async begin(means: Means): Promise<void> {
    const { token } = this;
    if (token === null) return;
    this.refusal.value = "";
    this.mishap.value = "";
    this.forgetRequest();
    const { named } = this;
    this.sentIdentity = named;
    await this.call.begin(() => beginCall(token, named, means === "writing"), this.link.value?.webrtc ?? false, means);
  }

  /** Sends the written message, if there is one. */
  write(): void {
    const said = this.draft.peek().trim().slice(0, TYPED_CHARS_MAX);
    if (said === "" || !this.isLive.peek()) return;
    this.call.write(said);
    this.draft.value = "";
  }

  /** Requests a person. */
  askForPerson(): void {
    this.forgetRequest();
    this.hasAsked.value = true;
    this.request = setTimeout(() => this.forgetRequest(), REQUEST_MS);
    this.call.askForPerson();
  }

  private forgetRequest(): void {
    clearTimeout(this.request);
    this.hasAsked.value = false;
  }

  /** Connects the microphone. */
  async useMicrophone(): Promise<void> {
    try {
      await this.call.useMicrophone();
      this.mishap.value = "";
    } catch (fault) {
      this.mishap.value = fault instanceof NoMicrophone ? fault.message : w.failed("");
    }
  }

  private refused(fault: unknown): void {
    const isTold = fault instanceof Refused || fault instanceof NoMicrophone;
    this.refusal.value = isTold ? fault.message : w.unreachable;
    this.isFinal.value = fault instanceof Refused && fault.isFinal;
  }
}
