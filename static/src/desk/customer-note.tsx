// The note about a customer: written by any agent who talks with them, saved while it is typed, never over somebody else's words.
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { change, get, messageOf, Problem } from "../api/client";
import type { Customer } from "../api/model";
import { keepUnsaved, unsaved } from "../api/unsaved";
import { w } from "./words/parts";

/** The maximum length, in characters. */
const LETTERS_MAX = 4_000;
/** It is saved once nothing was typed for this long, in ms. */
const PAUSE_MS = 600;
/** A note that could not be saved is retried after this long, in ms. */
const RETRY_MS = 3_000;

/** An unsaved note, kept in this browser: a reload loses nothing. `base`: the note on which it is based. */
interface Unsaved {
  text: string;
  base: string;
}

type Stand =
  | { at: "loading" | "saved" | "writing" | "saving" | "clash" }
  | { at: "failed"; words: string };

/** The field. */
export function CustomerNote({ customerId }: { customerId: string }) {
  const [note] = useState(() => new Note(customerId));
  const [, setCount] = useState(0);
  useEffect(() => {
    note.onChange = () => setCount((count) => count + 1);
    void note.load();
    return () => note.close();
  }, [note]);
  const id = useId();
  const announcement = useAnnouncement(note.stand);
  return (
    <div class="field">
      <label for={id}>{w.note.label}</label>
      <textarea
        id={id}
        rows={3}
        maxLength={LETTERS_MAX}
        aria-describedby={`${id}-stand`}
        disabled={note.stand.at === "loading"}
        value={note.text}
        onFocus={() => announcement.setAway(false)}
        onBlur={() => announcement.setAway(true)}
        onInput={(event) => {
          announcement.wrote();
          note.write(event.currentTarget.value);
        }}
      />
      <p id={`${id}-stand`} class="meta">
        {wordsOf(note.stand)}
      </p>
      <p class="hidden" role="status">
        {announcement.words}
      </p>
      {note.stand.at === "clash" && (
        <div class="banner bad" role="alert">
          <p>{w.note.changed}</p>
          <blockquote>{note.theirs === "" ? w.note.nothing : note.theirs}</blockquote>
          <p class="answer">
            <button type="button" onClick={() => note.keepMine()}>
              {w.note.keep}
            </button>
            <button type="button" onClick={() => note.takeTheirs()}>
              {w.note.take}
            </button>
          </p>
        </div>
      )}
    </div>
  );
}

/** Text for a screen reader: a failure and its end at once, and that everything is saved when the field was left. Announced at each pause, it would
 * interrupt the agent who types. */
function useAnnouncement(stand: Stand) {
  const [words, setWords] = useState("");
  const [isAway, setAway] = useState(true);
  const due = useRef<"nothing" | "away" | "now">("nothing");
  useEffect(() => {
    if (stand.at === "failed" || stand.at === "clash") {
      due.current = "now";
      setWords(wordsOf(stand));
    } else if (stand.at === "saved" && (due.current === "now" || (due.current === "away" && isAway))) {
      due.current = "nothing";
      setWords(wordsOf(stand));
    }
  }, [stand, isAway]);
  const wrote = () => {
    if (due.current !== "nothing") return;
    due.current = "away";
    setWords("");
  };
  return { words, setAway, wrote };
}

function wordsOf(stand: Stand): string {
  switch (stand.at) {
    case "loading":
      return w.note.loading;
    case "saved":
      return w.note.saved;
    case "writing":
    case "saving":
      return w.note.saving;
    case "clash":
      return w.note.clash;
    case "failed":
      return w.note.failed(stand.words);
  }
}

/** A note, and the relation between its text and the stored one. */
class Note {
  text = "";
  theirs = "";
  stand: Stand = { at: "loading" };
  onChange: () => void = () => undefined;
  /** The last known stored note, and the customer's revision at that time. */
  private base = "";
  private tag = "";
  private timer: ReturnType<typeof setTimeout> | undefined;
  private isSaving = false;
  private isClosed = false;

