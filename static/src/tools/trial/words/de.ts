// Words of trying a tool: German.
import type { Words } from "./en";

const words: Words = {
  title: "Ausprobieren",
  hint: "Die Anfrage wird wie bei einem Anruf gestellt, mit dem Werkzeug, wie es gespeichert ist. Ein Dienst, der etwas ändert, tut das auch hier.",
  unsaved: "Speichern Sie zuerst Ihre Änderungen: Ausprobiert wird, was gespeichert ist.",
  json: "Argumente als JSON",
  jsonHint: "Ein Objekt mit dem, was der Assistent weitergäbe.",
  badJson: "Das ist kein JSON-Objekt.",
  needed: "nötig",
  send: "Anfrage senden",
  show: "Nur zeigen",
  sending: "Der Dienst wird gefragt …",
  outcome: {
    shown: "So würde gesendet",
    done: "Er hat geantwortet",
    refused: "Nichts wurde gesendet",
    failed: "Fehlgeschlagen",
    timed_out: "Keine Antwort in der Zeit",
  },
  took: (ms) => `${ms} ms`,
  request: "Die Anfrage, wie sie gesendet wird",
  answer: "Die Antwort",
  cut: "Der Rest ist abgeschnitten, auch für den Assistenten.",
  empty: "(nichts)",
  told: "Was der Assistent erfährt",
  yes: "Ja",
  no: "Nein",
  leave: "Weglassen",
};
export default words;
