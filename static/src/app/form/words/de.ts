// Words of forms: German.
import type { Words } from "./en";

const words: Words = {
  meanwhile: "Jemand anderes hat das inzwischen geändert.",
  merged: "Deren Änderungen stehen im Formular, und was Sie geschrieben haben, bleibt.",
  both: (names) => `Sie haben beide geändert: ${names}. Hier steht Ihre Fassung; wenn Sie speichern, ersetzt sie die andere.`,
  takeTheirs: "Die andere Fassung übernehmen",
};
export default words;
