// The caller IDs of which each call shows one: chosen among those that the organization may show, or typed if it may show others.
import { useId, useMemo, useRef, useState } from "preact/hooks";
import type { Showable } from "../api/model";
import type { Draft } from "../app/form/record";
import { Icon } from "../app/icons";
import { useLoaded } from "../app/load";
import { Combo } from "../call/beside/combo";
import { numbersIn, withoutMarks } from "../words/phone";
import type { Fields } from "./settings";
import { w } from "./words";

/** The maximum characters of the field: a list of numbers can be pasted. */
const LETTERS_MAX = 2_000;

/** The field, and the chosen numbers. */
export function CallerIdField({ draft }: { draft: Draft<Fields> }) {
  const words = w.callerIds;
  const id = useId();
  const whole = useRef<HTMLDivElement>(null);
  const [said, setSaid] = useState("");
  const known = useLoaded<Showable>("/api/v1/caller-ids");
  // Without the list, the server decides which numbers may be shown.
  const { numbers, others } = known.value ?? { numbers: [], others: true };
  const chosen = numbersIn(draft.value.caller_ids) ?? [];
  const options = useMemo(
    () => numbers.filter((number) => !chosen.includes(number)).map((number) => ({ value: number, label: number })),
    [known.value, draft.value.caller_ids],
  );
  const set = (next: string[]) => draft.set("caller_ids", next.join("\n"));
  const add = (typed: string | null) => {
    const added = (numbersIn(typed ?? "") ?? []).filter((number) => !chosen.includes(number));
    set([...chosen, ...added]);
    setSaid(added.map(words.added).join(" "));
  };
  const drop = (number: string) => {
    set(chosen.filter((one) => one !== number));
    setSaid(words.dropped(number));
    whole.current?.querySelector("input")?.focus();
  };
  const fresh = (typed: string) => {
    const found = numbersIn(typed) ?? [];
    return found.length === 0 ? null : words.add(found.join(", "));
  };
  return (
    <div ref={whole} class="caller-id-field">
      <Combo
        label={words.several}
        hint={words.choose}
        options={options}
        {...(others ? { fresh } : {})}
        none={others ? words.typeWhole : words.notYours}
        plain={withoutMarks}
        maxLength={LETTERS_MAX}
        inForm={{ name: "caller_ids", isWrong: draft.faults.caller_ids !== undefined, describedBy: `${id}-fault ${id}-hint` }}
        onType={(typed) => draft.set("caller_id", typed)}
        onChoose={add}
      />
      <p id={`${id}-fault`} class="error" role="alert">
        {draft.faults.caller_ids ?? ""}
      </p>
      <p id={`${id}-hint`} class="hint">
        {words.hint}
      </p>
      <p class="hidden" role="status">
        {said}
      </p>
      {chosen.length > 0 && (
        <ul class="chips" aria-label={words.chosen}>
          {chosen.map((number) => (
            <li key={number} class="chip-held">
              <bdi>{number}</bdi>
              <button type="button" class="plain" aria-label={words.drop(number)} title={words.drop(number)} onClick={() => drop(number)}>
                <Icon name="cross" size="small" />
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
