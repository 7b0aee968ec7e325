// Words of what an assistant is told of the business: German.
import type { Words } from "./en";

const words: Words = {
  title: "Was der Assistent erfährt",
  show: "Zeigen, was der Assistent erfährt",
  hide: "Ausblenden",
  hint: "Vom Server aus dem gemacht, was Sie geschrieben haben, so wie ein Anruf es bekommt. Noch nicht Gespeichertes ist markiert.",
  of: (name) => `Wie ${name} es bekommt`,
  chars: (n) => `${n} Zeichen`,
  wrong: "Es folgt wieder, sobald das stimmt:",
  failed: "Das lässt sich im Moment nicht erstellen.",
  sections: {
    rules: "Regeln",
    who: "Wer er ist",
    style: "Wie er spricht",
    now: "Jetzt",
    business: "Der Betrieb",
  },
};
export default words;
