// The notes on a call: who wrote what and when. Users can change and remove their own.
import { useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import { change, messageOf } from "../../api/client";
import { may } from "../../api/me";
import type { CallNote, CallShare, Page } from "../../api/model";
import { putInPlaceOf } from "../../app/form/revised";
import { useKeptFocus } from "../../app/kept-focus";
import { useHeldPage } from "../../app/guard-leaving";
import { useLoaded } from "../../app/load";
import { Confirm, Failed, When } from "../../app/parts";
import { tell } from "../../app/toasts";
import { shortTime } from "../../words/time";
import { w } from "./words";

const LETTERS_MAX = 4_000;

/** The panel. `shares`: with whom the call was shared. */
export function CallNotes({ callId, shares }: { callId: string; shares: CallShare[] }) {
  const path = `/api/v1/calls/${callId}/notes`;
  const mayWrite = may("calls_annotate") === true;
  const notes = useLoaded<Page<CallNote>>(path);
  const [typed, setTyped] = useState("");
  const [busy, setBusy] = useState(false);
  const field = useId();
  const items = notes.value?.items ?? [];
  useKeptFocus(notes.value?.items.length, ".call-notes form textarea");
  useHeldPage(typed.trim() !== "");
  const add = async () => {
    if (typed.trim() === "" || busy) return;
    setBusy(true);
    try {
      await change<CallNote>("POST", path, { text: typed.trim() });
      // Text typed since then stays.
      setTyped((now) => (now === typed ? "" : now));
      tell(w.noteAdded);
      await notes.again();
    } catch (fault) {
      tell(messageOf(fault));
    }
    setBusy(false);
  };
  return (
    <section class="panel call-notes" aria-labelledby="notes">
      <div class="top">
        <h2 id="notes">{w.notes}</h2>
      </div>
      {notes.fault !== "" && <Failed message={notes.fault} onRetry={() => void notes.again()} />}
      {notes.value && items.length === 0 && <p class="muted">{w.noNotes}</p>}
      {items.length > 0 && (
        <ul class="notes-list">
          {items.map((note) => (
            <Note key={note.id} note={note} path={`${path}/${note.id}`} onChanged={() => void notes.again()} />
          ))}
        </ul>
      )}
      {mayWrite && (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            void add();
          }}
        >
          <div class="field">
            <label class="hidden" for={field}>
              {w.note}
            </label>
            <textarea
              id={field}
              rows={typed === "" ? 1 : 3}
              maxLength={LETTERS_MAX}
              dir="auto"
              placeholder={w.noteHint}
              value={typed}
              onInput={(event) => setTyped(event.currentTarget.value)}
              onKeyDown={(event) => {
                if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void add();
              }}
            />
          </div>
          {typed.trim() !== "" && (
            <button type="submit" aria-disabled={busy}>
              {w.addNote}
            </button>
          )}
        </form>
      )}
      {shares.length > 0 && (
        <p class="meta">
          {w.sharedList}{" "}
          {shares.map((share, at) => (
            <span key={share.id}>
              {at > 0 && ", "}
              {share.name ?? w.former} ({share.seen_at === null ? w.waits : w.seen})
            </span>
          ))}
        </p>
      )}
    </section>
  );
}

function Note({ note, path, onChanged }: { note: CallNote; path: string; onChanged: () => void }) {
  const [typed, setTyped] = useState<string | null>(null);
  /** What was shown when the edit began; null once another window has changed it: the present text is shown next to the typed one then. */
  const [begun, setBegun] = useState<CallNote | null>(null);
  const [asks, setAsks] = useState(false);
  const edit = useRef<HTMLButtonElement>(null);
  const field = useRef<HTMLTextAreaElement>(null);
  const isOpen = typed !== null;
  const wasOpen = useRef(false);
  useHeldPage(typed !== null && typed.trim() !== note.text.trim());
  // Before the next key arrives: a user who opens the field with a key types on at once, and one who has moved the focus while the note was saved
  // stays there.
  useLayoutEffect(() => {
    if (isOpen) field.current?.focus();
    else if (wasOpen.current && document.activeElement === document.body) edit.current?.focus();
    wasOpen.current = isOpen;
  }, [isOpen]);
  const when = shortTime(new Date(note.created_at), new Date());
  const mayRemove = note.is_mine || may("users_write") === true;
  const close = () => setTyped(null);
  const edits = () => {
    setBegun(note);
    setTyped(note.text);
  };
  const save = async () => {
    if (typed === null || typed.trim() === "") return;
    try {
      const known = begun ?? note;
      const onStale = () => {
        setBegun(null);
        onChanged();
      };
      if (typed.trim() !== known.text) setBegun(await putInPlaceOf<CallNote>(path, known, { text: typed.trim() }, onStale));
      // Text typed since then stays.
      setTyped((now) => (now === typed ? null : now));
      onChanged();
    } catch (fault) {
      tell(messageOf(fault));
    }
  };
  const remove = async () => {
    try {
      await change("DELETE", path);
      onChanged();
    } catch (fault) {
      tell(messageOf(fault));
    }
  };
  return (
    <li>
      <p class="meta">
        <strong>{note.author ?? (note.author_id === null ? w.admin : w.former)}</strong> <When at={note.created_at} />
        {note.updated_at !== note.created_at && `, ${w.edited}`}
      </p>
      {(typed === null || begun === null) && (
        <p class="note-text" dir="auto">
          {note.text}
        </p>
      )}
      {typed !== null && (
        <textarea
          rows={3}
          maxLength={LETTERS_MAX}
          dir="auto"
          aria-label={w.note}
          value={typed}
          ref={field}
          onInput={(event) => setTyped(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === "Escape") close();
            if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void save();
          }}
        />
      )}
      <div class="note-acts">
        {typed !== null && (
          <button type="button" onClick={() => void save()}>
            {w.saveNote}
          </button>
        )}
        {note.is_mine && typed === null && (
          <button ref={edit} type="button" class="plain" aria-label={w.editOf(when)} onClick={edits}>
            {w.editNote}
          </button>
        )}
        {mayRemove && typed === null && (
          <button type="button" class="plain" aria-label={w.removeOf(when)} onClick={() => setAsks(true)}>
            {w.removeNote}
          </button>
        )}
      </div>
      {asks && (
        <Confirm
          title={w.removeAsk}
          text={w.removeText}
          verb={w.removeNote}
          onClose={() => setAsks(false)}
          onYes={() => void remove()}
        />
      )}
    </li>
  );
}
