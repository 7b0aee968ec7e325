// Worte dazu, worum es in Anrufen ging: Deutsch.
import { plural } from "../../app/language";
import type { Words } from "./en";

const words: Words = {
  title: "Worum es ging",
  pending: "Verfügbar, sobald der Anruf vorbei ist.",
  topics: "Themen",
  by: { model: "Vom Modell gefunden.", rules: "Über Stichwörter gefunden, ohne Modell." },
  notJudged: {
    other_region: "Die Worte dieses Anrufs müssen in einer Region bleiben, und vom Prüfmodell ist nicht bekannt, dass es sie dort hält.",
    daily_cap: "Die Anrufe dieses Tages haben ihre Kostengrenze erreicht: Das Prüfmodell wurde nicht gefragt.",
  },
  yes: "Ja",
  no: "Nein",
  value: (profile, field, value) => `${profile}, ${field}: ${value}`,
  form: {
    title: "Worum es in Anrufen geht",
    none: "Keine Themen oder Felder",
    count: (topics, fields) =>
      `${topics} ${plural(topics, { one: "Thema", other: "Themen" })}, ${fields} ${plural(fields, { one: "Feld", other: "Felder" })}`,
    hint: "Ist ein Anruf vorbei, wird im Gesagten nach diesen Themen und Feldern gesucht: vom Prüfmodell, wo der Server eines hat, sonst an Wörtern. Sie stehen auf der Seite des Anrufs und werden in den Berichten gezählt.",
    topics: "Themen",
    topicOf: (n) => `Thema ${n}`,
    addTopic: "Thema hinzufügen",
    fields: "Felder",
    fieldsHint: "Ein Modell beantwortet die Frage. Ohne Modell zählt eine Auswahl, wo der Anrufer sie nennt; Ja, Nein und Zahlen zählen, wo jemand vom Titel spricht.",
    fieldOf: (n) => `Feld ${n}`,
    addField: "Feld hinzufügen",
    remove: (what) => `${what} entfernen`,
    label: "Titel",
    name: "Name in Berichten und Antworten",
    words: "Stichwörter, eines pro Zeile",
    wordsHint: "Ein Wort mit * am Ende findet auch längere Wörter.",
    kind: "Art des Werts",
    kinds: { choice: "eines von mehreren", yes_no: "ja oder nein", number: "eine Zahl", text: "ein paar Worte" },
    choices: "Auswahl, eine pro Zeile",
    question: "Frage",
  },
  trial: {
    title: "An einem Anruf ausprobieren",
    hint: "Zeigt, was der Entwurf an einem beendeten Anruf fände. Nichts davon bleibt gespeichert; was ein Modell kostet, zählt zu diesem Anruf.",
    call: "ID des Anrufs (leer: der letzte)",
    begin: "Am letzten Anruf ausprobieren",
    beginOn: "An diesem Anruf ausprobieren",
    nothing: "Nichts gefunden.",
    of: "Anruf vom",
    cost: (money) => `Kosten: ${money}.`,
    noCall: "Es gibt noch keinen beendeten Anruf mit diesem Assistenten.",
    noSuchCall: "Diesen Anruf gibt es nicht.",
  },
  wrong: {
    many: (max) => `Es können höchstens ${max} sein.`,
    title: (n) => `Nummer ${n} braucht einen Titel.`,
    name: (title) => `„${title}“ braucht einen Namen aus kleinen Buchstaben, Ziffern und _, mit einem Buchstaben vorn.`,
    twice: (name) => `Der Name ${name} steht hier zweimal.`,
    question: (title) => `„${title}“ braucht eine Frage.`,
    choices: (title, max) => `„${title}“ braucht eine Auswahl von 2 bis ${max} verschiedenen Werten.`,
    words: (title, max) => `„${title}“ braucht 1 bis ${max} Wörter oder Wendungen.`,
    word: (word, max) => `„${word}“ braucht einen Buchstaben oder eine Ziffer und höchstens ${max} Zeichen.`,
  },
};
export default words;
