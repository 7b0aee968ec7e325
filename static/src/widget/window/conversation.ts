// The widget's call, and the link that it goes over.
import { computed, effect, type ReadonlySignal, signal } from "@preact/signals";
import type { Talk } from "../../api/model";
import type { Means } from "../../audio/line";
import { NoMicrophone } from "../../audio/microphone";
import { WebCall } from "../../audio/web-call";
import { beginCall, lookAt, Refused } from "./link";
import { w } from "./words";

/** Characters of what is written at once, as the server takes it. */
export const TYPED_CHARS_MAX = 2_000;

/** How long a wish for a person may take until the visitor is with somebody else than the assistant. One that led to nothing may be
 * repeated then: the queue may have been closed, or the wish lost with a connection. */
const WISH_MS = 20_000;

/** One widget's conversations, one after the other. */
export class Conversation {
  readonly call = new WebCall(
    () => w.hungUp,
    () => this.token,
  );
  /** The link's owner, once that is known. */
  readonly link = signal<Talk | null>(null);
  /** Why nobody can be called; empty where somebody can. */
  readonly refusal = signal("");
  /** Whether nothing helps against that. */
  readonly isFinal = signal(false);
  /** Mishap while a call goes on. */
  readonly mishap = signal("");
  /** Whether a person was asked for just now. */
  readonly hasAsked = signal(false);
  /** Whether there is a call. */
  readonly isLive: ReadonlySignal<boolean> = computed(() => ["talking", "reconnecting"].includes(this.call.stand.value.at));
  private isLooking = false;
  private wish: ReturnType<typeof setTimeout> | undefined;

  /** The identity that the server has refused: the next call begins without it. */
  private refusedIdentity = "";

  /** Without a token it is shown, and calls nobody. */
  constructor(
    private readonly token: string | null,
    private readonly identity: () => string,
  ) {
    // The wish has come true: a visitor who is with the assistant again may have it once more.
    effect(() => {
      if (this.call.company.value.stand !== "assistant") this.forgetWish();
    });
  }

  /** The site's identity of the visitor; empty where there is none that can be sent. */
  get named(): string {
    const now = this.identity();
    return now === this.refusedIdentity ? "" : now;
  }

  /** Whether it is shown only. */
  get isPreview(): boolean {
    return this.token === null;
  }

  /** Asks whose link it is, where that is not known. */
  async look(): Promise<void> {
    if (this.token === null || this.link.value !== null || this.isLooking) return;
    this.isLooking = true;
    try {
      this.link.value = await lookAt(this.token);
      this.refusal.value = "";
      // A page that was loaded anew in a call goes on in it.
      void this.call.comeBack(this.link.value.webrtc);
    } catch (fault) {
      this.refused(fault);
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
    this.forgetWish();
    const { named } = this;
    await this.call.begin(() => beginCall(token, named), this.link.value?.webrtc ?? false, means);
    const now = this.call.stand.peek();
    if (now.at !== "failed") return;
    if (now.fault instanceof Refused && now.fault.isOfIdentity) this.refusedIdentity = named;
    this.refused(now.fault);
  }

  /** Says something in writing. Answers whether there was anything to say. */
  write(text: string): boolean {
    const said = text.trim().slice(0, TYPED_CHARS_MAX);
    if (said === "" || !this.isLive.peek()) return false;
    this.call.write(said);
    return true;
  }

  /** Asks for a person. */
  askForPerson(): void {
    this.forgetWish();
    this.hasAsked.value = true;
    this.wish = setTimeout(() => this.forgetWish(), WISH_MS);
    this.call.askForPerson();
  }

  private forgetWish(): void {
    clearTimeout(this.wish);
    this.hasAsked.value = false;
  }

  /** Puts the microphone in. */
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
