// Gives a caller back to the assistant.
import { useId, useRef } from "preact/hooks";
import type { AgentCall } from "../api/model";
import { tell } from "../app/toasts";
import { act } from "./store";
import { unfolded } from "./unfolded";
import { w } from "./words/parts";

/** The most that the assistant is told, in letters. */
const NOTE_LETTERS_MAX = 1_000;

/** With a word on what the assistant is to know. */
export function HandBack({ call }: { call: AgentCall }) {
  const field = useRef<HTMLTextAreaElement>(null);
  const id = useId();
  const submit = async (event: Event) => {
    event.preventDefault();
    const note = field.current?.value.trim() ?? "";
    if (!(await act({ command: "hand_back", call_id: call.call_id, note }))) return;
    unfolded.value = null;
    tell(w.handBack.done);
  };
  return (
    <form class="unfolded" onSubmit={(event) => void submit(event)}>
      <label for={id}>{w.handBack.label}</label>
      <textarea ref={field} id={id} rows={2} maxLength={NOTE_LETTERS_MAX} autofocus />
      <div class="actions">
        <button type="submit" class="primary">
          {w.handBack.now}
        </button>
        <button
          type="button"
          onClick={() => {
            unfolded.value = null;
          }}
        >
          {w.handBack.keep}
        </button>
      </div>
    </form>
  );
}
