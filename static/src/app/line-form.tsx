// A form with one field: text for a live call's assistant.
import { useRef, useState } from "preact/hooks";
import { change, messageOf } from "../api/client";
import { tell } from "./toasts";

/** The longest text accepted at once. */
const LETTERS_MAX = 1_000;

/** The form, whose text goes to `path`; `id` is the field's. */
export function LineForm(props: {
  id: string;
  path: string;
  words: { label: string; verb: string; required: string; told: string };
  off?: boolean;
}) {
  const { id, path, words, off = false } = props;
  const field = useRef<HTMLInputElement>(null);
  const [error, setError] = useState("");
  const [busy, setBusy] = useState(false);
  const submit = async (event: Event) => {
    event.preventDefault();
    const text = field.current?.value.trim() ?? "";
    if (text === "") {
      setError(words.required);
      field.current?.focus();
      return;
    }
    setBusy(true);
    try {
      await change("POST", path, { text });
      setError("");
      // Text typed since then stays.
      if (field.current?.value.trim() === text) field.current.value = "";
      tell(words.told);
    } catch (fault) {
      setError(messageOf(fault));
    }
    setBusy(false);
    // If the user has moved the focus elsewhere in the meantime, it stays there.
    const at = document.activeElement;
    if (at === document.body || field.current?.form?.contains(at)) field.current?.focus();
  };
  return (
    <form class="say" onSubmit={submit} noValidate>
      <label for={id}>{words.label}</label>
      <div class="with-button">
        <input
          id={id}
          ref={field}
          type="text"
          maxLength={LETTERS_MAX}
          autocomplete="off"
          aria-invalid={error !== ""}
          aria-describedby={`${id}-error`}
        />
        <button type="submit" disabled={busy || off}>
          {words.verb}
        </button>
      </div>
      <p id={`${id}-error`} class="error" role="alert">
        {error}
      </p>
    </form>
  );
}
