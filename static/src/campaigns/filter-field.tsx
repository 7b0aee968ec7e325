// The filter of a campaign: conditions on what is known about its contacts, and how many contacts match.
import { useRef, useState } from "preact/hooks";
import { change, messageOf } from "../api/client";
import type { Campaign, FilterPreview } from "../api/model";
import { SelectField, TextField } from "../app/form/fields";
import type { Draft } from "../app/form/record";
import { rowOf } from "../app/form/rows";
import { Icon } from "../app/icons";
import { number } from "../app/language";
import { blankCondition, conditionRules, CONDITIONS_MAX, type Condition, FACTS, filterOf, hasValue, relationsOf, withFittingRelation } from "./filter";
import { byField, faultsIn, type Fields } from "./settings";
import { w } from "./words";

/** The conditions, each in a row. `campaign`: the campaign whose list can be counted. */
export function FilterField({ draft, campaign }: { draft: Draft<Fields>; campaign: Campaign | null }) {
  const words = w.filter;
  const box = useRef<HTMLFieldSetElement>(null);
  const { filter_conditions: conditions } = draft.value;
  const focus = (what: string) => requestAnimationFrame(() => [...(box.current?.querySelectorAll<HTMLElement>(what) ?? [])].at(-1)?.focus());
  const put = (to: Condition[]) => draft.set("filter_conditions", to);
  const drop = (at: number) => {
    put(conditions.filter((_, place) => place !== at));
    focus(".filter-add");
  };
  return (
    <fieldset ref={box} class="group filter-field">
      <legend>{words.title}</legend>
      <p class="hint">{conditions.length === 0 ? words.everybody : words.hint}</p>
      {conditions.length > 1 && (
        <SelectField draft={draft} name="filter_needs" label={words.needs} choices={(["all", "any"] as const).map((needs) => ({ value: needs, label: words.needsOf[needs] }))} />
      )}
      {conditions.map((_, at) => (
        // Rows are not sorted: the position is the key.
        <Row key={at} row={rowOf<Condition, Fields>(draft, "filter_conditions", at, conditionRules)} nth={number(at + 1)} onDrop={() => drop(at)} />
      ))}
      <p class="error" role="alert">
        {draft.faults.filter_conditions ?? ""}
      </p>
      <div class="acts">
        {conditions.length < CONDITIONS_MAX && (
          <button
            type="button"
            class="btn small filter-add"
            onClick={() => {
              put([...conditions, blankCondition()]);
              focus(".condition input[name=variable]");
            }}
          >
            <Icon name="add" />
            {words.add}
          </button>
        )}
        {campaign && conditions.length > 0 && <Count draft={draft} campaign={campaign} />}
      </div>
    </fieldset>
  );
}

function Row({ row, nth, onDrop }: { row: Draft<Condition>; nth: string; onDrop: () => void }) {
  const words = w.filter;
  const { of, relation } = row.value;
  // Each kind of fact has relations of its own.
  const steered: Draft<Condition> = { ...row, set: (field, to) => row.reset(withFittingRelation({ ...row.value, [field]: to })) };
  return (
    <div class="condition" role="group" aria-label={words.condition(nth)}>
      <SelectField draft={steered} name="of" label={words.of} choices={FACTS.map((fact) => ({ value: fact, label: words.facts[fact] }))} />
      {of === "variable" && <TextField draft={row} name="variable" label={words.variable} placeholder={words.variableHint} />}
      <SelectField draft={row} name="relation" label={words.is} choices={relationsOf(of).map((each) => ({ value: each, label: words.relations[each] }))} />
      {hasValue(relation) && <TextField draft={row} name="value" label={words.value} />}
      <button type="button" class="btn quiet square" aria-label={words.remove(nth)} title={words.remove(nth)} onClick={onDrop}>
        <Icon name="cross" />
      </button>
    </div>
  );
}

/** Requests how many contacts of the list match the conditions, before they are saved. */
function Count({ draft, campaign }: { draft: Draft<Fields>; campaign: Campaign }) {
  const words = w.filter;
  const [counted, setCounted] = useState<{ filter: string; said: string } | null>(null);
  const [busy, setBusy] = useState(false);
  const filter = filterOf(draft.value);
  const asked = JSON.stringify(filter);
  const wrong = Object.keys(faultsIn(draft.value)).some((field) => field.startsWith("filter_conditions"));
  const count = async () => {
    if (busy) return;
    if (wrong) {
      setCounted({ filter: asked, said: words.first });
      return;
    }
    setBusy(true);
    const answer = await change<FilterPreview>("POST", `/api/v1/campaigns/${campaign.id}/filter-preview`, { filter }).then(
      (preview) => (preview ? inWords(preview) : ""),
      (fault: unknown) => messageOf(byField(fault)),
    );
    setCounted({ filter: asked, said: answer });
    setBusy(false);
  };
  return (
    <>
      <button type="button" class="btn small" aria-disabled={busy} onClick={() => void count()}>
        {words.count}
      </button>
      <span class="meta" role="status">
        {/* The count for other conditions is no longer shown. */}
        {counted?.filter === asked ? counted.said : ""}
      </span>
    </>
  );
}

function inWords({ contacts, looked_at, admitted, left_out, waiting }: FilterPreview): string {
  const words = w.filter;
  const said = words.counted(number(admitted), number(left_out), number(waiting));
  return looked_at < contacts ? `${said} ${words.ofFirst(number(looked_at), number(contacts))}` : said;
}
