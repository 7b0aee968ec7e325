// Words that the pages about people share: German.
import type { Words } from "./en";

const words: Words = {
  nobody: "Noch niemand",
  somebody: "Jemand",
  unnamed: "Ohne Namen",
  assistant: "Assistent",
  byHand: "Von Hand",
  onTheLine: "Gerade am Apparat",
  deleted: "Das wurde inzwischen gelöscht. Änderungen lassen sich nicht mehr speichern.",
  story: {
    name: "Verlauf",
    none: "Noch nichts. Anrufe, SMS, Termine und Aufgaben erscheinen hier der Reihe nach.",
    callFrom: "Anruf des Kunden",
    callTo: "Anruf beim Kunden",
    textFrom: "SMS des Kunden",
    textTo: "SMS an den Kunden",
    textFailed: "Eine SMS kam nicht an",
    booked: "Termin",
    held: "Vorgemerkter Termin",
    lapsed: "Vormerkung abgelaufen",
    calledOff: "Termin abgesagt",
    todo: "Aufgabe",
    todoDone: "Aufgabe, erledigt",
    event: "Notiz",
    message: "Hat eine Nachricht hinterlassen",
    lead: "Lead",
  },
};
export default words;
