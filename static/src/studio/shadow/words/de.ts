// Wörter des Schattens: Deutsch.
import { number, plural } from "../../../app/language";
import type { Words } from "./en";

const minutesOf = (n: number) => `${number(n)} ${plural(n, { one: "Minute", other: "Minuten" })}`;

const words: Words = {
  form: {
    title: "Schatten",
    none: "Kein Schatten",
    sum: (name, share) => `${name} hört ${share} % der Anrufe`,
    hint: "Eine zweite Stimme hört bei einem Teil der Anrufe zu und antwortet, aber kein Anrufer hört sie. Vergleichen Sie ihre Antworten mit denen, die Anrufer bekommen haben. Ihre Werkzeuge werden nie ausgeführt. Sie kostet so viel wie ein Anruf mit dieser Stimme.",
    talk: (n, count, minutes) => `In den letzten 30 Tagen hatte dieser Assistent ${n} ${plural(count, { one: "Anruf", other: "Anrufe" })} mit ${minutesOf(minutes)} Gespräch.`,
    who: "Wer zuhört",
    share: "Anteil der Anrufe, in Prozent",
    badShare: "Geben Sie eine ganze Zahl von 1 bis 100 ein.",
    cap: (currency) => (currency === "" ? "Monatslimit" : `Monatslimit, in ${currency}`),
    capHint: "Sobald der Schatten so viel gekostet hat, hört er bis zum nächsten Monat (UTC) keinen weiteren Anruf.",
    badCost: "Geben Sie einen Betrag ein, etwa 5,00.",
    estimate: (minutes, name, perMinute, month, cap) =>
      `Etwa ${minutesOf(minutes)} im Monat. Eine Minute bei ${name} hat in den letzten 24 Stunden ${perMinute} gekostet: etwa ${month} im Monat, und höchstens ${cap}.`,
    unknown: (minutes, name, cap) =>
      `Etwa ${minutesOf(minutes)} im Monat. Was eine Minute bei ${name} kostet, ist nicht bekannt, weil kein Anruf in den letzten 24 Stunden diese Stimme hatte. Höchstens ${cap} im Monat.`,
    spent: (money) => `In diesem Monat hat er ${money} gekostet.`,
    look: "Antworten vergleichen",
  },
  calls: {
    title: "Anrufe, die der Schatten gehört hat",
    lede: "Was Anrufer gehört haben, und was der Schatten gesagt hätte. Kein Anrufer hat den Schatten gehört.",
    empty: "Der Schatten hat noch keinen Anruf gehört. Wählen Sie unter Schatten eine Stimme, veröffentlichen Sie, und warten Sie auf den nächsten Anruf.",
    open: (when) => `Antworten des Anrufs vom ${when} vergleichen`,
    compare: "Vergleichen",
    turns: (n, count) => `${n} ${plural(count, { one: "Beitrag", other: "Beiträge" })}`,
    failed: "Fehlgeschlagen",
    pair: (given, shadow) => `${given}, mit ${shadow} als Schatten`,
  },
  call: {
    back: "Alle Anrufe",
    of: "Der Anruf",
    cost: (money) => `der Schatten hat ${money} gekostet`,
    listens: "hört noch zu",
    latency: "Antwortzeiten",
    gaveAfter: (name) => `${name} antwortete nach`,
    unheardAfter: (name) => `${name}, ungehört, antwortete nach`,
    never: "keine Antwort",
    nothing: "Der Anrufer hat nichts gesagt, während der Schatten zuhörte.",
    turns: "Beiträge",
    caller: "Anrufer",
    noWords: "Die Worte wurden nicht mitgeschrieben.",
    understood: (name, words) => `${name} hat verstanden: „${words}“`,
    unheard: (name) => `${name}, ungehört`,
    silent: "Hat nichts gesagt.",
    tooLong: "Die Argumente waren zu lang zum Speichern.",
    builtin: "Eingebauter Assistent",
  },
};

export default words;
