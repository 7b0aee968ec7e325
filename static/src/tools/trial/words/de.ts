// Words of trying a tool: German.
import type { Words } from "./en";

const words: Words = {
  title: "Ausprobieren",
  hint: "Die Anfrage wird wie bei einem Anruf gesendet, mit der gespeicherten Version des Werkzeugs. Ändert sie etwas in Ihrem System, dann wirklich.",
  unsaved: "Speichern Sie zuerst Ihre Änderungen: Ausprobiert wird die gespeicherte Version.",
  json: "Argumente als JSON",
  jsonHint: "Ein Objekt mit den Werten, die der Assistent senden würde.",
  badJson: "Das ist kein JSON-Objekt.",
  needed: "Pflicht",
  send: "Anfrage senden",
  show: "Nur zeigen",
  sending: "Warten auf den Dienst …",
  outcome: {
    shown: "So würde gesendet",
    done: "Der Dienst hat geantwortet",
    refused: "Nichts wurde gesendet",
    failed: "Fehlgeschlagen",
    timed_out: "Keine Antwort innerhalb der Zeit",
  },
  took: (ms) => `${ms} ms`,
  request: "Die Anfrage, wie sie gesendet wird",
  answer: "Die Antwort",
  cut: "Der Rest ist abgeschnitten, auch für den Assistenten.",
  empty: "(nichts)",
  told: "Was der Assistent bekommt",
  yes: "Ja",
  no: "Nein",
  leave: "Weglassen",
};
export default words;
