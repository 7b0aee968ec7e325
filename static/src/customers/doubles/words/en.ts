// Words of customers who are likely one: English.
import { number, plural } from "../../../app/language";

const things = (n: number, one: string, other: string) => `${number(n)} ${plural(n, { one, other })}`;

const words = {
  title: "Possible duplicates",
  lead: "These pairs look like the same person. Nothing is merged without you.",
  of: (looked: number) => `Checked ${things(looked, "customer", "customers")}.`,
  none: "No duplicates found",
  noneHint: "Customers with the same e-mail address, nearly the same name or a shared number appear here, ready to merge.",
  all: "All customers",
  why: { number: "Same number", email: "Same e-mail", name: "Similar name" },
  pair: (one: string, other: string) => `${one} and ${other}`,
  compare: "Compare",
  apart: "Keep separate",
  apartAsk: (one: string, other: string) => `Keep ${one} and ${other} separate?`,
  apartText: "They are never suggested as duplicates again.",
  apartDone: (one: string, other: string) => `${one} and ${other} stay separate.`,
  looksLike: (other: string) => `Looks like ${other}`,
  merge: (one: string, other: string) => `Merge ${one} and ${other}`,
  field: "Field",
  stays: "Kept",
  goes: "Removed",
  swap: "Swap sides",
  choose: (field: string) => `Which ${field} to keep`,
  both: "Both",
  same: "The same",
  nothing: "—",
  tagsTogether: "Tags of both",
  numbersTogether: "All are kept: calls from either number are theirs.",
  unverified: "No longer verified: only one of them was.",
  optedOut: "Gets no text messages: one of them opted out.",
  happens: "What happens",
  moves: {
    calls: (n: number) => things(n, "call", "calls"),
    leads: (n: number) => things(n, "lead", "leads"),
    appointments: (n: number) => things(n, "appointment", "appointments"),
    messages: (n: number) => things(n, "text message", "text messages"),
    callbacks: (n: number) => things(n, "callback", "callbacks"),
  },
  goOver: (what: string, to: string) => `${what} move to ${to}.`,
  nothingGoes: "The removed record has no calls, leads, appointments or messages.",
  gone: (name: string) => `The record of ${name} is removed. This can’t be undone. The audit log keeps an entry.`,
  tooLong: "Both notes together are too long. Choose the notes of one.",
  verb: "Merge",
  done: "Customers merged.",
  changed: "Someone changed one of them in the meantime. Review the current details.",
  fields: { name: "Name", phone: "First number", email: "E-mail", address: "Address", language: "Language", notes: "Notes", tags: "Tags", numbers: "Further numbers" },
};
export default words;
/** Texts that every language has. */
export type Words = typeof words;
