// Words of the dashboard: German.
import { listed, number, plural } from "../../app/language";
import type { Words } from "./en";

const calls = (n: number) => `${number(n)} ${plural(n, { one: "Anruf", other: "Anrufe" })}`;

const words: Words = {
  title: "Übersicht",
  ranges: { name: "Tage", 1: "Heute", 7: "7 Tage", 28: "28 Tage" },
  until: (weekday, time) => `bis ${time}, verglichen mit letztem ${weekday} bis ${time}`,
  span: (from, to) => `${from} bis ${to}, verglichen mit dem Zeitraum davor`,
  story: {
    none: "Heute gab es noch keine Anrufe.",
    noneInSpan: "In diesem Zeitraum gab es keine Anrufe.",
    took: (alone, all) =>
      alone === all
        ? `Der Assistent hat ${all === 1 ? "den einen Anruf" : all === 2 ? "beide Anrufe" : `alle ${calls(all)}`} allein übernommen.`
        : `Der Assistent hat ${number(alone)} von ${number(all)} Anrufen allein übernommen.`,
    and: (parts) => `Dazu kommen ${listed(parts)}.`,
    bookings: (n) => `${number(n)} ${plural(n, { one: "neuer Termin", other: "neue Termine" })}`,
    leads: (n) => `${number(n)} ${plural(n, { one: "neuer Lead", other: "neue Leads" })}`,
    missed: (n) => `${number(n)} ${plural(n, { one: "Anrufer hat", other: "Anrufer haben" })} niemanden erreicht.`,
  },
  now: {
    title: "Jetzt im Gespräch",
    count: (n) => calls(n),
    quiet: "Niemand ist in der Leitung.",
    all: "Alle laufenden Anrufe",
    ringing: "Klingelt",
    live: "Live",
    assistant: "Assistent",
    somebody: "Jemand",
  },
  byHour: "Anrufe nach Stunden",
  byDay: "Anrufe nach Tagen",
  hour: "Stunde",
  day: "Tag",
  chart: {
    alone: "Assistent allein",
    handedOver: "Übergeben",
    open: "Offen oder unbeantwortet",
    missed: "Verpasst",
    before: "Zeitraum davor",
    asTable: "Als Tabelle",
    says: (all, busiest, most, missed) =>
      all === 0 ? "Keine Anrufe." : `${calls(all)}. Am meisten los: ${busiest}, ${calls(most)}. Verpasst: ${number(missed)}.`,
  },
  feed: {
    title: "Gerade eben",
    none: "Noch nichts. Neue Leads, Nachrichten und verpasste Anrufe erscheinen hier.",
    lead: (who) => `Neuer Lead: ${who}`,
    message: (who) => `Nachricht von ${who}`,
    missed: (who) => `Verpasst: ${who}`,
    somebody: "jemandem ohne Nummer",
  },
  ledger: {
    name: (against) => `Zahlen, verglichen mit ${against}`,
    calls: "Anrufe",
    alone: "Assistent allein",
    handedOver: "Übergeben",
    missed: "Verpasst",
    leads: "Neue Leads",
    bookings: "Gebucht",
    average: "Mittlere Dauer",
    wait: "Wartezeit, Median",
    reply: "Antwort, Median",
    most: (time) => `95 % innerhalb von ${time}`,
    spent: "Kosten",
    more: (n) => `${n} mehr`,
    fewer: (n) => `${n} weniger`,
    longer: (n) => `${n} länger`,
    shorter: (n) => `${n} kürzer`,
    same: "keine Änderung",
    noBefore: "kein Vergleich",
  },
  csv: "CSV",
  counting: (zone, next) => `Trendlinien, Antwort- und Wartezeiten werden gerade in der neuen Zeitzone des Betriebs, ${next}, neu gezählt. Bis dahin gilt ${zone}.`,
  endings: { title: "Wie Anrufe endeten", none: "Noch ist kein Anruf zu Ende." },
  steps: {
    title: "Erste Schritte",
    done: (n, of) => `${number(n)} von ${number(of)} erledigt`,
    dismiss: "Ausblenden",
    dismissed: "Erste Schritte ausgeblendet. In den Einstellungen blenden Sie sie wieder ein.",
    isDone: "Erledigt",
    testCall: { title: "Mit dem Assistenten sprechen", text: "In diesem Browser, mit Ihrem eigenen Mikrofon.", act: "Testanruf beginnen" },
    business: { title: "Betrieb beschreiben", text: "Leistungen, Preise, Zeiten: was der Assistent über Sie sagen darf.", act: "Beschreiben" },
    phoneLine: { title: "Telefonleitung anschließen", text: "Asterisk, FreeSWITCH oder Twilio, mit den Zeilen zum Einfügen.", act: "Anschließen" },
    team: { title: "Team einladen", text: "Personen, die Anrufe übernehmen und Leads lesen.", act: "Einladen" },
    published: { title: "Eigenen Assistenten veröffentlichen", text: "Ändern Sie die Begrüßung und was er darf, dann veröffentlichen Sie.", act: "Studio öffnen" },
  },
};
export default words;
