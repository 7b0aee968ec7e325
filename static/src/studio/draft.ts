// The draft of a profile on this page: it is saved automatically a moment after each change, and loses nothing if two people edit it.
import { batch, signal } from "@preact/signals";
import { change, get, messageOf, Problem, sentence } from "../api/client";
import type { Profile, ProfileVersion } from "../api/model";
import { faultOf } from "./check";
import { w } from "./words";

/** The fields of a profile that are edited here. */
export const MEMBERS = [
  "name",
  "language",
  "greeting",
  "notice",
  "instructions",
  "voice",
  "voices",
  "must_stay_in",
  "shadow",
  "speed_percent",
  "style",
  "turn_detection",
  "noise_reduction",
  "transcription",
  "max_output_tokens",
  "tools",
  "dtmf_actions",
  "handoff_words",
  "handoff_style",
  "after_handoff",
  "assistant_in_handoff",
  "topics",
  "extraction",
] as const;
export type Member = (typeof MEMBERS)[number];

/** The part of a profile that is edited here. */
export type Written = Pick<Profile, Member>;

/** The part of a published version that is edited here. A version that asks nothing about its calls leaves that out. */
export function writtenOf({ profile }: ProfileVersion): Written {
  return { topics: [], extraction: [], ...profile };
}

/** The state of saving. `held`: the fault of a value that is not sent until it is corrected. */
export type Saving = { at: "saved" | "waiting" | "saving" | "held" } | { at: "failed"; words: string } | { at: "gone" };

/** The time from the last change to sending it. */
const PAUSE_MS = 800;

/** Whether two values are equal, regardless of the order of their keys. */
export function same(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (typeof one !== "object" || typeof other !== "object" || one === null || other === null) return false;
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const [mine, theirs] = [Object.entries(one), Object.entries(other)];
  return mine.length === theirs.length && mine.every(([key, value]) => same(value, (other as Record<string, unknown>)[key]));
}

/** The fields in which these differ. */
export function differing(one: Written, other: Written): Member[] {
  return MEMBERS.filter((member) => !same(one[member], other[member]));
}

function pick(from: Written, members: readonly Member[]): Partial<Written> {
  return Object.fromEntries(members.map((member) => [member, from[member]])) as Partial<Written>;
}

/** A draft that is being edited. */
export class DraftKeeper {
  readonly value;
  readonly saving = signal<Saving>({ at: "saved" });
  /** When it was last saved from here. */
  readonly savedAt = signal<Date | null>(null);
  /** Faults, by field; these fields are not sent. */
  readonly faults = signal<Partial<Record<Member, string>>>({});
  /** Somebody else's conflicting changes, with their values; not sent until the conflict is resolved. */
  readonly theirs = signal<Partial<Written>>({});
  /** Its revision on the server. */
  revision: number;

  /** The server's profile, as far as it is known here. */
  private base: Written;
  /** Refused values: a value is not sent again unchanged. */
  private readonly refused = new Map<Member, { value: unknown; words: string }>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private sending: Promise<void> | null = null;

  constructor(
    /** The path to read and change it. */
    private readonly path: string,
    profile: Profile,
    /** Called with the fields that somebody else has changed, which are shown from now on. */
    private readonly onTheirs: (members: Member[]) => void,
    /** Called with the profile whenever the server has accepted it. */
    private readonly onSaved: (profile: Profile) => void,
  ) {
    this.base = pick(profile, MEMBERS) as Written;
    this.revision = profile.revision;
    this.value = signal<Written>(this.base);
  }

  set<M extends Member>(member: M, value: Written[M]): void {
    this.value.value = { ...this.value.value, [member]: value };
    this.look();
    this.schedule();
  }

  /** Whether anything is not saved at the server. */
  isAhead(): boolean {
    return differing(this.value.peek(), this.base).length > 0;
  }

  /** Resolves a conflict: with the value here, or with theirs. */
  settle(member: Member, by: "mine" | "theirs"): void {
    const { [member]: value, ...others } = this.theirs.peek();
    batch(() => {
      if (by === "theirs") this.value.value = { ...this.value.peek(), [member]: value };
      this.theirs.value = others;
    });
    this.look();
    this.schedule(0);
  }

  /** Sends what is not sent yet; returns whether everything is saved at the server. */
  async flush(): Promise<boolean> {
    clearTimeout(this.timer);
    this.timer = undefined;
    await this.sending;
    this.sending = this.send().finally(() => {
      this.sending = null;
    });
    await this.sending;
    return !this.isAhead();
  }

