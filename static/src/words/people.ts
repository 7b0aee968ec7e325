// People and what they are, in words.
import { language, number, plural } from "../app/language";
import { w } from ".";
import type { Role } from "../api/model";

/** Role of a user. */
export const roleWords: Record<Role, string> = w.roles;

/** The same in the middle of a sentence: only German begins its nouns with a capital. */
export function inSentence(word: string): string {
  return language === "de" ? word : word.charAt(0).toLowerCase() + word.slice(1);
}

/** Seconds as people say them. */
export function secondsInWords(seconds: number): string {
  return `${number(seconds)} ${plural(seconds, w.second)}`;
}
