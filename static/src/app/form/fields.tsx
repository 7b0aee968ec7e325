// The fields of a form. What each accepts comes from the rules of the API (api/rules.ts); a fault is shown at the field.
import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import { Icon } from "../icons";
import { useKeptFocus } from "../kept-focus";
import { leaving } from "../leaving";
import { listed } from "../language";
import { w } from "../words";
import { FIRST_DAY, LAST_DAY } from "./days";
import { ALL, type Draft } from "./record";
import { roomLeft } from "./rules";
import { w as forms } from "./words";

/** Properties of every field. `draft` and `name` say which value of which record it shows. */
interface Shared<T extends object, K extends keyof T & string> {
  draft: Draft<T>;
  name: K;
  label: string;
  /** A sentence below the field. */
  hint?: ComponentChildren;
}

/** Names of the fields of a record whose values are of this kind. */
type Of<T, V> = { [K in keyof T & string]-?: NonNullable<T[K]> extends V ? K : never }[keyof T & string];

/** A form; faults of the whole are shown above its button. `verb`: the button's text. */
export function RecordForm<T extends object>(props: {
  draft: Draft<T>;
  verb?: string;
  /** The button deletes something, and looks like it. */
  deletes?: boolean;
  /** Called when the record was accepted. */
  onSaved?: () => void;
  /** Cancels. If something was typed, the user is asked first, as with Escape. */
  onCancel?: () => void;
  /** The accessible name of the form. */
  label?: string;
  children: ComponentChildren;
}) {
  const { draft, verb = w.act.save, onSaved, onCancel } = props;
  return (
    <form
      ref={draft.form}
      class="record"
      aria-label={props.label}
      noValidate
      onSubmit={(event) => void draft.submit(event).then((isTaken) => isTaken && onSaved?.())}
    >
      <ChangedMeanwhile draft={draft} />
      {props.children}
      <p class="error" role="alert">
        {draft.faults[ALL] ?? ""}
      </p>
      <div class="acts">
        {onCancel && (
          <button type="button" onClick={() => (draft.isChanged ? leaving(onCancel) : onCancel())}>
            {w.act.cancel}
          </button>
        )}
        <button type="submit" class={props.deletes ? "danger" : "primary"} aria-disabled={draft.busy}>
          {verb}
        </button>
      </div>
    </form>
  );
}

/** Somebody else has saved the record that is being edited. Says which of their changes are in the form, and whose value is kept if both have changed
 * a field. */
export function ChangedMeanwhile<T extends object>({ draft }: { draft: Draft<T> }) {
  const { meanwhile, form } = draft;
  // The name of a field is the text of its label; that of a list is its legend.
  const nameOf = (field: string) => {
    const one = form.current?.querySelector<HTMLInputElement | HTMLFieldSetElement>(`[name="${CSS.escape(field)}"]`);
    const label = one instanceof HTMLFieldSetElement ? one.querySelector("legend") : one?.labels?.[0];
    return label?.textContent?.trim() ?? field;
  };
  const names = listed(meanwhile?.both.map(nameOf) ?? []);
  return (
    <div role="alert" class="meanwhile">
      {meanwhile && (
        <div class="notice warn">
          <div class="told">
            <p>
              {forms.meanwhile} {names === "" ? forms.merged : forms.both(names)}
            </p>
          </div>
          {names !== "" && (
            <button type="button" class="btn small" onClick={meanwhile.take}>
              {forms.takeTheirs}
            </button>
          )}
        </div>
      )}
    </div>
  );
}

/** Label, field, fault and hint, linked for screen readers. */
function Labelled<T extends object, K extends keyof T & string>(
  props: Shared<T, K> & { id: string; children: ComponentChildren; aside?: string | null },
) {
  const { draft, name, label, hint, id } = props;
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {props.children}
      <p id={`${id}-fault`} class="error" role="alert">
        {draft.faults[name] ?? ""}
      </p>
      {(hint != null || props.aside != null) && (
        <p id={`${id}-hint`} class="hint">
          {hint} {props.aside}
        </p>
      )}
    </div>
  );
}

function links<T extends object>(draft: Draft<T>, name: string, id: string, hint: unknown) {
  return {
    id,
    name,
    "data-field": draft.path + name,
    required: draft.rules[name]?.required === true,
    "aria-invalid": draft.faults[name] !== undefined,
    "aria-describedby": hint == null ? `${id}-fault` : `${id}-fault ${id}-hint`,
  };
}

type Autocomplete = "off" | "name" | "email" | "current-password" | "new-password" | "one-time-code";

/** One line of text. */
export function TextField<T extends object, K extends Of<T, string>>(
  props: Shared<T, K> & { type?: "text" | "email" | "tel" | "url" | "date" | "time" | "password"; placeholder?: string; autocomplete?: Autocomplete },
) {
  const { draft, name, type = "text", placeholder, autocomplete = "off", hint } = props;
  const id = useId();
  const value = String(draft.value[name] ?? "");
  return (
    <Labelled {...props} id={id} aside={roomLeft(draft.rules[name] ?? {}, value)}>
      <input
        {...links(draft, name, id, hint)}
        {...({ type, ...(type === "date" ? { min: FIRST_DAY, max: LAST_DAY } : {}) } as { type: "text" })}
        {...(placeholder === undefined ? {} : { placeholder })}
        autocomplete={autocomplete}
        dir="auto"
        value={value}
        onInput={(event) => draft.set(name, event.currentTarget.value as T[K])}
      />
    </Labelled>
  );
}

