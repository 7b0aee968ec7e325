// The combobox of zag-js, fixed where it loses letters. It writes its own text into the field after the next paint, over anything typed in the
// meantime, and empties the field when its list is reloaded. Here the caller owns the field's text, which is written in the task that changes it.
import * as combobox from "@zag-js/combobox";
import { normalizeProps, useMachine } from "@zag-js/preact";
import type { RefObject } from "preact";
import { useId, useLayoutEffect, useRef } from "preact/hooks";

const { idle, focused, ...closed } = combobox.machine.states.closed?.states ?? {};

/** The machine without its own writing into the field. If a form moves the focus back to a field after a click elsewhere, the machine learns of the
 * focus before the click, and assumes that the field was left. So what it does in a focused field, it does in every field. */
const machine: typeof combobox.machine = {
  ...combobox.machine,
  states: {
    ...combobox.machine.states,
    closed: { ...combobox.machine.states.closed, states: { ...closed, focused, idle: { ...idle, on: { ...focused?.on, ...idle?.on } } } },
  } as typeof combobox.machine.states,
  implementations: {
    ...combobox.machine.implementations,
    actions: { ...combobox.machine.implementations?.actions, syncInputValue: () => {}, syncSelectedItems: () => {} },
  },
};

/** Properties of a combobox. `inputValue`: the text of its field; `onInputValueChange` gets the next one. `value`: the selected item. */
interface Given<T> extends Omit<combobox.Props<T>, "id" | "dir" | "inputValue" | "value"> {
  inputValue: string;
  value: string[];
}

/** The combobox, and the ref of its field. */
export function useCombobox<T>(given: Given<T>): { api: combobox.Api; field: RefObject<HTMLInputElement | null> } {
  const field = useRef<HTMLInputElement>(null);
  const props = { ...given, id: useId(), dir: document.dir === "rtl" ? "rtl" : "ltr" };
  const service = useMachine(machine, props as object);
  const { inputValue } = given;
  useLayoutEffect(() => {
    if (field.current && field.current.value !== inputValue) field.current.value = inputValue;
  }, [inputValue]);
  return { api: combobox.connect(service, normalizeProps), field };
}
