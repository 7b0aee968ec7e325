// The conditions of a campaign's filter in the form, and as they are sent.
import type { ContactFilter } from "../api/model";
import { ContactFilterBody, FilterConditionBody } from "../api/rules";
import type { Faults } from "../app/form/record";
import type { Rules } from "../app/form/rules";
import { withoutMarks } from "../words/phone";
import { w } from "./words";

type StoredCondition = ContactFilter["conditions"][number];
type Relation = StoredCondition["is"];
/** A condition on one fact about a contact. Its relation is not named `is`, as on the server: a form exposes a control of that name as its own
 * property `is`, and Preact could then no longer create elements in it. */
export type Condition = Omit<StoredCondition, "is"> & { relation: Relation };

/** The kinds of facts. */
export const FACTS = ["variable", "number", "country", "zone"] as const satisfies readonly Condition["of"][];
/** The relations of a fact to a value. */
const RELATIONS = ["equals", "not_equals", "contains", "begins_with", "empty", "not_empty", "greater", "less"] as const satisfies readonly Relation[];
/** The maximum number of conditions. */
export const CONDITIONS_MAX = ContactFilterBody.conditions.maxItems;
/** The rules for each field of a condition. */
export const conditionRules: Rules = { of: {}, relation: {}, variable: FilterConditionBody.variable, value: FilterConditionBody.value };

/** The fields of the form that hold the filter. */
export interface FilterFields {
  filter_needs: ContactFilter["needs"];
  filter_conditions: Condition[];
}

/** The form's field names for the faults of each condition, so that they are shown there. */
export const conditionFields: Rules = Object.fromEntries(
  Array.from({ length: CONDITIONS_MAX }, (_, at) => at).flatMap((at) => Object.keys(conditionRules).map((field) => [`filter_conditions.${at}.${field}`, {}])),
);

/** The form's name for a field of a filter on the server, such as `filter.conditions[0].value`. */
export function conditionField(field: string): string {
  return field.replace(/^filter\./, "filter_").replace(/\[(\d+)\]\./, ".$1.").replace(/\.is$/, ".relation");
}

/** An empty condition. */
export function blankCondition(): Condition {
  return { of: "variable", variable: "", relation: "equals", value: "" };
}

/** The relations of a kind of fact. */
export function relationsOf(of: Condition["of"]): readonly Relation[] {
  if (of === "variable") return RELATIONS;
  if (of === "country") return ["equals", "not_equals", "empty", "not_empty"];
  return ["equals", "not_equals", "contains", "begins_with"];
}

/** Whether a relation needs a value. */
export function hasValue(relation: Relation): boolean {
  return relation !== "empty" && relation !== "not_empty";
}

/** The same condition, with a relation that its kind of fact supports. */
export function withFittingRelation(condition: Condition): Condition {
  return relationsOf(condition.of).includes(condition.relation) ? condition : { ...condition, relation: "equals" };
}

/** The conditions of a filter, for the form. */
export function conditionsOf({ conditions }: ContactFilter): Condition[] {
  return conditions.map(({ is, ...condition }) => ({ ...condition, relation: is }));
}

/** The filter in the fields. */
export function filterOf({ filter_needs, filter_conditions }: FilterFields): ContactFilter {
  const conditions = filter_conditions.map(({ of, variable, relation, value }) => ({
    of,
    variable: of === "variable" ? variable.trim() : "",
    is: relation,
    value: hasValue(relation) ? value.trim() : "",
  }));
  return { needs: filter_needs, conditions };
}

/** The faults of the conditions. */
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
