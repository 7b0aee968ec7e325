// Words of sound in the page: German.
import type { Words } from "./en";

const words: Words = {
  insecure:
    "Browser erlauben das Mikrofon nur auf sicheren Seiten. Öffnen Sie diese Seite unter einer Adresse, die mit https:// beginnt, oder auf dem Server selbst als localhost.",
  blocked: "Das Mikrofon ist für diese Seite gesperrt. Erlauben Sie es über das Zeichen neben der Adresse, und versuchen Sie es erneut.",
  none: "Es wurde kein Mikrofon gefunden. Stecken Sie eines ein, und versuchen Sie es erneut.",
  taken: "Ein anderes Programm verwendet das Mikrofon. Schließen Sie es, und versuchen Sie es erneut.",
  unusable: (reason) => `Das Mikrofon lässt sich nicht verwenden: ${reason}. Prüfen Sie es, und versuchen Sie es erneut.`,
  microphone: (n) => `Mikrofon ${n}`,
  ended: "Der Anruf ist beendet.",
  broken: "Die Verbindung zum Server ging verloren und ließ sich nicht wiederherstellen.",
  notLetIn: "Ihr Zugang zu diesem Anruf ist abgelaufen. Beginnen Sie noch einmal.",
};
export default words;
