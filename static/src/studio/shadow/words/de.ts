// Wörter des Schattens: Deutsch.
import { plural } from "../../../app/language";
import type { Words } from "./en";

const words: Words = {
  form: {
    title: "Schatten",
    none: "Kein Schatten",
    sum: (name, share) => `${name} hört ${share} % der Anrufe`,
    hint: "Eine zweite Stimme hört einen Teil der Anrufe und antwortet, und kein Anrufer hört sie. Sie vergleichen ihre Antworten mit denen, die Anrufer bekommen haben. Ihre Werkzeuge werden nie ausgeführt. Sie kostet, was ein Anruf mit dieser Stimme kostet.",
    talk: (n, count, minutes) => `In den letzten 30 Tagen hatte dieser Assistent ${n} ${plural(count, { one: "Anruf", other: "Anrufe" })} mit ${minutes} Minuten Gespräch.`,
    who: "Wer mithört",
    share: "Anteil der Anrufe, in Prozent",
    badShare: "Schreiben Sie eine ganze Zahl von 1 bis 100.",
    cap: (currency) => (currency === "" ? "Höchstens im Monat" : `Höchstens im Monat, in ${currency}`),
    capHint: "Sobald der Schatten so viel gekostet hat, hört er bis zum nächsten Monat (UTC) keinen weiteren Anruf.",
    badCost: "Schreiben Sie einen Betrag, etwa 5.00.",
    estimate: (minutes, name, perMinute, month, cap) =>
      `Etwa ${minutes} Minuten im Monat. Eine Minute bei ${name} hat in den letzten 24 Stunden ${perMinute} gekostet: etwa ${month} im Monat, und höchstens ${cap}.`,
    unknown: (minutes, name, cap) =>
      `Etwa ${minutes} Minuten im Monat. Was eine Minute bei ${name} kostet, ist hier nicht bekannt, denn kein Anruf hatte in den letzten 24 Stunden diese Stimme. Es sind höchstens ${cap} im Monat.`,
    spent: (money) => `In diesem Monat hat er ${money} gekostet.`,
    look: "Antworten vergleichen",
  },
  calls: {
    title: "Anrufe, die der Schatten gehört hat",
    lede: "Was Anrufer bekommen haben, und was der Schatten gesagt hätte. Kein Anrufer hat den Schatten gehört.",
    empty: "Der Schatten hat noch keinen Anruf gehört. Wählen Sie einen unter Schatten, veröffentlichen Sie, und warten Sie auf den nächsten Anruf.",
    open: (when) => `Antworten des Anrufs vom ${when} vergleichen`,
    compare: "Vergleichen",
    turns: (n, count) => `${n} ${plural(count, { one: "Beitrag", other: "Beiträge" })}`,
    failed: "Abgebrochen",
    pair: (given, shadow) => `${given}, mit ${shadow} als Schatten`,
  },
  call: {
    back: "Alle Anrufe",
    of: "Der Anruf",
    cost: (money) => `der Schatten hat ${money} gekostet`,
    listens: "er hört noch zu",
    latency: "Wie bald die Antworten kamen",
    gaveAfter: (name) => `${name} antwortete nach`,
    unheardAfter: (name) => `${name}, ungehört, antwortete nach`,
    never: "keine Antwort",
    nothing: "Der Anrufer hat nichts gesagt, während der Schatten zuhörte.",
    turns: "Beiträge",
    caller: "Anrufer",
    noWords: "Die Worte wurden nicht aufgeschrieben.",
    understood: (name, words) => `${name} hat verstanden: „${words}“`,
    unheard: (name) => `${name}, ungehört`,
    silent: "Hat nichts gesagt.",
    tooLong: "Die Angaben waren zu lang, um sie aufzuheben.",
    builtin: "Eingebauter Assistent",
  },
};

export default words;
