// Words of the palette: German.
import type { Words } from "./en";

const words: Words = {
  name: "Alles finden",
  placeholder: "Eine Seite, ein Name, eine Nummer …",
  esc: "Esc",
  unnamed: "Ohne Namen",
  nothing: (query) => `Keine Treffer für „${query}“.`,
  found: (n, things) => `${n} ${things}. Mit den Pfeiltasten wählen, mit der Eingabetaste öffnen.`,
  things: { one: "Treffer", other: "Treffer" },
  kinds: {
    pages: "Seiten",
    customers: "Kunden",
    leads: "Leads",
    calls: "Anrufe",
    phone_numbers: "Nummern",
    agents: "Personen",
    profiles: "Assistenten",
    settings: "Einstellungen",
  },
  parts: {
    doNotCall: "Sperrliste",
    agents: "Wie Agenten Anrufe annehmen",
    queues: "Warteschlangen",
    codes: "Abschlusscodes",
    reasons: "Abwesenheitsgründe",
    numbers: "Telefonnummern",
    keys: "Tasten, die Anrufer drücken",
    extensions: "Nebenstellen",
    dialling: "Wählregeln",
  },
  settings: {
    organization: "Name der Organisation",
    recording: "Aufnahme und Hinweis",
    notices: "Benachrichtigungen",
    look: "Farbschema: hell oder dunkel",
    density: "Zeilen: luftig oder dicht",
    language: "Sprache",
    keys: "Tastenkürzel",
    sound: "Mikrofon und Ton",
  },
};
export default words;
