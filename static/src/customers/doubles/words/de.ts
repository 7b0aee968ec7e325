// Words of customers who are likely one: German.
import { number, plural } from "../../../app/language";
import type { Words } from "./en";

const things = (n: number, one: string, other: string) => `${number(n)} ${plural(n, { one, other })}`;

const words: Words = {
  title: "Mögliche Dubletten",
  lead: "Diese Paare sehen aus wie dieselbe Person. Ohne Sie wird nichts zusammengeführt.",
  of: (looked) => `Gesucht unter ${things(looked, "Kunde", "Kunden")}.`,
  none: "Keine Dubletten gefunden",
  noneHint: "Kunden mit derselben E-Mail-Adresse, fast gleichem Namen oder einer Nummer, die der andere hinterlassen hat, stehen hier, damit Sie sie zusammenführen können.",
  all: "Alle Kunden",
  why: { number: "Gleiche Nummer", email: "Gleiche E-Mail", name: "Ähnlicher Name" },
  pair: (one, other) => `${one} und ${other}`,
  compare: "Vergleichen",
  apart: "Getrennt lassen",
  apartAsk: (one, other) => `${one} und ${other} getrennt lassen?`,
  apartText: "Sie werden nicht wieder als Dubletten vorgeschlagen.",
  apartDone: (one, other) => `${one} und ${other} bleiben getrennt.`,
  looksLike: (other) => `Sieht aus wie ${other}`,
  merge: (one, other) => `${one} und ${other} zusammenführen`,
  field: "Angabe",
  stays: "Bleibt",
  goes: "Geht",
  swap: "Seiten tauschen",
  choose: (field) => `Was bleibt: ${field}`,
  both: "Beide",
  same: "Gleich",
  nothing: "—",
  tagsTogether: "Schlagwörter von beiden",
  numbersTogether: "Alle bleiben: Anrufe von jeder dieser Nummern gehören dazu.",
  unverified: "Nicht mehr bestätigt: Nur einer von beiden war es.",
  optedOut: "Bekommt keine SMS: Einer von beiden wollte keine.",
  happens: "Was geschieht",
  moves: {
    calls: (n) => things(n, "Anruf", "Anrufe"),
    leads: (n) => things(n, "Lead", "Leads"),
    appointments: (n) => things(n, "Termin", "Termine"),
    messages: (n) => things(n, "SMS", "SMS"),
    callbacks: (n) => things(n, "Rückruf", "Rückrufe"),
  },
  goOver: (what, to) => `An ${to} gehen über: ${what}.`,
  nothingGoes: "Zu dem Eintrag, der geht, gibt es keine Anrufe, Leads, Termine oder Nachrichten.",
  gone: (name) => `Der Eintrag von ${name} wird entfernt. Das lässt sich nicht rückgängig machen; das Protokoll hält es fest.`,
  tooLong: "Die Notizen von beiden sind zusammen zu lang. Wählen Sie die von einem.",
  verb: "Zusammenführen",
  done: "Kunden zusammengeführt.",
  changed: "Jemand hat einen der beiden inzwischen geändert. Sehen Sie sich an, was jetzt dort steht.",
  fields: { name: "Name", phone: "Erste Nummer", email: "E-Mail", address: "Adresse", language: "Sprache", notes: "Notizen", tags: "Schlagwörter", numbers: "Weitere Nummern" },
};
export default words;
