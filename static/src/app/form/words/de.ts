// Words of forms: German.
import type { Words } from "./en";

const words: Words = {
  meanwhile: "Jemand anderes hat das inzwischen geändert.",
  merged: "Diese Änderungen stehen im Formular, und Ihre bleiben erhalten.",
  both: (names) => `Sie haben beide ${names} geändert. Gezeigt wird Ihre Fassung; beim Speichern ersetzt sie die andere.`,
  takeTheirs: "Die andere Fassung übernehmen",
  incomplete: "ist unvollständig oder nicht lesbar",
  years: "muss zwischen den Jahren 1970 und 2200 liegen",
};
export default words;