  /** Adopts the server's profile, for example after publishing or restoring a version. */
  take(profile: Profile): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.revision = profile.revision;
    this.base = pick(profile, MEMBERS) as Written;
    this.refused.clear();
    batch(() => {
      this.value.value = this.base;
      this.theirs.value = {};
      this.saving.value = { at: "saved" };
    });
    this.look();
  }

  /** Merges what is here with the server's current profile, and sends the rest. */
  async sync(): Promise<void> {
    await this.sending;
    if (await this.merge()) await this.flush();
  }

  /** Leaving the page sends it at once. */
  leave(): void {
    if (this.timer !== undefined) void this.flush();
  }

  private schedule(afterMs = PAUSE_MS): void {
    clearTimeout(this.timer);
    if (!this.isAhead()) {
      this.timer = undefined;
      this.saving.value = { at: "saved" };
      return;
    }
    this.saving.value = this.toSend().length > 0 ? { at: "waiting" } : { at: "held" };
    this.timer = setTimeout(() => void this.flush(), afterMs);
  }

  /** Finds the faults of the current values. */
  private look(): void {
    const value = this.value.peek();
    const faults: Partial<Record<Member, string>> = {};
    for (const member of MEMBERS) {
      const refused = this.refused.get(member);
      const fault = faultOf(member, value) ?? (refused && same(refused.value, value[member]) ? refused.words : null);
      if (fault !== null) faults[member] = fault;
    }
    this.faults.value = faults;
  }

  private toSend(): Member[] {
    const [faults, theirs] = [this.faults.peek(), this.theirs.peek()];
    return differing(this.value.peek(), this.base).filter((member) => !(member in faults) && !(member in theirs));
  }

  private async send(): Promise<void> {
    for (;;) {
      const members = this.toSend();
      if (members.length === 0) {
        this.saving.value = this.isAhead() ? { at: "held" } : { at: "saved" };
        return;
      }
      this.saving.value = { at: "saving" };
      const sent = pick(this.value.peek(), members);
      try {
        const kept = await change<Profile>("PATCH", this.path, { ...sent, publish: false, revision: this.revision });
        if (!kept) return;
        this.revision = kept.revision;
        // As it was sent: the server's clean-up of a value is not applied while the user types.
        this.base = { ...(pick(kept, MEMBERS) as Written), ...sent };
        this.savedAt.value = new Date();
        this.onSaved(kept);
      } catch (fault) {
        if (!(await this.recover(fault, sent))) return;
      }
    }
  }

  /** Handles a refusal; returns whether sending continues. */
  private async recover(fault: unknown, sent: Partial<Written>): Promise<boolean> {
    if (fault instanceof Problem) {
      if (fault.code === "edited_meanwhile") return this.merge();
      if (fault.status === 404) {
        this.saving.value = { at: "gone" };
        return false;
      }
      const wrong = wrongOf(fault, sent);
      if (wrong.length > 0) {
        for (const [member, words] of wrong) this.refused.set(member, { value: sent[member], words });
        this.look();
        return true;
      }
    }
    this.saving.value = { at: "failed", words: messageOf(fault) };
    return false;
  }

  /** Merges somebody else's changes with what is here. */
  private async merge(): Promise<boolean> {
    let now: Profile;
    try {
      now = await get<Profile>(this.path);
    } catch (fault) {
      this.saving.value = { at: "failed", words: messageOf(fault) };
      return false;
    }
    const [mine, was] = [this.value.peek(), this.base];
    const merged: Record<string, unknown> = { ...mine };
    const both: Record<string, unknown> = {};
    const shown: Member[] = [];
    for (const member of MEMBERS) {
      if (same(now[member], was[member]) || same(now[member], mine[member])) continue;
      const joined = joinedOf(was[member], mine[member], now[member]);
      if (joined === undefined) both[member] = now[member];
      else {
        merged[member] = joined;
        shown.push(member);
      }
    }
    this.revision = now.revision;
    this.base = pick(now, MEMBERS) as Written;
    batch(() => {
      this.value.value = merged as Written;
      this.theirs.value = { ...this.theirs.peek(), ...both };
    });
    this.look();
    this.onSaved(now);
    if (shown.length > 0) this.onTheirs(shown);
    return true;
  }
}

/** The refused fields, and why. */
function wrongOf(fault: Problem, sent: Partial<Written>): [Member, string][] {
  if (fault.code === "name_taken" || fault.code === "profile_in_use") return "name" in sent ? [["name", fault.message]] : [];
  return fault.faults.flatMap(({ field, reason }) => {
    const member = MEMBERS.find((one) => one === field.split(/[.[]/)[0]);
    return member && member in sent ? [[member, sentence(w.form.it(reason))] as [Member, string]] : [];
  });
}

/** The merge of a value that two people have changed; undefined if they conflict. Records are merged field by field. */
function joinedOf(was: unknown, mine: unknown, theirs: unknown): unknown {
  if (same(was, mine)) return theirs;
  const records = [was, mine, theirs].every((value) => typeof value === "object" && value !== null && !Array.isArray(value));
  if (!records) return undefined;
  const [before, here, there] = [was, mine, theirs] as Record<string, unknown>[];
  if (!before || !here || !there) return undefined;
  const keys = Object.keys({ ...before, ...here, ...there });
  // A field that turns one kind of value into another can't be merged separately.
  if (keys.some((key) => !(key in before) || !(key in here) || !(key in there))) return undefined;
  const joined: Record<string, unknown> = {};
  for (const key of keys) {
    if (same(there[key], before[key])) joined[key] = here[key];
    else if (same(here[key], before[key]) || same(here[key], there[key])) joined[key] = there[key];
    else return undefined;
  }
  return joined;
}
