// The agent's note on a call: it is sent with the wrap-up.
import { useEffect, useId } from "preact/hooks";
import { draftOf, load, loadAgain, NOTE_FIELD, write } from "./drafts";
import { w } from "./words";

/** The maximum length of a wrap-up's note, in characters. */
const NOTE_LETTERS_MAX = 4_000;

/** The field. */
export function Note({ callId }: { callId: string }) {
  const hint = useId();
  useEffect(() => {
    void load(callId);
    const again = () => void loadAgain(callId);
    addEventListener("focus", again);
    return () => removeEventListener("focus", again);
  }, [callId]);
  return (
    <div class="field">
      <label for={NOTE_FIELD}>{w.call.note}</label>
      <textarea
        id={NOTE_FIELD}
        rows={3}
        maxLength={NOTE_LETTERS_MAX}
        aria-describedby={hint}
        value={draftOf(callId).note}
        onInput={(event) => write(callId, { note: event.currentTarget.value })}
      />
      <p id={hint} class="meta">
        {w.call.noteHint}
      </p>
    </div>
  );
}
