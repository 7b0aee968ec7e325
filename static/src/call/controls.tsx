// Actions on a live call: hang it up, have the assistant say something.
import { useRef, useState } from "preact/hooks";
import { change, messageOf } from "../api/client";
import type { Call } from "../api/model";
import { Icon } from "../app/icons";
import { Confirm } from "../app/parts";
import { tell } from "../app/toasts";
import { callerName } from "../words/call";
import { w } from "./words";

/** The longest text that can be said at once. */
const SAY_LETTERS_MAX = 1_000;

/** The button, with its question. */
export function HangUp({ call }: { call: Call }) {
  const [asking, setAsking] = useState(false);
  const [busy, setBusy] = useState(false);
  const hangUp = async () => {
    setBusy(true);
    try {
      await change("POST", `/api/v1/calls/${call.id}/hangup`);
    } catch (fault) {
      tell(messageOf(fault));
    }
    setBusy(false);
  };
  return (
    <>
      <button type="button" class="danger push" disabled={busy} onClick={() => setAsking(true)}>
        <Icon name="end" />
        {w.hangUp.verb}
      </button>
      {asking && (
        <Confirm
          title={w.hangUp.ask}
          text={w.hangUp.text(callerName(call))}
          verb={w.hangUp.now}
          onClose={() => setAsking(false)}
          onYes={() => void hangUp()}
        />
      )}
    </>
  );
}

/** Words for the assistant to say to the caller. */
export function Say({ call }: { call: Call }) {
  const field = useRef<HTMLInputElement>(null);
  const [error, setError] = useState("");
  const [busy, setBusy] = useState(false);
  const submit = async (event: Event) => {
    event.preventDefault();
    const text = field.current?.value.trim() ?? "";
    if (text === "") {
      setError(w.say.required);
      field.current?.focus();
      return;
    }
    setBusy(true);
    try {
      await change("POST", `/api/v1/calls/${call.id}/say`, { text });
      setError("");
      if (field.current) field.current.value = "";
      tell(w.say.told);
    } catch (fault) {
      setError(messageOf(fault));
    }
    setBusy(false);
    field.current?.focus();
  };
  return (
    <form class="say" onSubmit={submit} noValidate>
      <label for="say">{w.say.label}</label>
      <div class="with-button">
        <input
          id="say"
          ref={field}
          type="text"
          maxLength={SAY_LETTERS_MAX}
          autocomplete="off"
          aria-invalid={error !== ""}
          aria-describedby="say-error"
        />
        <button type="submit" disabled={busy || call.state !== "live"}>
          {w.say.verb}
        </button>
      </div>
      <p id="say-error" class="error" role="alert">
        {error}
      </p>
    </form>
  );
}
