// Returns a caller to the assistant.
import { useId, useLayoutEffect, useRef } from "preact/hooks";
import type { AgentCall } from "../api/model";
import { tell } from "../app/toasts";
import { keepNextNote, nextNote } from "./next-notes";
import { whyNot } from "./standing";
import { act } from "./store";
import { focusBack, HAND_BACK_BUTTON, unfolded } from "./unfolded";
import { w } from "./words/parts";

/** The maximum length of the note to the assistant, in characters. */
const NOTE_LETTERS_MAX = 1_000;

/** With a note for the assistant. */
export function HandBack({ call }: { call: AgentCall }) {
  const form = useRef<HTMLFormElement>(null);
  const field = useRef<HTMLTextAreaElement>(null);
  const isBusy = useRef(false);
  const id = useId();
  // At once, because what is typed next is the note. Browsers heed `autofocus` only while a page is loading.
  useLayoutEffect(() => {
    const { current } = form;
    if (field.current) field.current.value = nextNote("hand_back", call.call_id);
    field.current?.focus({ preventScroll: true });
    return () => focusBack(current, HAND_BACK_BUTTON);
  }, []);
  const close = () => {
    unfolded.value = null;
  };
  const submit = async (event: Event) => {
    event.preventDefault();
    if (isBusy.current) return;
    isBusy.current = true;
    const note = field.current?.value.trim() ?? "";
    const isDone = await act({ command: "hand_back", call_id: call.call_id, note });
    isBusy.current = false;
    if (!isDone) return;
    keepNextNote("hand_back", call.call_id, "");
    close();
    tell(w.handBack.done);
  };
  return (
    <form
      ref={form}
      class="unfolded"
      onSubmit={(event) => void submit(event)}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.preventDefault();
        close();
      }}
    >
      <label for={id}>{w.handBack.label}</label>
      <textarea
        ref={field}
        id={id}
        rows={2}
        maxLength={NOTE_LETTERS_MAX}
        onInput={(event) => keepNextNote("hand_back", call.call_id, event.currentTarget.value)}
      />
      <div class="actions">
        <button type="submit" class="primary" disabled={whyNot(call, "hand_back") !== ""}>
          {w.handBack.now}
        </button>
        <button type="button" onClick={close}>
          {w.handBack.keep}
        </button>
      </div>
    </form>
  );
}
