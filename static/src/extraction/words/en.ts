// Words of what calls were about: English.
import { plural } from "../../app/language";

const words = {
  title: "What the call was about",
  pending: "It is found out once the call is over.",
  topics: "Topics",
  by: { model: "Found by the model.", rules: "Found by words, without a model." },
  notJudged: {
    other_region: "The words of this call must stay in a region, and the judge model is not known to keep them there.",
    daily_cap: "The calls of its day have cost as much as they may: the judge model was not asked.",
  },
  yes: "Yes",
  no: "No",
  /** A field's value on a call, of a profile. */
  value: (profile: string, field: string, value: string) => `${profile}, ${field}: ${value}`,
  form: {
    title: "What calls are about",
    none: "Nothing is asked",
    count: (topics: number, fields: number) =>
      `${topics} ${plural(topics, { one: "topic", other: "topics" })}, ${fields} ${plural(fields, { one: "field", other: "fields" })}`,
    hint: "Once a call is over, these topics and fields are looked for in what was said: by the judge model where the server has one, else by words. They stand on the call’s page and are counted in the reports.",
    topics: "Topics",
    topicOf: (n: number) => `Topic ${n}`,
    addTopic: "Add a topic",
    fields: "Fields",
    fieldsHint: "A model answers the question. Without one, a choice counts where the caller says it; yes, no and numbers count where somebody speaks of the title.",
    fieldOf: (n: number) => `Field ${n}`,
    addField: "Add a field",
    remove: (what: string) => `Remove ${what}`,
    label: "Title",
    name: "Name in reports and answers",
    words: "Words of callers, a line each",
    wordsHint: "A word that ends with * is the beginning of longer ones, too.",
    kind: "Kind of value",
    kinds: { choice: "one of several", yes_no: "yes or no", number: "a number", text: "a few words" },
    choices: "Choices, a line each",
    question: "Question",
  },
  trial: {
    title: "Try it on a call",
    hint: "Shows what the draft would find of a call that is over. Nothing of it is kept; what a model costs counts on that call.",
    call: "Id of the call (empty: the last one)",
    begin: "Try on the last call",
    beginOn: "Try on this call",
    nothing: "Nothing was found.",
    of: "Call of",
    cost: (money: string) => `It cost ${money}.`,
    noCall: "There is no call with this assistant yet that is over.",
    noSuchCall: "There is no such call.",
  },
  wrong: {
    many: (max: number) => `There can be at most ${max}.`,
    title: (n: number) => `Number ${n} needs a title.`,
    name: (title: string) => `“${title}” needs a name of small letters, digits and _, a letter first.`,
    twice: (name: string) => `The name ${name} stands here twice.`,
    question: (title: string) => `“${title}” needs a question.`,
    choices: (title: string, max: number) => `“${title}” needs 2 to ${max} different choices.`,
    words: (title: string, max: number) => `“${title}” needs 1 to ${max} words or phrases.`,
    word: (word: string, max: number) => `“${word}” needs a letter or a digit, and at most ${max} characters.`,
  },
};
export default words;
/** Texts that every language has. */
export type Words = typeof words;
