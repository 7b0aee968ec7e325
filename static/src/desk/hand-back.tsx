// Returns a caller to the assistant.
import { useId, useRef } from "preact/hooks";
import type { AgentCall } from "../api/model";
import { tell } from "../app/toasts";
import { whyNot } from "./standing";
import { act } from "./store";
import { unfolded } from "./unfolded";
import { w } from "./words/parts";

/** The maximum length of the note to the assistant, in characters. */
const NOTE_LETTERS_MAX = 1_000;

/** With a note for the assistant. */
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
        <button type="submit" class="primary" disabled={whyNot(call, "hand_back") !== ""}>
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
