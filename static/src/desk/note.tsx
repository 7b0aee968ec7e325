// The agent's note on a call: it is sent with the wrap-up.
import { useEffect, useId, useLayoutEffect, useRef } from "preact/hooks";
import { draftOf, load, loadAgain, write } from "./drafts";
import { NOTE_FIELD } from "./keys";
import { w } from "./words";

/** The maximum length of a wrap-up's note, in characters. */
const NOTE_LETTERS_MAX = 4_000;

/** The note in which the agent was typing when its field disappeared, and the place in it. When the call ends, the field moves into the wrap-up. */
let left: { callId: string; at: number } | null = null;

/** The field. */
export function Note({ callId }: { callId: string }) {
  const hint = useId();
  const field = useRef<HTMLTextAreaElement>(null);
  // At once: what is typed next belongs to the note, and would be taken as keys.
  useLayoutEffect(() => {
    const { current } = field;
    if (left?.callId === callId && document.activeElement === document.body) {
      current?.focus({ preventScroll: true });
      current?.setSelectionRange(left.at, left.at);
    }
    left = null;
    return () => {
      if (current !== null && current === document.activeElement) left = { callId, at: current.selectionStart };
    };
  }, [callId]);
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
        ref={field}
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
