// People and what they are, in words.
import { number, plural } from "../app/language";
import { w } from ".";
import type { Role } from "../api/model";

/** What a user is. */
export const roleWords: Record<Role, string> = w.roles;

/** Seconds as people say them. */
export function secondsInWords(seconds: number): string {
  return `${number(seconds)} ${plural(seconds, w.second)}`;
}
