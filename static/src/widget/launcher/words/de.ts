// Words of the widget's button: German.
import type { Words } from "./en";

const words: Words = {
  talk: "Sprechen Sie mit uns",
  inCall: (label) => `${label}: Sie sind in einem Gespräch`,
  unreachable: "Der Anruf konnte nicht geöffnet werden. Prüfen Sie Ihre Verbindung und laden Sie die Seite neu.",
};
export default words;
