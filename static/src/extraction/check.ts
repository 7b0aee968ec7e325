// Faults in edited fields and topics: the rules of schema/src/extraction.rs.
import type { components } from "../api/types";
import { w } from "./words";

export type Field = components["schemas"]["ExtractionField"];
export type Topic = components["schemas"]["TopicRule"];

export const FIELDS_MAX = 12;
export const TOPICS_MAX = 20;
const CHOICES_MAX = 12;
const WORDS_MAX = 30;
export const WORD_MAX = 40;
export const TITLE_MAX = 80;
export const QUESTION_MAX = 200;
const NAME = /^[a-z][a-z0-9_]{0,39}$/;

/** The name for a title: lower-case letters, digits and `_`. */
export function nameOf(title: string): string {
  const plain = title.toLowerCase().normalize("NFD").replace(/[\u0300-\u036f]/g, "").replaceAll("ß", "ss");
  return plain
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^[^a-z]+/, "")
    .slice(0, WORD_MAX)
    .replace(/_+$/, "");
}

function wrongNames(all: readonly { name: string; title: string }[], max: number): string | null {
  if (all.length > max) return w.wrong.many(max);
  for (const [at, { name, title }] of all.entries()) {
    if (title.trim() === "") return w.wrong.title(at + 1);
    if (!NAME.test(name)) return w.wrong.name(title);
    if (all.findIndex((other) => other.name === name) !== at) return w.wrong.twice(name);
  }
  return null;
}

function wrongWord(words: readonly string[]): string | null {
  const wrong = words.find((word) => [...word].length > WORD_MAX || !/[\p{L}\p{N}]/u.test(word));
  return wrong === undefined ? null : w.wrong.word([...wrong].slice(0, WORD_MAX).join(""), WORD_MAX);
}

/** The fault in the topics, as a sentence; null if there is none. */
export function faultOfTopics(topics: readonly Topic[]): string | null {
  const fault = wrongNames(topics, TOPICS_MAX);
  if (fault !== null) return fault;
  for (const { title, words } of topics) {
    if (words.length < 1 || words.length > WORDS_MAX) return w.wrong.words(title, WORDS_MAX);
    const wrong = wrongWord(words);
    if (wrong !== null) return wrong;
  }
  return null;
}

/** The same for the fields. */
export function faultOfFields(fields: readonly Field[]): string | null {
  const fault = wrongNames(fields, FIELDS_MAX);
  if (fault !== null) return fault;
  for (const { title, kind, choices, question } of fields) {
    if (question.trim() === "") return w.wrong.question(title);
    if (kind !== "choice") continue;
    if (choices.length < 2 || choices.length > CHOICES_MAX || new Set(choices).size !== choices.length) return w.wrong.choices(title, CHOICES_MAX);
    const wrong = wrongWord(choices);
    if (wrong !== null) return wrong;
  }
  return null;
}
