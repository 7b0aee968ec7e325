// Words of customers who are likely one: English.
import { number, plural } from "../../../app/language";

const things = (n: number, one: string, other: string) => `${number(n)} ${plural(n, { one, other })}`;

const words = {
  title: "Likely doubles",
  lead: "These pairs look like one person. Nobody is put together without you.",
  of: (looked: number) => `Looked for among ${things(looked, "customer", "customers")}.`,
  none: "No doubles in sight",
  noneHint: "Customers with one e-mail address, nearly the same name, or a number that the other one left stand here, to be put together.",
  all: "All customers",
  why: { number: "Same number", email: "Same e-mail", name: "Similar name" },
  pair: (one: string, other: string) => `${one} and ${other}`,
  compare: "Compare",
  apart: "Two people",
  apartAsk: (one: string, other: string) => `Are ${one} and ${other} two people?`,
  apartText: "They are never shown as a pair again.",
  apartDone: (one: string, other: string) => `${one} and ${other} are kept apart.`,
  looksLike: (other: string) => `Looks like ${other}`,
  merge: (one: string, other: string) => `Put ${one} and ${other} together`,
  field: "On record",
  stays: "Stays",
  goes: "Goes",
  swap: "Swap sides",
  choose: (field: string) => `Which ${field} stays`,
  both: "Both",
  same: "The same",
  nothing: "—",
  tagsTogether: "Those of both",
  numbersTogether: "All are kept: calls from either number are theirs.",
  unverified: "Not verified any more: only one of them was.",
  optedOut: "Gets no text messages: one of them wanted none.",
  happens: "What happens",
  moves: {
    calls: (n: number) => things(n, "call", "calls"),
    leads: (n: number) => things(n, "lead", "leads"),
    appointments: (n: number) => things(n, "appointment", "appointments"),
    messages: (n: number) => things(n, "text message", "text messages"),
    callbacks: (n: number) => things(n, "callback", "callbacks"),
  },
  goOver: (what: string, to: string) => `${what} go over to ${to}.`,
  nothingGoes: "The one that goes has no calls, leads, appointments or messages.",
  gone: (name: string) => `The record of ${name} is removed. This can’t be undone; the audit log keeps that it was done.`,
  tooLong: "The notes of both are too long for one. Choose those of one.",
  verb: "Put together",
  done: "They are one now.",
  changed: "Somebody has changed one of them meanwhile. Look again at what is there now.",
  fields: { name: "Name", phone: "First number", email: "E-mail", address: "Address", language: "Language", notes: "Notes", tags: "Tags", numbers: "Further numbers" },
};
export default words;
/** Texts that every language has. */
export type Words = typeof words;
