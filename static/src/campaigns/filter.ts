// The conditions of a campaign's filter as the form has them, and as they are sent.
import type { ContactFilter } from "../api/model";
import { ContactFilterBody, FilterConditionBody } from "../api/rules";
import type { Faults } from "../app/form/record";
import type { Rules } from "../app/form/rules";
import { withoutMarks } from "./number";
import { w } from "./words";

type StoredCondition = ContactFilter["conditions"][number];
type Relation = StoredCondition["is"];
/** A condition on one fact about a contact. Its relation is not called `is`, as on the server: a form that has a control of that name has it as its own `is`, and
 * Preact could no longer make elements in it. */
export type Condition = Omit<StoredCondition, "is"> & { relation: Relation };

/** Kinds of facts. */
export const FACTS = ["variable", "number", "country", "zone"] as const satisfies readonly Condition["of"][];
/** Relations of a fact to a value. */
const RELATIONS = ["equals", "not_equals", "contains", "begins_with", "empty", "not_empty", "greater", "less"] as const satisfies readonly Relation[];
/** Conditions at most. */
export const CONDITIONS_MAX = ContactFilterBody.conditions.maxItems;
/** Values that each field of a condition takes. */
export const conditionRules: Rules = { of: {}, relation: {}, variable: FilterConditionBody.variable, value: FilterConditionBody.value };

/** Fields of the form that hold the filter. */
export interface FilterFields {
  filter_needs: ContactFilter["needs"];
  filter_conditions: Condition[];
}

/** Names of the form's fields for what can be wrong with each condition, so that it is shown there. */
export const conditionFields: Rules = Object.fromEntries(
  Array.from({ length: CONDITIONS_MAX }, (_, at) => at).flatMap((at) => Object.keys(conditionRules).map((field) => [`filter_conditions.${at}.${field}`, {}])),
);

/** The form's name for a field of a filter on the server, as `filter.conditions[0].value`. */
export function conditionField(field: string): string {
  return field.replace(/^filter\./, "filter_").replace(/\[(\d+)\]\./, ".$1.").replace(/\.is$/, ".relation");
}

/** A condition that nobody has filled in. */
export function blankCondition(): Condition {
  return { of: "variable", variable: "", relation: "equals", value: "" };
}

/** The relations that a kind of fact has. */
export function relationsOf(of: Condition["of"]): readonly Relation[] {
  if (of === "variable") return RELATIONS;
  if (of === "country") return ["equals", "not_equals", "empty", "not_empty"];
  return ["equals", "not_equals", "contains", "begins_with"];
}

/** Whether a relation is one to a value. */
export function hasValue(relation: Relation): boolean {
  return relation !== "empty" && relation !== "not_empty";
}

/** The same condition with a relation that its kind of fact has. */
export function withFittingRelation(condition: Condition): Condition {
  return relationsOf(condition.of).includes(condition.relation) ? condition : { ...condition, relation: "equals" };
}

/** The conditions of a filter, for the form. */
export function conditionsOf({ conditions }: ContactFilter): Condition[] {
  return conditions.map(({ is, ...condition }) => ({ ...condition, relation: is }));
}

/** The filter of fields. */
export function filterOf({ filter_needs, filter_conditions }: FilterFields): ContactFilter {
  const conditions = filter_conditions.map(({ of, variable, relation, value }) => ({
    of,
    variable: of === "variable" ? variable.trim() : "",
    is: relation,
    value: hasValue(relation) ? value.trim() : "",
  }));
  return { needs: filter_needs, conditions };
}

/** Faults of the conditions. */
export function faultsInFilter(fields: FilterFields): Faults {
  const words = w.filter;
  const wrong: Faults = {};
  filterOf(fields).conditions.forEach(({ of, variable, is, value }, at) => {
    const tell = (field: string, why: string) => (wrong[`filter_conditions.${at}.${field}`] = why);
    if (of === "variable" && !/^[A-Za-z_][A-Za-z0-9_]*$/.test(variable)) tell("variable", words.badVariable);
    if (!hasValue(is)) return;
    if (value === "") tell("value", words.badValue);
    else if ((is === "greater" || is === "less") && !/^[+-]?\d+([.,]\d+)?$/.test(value)) tell("value", words.badNumber);
    else if (of === "number" && is !== "contains" && !withoutMarks(value).startsWith("+")) tell("value", words.badStart);
  });
  return wrong;
}
