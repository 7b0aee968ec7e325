// A field that suggests known options during typing, and accepts one: a tag, a colleague.
import * as combobox from "@zag-js/combobox";
import { useMemo, useState } from "preact/hooks";
import { useCombobox } from "../../app/combobox";

/** A choice. */
export interface Option {
  value: string;
  label: string;
}

const OFFERED_MAX = 50;

/** The field. `fresh`: the label for an option that is not known yet, null if it can't be chosen; without it only known options can be chosen.
 * `keeps`: whether the choice stays in the field; otherwise the field is cleared after each. `plain`: the form in which texts are compared. `onType`:
 * called with every text that is in the field. */
export function Combo(props: {
  label: string;
  hint: string;
  options: readonly Option[];
  fresh?: (typed: string) => string | null;
  keeps?: boolean;
  hideLabel?: boolean;
  maxLength?: number;
  none?: string;
  plain?: (text: string) => string;
  /** Its name in a form, whether the form refuses its value, and the ids of the elements that describe it. */
  inForm?: { name: string; isWrong: boolean; describedBy: string };
  onType?: (typed: string) => void;
  onChoose: (value: string | null) => void;
}) {
  const { label, hint, options, fresh, keeps = false, plain, inForm, onType, onChoose } = props;
  const [typed, setText] = useState("");
  const [chosen, setChosen] = useState<string | null>(null);
  const setTyped = (text: string) => {
    setText(text);
    onType?.(text);
  };
  const wanted = typed.trim();
  const found = useMemo(() => {
    const part = (plain?.(wanted) ?? wanted).toLocaleLowerCase();
    const those = options.filter((option) => option.label.toLocaleLowerCase().includes(part)).slice(0, OFFERED_MAX);
    const isKnown = options.some((option) => option.label.toLocaleLowerCase() === part);
    const offer = fresh && wanted !== "" && !isKnown ? fresh(wanted) : null;
    return offer === null ? those : [...those, { value: wanted, label: offer }];
  }, [options, wanted, fresh]);
  const { api, field } = useCombobox({
    collection: combobox.collection({ items: found, itemToValue: ({ value }: Option) => value, itemToString: (option: Option) => option.label }),
    inputValue: typed,
    value: chosen === null ? [] : [chosen],
    selectionBehavior: keeps ? "replace" : "clear",
    inputBehavior: "autohighlight",
    allowCustomValue: true,
    openOnClick: true,
    placeholder: hint,
    onInputValueChange: ({ inputValue, reason }) => {
      setTyped(inputValue);
      if (!keeps || reason !== "input-change") return;
      setChosen(null);
      onChoose(null);
    },
    onValueChange: ({ value: [next] }) => {
      if (next === undefined) return;
      if (keeps) setChosen(next);
      onChoose(next);
    },
  });
  const isOpen = api.open && found.length > 0;
  const input = api.getInputProps() as { onKeyDown?: (event: KeyboardEvent) => void };
  // If the options are reloaded during typing, zag-js keeps a removed option highlighted: Enter takes the first one all the same.
  const onKeyDown = (event: KeyboardEvent) => {
    const first = found[0];
    const isHighlighted = found.some(({ value }) => value === api.highlightedValue);
    if (event.key !== "Enter" || !isOpen || wanted === "" || isHighlighted || !first) {
      input.onKeyDown?.(event);
      return;
    }
    event.preventDefault();
    api.setOpen(false);
    setTyped(keeps ? first.label : "");
    if (keeps) setChosen(first.value);
    onChoose(first.value);
  };
  return (
    <div {...api.getRootProps()} class="field combo">
      <label {...api.getLabelProps()} class={props.hideLabel ? "hidden" : undefined}>
        {label}
      </label>
      <div {...api.getControlProps()}>
        <input
          {...input}
          {...(inForm ? { name: inForm.name, "aria-invalid": inForm.isWrong, "aria-describedby": inForm.describedBy } : {})}
          onKeyDown={onKeyDown}
          ref={field}
          maxLength={props.maxLength ?? 100}
          dir="auto"
        />
      </div>
      <div {...api.getPositionerProps()} class="combo-place">
        <ul {...api.getContentProps()} class="menu" aria-label={label} hidden={!isOpen}>
          {found.map((option) => (
            <li key={option.value} {...api.getItemProps({ item: option })} dir="auto">
              {option.label}
            </li>
          ))}
        </ul>
      </div>
      {props.none && api.open && found.length === 0 && <p class="hint" role="status">{props.none}</p>}
    </div>
  );
}
