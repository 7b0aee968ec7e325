// Words of the import of customers: German.
import { number, plural } from "../../../app/language";
import type { Words } from "./en";

const rows = (n: number) => `${number(n)} ${plural(n, { one: "Zeile", other: "Zeilen" })}`;

const words: Words = {
  title: "Kunden aus einer Datei",
  text: "Eine CSV-Datei aus einer Tabelle oder einem Adressbuch: die Namen der Spalten in der ersten Zeile, höchstens 20.000 Zeilen und 8 MB. Anrufer werden an ihrer Nummer erkannt: Ein Kunde, der schon eine Nummer einer Zeile hat, wird nicht noch einmal angelegt.",
  file: "Datei",
  fileHint: "Sie können eine Datei auch hierher ziehen.",
  tooLarge: "Die Datei ist größer als 8 MB. Teilen Sie sie auf.",
  countryCode: "Ländervorwahl für Nummern ohne Vorwahl",
  countryCodeHint: "Ziffern, etwa 49. Leer: Solche Nummern werden abgelehnt.",
  existing: "Kunden, die es schon gibt",
  existingHint: "Nummern und Schlagwörter kommen nur hinzu, und leere Zellen ändern nichts.",
  complete: "Leere Felder ergänzen",
  overwrite: "Die Datei überschreibt",
  columns: "Spalten",
  column: "Spalte",
  examples: "Beispiele",
  has: "Enthält",
  columnHas: (name) => `Inhalt der Spalte ${name}`,
  fields: {
    skip: "Nicht importieren",
    name: "Name",
    first_name: "Vorname",
    last_name: "Nachname",
    company: "Firma",
    phone: "Telefon",
    email: "E-Mail",
    address: "Adresse",
    language: "Sprache",
    tags: "Schlagwörter",
    notes: "Notizen",
    sms_opted_out: "Keine SMS",
    do_not_call: "Nicht anrufen",
  },
  looking: "Die Datei wird geprüft …",
  found: (created, changed, unchanged) => `${number(created)} neu, ${number(changed)} geändert, ${number(unchanged)} unverändert.`,
  noNews: "Es gibt nichts zu importieren.",
  doNotCall: (n) => `${rows(n)} mit Nummern für die Sperrliste.`,
  recoded: (encoding) => `Die Datei wurde als ${encoding} gelesen. Prüfen Sie unten, ob Buchstaben wie é und ü stimmen.`,
  taking: "Wird importiert …",
  goesOn: "Sie können dieses Fenster schließen. Der Import geht von selbst weiter.",
  taken: (created, changed, refused) =>
    `${number(created)} angelegt, ${number(changed)} geändert${refused > 0 ? `, ${rows(refused)} abgelehnt` : ""}.`,
  correct: "Laden Sie die abgelehnten Zeilen herunter, verbessern Sie sie und importieren Sie sie noch einmal.",
  saveRefused: (n) => `${n} herunterladen`,
  refusedName: "kunden-abgelehnt.csv",
  takeInAll: (n) => `${n} importieren`,
  errors: "Fehler",
  errorsHint: "Diese Zeilen werden übersprungen.",
  row: "Zeile",
  reason: "Grund",
  firsts: "Erste Zeilen",
};
export default words;
