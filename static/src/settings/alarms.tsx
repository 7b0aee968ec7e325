// The rules that raise alarms of live calls.
import { useRef, useState } from "preact/hooks";
import { change, messageOf } from "../api/client";
import { may } from "../api/me";
import type { components } from "../api/types";
import { Icon } from "../app/icons";
import { useLoaded } from "../app/load";
import { Failed, Skeleton } from "../app/parts";
import { tell } from "../app/toasts";
import { Ruled } from "../house/parts";
import { t } from "./words";

type Rules = components["schemas"]["AlarmRules"];
type Rule = Rules["rules"][number];
type On = Rule["on"];

const PATH = "/api/v1/alarm-rules";
const ONS = Object.keys(t.ons) as On[];
const BYS = Object.keys(t.bys) as (keyof typeof t.bys)[];
const RULES_MAX = 20;
const SECONDS = 60;

/** The part of the page. */
export function AlarmRules() {
  const rules = useLoaded<Rules>(PATH, ["alarm_rules"]);
  const { value } = rules;
  return (
    <Ruled title={t.alarms} text={t.alarmsText}>
      {rules.fault !== "" && <Failed message={rules.fault} onRetry={() => void rules.again()} />}
      {!value && rules.fault === "" && <Skeleton rows={3} />}
      {value && (may("business_write") ? <RulesForm key={JSON.stringify(value)} value={value.rules} onSaved={rules.show} /> : <RulesRead rules={value.rules} />)}
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
        </li>
      ))}
    </ul>
  );
}

function inWords(rule: Rule): string {
  switch (rule.on) {
    case "caller_waits":
    case "silence":
      return `${t.ons[rule.on]} ${rule.longer_than_s} s`;
    case "words_said":
      return `${t.ons.words_said}: ${rule.phrases.join(", ")}`;
    case "assistant_failed":
      return t.ons.assistant_failed;
  }
}

/** A rule about something else, with what that takes. */
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

function RulesForm({ value, onSaved }: { value: Rule[]; onSaved: (rules: Rules) => void }) {
  // Rules have no ids: each row has a key of its own, so that whoever removes one takes its fields away and no other's.
  const [rows, setRows] = useState(() => value.map((rule, key) => ({ key, rule })));
  const nextKey = useRef(value.length);
  const rules = rows.map(({ rule }) => rule);
  const [fault, setFault] = useState("");
  const [busy, setBusy] = useState(false);
  const isChanged = JSON.stringify(rules) !== JSON.stringify(value);
  const set = (key: number, rule: Rule) => setRows(rows.map((one) => (one.key === key ? { key, rule } : one)));
  const add = () => {
    const rule: Rule = { name: `${t.newRule} ${rows.length + 1}`, enabled: true, on: "caller_waits", longer_than_s: SECONDS };
    setRows([...rows, { key: nextKey.current, rule }]);
    nextKey.current += 1;
  };
  const submit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    try {
      const saved = await change<Rules>("PUT", PATH, { rules });
      setFault("");
      tell(t.alarmsSet);
      if (saved) onSaved(saved);
    } catch (error) {
      setFault(messageOf(error));
    }
    setBusy(false);
  };
  return (
    <form class="record alarm-rules" aria-label={t.alarms} onSubmit={(event) => void submit(event)} noValidate>
      {rows.length === 0 && <p class="soft">{t.alarmsNone}</p>}
      {rows.map(({ key, rule }, at) => (
        <div key={key} class="alarm-rule">
          <RuleFields rule={rule} n={at + 1} onChange={(changed) => set(key, changed)} />
          <button
            type="button"
            class="btn quiet square"
            aria-label={t.removeRule(rule.name)}
            title={t.removeRule(rule.name)}
            onClick={() => setRows(rows.filter((one) => one.key !== key))}
          >
            <Icon name="remove" />
          </button>
        </div>
      ))}
      <p class="error" role="alert">
        {fault}
      </p>
      <div class="actions">
        <button type="button" disabled={rows.length >= RULES_MAX} onClick={add}>
          <Icon name="add" />
          {t.addRule}
        </button>
        <button type="submit" class="primary" disabled={busy || !isChanged}>
          {t.save}
        </button>
      </div>
    </form>
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
          <input
            type="text"
            aria-label={t.rulePhrases(n)}
            placeholder={t.rulePhrases(n)}
            autocomplete="off"
            defaultValue={rule.phrases.join(", ")}
            onInput={(event) => {
              const phrases = event.currentTarget.value.split(",").map((phrase) => phrase.trim()).filter(Boolean);
              onChange({ ...rule, phrases });
            }}
          />
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
