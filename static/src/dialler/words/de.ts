// Words of the dialler's page: German.
import { number, plural } from "../../app/language";
import type { Words } from "./en";

const concerned = (lines: number, agents: number, campaign: string) => {
  const own = plural(agents, { one: "1 Remote-Agenten", other: `${number(agents)} Remote-Agenten` });
  return `${plural(lines, { one: "1 Leitung", other: `${number(lines)} Leitungen` })} von ${own} der Kampagne ${campaign} ${plural(lines, { one: "bekommt", other: "bekommen" })}`;
};

const words: Words = {
  campaign: "Kampagne",
  named: (id, name) => (name === "" || name === id ? id : `${id}: ${name}`),
  none: "Kein Dialer ist verbunden",
  noneText: "Assistenten können als Remote-Agenten von OSdial oder VICIdial arbeiten. Zum Verbinden setzt der Betreiber des Servers osdial.database_url auf dessen Datenbank.",
  noCampaign: "Der Dialer hat keine Kampagne",
  noCampaignText: "Legen Sie eine auf den Seiten des Dialers an, mit Remote-Agenten. Sie erscheint hier innerhalb von zwei Sekunden.",
  dials: "Diese Kampagne wählt.",
  dialsNot: "Diese Kampagne wählt nicht.",
  method: (method, level) => `${method}, Stufe ${level}`,
  lines: "Leitungen",
  status: { READY: "bereit", QUEUE: "bekommt einen Anruf", INCALL: "im Gespräch", PAUSED: "pausiert", CLOSER: "für eingehende Anrufe", OTHER: "in anderem Zustand" },
  away: "nicht angemeldet",
  some: (n, what) => `${n} ${what}`,
  enableAll: "Alle einschalten",
  enabling: "Wird eingeschaltet …",
  disableAll: "Alle ausschalten",
  disabling: "Wird ausgeschaltet …",
  enableAsk: (campaign) => `Alle Remote-Agenten von ${campaign} einschalten?`,
  disableAsk: (campaign) => `Alle Remote-Agenten von ${campaign} ausschalten?`,
  enableText: (lines, agents, campaign) => `${concerned(lines, agents, campaign)} ab jetzt Anrufe.`,
  disableText: (lines, agents, campaign) => `${concerned(lines, agents, campaign)} keine Anrufe mehr. Laufende Gespräche gehen weiter.`,
  enabled: (n, many) => (many === 1 ? "1 Remote-Agent nimmt jetzt Anrufe an" : `${n} Remote-Agenten nehmen jetzt Anrufe an`),
  disabled: (n, many) => (many === 1 ? "1 Remote-Agent nimmt keine Anrufe mehr an" : `${n} Remote-Agenten nehmen keine Anrufe mehr an`),
  noAgents: "Diese Kampagne hat keine Remote-Agenten. Legen Sie sie auf den Seiten des Dialers an.",
  table: "Remote-Agenten der Kampagne",
  pick: "Auswählen",
  pickOne: (user) => `Remote-Agent ${user} auswählen`,
  user: "Erster Benutzer",
  state: "Zustand",
  states: { ACTIVE: "nimmt Anrufe an", INACTIVE: "nimmt keine Anrufe an" },
  extension: "Nebenstelle",
  server: "Server",
  acts: "Aktionen",
  enable: "Einschalten",
  disable: "Ausschalten",
  enableOne: (user) => `Remote-Agent ${user} einschalten`,
  disableOne: (user) => `Remote-Agent ${user} ausschalten`,
  enabledOne: (user) => `Remote-Agent ${user} nimmt jetzt Anrufe an`,
  disabledOne: (user) => `Remote-Agent ${user} nimmt keine Anrufe mehr an`,
  busy: "Läuft …",
  assignTo: "Ausgewählte Remote-Agenten zuweisen an",
  choose: "Kampagne wählen",
  assign: (n, many) => (many === 1 ? "1 Remote-Agenten zuweisen" : `${n} Remote-Agenten zuweisen`),
  assignHint: "Keiner von ihnen darf eine Leitung im Gespräch haben. Kann einer nicht zugewiesen werden, wird keiner zugewiesen.",
  assigned: (n, many, campaign) =>
    many === 1 ? `1 Remote-Agent nimmt jetzt Anrufe von ${campaign} an` : `${n} Remote-Agenten nehmen jetzt Anrufe von ${campaign} an`,
};

export default words;
