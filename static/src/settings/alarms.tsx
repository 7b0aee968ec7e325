// The rules that raise alarms about live calls.
import { useState } from "preact/hooks";
import { may } from "../api/me";
import { AlarmRulesBody } from "../api/rules";
import type { components } from "../api/types";
import { RecordForm } from "../app/form/fields";
import { useDraft } from "../app/form/record";
import { putOver } from "../app/form/revised";
import { RowList } from "../app/form/row-list";
import { number } from "../app/language";
import { type Loaded, useLoaded } from "../app/load";
import { Failed, Skeleton } from "../app/parts";
import { tell } from "../app/toasts";
import { Ruled } from "../house/parts";
import { t } from "./words";

type Rules = components["schemas"]["AlarmRulesView"];
type Rule = Rules["rules"][number];
type On = Rule["on"];

const PATH = "/api/v1/alarm-rules";
const ONS = Object.keys(t.ons) as On[];
const BYS = Object.keys(t.bys) as (keyof typeof t.bys)[];
const RULES_MAX = 20;
const SECONDS = 60;

/** The section of the page. */
export function AlarmRules() {
  const rules = useLoaded<Rules>(PATH, ["alarm_rules"]);
  const { value } = rules;
  return (
    <Ruled title={t.alarms} text={t.alarmsText}>
      {rules.fault !== "" && <Failed message={rules.fault} onRetry={() => void rules.again()} />}
      {!value && rules.fault === "" && <Skeleton rows={3} />}
      {value && (may("business_write") ? <RulesForm loaded={rules} value={value} /> : <RulesRead rules={value.rules} />)}
    </Ruled>
  );
}

function RulesRead({ rules }: { rules: readonly Rule[] }) {
  if (rules.length === 0) return <p class="soft">{t.alarmsNone}</p>;
  return (
    <ul class="rows">
      {rules.map((rule) => (
        <li key={rule.name}>
          <strong>{rule.name}</strong> <span class="meta">{inWords(rule)}</span>
          {!rule.enabled && (
            <>
              {" "}
              <span class="chip">{t.ruleOff}</span>
            </>
          )}
        </li>
      ))}
    </ul>
  );
}

function inWords(rule: Rule): string {
  switch (rule.on) {
    case "caller_waits":
    case "silence":
      return `${t.ons[rule.on]} ${number(rule.longer_than_s)} s`;
    case "words_said":
      return `${t.ons.words_said}: ${rule.phrases.join(", ")}`;
    case "assistant_failed":
      return t.ons.assistant_failed;
  }
}

/** A name that no rule has. */
function freeName(rules: readonly Rule[]): string {
  const taken = new Set(rules.map(({ name }) => name));
  let n = rules.length + 1;
  while (taken.has(`${t.newRule} ${n}`)) n += 1;
  return `${t.newRule} ${n}`;
}

/** The rule changed to another subject, with the defaults of that. */
function about({ name, enabled }: Rule, on: On): Rule {
  switch (on) {
    case "caller_waits":
    case "silence":
      return { name, enabled, on, longer_than_s: SECONDS };
    case "words_said":
      return { name, enabled, on, phrases: [], by: "anybody" };
    case "assistant_failed":
      return { name, enabled, on };
  }
}

function RulesForm({ loaded, value }: { loaded: Loaded<Rules>; value: Rules }) {
  const draft = useDraft<Pick<Rules, "rules">>({
    value: { rules: value.rules },
    rules: AlarmRulesBody,
    follows: true,
    send: (written) => putOver(PATH, loaded, written),
  });
  const { rules } = draft.value;
  return (
    <div class={draft.isChanged ? "edit changed" : "edit"}>
      <RecordForm draft={draft} label={t.alarms} verb={t.save} onSaved={() => tell(t.alarmsSet)}>
        <RowList
          name="rules"
          legend={t.alarms}
          rows={rules}
          max={RULES_MAX}
          none={t.alarmsNone}
          add={t.addRule}
          fault={draft.faults.rules ?? ""}
          // The row's position is its identity: rows are neither moved nor sorted.
          keyOf={(_, at) => at}
          removeOf={({ name }) => t.removeRule(name)}
          blank={(): Rule => ({ name: freeName(rules), enabled: true, on: "caller_waits", longer_than_s: SECONDS })}
          onChange={(to) => draft.set("rules", to)}
        >
          {(rule, n, set) => <RuleFields rule={rule} n={n} onChange={set} />}
        </RowList>
      </RecordForm>
    </div>
  );
}

function RuleFields({ rule, n, onChange }: { rule: Rule; n: number; onChange: (rule: Rule) => void }) {
  return (
    <>
      <div class="lever-field">
        <label>
          <input
            type="checkbox"
            role="switch"
            class="lever"
            checked={rule.enabled}
            onChange={(event) => onChange({ ...rule, enabled: event.currentTarget.checked })}
          />
          <span class="hidden">{t.ruleEnabled(n)}</span>
        </label>
      </div>
      <input
        type="text"
        aria-label={t.ruleName(n)}
        autocomplete="off"
        maxLength={80}
        value={rule.name}
        onInput={(event) => onChange({ ...rule, name: event.currentTarget.value })}
      />
      <select aria-label={t.ruleOn(n)} value={rule.on} onChange={(event) => onChange(about(rule, event.currentTarget.value as On))}>
        {ONS.map((on) => (
          <option key={on} value={on}>
            {t.ons[on]}
          </option>
        ))}
      </select>
      {(rule.on === "caller_waits" || rule.on === "silence") && (
        <span class="with-unit">
          <input
            type="number"
            aria-label={t.ruleSeconds(n)}
            min={5}
            max={3600}
            value={String(rule.longer_than_s)}
            onInput={(event) => onChange({ ...rule, longer_than_s: Math.round(Number(event.currentTarget.value)) })}
          />
          <span>s</span>
        </span>
      )}
      {rule.on === "words_said" && (
        <>
          <Phrases label={t.rulePhrases(n)} phrases={rule.phrases} onChange={(phrases) => onChange({ ...rule, phrases })} />
          <select aria-label={t.ruleBy(n)} value={rule.by} onChange={(event) => onChange({ ...rule, by: event.currentTarget.value as typeof rule.by })}>
            {BYS.map((by) => (
              <option key={by} value={by}>
                {t.bys[by]}
              </option>
            ))}
          </select>
        </>
      )}
    </>
  );
}

const phrasesIn = (text: string) => text.split(",").map((phrase) => phrase.trim()).filter(Boolean);

/** Phrases separated by commas. The typed text stays as it is, including its blanks, as long as it means these phrases. */
function Phrases({ label, phrases, onChange }: { label: string; phrases: string[]; onChange: (phrases: string[]) => void }) {
  const [typed, setTyped] = useState("");
  const isTyped = JSON.stringify(phrasesIn(typed)) === JSON.stringify(phrases);
  return (
    <input
      type="text"
      aria-label={label}
      placeholder={label}
      autocomplete="off"
      value={isTyped ? typed : phrases.join(", ")}
      onInput={(event) => {
        setTyped(event.currentTarget.value);
        onChange(phrasesIn(event.currentTarget.value));
      }}
    />
  );
}
