// Words of the first run: German.
import type { Words } from "./en";

const words: Words = {
  title: "Einrichten",
  heading: "Ihre Vermittlung in drei Schnüren",
  lead: "Ein Konto, eine Stimme, dann sprechen. Eine Telefonleitung kann später kommen.",
  step: (n) => `Erster Start, Schritt ${n} von 3`,
  other: "Andere Wege",
  withoutToken: "Ohne Einrichtungs-Token registrieren",
  done: "Erledigt",
  account: { title: "Ihr Konto", owner: (email) => `${email}, Inhaber` },
  engine: {
    title: "Stimme",
    demo: "Demo-Stimme",
    demoText: "Läuft auf diesem Rechner. Kostenlos, etwas hölzern, nur Englisch.",
    demoChosen: "Demo-Stimme, kein Schlüssel nötig",
    openai: "OpenAI Realtime",
    openaiText: "Ein Schlüssel. Versteht und spricht jede Sprache gut.",
    openaiChosen: (ms) => `OpenAI Realtime, der Schlüssel wurde in ${ms} bestätigt`,
    openaiKept: "OpenAI Realtime, mit dem hinterlegten Schlüssel",
    usualText: "Auf diesem Server schon eingerichtet.",
    key: "API-Schlüssel von OpenAI",
    keyHint: "Er wird geprüft, sobald Sie ihn einfügen, verschlüsselt aufbewahrt und nie wieder gezeigt.",
    checking: "OpenAI wird gefragt …",
    faults: {
      no_secret: "Fügen Sie den ganzen Schlüssel ein.",
      unauthorized: "OpenAI kennt diesen Schlüssel nicht. Kopieren Sie ihn noch einmal.",
      not_found: "Unter dieser Adresse ist nichts.",
      rate_limited: "OpenAI kennt den Schlüssel, hat aber kein Kontingent mehr dafür. Sehen Sie dort in die Abrechnung.",
      refused: "OpenAI lehnt diesen Schlüssel ab.",
      failing: "OpenAI ist gerade gestört. Versuchen Sie es erneut, oder beginnen Sie mit der Demo-Stimme.",
      address_refused: "Diese Adresse darf nicht gefragt werden.",
      unreachable: "OpenAI ist von diesem Server nicht erreichbar. Prüfen Sie die Firewall, oder beginnen Sie mit der Demo-Stimme.",
      timed_out: "OpenAI hat nicht rechtzeitig geantwortet. Versuchen Sie es erneut, oder beginnen Sie mit der Demo-Stimme.",
    },
  },
  talk: {
    title: "Jetzt sprechen",
    hint: "Sie sind der Anrufer. Unterbrechen Sie ruhig: Der Assistent hält an.",
    before: "Ihr Browser fragt nach dem Mikrofon. Sonst hört Sie niemand.",
    start: "Jetzt sprechen",
    again: "Noch einmal sprechen",
    insecure: "Diese Adresse ist weder https noch localhost, deshalb geben Browser kein Mikrofon frei. Öffnen Sie sie als https oder auf dem Server selbst.",
  },
  line: {
    title: "Telefonleitung anschließen",
    whenever: "wann Sie möchten",
    text: "Asterisk, FreeSWITCH oder Twilio. Dort stehen die Zeilen zum Einfügen, und es wird mit Ihnen auf den ersten Anruf gewartet.",
    act: "Leitung anschließen",
  },
  end: { text: "Alles hier lässt sich später ändern.", act: "Cordboard öffnen" },
};
export default words;
