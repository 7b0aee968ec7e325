// Words of quality: English.
import { plural } from "../../app/language";

const words = {
  title: "Scorecard",
  none: "Your organization asks nothing yet: administrators write the questions under Settings, Scorecard.",
  yes: "Yes",
  no: "No",
  save: "Save answers",
  saved: "The answers are kept.",
  byModel: "Have the model fill it in",
  percent: (n: string) => `${n} %`,
  filledBy: (who: string) => `Filled in by ${who}`,
  program: "a program",
  former: "somebody who was removed",
  model: (name: string) => `the model ${name}`,
  corrections: "Corrections",
  corrected: (who: string, question: string, before: string, after: string) => `${who}: ${question}: ${before} became ${after}`,
  nothing: "nothing",
  report: "Quality",
  reportText: "Averages of calls that were scored in these days.",
  noScores: "No call of these days is scored.",
  assistants: "Assistants",
  agents: "Agents",
  calls: (n: string, count: number) => `${n} ${plural(count, { one: "call", other: "calls" })}`,
  picks: "To be looked at",
  picksNone: "No call is to be looked at.",
  look: (when: string) => `Call of ${when}`,
  reasons: { alarm: "raised an alarm", handed_off: "a person was asked for", short: "was short", random: "by chance" },
  card: "Scorecard",
  cardText: "What is asked of calls that are over. People answer on the call’s page, a model where one is configured, and whoever corrects it stands there.",
  cardNone: "Nothing is asked yet.",
  add: "Add a question",
  remove: (n: number) => `Remove question ${n}`,
  question: (n: number) => `Question ${n}`,
  kind: (n: number) => `Question ${n} is answered by`,
  kinds: { yes_no: "yes or no", one_to_five: "1 to 5", text: "words" },
  saveCard: "Save scorecard",
  cardSaved: "That is asked from now on.",
  random: "So many of a hundred calls at random",
  handedOff: "Calls in which a person was asked for",
  alarm: "Calls that raised an alarm",
  short: "Calls shorter than so many seconds (empty: none)",
};

export default words;
/** What every language has. */
export type Words = typeof words;