  constructor(private readonly customerId: string) {}

  private get path(): string {
    return `/api/v1/customers/${encodeURIComponent(this.customerId)}`;
  }

  /** Reads the stored note, and restores unsaved text. */
  async load(): Promise<void> {
    clearTimeout(this.timer);
    try {
      const { notes, updated_at } = await get<Customer>(this.path);
      if (this.isClosed) return;
      this.tag = updated_at;
      this.base = notes;
      const unsaved = this.unsaved();
      this.text = unsaved?.text ?? notes;
      if (unsaved && unsaved.text !== notes) this.over(unsaved.base, notes);
      else this.settled();
    } catch (fault) {
      this.text = this.unsaved()?.text ?? "";
      this.failed(fault, () => this.load());
    }
  }

  /** The agent has typed. */
  write(text: string): void {
    this.text = text;
    this.keep({ text, base: this.stand.at === "clash" ? this.theirs : this.base });
    if (this.stand.at !== "clash") this.soon();
    else this.onChange();
  }

  /** The agent's note replaces somebody else's. */
  keepMine(): void {
    this.base = this.theirs;
    this.keep({ text: this.text, base: this.base });
    this.soon();
  }

  /** The agent's note is discarded. */
  takeTheirs(): void {
    this.text = this.theirs;
    this.base = this.theirs;
    this.settled();
  }

  /** The typed note is kept in this browser, and saved the next time. */
  close(): void {
    this.onChange = () => undefined;
    this.isClosed = true;
    clearTimeout(this.timer);
    if (this.stand.at === "writing") void this.save();
  }

  private soon(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.save(), PAUSE_MS);
    this.set({ at: "writing" });
  }

  private async save(): Promise<void> {
    if (this.isSaving) return this.soon();
    this.isSaving = true;
    const { text } = this;
    this.set({ at: "saving" });
    try {
      const match = { "If-Match": `"${this.tag}"` };
      const now = await change<Customer>("PATCH", this.path, { notes: text }, match);
      if (now) this.tag = now.updated_at;
      // The server trims a stored note.
      this.base = now?.notes ?? text;
      if (this.text === text) this.settled();
      else this.soon();
    } catch (fault) {
      if (fault instanceof Problem && fault.status === 409) await this.lookAgain();
      else this.failed(fault, () => this.save());
    } finally {
      this.isSaving = false;
    }
  }

  /** Somebody else has changed the customer: the note, or another field. */
  private async lookAgain(): Promise<void> {
    try {
      const { notes, updated_at } = await get<Customer>(this.path);
      this.tag = updated_at;
      this.over(this.base, notes);
    } catch (fault) {
      this.failed(fault, () => this.save());
    }
  }

  /** A note based on `base` meets the stored one. */
  private over(base: string, now: string): void {
    this.base = now;
    if (now === base || now === this.text.trim()) return this.soon();
    this.theirs = now;
    // Text typed in the meantime also waits for the agent's decision: it must not overwrite the other person's.
    clearTimeout(this.timer);
    this.set({ at: "clash" });
  }

  private settled(): void {
    this.keep(null);
    this.set({ at: "saved" });
  }

  private failed(fault: unknown, again: () => Promise<void>): void {
    clearTimeout(this.timer);
    // A note that is opened again restores what was not saved. If it were retried here as well, the older text would conflict with the newer one.
    if (!this.isClosed) this.timer = setTimeout(() => void again(), RETRY_MS);
    this.set({ at: "failed", words: messageOf(fault) });
  }

  private set(stand: Stand): void {
    this.stand = stand;
    this.onChange();
  }

  private get name(): string {
    return `customer_note.${this.customerId}`;
  }

  private keep(text: Unsaved | null): void {
    keepUnsaved(this.name, text);
  }

  private unsaved(): Unsaved | null {
    return unsaved<Unsaved>(this.name);
  }
}
