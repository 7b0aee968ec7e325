// The business profile while it is edited: its checks, what is sent, and the merge if somebody else saves in the meantime.
import type { Business, BusinessView, Price } from "../api/model";
import { HolidayBody, QuestionBody, ServiceBody, SmsTemplateBody } from "../api/rules";
import { ownZone } from "../app/business-clock";
import type { Faults } from "../app/form/record";
import { rowFaults } from "../app/form/rows";
import { numberIn } from "../words/phone";
import { bookingFaults, serviceToSend } from "./booking";
import { DAYS, spanFault } from "./hours";
import { w } from "./words";

/** All fields of a business profile. */
export const FIELDS = Object.keys(w.parts) as (keyof Business & keyof typeof w.parts)[];
/** The maximum characters of all its texts together, as the server counts them. */
export const CHARS_MAX = 20_000;
/** The maximum rows of services, questions and promises. */
export const ROWS_MAX = 100;

/** The business without what the server adds. */
export function businessOf({ revision: _, updated_at: __, ...business }: BusinessView): Business {
  return business;
}

/** The business with which the form begins. Before the first save its zone is the browser's, which is probably the business's as well. */
export function begunWith(view: BusinessView): Business {
  const business = businessOf(view);
  return view.revision === 0 ? { ...business, time_zone: ownZone } : business;
}

const isBlank = (...texts: string[]) => texts.every((text) => text.trim() === "");
const isBlankService = ({ name, description, price }: Business["services"][number]) =>
  isBlank(name, description) && price.type === "on_request";

/** A target to send: a whole number has no characters between its digits. */
const targetOf = (target: string) => (target.startsWith("+") ? (numberIn(target) ?? target) : target);

/** The value to send: rows that were added and left empty are omitted. */
export function cleaned(business: Business): Business {
  const said = (lines: string[]) => lines.map((line) => line.trim()).filter((line) => line !== "");
  return {
    ...business,
    services: business.services.filter((service) => !isBlankService(service)).map(serviceToSend),
    faq: business.faq.filter(({ question, answer }) => !isBlank(question, answer)),
    sms_templates: business.sms_templates.filter(({ name, text }) => !isBlank(name, text)),
    holidays: business.holidays
      .filter(({ name, from }) => !isBlank(name, from))
      .map((holiday) => ({ ...holiday, to: holiday.to || null })),
    may_promise: said(business.may_promise),
    never_promise: said(business.never_promise),
    escalation: business.escalation && { ...business.escalation, targets: said(business.escalation.targets).map(targetOf) },
  };
}

/** Its faults, in addition to the rules of single fields. */
export function faultsIn(business: Business): Faults {
  const wrong: Faults = {};
  const put = (more: Faults) => Object.assign(wrong, more);
  const without = <T>(list: T[], blank: (row: T) => boolean, faults: Faults, name: string) => {
    // An empty row is not sent.
    const empty = new Set(list.flatMap((row, at) => (blank(row) ? [at] : [])));
    put(Object.fromEntries(Object.entries(faults).filter(([key]) => !empty.has(Number(key.slice(name.length + 1).split(".")[0])))));
  };
  const { services, faq, sms_templates, holidays, hours, escalation } = business;
  without(services, isBlankService, rowFaults("services", services, ServiceBody), "services");
  without(faq, ({ question, answer }) => isBlank(question, answer), rowFaults("faq", faq, QuestionBody), "faq");
  without(sms_templates, ({ name, text }) => isBlank(name, text), rowFaults("sms_templates", sms_templates, SmsTemplateBody), "sms_templates");
  without(holidays, ({ name, from }) => isBlank(name, from), rowFaults("holidays", holidays, HolidayBody), "holidays");
  twice(services.map(({ name }) => name)).forEach((at) => put({ [`services.${at}.name`]: w.services.twice }));
  twice(sms_templates.map(({ name }) => name)).forEach((at) => put({ [`sms_templates.${at}.name`]: w.texts.twice }));
  services.forEach(({ price }, at) => {
    if (!isSound(price)) put({ [`services.${at}.price`]: w.services.wrongOrder });
  });
  holidays.forEach((holiday, at) => {
    if (holiday.to && holiday.from && holiday.to < holiday.from) put({ [`holidays.${at}.to`]: w.holidays.order });
    const fault = spanFault(holiday.hours);
    if (fault) put({ [`holidays.${at}.hours`]: w.hours[fault] });
  });
  for (const day of DAYS) {
    const fault = spanFault(hours?.[day] ?? []);
    if (fault) put({ [`hours.${day}`]: w.hours[fault] });
  }
  put(bookingFaults(business));
  if (escalation) {
    const targets = escalation.targets.filter((target) => target.trim() !== "");
    if (targets.length === 0) put({ "escalation.targets": w.people.oneAtLeast });
    else if (!targets.every(couldBeDialled)) put({ "escalation.targets": w.people.noName });
  }
  return wrong;
}

/** Whether this can be the name of an extension or a number, by the server's rules. */
export function couldBeDialled(target: string): boolean {
  return /^[a-z0-9_-]{1,79}$/.test(target.trim()) || /^\+?\d{1,24}$/.test(targetOf(target.trim()));
}

function isSound(price: Price): boolean {
  return price.type !== "from_to" || price.from_minor <= price.to_minor;
}

/** The positions of names that are repeated. */
function twice(names: string[]): number[] {
  const known = names.map((name) => name.trim().toLowerCase());
  return known.flatMap((name, at) => (name !== "" && known.indexOf(name) < at ? [at] : []));
}

/** The characters of all its texts, as the server counts them. */
export function charsOf(business: Business): number {
  const texts = [
    ...business.services.flatMap(({ name, description, resource }) => [name, description, resource ?? ""]),
    ...business.faq.flatMap(({ question, answer }) => [question, answer]),
    ...business.may_promise,
    ...business.never_promise,
    ...business.sms_templates.flatMap(({ name, text }) => [name, text]),
    ...business.holidays.map(({ name }) => name),
    business.trade,
    business.name,
    business.area,
    business.notes,
  ];
  return texts.reduce((all, text) => all + [...text].length, 0);
}

/** The merge of two people's changes to the same business profile. */
export interface Merged {
  /** Ours where we changed something, otherwise theirs. */
  business: Business;
  /** The fields that only they have changed. */
  theirs: (typeof FIELDS)[number][];
  /** The fields that both have changed, to different values. */
  both: (typeof FIELDS)[number][];
}

/** Merges our changes to `base` with theirs, field by field. */
export function merged(base: Business, ours: Business, theirs: Business): Merged {
  const isOther = (a: unknown, b: unknown) => JSON.stringify(a) !== JSON.stringify(b);
  const business = { ...theirs };
  const result: Merged = { business, theirs: [], both: [] };
  for (const field of FIELDS) {
    const weChanged = isOther(base[field], ours[field]);
    const theyChanged = isOther(base[field], theirs[field]);
    if (weChanged) Object.assign(business, { [field]: ours[field] });
    if (theyChanged && !weChanged) result.theirs.push(field);
    if (theyChanged && weChanged && isOther(ours[field], theirs[field])) result.both.push(field);
  }
  return result;
}
