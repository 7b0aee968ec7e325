// A profile as lines of text, field by field, so that two of them can be compared line by line.
import { diffArrays } from "diff";
import { number } from "../app/language";
import { DAYS, dayName } from "../business/hours";
import { nameOf } from "../extraction/check";
import { SLIDERS } from "./bands";
import type { Written, Member } from "./draft";
import { MEMBERS, same } from "./draft";
import { type Link, microsWritten, spansWritten } from "./chain-check";
import { w as about } from "../extraction/words";
import { w as shadowWords } from "./shadow/words";
import { w } from "./words";

type KeyAction = Written["dtmf_actions"][number]["action"];

/** The action of a key. */
export function actionInWords(action: KeyAction): string {
  switch (action.action) {
    case "transfer_call":
    case "request_handoff":
      return w.keys.leads[action.action](action.target);
    case "say":
      return w.keys.says(action.text);
    default:
      return w.keys.does[action.action];
  }
}

/** A tool's name as text; the organization's own tools keep theirs. */
export function toolName(name: string): string {
  return (w.tools.all as Record<string, { name: string } | undefined>)[name]?.name ?? name;
}

/** A voice of the chain, and the rules by which it speaks, each with its name. */
function linesOfVoice({ provider, voice, agent_id, overrides, when, call_cost_max_micros: cap }: Link): string[] {
  const { hosted, names, rules } = w.chain;
  const name = names[provider];
  const hours = when?.hours ?? null;
  const told = [
    ...(overrides ? [hosted.overrides] : []),
    ...(when === null || when.languages.length === 0 ? [] : [w.pair(rules.languages, when.languages.join(", "))]),
    ...(hours === null ? [] : DAYS.map((day) => w.pair(dayName(day), spansWritten(hours[day]) || rules.closed))),
    ...(cap === null ? [] : [w.pair(rules.cost(""), microsWritten(cap))]),
  ];
  return [[name, voice, agent_id].filter((part) => part !== null).join(", "), ...told.map((rule) => w.pair(name, rule))];
}

/** The title of a topic or a field, with its name in reports if that is another one than follows from the title. */
function titleOf({ name, title }: { name: string; title: string }): string {
  return name === nameOf(title) ? title : `${title} (${name})`;
}

/** A field's value, with a line for each thing that can differ. */
export function linesOf(member: Member, value: Written): string[] {
  switch (member) {
    case "name":
    case "language":
      return [value[member]];
    case "greeting":
    case "notice":
    case "instructions":
      return value[member] ? value[member].split(/\r?\n/) : [];
    case "voice":
      return [value.voice ?? w.voice.usual];
    case "voices":
      return value.voices.flatMap(linesOfVoice);
    case "must_stay_in":
      return [value.must_stay_in === null ? w.chain.anywhere : w.chain.regions[value.must_stay_in]];
    case "shadow": {
      const { shadow } = value;
      if (shadow === null) return [shadowWords.form.none];
      const { provider, voice, agent_id, overrides, share_percent, month_cost_max_micros } = shadow;
      return [
        [shadowWords.form.sum(w.chain.names[provider], number(share_percent)), voice, agent_id].filter((part) => part !== null).join(", "),
        ...(overrides ? [w.chain.hosted.overrides] : []),
        w.pair(shadowWords.form.cap(""), microsWritten(month_cost_max_micros)),
      ];
    }
    case "speed_percent":
      return [w.percent(number(value.speed_percent))];
    case "style": {
      const { style } = value;
      return [
        ...SLIDERS.map((slider) => w.pair(w.manner[slider].name, number(style[slider]))),
        w.pair(w.manner.delay.name, style.response_delay_ms === null ? w.manner.delay.unset : w.ms(number(style.response_delay_ms))),
        w.pair(w.manner.reminder.name, style.silence_reminder_s === null ? w.manner.reminder.unset : w.s(number(style.silence_reminder_s))),
      ];
    }
    case "turn_detection": {
      const turn = value.turn_detection;
      if (turn.type === "semantic_vad") return [w.listen.by.semantic_vad, w.pair(w.listen.eagerness, w.listen.eager[turn.eagerness].name)];
      return [
        w.listen.by.server_vad,
        w.pair(w.listen.threshold.name, w.percent(number(turn.threshold_percent))),
        w.pair(w.listen.silence.name, w.ms(number(turn.silence_duration_ms))),
        w.pair(w.listen.padding.name, w.ms(number(turn.prefix_padding_ms))),
      ];
    }
    case "noise_reduction":
      return [value.noise_reduction === null ? w.listen.noise.none : w.listen.noise[value.noise_reduction]];
    case "transcription":
      return [value.transcription ? w.yes : w.no];
    case "max_output_tokens":
      return [value.max_output_tokens === null ? w.listen.longest.unset : w.listen.longest.tokens(number(value.max_output_tokens))];
    case "tools":
      return Object.keys(w.tools.all)
        .filter((tool) => (value.tools as string[]).includes(tool))
        .map(toolName);
    case "dtmf_actions":
      return [...value.dtmf_actions]
        .sort((one, other) => (one.digits < other.digits ? -1 : 1))
        .map(({ digits, action }) => w.pair(digits, actionInWords(action)));
    case "handoff_words": {
      const { enabled, target, phrases } = value.handoff_words;
      return [
        enabled ? w.handoff.listens : w.handoff.deaf,
        w.pair(w.handoff.target, target ?? w.handoff.nobody),
        // A language without phrases has none of the built-in ones either.
        ...Object.entries(phrases).flatMap(([tag, ofTag]) => (ofTag.length === 0 ? ["–"] : ofTag).map((phrase) => w.pair(tag, phrase))),
      ];
    }
    case "handoff_style":
      return [w.handoff.style[value.handoff_style].name];
    case "after_handoff":
      return [w.handoff.after[value.after_handoff].name];
    case "assistant_in_handoff":
      return [w.handoff.meanwhile[value.assistant_in_handoff].name];
    case "topics":
      return value.topics.map((topic) => w.pair(titleOf(topic), topic.words.join(", ")));
    case "extraction":
      return value.extraction.flatMap((field) => [
        w.pair(titleOf(field), [about.form.kinds[field.kind], ...field.choices].join(", ")),
        w.pair(field.title, field.question),
      ]);
  }
}

/** A line that was added or removed. */
export interface ChangedLine {
  kind: "added" | "removed";
  text: string;
}

/** The lines by which two texts differ, and no others. Blank lines are left out. */
export function changedLines(before: string[], after: string[]): ChangedLine[] {
  return diffArrays(before, after).flatMap(({ added, removed, value }) => {
    if (!added && !removed) return [];
    return value.filter((text) => text.trim() !== "").map((text) => ({ kind: added ? ("added" as const) : ("removed" as const), text }));
  });
}

/** The differences between two profiles, by field. */
export function changesOf(before: Written, after: Written): { member: Member; lines: ChangedLine[] }[] {
  return MEMBERS.filter((member) => !same(before[member], after[member])).map((member) => ({
    member,
    lines: changedLines(linesOf(member, before), linesOf(member, after)),
  }));
}
