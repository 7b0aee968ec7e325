// Faults that prevent sending: the rules of src/web/api/profile_rules.rs, shown during editing.
import { ProfileBody } from "../api/rules";
import { faultOf as faultByRule, type Rules } from "../app/form/rules";
import { sentence } from "../api/client";
import { faultOfFields, faultOfTopics } from "../extraction/check";
import { faultOfChain, VOICE } from "./chain-check";
import type { Member, Written } from "./draft";
import { faultOfShadow } from "./shadow/check";
import { w } from "./words";

const rules: Rules = ProfileBody;
const NAME = /^[!-~]{1,79}$/;
export const DIGITS = /^[0-9*#A-D]{1,8}$/;
const TAG = /^[a-zA-Z]{2,8}(-[a-zA-Z0-9]{1,8})*$/;
export const KEYS_MAX = 100;
const SAY_MAX = 1_000;
export const LANGUAGES_MAX = 20;
const PHRASES_MAX = 100;
const PHRASE_MAX = 80;

export const isTag = (text: string) => TAG.test(text);

/** The fault of a field, as a sentence; null if there is none. */
export function faultOf(member: Member, value: Written): string | null {
  switch (member) {
    case "language":
      return isTag(value.language) ? null : w.wrong.language;
    case "voice":
      return value.voice === null || VOICE.test(value.voice) ? null : w.wrong.voice;
    case "voices":
      return faultOfChain(value.voices) ?? byRule(member, value);
    case "shadow":
      return faultOfShadow(value.shadow) ?? byRule(member, value);
    case "dtmf_actions":
      return wrongKeys(value.dtmf_actions);
    case "handoff_words":
      return wrongWords(value.handoff_words);
    case "topics":
      return faultOfTopics(value.topics);
    case "extraction":
      return faultOfFields(value.extraction);
    default:
      return byRule(member, value);
  }
}

function byRule(member: Member, value: Written): string | null {
  const fault = faultByRule(rules[member] ?? {}, value[member]);
  return fault === null ? null : sentence(w.form.it(fault));
}

function wrongKeys(keys: Written["dtmf_actions"]): string | null {
  if (keys.length > KEYS_MAX) return w.wrong.manyKeys(KEYS_MAX);
  for (const { digits, action } of keys) {
    if (!DIGITS.test(digits)) return w.wrong.digits(digits);
    if (keys.filter((other) => other.digits === digits).length > 1) return w.wrong.twice(digits);
    if ("target" in action && !NAME.test(action.target)) return w.wrong.target(digits);
    if ("text" in action && (action.text.trim() === "" || [...action.text].length > SAY_MAX)) return w.wrong.say(digits, SAY_MAX);
  }
  return null;
}

function wrongWords({ target, phrases }: Written["handoff_words"]): string | null {
  if (target !== null && !NAME.test(target)) return w.wrong.person;
  const languages = Object.entries(phrases);
  if (languages.length > LANGUAGES_MAX) return w.wrong.manyLanguages(LANGUAGES_MAX);
  for (const [tag, ofTag] of languages) {
    if (ofTag.length > PHRASES_MAX) return w.wrong.manyPhrases(tag, PHRASES_MAX);
    const odd = ofTag.find((phrase) => [...phrase].length > PHRASE_MAX || !/[\p{L}\p{N}]/u.test(phrase));
    if (odd !== undefined) return w.wrong.phrase(odd.slice(0, PHRASE_MAX), PHRASE_MAX);
  }
  return null;
}
