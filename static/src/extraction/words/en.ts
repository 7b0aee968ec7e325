// Words of what calls were about: English.
import { plural } from "../../app/language";

const words = {
  title: "What the call was about",
  pending: "Available once the call is over.",
  topics: "Topics",
  by: { model: "Found by the model.", rules: "Found by keywords, without a model." },
  notJudged: {
    other_region: "The words of this call must stay in a region, and the judge model is not known to keep them there.",
    daily_cap: "The day’s calls reached their spending cap, so the judge model was not asked.",
  },
  yes: "Yes",
  no: "No",
  /** A field's value on a call, of a profile. */
  value: (profile: string, field: string, value: string) => `${profile}, ${field}: ${value}`,
  form: {
    title: "What calls are about",
    none: "No topics or fields",
    count: (topics: number, fields: number) =>
      `${topics} ${plural(topics, { one: "topic", other: "topics" })}, ${fields} ${plural(fields, { one: "field", other: "fields" })}`,
    hint: "After each call, these topics and fields are looked up in what was said: by the judge model if the server has one, otherwise by keywords. They appear on the call’s page and in the reports.",
    topics: "Topics",
    topicOf: (n: number) => `Topic ${n}`,
    addTopic: "Add a topic",
    fields: "Fields",
    fieldsHint: "A model answers the question. Without one, a choice counts when the caller says it; yes, no and numbers count when someone mentions the title.",
    fieldOf: (n: number) => `Field ${n}`,
    addField: "Add a field",
    remove: (what: string) => `Remove ${what}`,
    label: "Title",
    name: "Name in reports and answers",
    words: "Keywords, one per line",
    wordsHint: "A word followed by * also matches longer words.",
    kind: "Kind of value",
    kinds: { choice: "one of several", yes_no: "yes or no", number: "a number", text: "a few words" },
    choices: "Choices, one per line",
    question: "Question",
  },
  trial: {
    title: "Try it on a call",
    hint: "Shows what the draft would find in a finished call. Nothing is saved; the model’s cost is added to that call.",
    call: "Call ID (empty: the last one)",
    begin: "Try on the last call",
    beginOn: "Try on this call",
    nothing: "Nothing found.",
    of: "Call of",
    cost: (money: string) => `It cost ${money}.`,
    noCall: "This assistant has no finished calls yet.",
    noSuchCall: "Call not found.",
  },
  wrong: {
    many: (max: number) => `At most ${max} are allowed.`,
    title: (n: number) => `Number ${n} needs a title.`,
    name: (title: string) => `“${title}” needs a name of lower-case letters, digits and _, starting with a letter.`,
    twice: (name: string) => `The name ${name} is used twice.`,
    question: (title: string) => `“${title}” needs a question.`,
    choices: (title: string, max: number) => `“${title}” needs 2 to ${max} different choices.`,
    words: (title: string, max: number) => `“${title}” needs 1 to ${max} words or phrases.`,
    word: (word: string, max: number) => `“${word}” needs a letter or a digit, and at most ${max} characters.`,
  },
};
export default words;
/** Texts that every language has. */
export type Words = typeof words;