/** Several lines of text. `rows`: the minimum number shown. */
export function TextArea<T extends object, K extends Of<T, string>>(props: Shared<T, K> & { rows?: number; placeholder?: string }) {
  const { draft, name, rows = 3, placeholder, hint } = props;
  const id = useId();
  const value = String(draft.value[name] ?? "");
  return (
    <Labelled {...props} id={id} aside={roomLeft(draft.rules[name] ?? {}, value)}>
      <textarea
        {...links(draft, name, id, hint)}
        rows={rows}
        dir="auto"
        {...(placeholder === undefined ? {} : { placeholder })}
        value={value}
        onInput={(event) => draft.set(name, event.currentTarget.value as T[K])}
      />
    </Labelled>
  );
}

/** A number; empty is null. `unit` is shown after it. */
export function NumberField<T extends object, K extends Of<T, number>>(props: Shared<T, K> & { unit?: string; step?: number }) {
  const { draft, name, unit, step = 1, hint } = props;
  const id = useId();
  const { minimum, maximum } = draft.rules[name] ?? {};
  const value = draft.value[name];
  return (
    <Labelled {...props} id={id}>
      <span class="with-unit">
        <input
          {...links(draft, name, id, hint)}
          type="number"
          {...(minimum === undefined ? {} : { min: minimum })}
          {...(maximum === undefined ? {} : { max: maximum })}
          step={step}
          value={value == null ? "" : String(value)}
          onInput={(event) => {
            const { valueAsNumber } = event.currentTarget;
            draft.set(name, (Number.isNaN(valueAsNumber) ? null : valueAsNumber) as T[K]);
          }}
        />
        {unit !== undefined && <span class="unit">{unit}</span>}
      </span>
    </Labelled>
  );
}

/** A choice of one option. `none`: the name of the empty choice, if there is one; its value is null. */
export function SelectField<T extends object, K extends Of<T, string>>(
  props: Shared<T, K> & { choices: readonly { value: string; label: string }[]; none?: string },
) {
  const { draft, name, choices, none, hint } = props;
  const id = useId();
  return (
    <Labelled {...props} id={id}>
      <select
        {...links(draft, name, id, hint)}
        value={String(draft.value[name] ?? "")}
        onChange={(event) => draft.set(name, (event.currentTarget.value === "" ? null : event.currentTarget.value) as T[K])}
      >
        {none !== undefined && <option value="">{none}</option>}
        {choices.map(({ value, label }) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </select>
    </Labelled>
  );
}

/** Yes or no, as a lever with its label. */
export function LeverField<T extends object, K extends Of<T, boolean>>(props: Shared<T, K>) {
  const { draft, name, label, hint } = props;
  const id = useId();
  return (
    <div class="field lever-field">
      <label for={id}>
        <input
          {...links(draft, name, id, hint)}
          type="checkbox"
          role="switch"
          class="lever"
          checked={draft.value[name] === true}
          onChange={(event) => draft.set(name, event.currentTarget.checked as T[K])}
        />
        <span>{label}</span>
      </label>
      <p id={`${id}-fault`} class="error" role="alert">
        {draft.faults[name] ?? ""}
      </p>
      {hint != null && (
        <p id={`${id}-hint`} class="hint">
          {hint}
        </p>
      )}
    </div>
  );
}

/** Several short texts, each in a row that can be removed: promises, service areas, tags. */
export function ListField<T extends object, K extends Of<T, readonly string[]>>(
  props: Shared<T, K> & { add: string; item: (n: number) => string },
) {
  const { draft, name, label, hint, add, item } = props;
  const id = useId();
  const values = [...((draft.value[name] as readonly string[] | null | undefined) ?? [])];
  const change = (to: string[]) => draft.set(name, to as T[K]);
  const max = draft.rules[name]?.maxItems ?? Number.POSITIVE_INFINITY;
  useKeptFocus(values.length, `.list[name="${name}"] > button`);
  return (
    <fieldset name={name} class="field list" aria-describedby={`${id}-fault ${id}-hint`}>
      <legend>{label}</legend>
      {values.map((value, at) => (
        // The row's position is its identity: rows are neither moved nor sorted.
        <div key={at} class="with-button">
          <input
            aria-label={item(at + 1)}
            aria-invalid={draft.faults[name] !== undefined}
            dir="auto"
            value={value}
            onInput={(event) => change(values.map((was, place) => (place === at ? event.currentTarget.value : was)))}
          />
          <button
            type="button"
            class="btn quiet square"
            aria-label={`${w.act.remove}: ${item(at + 1)}`}
            title={w.act.remove}
            onClick={() => change(values.filter((_, place) => place !== at))}
          >
            <Icon name="cross" />
          </button>
        </div>
      ))}
      <p id={`${id}-fault`} class="error" role="alert">
        {draft.faults[name] ?? ""}
      </p>
      <p id={`${id}-hint`} class="hint">
        {hint}
      </p>
      {values.length < max && (
        <button type="button" class="btn small" onClick={() => change([...values, ""])}>
          <Icon name="add" />
          {add}
        </button>
      )}
    </fieldset>
  );
}
