// The server's rules for a field, as api/rules.ts has them from the API's document, and the check of a value against them.
import { number, plural } from "../language";
import { w } from "../words";

/** The rule of one field. Lengths in characters. */
export interface Rule {
  required?: boolean;
  type?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  maxItems?: number;
  pattern?: string;
  choices?: readonly (string | number)[];
}

/** Rules by field name. */
export type Rules = Record<string, Rule>;

/** The rules, with these fields required: a field that is left out has its usual value at the server, but an emptied one is sent as null. */
export function filled(rules: Rules, ...fields: string[]): Rules {
  return { ...rules, ...Object.fromEntries(fields.map((field) => [field, { ...rules[field], required: true }])) };
}

/** The fault of a value, worded to follow the field's name; null if there is none. */
export function faultOf(rule: Rule, value: unknown): string | null {
  const isEmpty = value === null || value === undefined || value === "" || (typeof value === "string" && value.trim() === "");
  if (isEmpty) return rule.required ? w.form.required : null;
  if (typeof value === "string") {
    const length = [...value].length;
    if (rule.maxLength !== undefined && length > rule.maxLength) return w.form.longest(rule.maxLength);
    if (rule.minLength !== undefined && length < rule.minLength) return w.form.shortest(rule.minLength);
  }
  if (typeof value === "number") {
    if (rule.type === "integer" && !Number.isInteger(value)) return w.form.whole;
    if (rule.minimum !== undefined && value < rule.minimum) return w.form.least(rule.minimum);
    if (rule.maximum !== undefined && value > rule.maximum) return w.form.most(rule.maximum);
  }
  return null;
}

/** `12 of 200 characters`, when a text gets close to its maximum. */
export function roomLeft(rule: Rule, value: string): string | null {
  const max = rule.maxLength;
  const length = [...value].length;
  if (max === undefined || length < max * 0.8) return null;
  return w.form.used(number(length), number(max), plural(max, w.form.characters));
}
