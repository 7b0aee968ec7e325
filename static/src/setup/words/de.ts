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
    openaiChosen: (ms) => `OpenAI Realtime, Schlüssel in ${ms} geprüft`,
    openaiKept: "OpenAI Realtime, mit dem hinterlegten Schlüssel",
    usualText: "Auf diesem Server schon eingerichtet.",
    key: "API-Schlüssel von OpenAI",
    keyHint: "Er wird geprüft, sobald Sie ihn einfügen, verschlüsselt gespeichert und nie wieder gezeigt.",
    checking: "OpenAI wird gefragt …",
    faults: {
      no_secret: "Fügen Sie den ganzen Schlüssel ein.",
      unauthorized: "OpenAI akzeptiert diesen Schlüssel nicht. Kopieren Sie ihn noch einmal.",
      not_found: "Unter dieser Adresse antwortet nichts.",
      rate_limited: "OpenAI akzeptiert den Schlüssel, hat aber kein Kontingent mehr dafür. Prüfen Sie dort die Abrechnung.",
      refused: "OpenAI lehnt diesen Schlüssel ab.",
      failing: "OpenAI hat gerade eine Störung. Versuchen Sie es erneut, oder beginnen Sie mit der Demo-Stimme.",
      address_refused: "Dieser Server darf diese Adresse nicht ansprechen.",
      unreachable: "OpenAI ist von diesem Server nicht erreichbar. Prüfen Sie die Firewall, oder beginnen Sie mit der Demo-Stimme.",
      timed_out: "OpenAI hat nicht rechtzeitig geantwortet. Versuchen Sie es erneut, oder beginnen Sie mit der Demo-Stimme.",
    },
  },
  talk: {
    title: "Jetzt sprechen",
    hint: "Sie sind der Anrufer. Unterbrechen Sie den Assistenten, und er hält an.",
    before: "Ihr Browser fragt nach dem Mikrofon. Sonst hört Sie niemand.",
    start: "Jetzt sprechen",
    again: "Noch einmal sprechen",
    insecure: "Diese Adresse ist weder https noch localhost, deshalb sperren Browser das Mikrofon. Öffnen Sie sie über https oder auf dem Server selbst.",
  },
  line: {
    title: "Telefonleitung anschließen",
    whenever: "wann Sie möchten",
    text: "Asterisk, FreeSWITCH oder Twilio. Sie bekommen die Zeilen zum Einfügen und sehen, wann der erste Anruf kommt.",
    act: "Leitung anschließen",
  },
  end: { text: "Alles hier lässt sich später ändern.", act: "Cordboard öffnen" },
};
export default words;
