// Words of what an assistant is told of the business: German.
import type { Words } from "./en";

const words: Words = {
  title: "Was der Assistent erfährt",
  show: "Zeigen, was der Assistent erfährt",
  hide: "Ausblenden",
  hint: "Vom Server aus Ihren Angaben zusammengestellt, so wie ein Anruf es bekommt. Nicht gespeicherte Änderungen sind markiert.",
  of: (name) => `Wie ${name} es bekommt`,
  chars: (n) => `${n} Zeichen`,
  wrong: "Wird wieder aktualisiert, sobald das behoben ist:",
  failed: "Das lässt sich im Moment nicht anzeigen.",
  sections: {
    rules: "Regeln",
    who: "Wer er ist",
    style: "Wie er spricht",
    now: "Jetzt",
    business: "Der Betrieb",
    telephone: "Am Telefon",
  },
};
export default words;
