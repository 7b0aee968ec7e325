// When a voice of the chain speaks: languages, hours, and up to which cost of a call.
import { useEffect, useId, useRef, useState } from "preact/hooks";
import type { DaySpan, VoiceHealth, WeekHours } from "../api/model";
import { DAYS, dayName } from "../business/hours";
import { money } from "../words/call";
import { faultsOfLink, languagesFrom, type Link, microsFrom, microsWritten, ruleOf, spansFrom, spansWritten, usualHours } from "./chain-check";
import { Fault, Lever } from "./parts";
import { w } from "./words";

/** The rules of one voice, folded: its summary shows their state. */
export function LinkRules(props: {
  link: Link;
  name: string;
  health: VoiceHealth | undefined;
  off: boolean;
  onChange: (to: Partial<Link>) => void;
}) {
  const { link, name, health, off, onChange } = props;
  const languages = link.when?.languages ?? [];
  const hours = link.when?.hours ?? null;
  const faults = faultsOfLink(link);
  const cap = link.call_cost_max_micros;
  const said = [
    languages.join(", "),
    hours === null ? "" : w.chain.rules.someHours,
    cap === null || faults.cost !== undefined ? "" : w.chain.rules.upTo(priced(cap, health)),
  ].filter((part) => part !== "");
  return (
    <details class="chain-rules">
      <summary>
        {w.chain.rules.title(name)}
        <span class="meta"> {said.length === 0 ? w.chain.rules.always : said.join(" · ")}</span>
      </summary>
      <fieldset class="fold-body">
        <legend class="hidden">{w.chain.rules.title(name)}</legend>
        <Field
          label={w.chain.rules.languages}
          hint={w.chain.rules.languagesHint}
          fault={faults.languages}
          off={off}
          shown={languages.join(", ")}
          onChange={(text) => onChange({ when: ruleOf(languagesFrom(text), hours) })}
        />
        <Lever
          label={w.chain.rules.hours}
          hint={w.chain.rules.hoursHint}
          on={hours !== null}
          off={off}
          onChange={(on) => onChange({ when: ruleOf(languages, on ? usualHours() : null) })}
        />
        {hours !== null && (
          <Week hours={hours} faults={faults.hours} off={off} onChange={(week) => onChange({ when: ruleOf(languages, week) })} />
        )}
        <Field
          label={w.chain.rules.cost(health?.currency ?? "")}
          hint={w.chain.rules.costHint}
          more={health?.cost_per_minute_micros == null ? "" : w.chain.rules.ofLate(money(health.cost_per_minute_micros, health.currency))}
          fault={faults.cost}
          off={off}
          shown={microsWritten(cap)}
          isAmount
          onChange={(text) => onChange({ call_cost_max_micros: microsFrom(text) })}
        />
      </fieldset>
    </details>
  );
}

function priced(micros: number, health: VoiceHealth | undefined): string {
  return health === undefined ? microsWritten(micros) : money(micros, health.currency);
}

function Week(props: {
  hours: WeekHours;
  faults: Partial<Record<(typeof DAYS)[number], string>>;
  off: boolean;
  onChange: (hours: WeekHours) => void;
}) {
  const { hours, faults, off, onChange } = props;
  return (
    <div class="chain-week">
      {DAYS.map((day) => (
        <Field
          key={day}
          label={dayName(day)}
          fault={faults[day]}
          off={off}
          placeholder={w.chain.rules.closed}
          shown={spansWritten(hours[day])}
          onChange={(text) => onChange({ ...hours, [day]: spansFrom(text) as DaySpan[] })}
        />
      ))}
    </div>
  );
}

/** A line of text that is parsed: an invalid text stays as it was typed, with its fault below. */
export function Field(props: {
  label: string;
  hint?: string;
  more?: string;
  fault: string | undefined;
  off: boolean;
  shown: string;
  placeholder?: string;
  isAmount?: boolean;
  onChange: (text: string) => void;
}) {
  const { label, hint, more = "", fault, off, shown, placeholder = "", isAmount = false, onChange } = props;
  const id = useId();
  const hints = [hint, more].filter((part) => part).join(" ");
  const [text, setText] = useState<string | null>(null);
  const field = useRef<HTMLInputElement>(null);
  // The invalid text stays until there is another value, as after "Discard".
  useEffect(() => {
    if (fault === undefined && document.activeElement !== field.current) setText(null);
  }, [fault]);
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        id={id}
        ref={field}
        autocomplete="off"
        maxLength={200}
        placeholder={placeholder}
        {...(isAmount ? { inputMode: "decimal" as const } : {})}
        disabled={off}
        aria-invalid={fault !== undefined}
        aria-describedby={hints === "" ? `${id}-fault` : `${id}-fault ${id}-hint`}
        value={text ?? shown}
        onInput={({ currentTarget }) => {
          setText(currentTarget.value);
          onChange(currentTarget.value);
        }}
        onBlur={() => {
          if (fault === undefined) setText(null);
        }}
      />
      <Fault id={`${id}-fault`}>{fault ?? ""}</Fault>
      {hints !== "" && (
        <p id={`${id}-hint`} class="hint">
          {hints}
        </p>
      )}
    </div>
  );
}
