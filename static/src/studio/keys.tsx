// The actions of a telephone's keys.
import { useId, useRef } from "preact/hooks";
import { Icon } from "../app/icons";
import { useMember, useStudio } from "./context";
import { DIGITS, KEYS_MAX } from "./check";
import type { Written } from "./draft";
import { Fault, Folded } from "./parts";
import { w } from "./words";

type KeyAction = Written["dtmf_actions"][number]["action"];

const ACTIONS = ["transfer_call", "request_handoff", "take_message", "say", "repeat", "do_not_call", "end_call"] as const;
/** The order in which new rows get a key. */
const FREE = [..."1234567890#*"];

/** An action of this kind, with the values that it shares with the previous one. */
function actionOf(kind: string, was: KeyAction): KeyAction {
  const target = "target" in was ? was.target : "";
  switch (kind) {
    case "transfer_call":
    case "request_handoff":
      return { action: kind, target };
    case "say":
      return { action: "say", text: "text" in was ? was.text : "" };
    case "take_message":
    case "repeat":
    case "do_not_call":
      return { action: kind };
    default:
      return { action: "end_call" };
  }
}

export function Keys() {
  const { value, isChanged, fault, set, off } = useMember("dtmf_actions");
  const { targets } = useStudio();
  const id = useId();
  const adds = useRef<HTMLButtonElement>(null);
  const change = (at: number, to: Partial<(typeof value)[number]>) => set(value.map((row, place) => (place === at ? { ...row, ...to } : row)));
  const add = () => {
    const free = FREE.find((key) => !value.some(({ digits }) => digits === key)) ?? "";
    set([...value, { digits: free, action: { action: "take_message" } }]);
  };
  return (
    <Folded title={w.keys.title} isChanged={isChanged} sum={value.length === 0 ? w.keys.none : value.slice(0, 8).map(({ digits }) => digits).join(" ")}>
      <datalist id={`${id}-targets`}>
        {targets.value.map(({ name, kind }) => (
          <option key={`${kind}${name}`} value={name} label={w.keys.targets[kind]} />
        ))}
      </datalist>
      <ul class="key-rows">
        {value.map(({ digits, action }, at) => {
          const leads = "target" in action ? action : null;
          const says = "text" in action ? action : null;
          return (
            // The row's position is its identity: rows are neither moved nor sorted.
            <li key={at}>
              <input
                class="digits"
                aria-label={w.keys.digits}
                aria-invalid={!DIGITS.test(digits)}
                aria-describedby={`${id}-fault`}
                maxLength={8}
                inputMode="tel"
                autocomplete="off"
                disabled={off}
                value={digits}
                onInput={({ currentTarget }) => change(at, { digits: currentTarget.value.toUpperCase().replace(/\s/g, "") })}
              />
              <select
                aria-label={w.keys.actionOf(digits)}
                disabled={off}
                value={action.action}
                onChange={({ currentTarget }) => change(at, { action: actionOf(currentTarget.value, action) })}
              >
                {ACTIONS.map((kind) => (
                  <option key={kind} value={kind}>
                    {w.keys.act[kind]}
                  </option>
                ))}
              </select>
              {!off && (
                <button
                  type="button"
                  class="btn quiet square small"
                  aria-label={w.keys.remove(digits)}
                  title={w.keys.remove(digits)}
                  onClick={() => {
                    set(value.filter((_, place) => place !== at));
                    adds.current?.focus();
                  }}
                >
                  <Icon name="cross" />
                </button>
              )}
              {leads && (
                <input
                  class="more"
                  aria-label={w.keys.targetOf(digits)}
                  aria-describedby={`${id}-fault`}
                  placeholder={w.keys.targetExample}
                  list={`${id}-targets`}
                  maxLength={79}
                  autocomplete="off"
                  disabled={off}
                  value={leads.target}
                  onInput={({ currentTarget }) => change(at, { action: { ...leads, target: currentTarget.value.trim() } })}
                />
              )}
              {says && (
                <input
                  class="more"
                  aria-label={w.keys.textOf(digits)}
                  aria-describedby={`${id}-fault`}
                  placeholder={w.keys.textExample}
                  maxLength={1_000}
                  autocomplete="off"
                  dir="auto"
                  disabled={off}
                  value={says.text}
                  onInput={({ currentTarget }) => change(at, { action: { ...says, text: currentTarget.value } })}
                />
              )}
            </li>
          );
        })}
      </ul>
      <Fault id={`${id}-fault`}>{fault}</Fault>
      {!off && value.length < KEYS_MAX && (
        <button ref={adds} type="button" class="btn small" onClick={add}>
          <Icon name="add" />
          {w.keys.add}
        </button>
      )}
    </Folded>
  );
}
