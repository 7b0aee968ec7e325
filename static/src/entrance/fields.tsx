// The components of the sign-in and registration forms.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { registration } from "../api/entrance";
import { secondsInWords } from "../words/people";
import { ALL, type FormState } from "./form";
import { w } from "./words";

/** The name of a field for browsers and password managers. */
type Autocomplete = "username" | "current-password" | "new-password" | "one-time-code" | "name" | "organization" | "off";

/** A field of a form. */
interface FieldProps {
  state: FormState;
  name: string;
  label: string;
  help?: string;
  autocomplete: Autocomplete;
  value?: string | undefined;
}

/** A form with its fields, and the button that sends it. */
export function Form(props: { state: FormState; verb: string; children?: ComponentChildren }) {
  const { form, faults, busy, waitS, submit } = props.state;
  const waits = busy || waitS > 0;
  return (
    <form ref={form} method="post" onSubmit={(event) => void submit(event)} noValidate>
      {props.children}
      <p class="error" role="alert">
        {faults[ALL] ?? ""}
      </p>
      <button type="submit" class="primary" aria-disabled={waits}>
        {props.verb}
      </button>
      {waitS > 0 && <p class="meta figure">{w.toWait(secondsInWords(waitS))}</p>}
    </form>
  );
}

/** A line of text. `readOnly` for a value that is only shown, to people and to password managers. */
export function TextField(props: FieldProps & { type?: "text" | "email"; readOnly?: boolean; digits?: boolean }) {
  const { type = "text", readOnly = false, digits = false } = props;
  return (
    <Labelled {...props}>
      <input
        {...inputOf(props)}
        {...(type === "email" ? { type: "email" as const } : { type: "text" as const })}
        readOnly={readOnly}
        inputMode={digits ? "numeric" : type}
        autocapitalize={props.autocomplete === "name" || props.autocomplete === "organization" ? "words" : "off"}
      />
    </Labelled>
  );
}

/** A secret, hidden until the user asks to see it. */
export function SecretField(props: FieldProps) {
  const [shown, setShown] = useState(false);
  return (
    <Labelled {...props}>
      <div class="with-button secret">
        <input {...inputOf(props)} {...(shown ? { type: "text" as const } : { type: "password" as const })} autocapitalize="off" />
        <button
          type="button"
          aria-pressed={shown}
          aria-label={w.showWhat(props.label)}
          onClick={() => setShown(!shown)}
        >
          {w.show}
        </button>
      </div>
    </Labelled>
  );
}

/** A new password, with the server's rule for it. */
export function NewPasswordField({ state, label = w.password }: { state: FormState; label?: string }) {
  const help = w.passwordRule(registration.value?.password_chars_min);
  return <SecretField state={state} name="password" label={label} help={help} autocomplete="new-password" />;
}

function inputOf({ state, name, help, autocomplete, value }: FieldProps) {
  const wrong = state.faults[name] !== undefined;
  return {
    id: name,
    name,
    autocomplete,
    spellcheck: false,
    required: true,
    ...(value === undefined ? {} : { defaultValue: value }),
    "aria-invalid": wrong,
    "aria-describedby": help === undefined ? `${name}-error` : `${name}-error ${name}-help`,
  };
}

function Labelled({ state, name, label, help, children }: FieldProps & { children: ComponentChildren }) {
  return (
    <div class="field">
      <label for={name}>{label}</label>
      {children}
      <p id={`${name}-error`} class="error" role="alert">
        {state.faults[name] ?? ""}
      </p>
      {help !== undefined && (
        <p id={`${name}-help`} class="meta">
          {help}
        </p>
      )}
    </div>
  );
}
