// A contact link as it is written down in its form, and as it is sent.
import { Problem } from "../api/client";
import type { ContactLink } from "../api/model";
import { dayAfter, momentOf, placeOf, zoneHere } from "../app/business-clock";
import { ContactLinkBody, ContactMappingBody } from "../api/rules";
import { variablesIn } from "./variables";

/** Fields of the form. The name of the link and the path of a person's name are two. */
export interface Written {
  name: string;
  /** The last day on which it is valid, by the business's clock; empty without one. */
  expires: string;
  signature_header: string;
  contacts: string;
  number: string;
  country_code: string;
  person: string;
  zone: string;
  consent: string;
  evidence: string;
  /** A line for each, as `order = order.id`. */
  variables: string;
}

const { name: person, ...paths } = ContactMappingBody;
/** Values that each field takes. */
export const RULES = { ...paths, person, name: ContactLinkBody.name, signature_header: ContactLinkBody.signature_header, expires: {} };

/** The day of a moment, as a field of days has it. */
const dayOf = (at: string | null) => (at === null ? "" : placeOf(new Date(at), zoneHere()).day);

/** The last second of a day. */
const endOf = (day: string) => new Date(momentOf({ day: dayAfter(day, 1), minutes: 0 }, zoneHere()).getTime() - 1_000).toISOString();

/** The form of a link, or an empty one. */
export function writtenOf(link: ContactLink | null): Written {
  const { contacts = "", number = "", country_code = "", name = "", zone = "", consent = "", evidence = "", variables = {} } = link?.mapping ?? {};
  const lines = Object.entries(variables).map(([of, path]) => `${of} = ${path}`);
  return {
    name: link?.name ?? "",
    expires: dayOf(link?.expires_at ?? null),
    signature_header: link?.signature_header ?? "",
    contacts,
    number,
    country_code,
    person: name,
    zone,
    consent,
    evidence,
    variables: lines.join("\n"),
  };
}

/** The mapping that is written there. */
export function mappingOf({ contacts, number, country_code, person: name, zone, consent, evidence, variables }: Written) {
  return { contacts, number, country_code, name, zone, consent, evidence, variables: variablesIn(variables) ?? {} };
}

/** The whole as it is sent. A day that nobody has changed stays the moment that it was. */
export function bodyOf(written: Written, link: ContactLink | null) {
  const { name, expires, signature_header } = written;
  const was = link?.expires_at ?? null;
  const ends = expires === "" ? null : endOf(expires);
  return {
    name,
    enabled: link?.enabled ?? true,
    expires_at: expires === dayOf(was) ? was : ends,
    mapping: mappingOf(written),
    signature_header: signature_header.trim() === "" ? null : signature_header,
  };
}

/** Faults that the server finds, by the form's fields. */
export function byField(fault: unknown): unknown {
  if (!(fault instanceof Problem)) return fault;
  const fields: Record<string, string> = { "mapping.name": "person", expires_at: "expires" };
  const faults = fault.faults.map((one) => ({ ...one, field: fields[one.field] ?? one.field.replace(/^mapping\./, "") }));
  return new Problem(fault.status, fault.message, fault.retryAfterS, fault.code, faults);
}
