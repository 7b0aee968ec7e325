// The dial policy: patterns of numbers, and how many calls are allowed per call and per day.
import { useId, useState } from "preact/hooks";
import { may } from "../api/me";
import type { DialPolicy } from "../api/model";
import { DialPolicyBody } from "../api/rules";
import { ListField, NumberField, RecordForm } from "../app/form/fields";
import { type Faults, useDraft } from "../app/form/record";
import { putOver } from "../app/form/revised";
import { Icon } from "../app/icons";
import { number } from "../app/language";
import type { Loaded } from "../app/load";
import { tell } from "../app/toasts";
import { dialled } from "../words/phone";
import { admittedBy } from "./data";
import { w } from "./words";

/** The tab. */
export function Dialling({ policy, loaded }: { policy: DialPolicy; loaded: Loaded<DialPolicy> }) {
  return (
    <div class="dialling">
      <p class="read">{w.dialling.lede}</p>
      {may("dialling_write") ? <Editor policy={policy} loaded={loaded} /> : <Shown policy={policy} />}
    </div>
  );
}

/** The editable part of it. */
type Written = Omit<DialPolicy, "revision">;

function writtenOf({ numbers_allowed, per_call_max, per_day_max }: DialPolicy): Written {
  return { numbers_allowed, per_call_max, per_day_max };
}

function Editor({ policy, loaded }: { policy: DialPolicy; loaded: Loaded<DialPolicy> }) {
  const draft = useDraft<Written>({
    value: writtenOf(policy),
    rules: DialPolicyBody,
    follows: true,
    check: ({ numbers_allowed: patterns }): Faults =>
      patterns.every((pattern) => pattern.trim() === "" || /^\+?\d{1,24}\*?$/.test(pattern.trim())) ? {} : { numbers_allowed: w.dialling.badPattern },
    send: async (value) => {
      const body = { ...value, numbers_allowed: value.numbers_allowed.map((pattern) => pattern.trim()).filter((pattern) => pattern !== "") };
      const saved = await putOver("/api/v1/dial-policy", loaded, body);
      tell(w.dialling.saved);
      // Empty rows are removed once it is saved, and an emptied number has its usual value.
      setTimeout(() => draft.reset(saved ? writtenOf(saved) : body));
    },
  });
  return (
    <div class="halves">
      <div class="sheet filled">
        <RecordForm draft={draft} label={w.dialling.form}>
          <ListField
            draft={draft}
            name="numbers_allowed"
            label={w.dialling.patterns}
            hint={draft.value.numbers_allowed.length === 0 ? w.dialling.none : w.dialling.patternsHint}
            add={w.dialling.add}
            item={w.dialling.pattern}
          />
          <div class="pair">
            <NumberField draft={draft} name="per_call_max" label={w.dialling.perCall} />
            <NumberField draft={draft} name="per_day_max" label={w.dialling.perDay} hint={w.dialling.perDayHint} />
          </div>
        </RecordForm>
      </div>
      <Try patterns={draft.value.numbers_allowed} />
    </div>
  );
}

function Shown({ policy }: { policy: DialPolicy }) {
  return (
    <div class="halves">
      <div class="sheet filled">
        <ul class="patterns">
          {policy.numbers_allowed.map((pattern) => (
            <li key={pattern}>
              <span class="plate">{pattern}</span>
            </li>
          ))}
        </ul>
        {policy.numbers_allowed.length === 0 && <p>{w.dialling.none}</p>}
        <p>{w.dialling.readPerCall(number(policy.per_call_max), policy.per_call_max)}</p>
        <p>{w.dialling.readPerDay(number(policy.per_day_max), policy.per_day_max)}</p>
      </div>
      <Try patterns={policy.numbers_allowed} />
    </div>
  );
}

function Try({ patterns }: { patterns: readonly string[] }) {
  const id = useId();
  const [text, setText] = useState("");
  const plain = dialled(text);
  const by = admittedBy(patterns, plain);
  return (
    <div class="field try">
      <label for={id}>{w.dialling.try}</label>
      <input
        id={id}
        type="tel"
        autocomplete="off"
        placeholder="+49 30 1234567"
        aria-describedby={`${id}-hint`}
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
      />
      <p id={`${id}-hint`} class="hint">
        {w.dialling.tryHint}
      </p>
      <p role="status" class={by === null ? "verdict no" : "verdict yes"}>
        {plain !== "" && <Icon name={by === null ? "away" : "tick"} size="small" />}
        {plain === "" ? "" : by === null ? w.dialling.notAdmitted : w.dialling.admitted(by)}
      </p>
    </div>
  );
}
