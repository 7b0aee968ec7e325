// A contact link as its form holds it, and as it is sent.
import { Problem } from "../api/client";
import type { ContactLink } from "../api/model";
import { dayAfter, momentOf, placeOf, zoneHere } from "../app/business-clock";
import { ContactLinkBody, ContactMappingBody } from "../api/rules";
import { variablesIn } from "./variables";

/** The fields of the form. The link's name and the path of a person's name are different fields. */
export interface Written {
  name: string;
  /** The last day on which it is valid, by the business's clock; empty if there is none. */
  expires: string;
  signature_header: string;
  contacts: string;
  number: string;
  country_code: string;
  person: string;
  zone: string;
  consent: string;
  evidence: string;
  /** One per line, as `order = order.id`. */
  variables: string;
}

const { name: person, ...paths } = ContactMappingBody;
/** The rules for each field. */
export const RULES = { ...paths, person, name: ContactLinkBody.name, signature_header: ContactLinkBody.signature_header, expires: {} };

/** The day of a moment, in the form of a date field. */
const dayOf = (at: string | null) => (at === null ? "" : placeOf(new Date(at), zoneHere()).day);

/** The last second of a day. */
const endOf = (day: string) => new Date(momentOf({ day: dayAfter(day, 1), minutes: 0 }, zoneHere()).getTime() - 1_000).toISOString();

/** The form's values for a link; empty ones for a new link. */
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

/** The mapping in the form. */
export function mappingOf({ contacts, number, country_code, person: name, zone, consent, evidence, variables }: Written) {
  return { contacts, number, country_code, name, zone, consent, evidence, variables: variablesIn(variables) ?? {} };
}

/** The link as it is sent. An unchanged day keeps its exact time. */
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

/** The server's faults, by the form's fields. */
export function byField(fault: unknown): unknown {
  if (!(fault instanceof Problem)) return fault;
  const fields: Record<string, string> = { "mapping.name": "person", expires_at: "expires" };
  const faults = fault.faults.map((one) => ({ ...one, field: fields[one.field] ?? one.field.replace(/^mapping\./, "") }));
  return new Problem(fault.status, fault.message, fault.retryAfterS, fault.code, faults);
}
