// Words that the pages about the house share: German.
import { plural } from "../../app/language";
import type { Words } from "./en";

const words: Words = {
  once: "Das wird nur einmal angezeigt. Kopieren Sie es jetzt, und bewahren Sie es so auf, dass nur Sie es lesen können.",
  kept: "Ich habe es gesichert",
  refresh: "Neu laden",
  delivered: "Zugestellt",
  failed: "Aufgegeben",
  waiting: "In Arbeit",
  attempts: (n, count) => `${n} ${plural(count, { one: "Versuch", other: "Versuche" })}`,
  next: "nächster Versuch",
  answered: (status) => `Antwort ${status}`,
  noAnswer: "Keine Antwort",
  nothing: "Mehr wurde nicht geantwortet.",
  again: "Erneut senden",
  againOf: (event) => `Erneut senden: ${event}`,
  events: {
    "call.started": "Ein Anruf beginnt",
    "call.ended": "Ein Anruf ist beendet",
    "lead.created": "Ein neuer Lead",
    "appointment.booked": "Ein Termin ist gebucht",
    "appointment.moved": "Ein Termin ist verschoben",
    "appointment.cancelled": "Ein Termin ist abgesagt",
    "handoff.failed": "Niemand konnte übernehmen",
    "recording.ready": "Eine Aufnahme ist fertig",
    "alarm.raised": "Eine Regel hat Alarm ausgelöst",
    alarm: "Eine Regel hat Alarm ausgelöst",
    "webhook.test": "Ein Test",
    "campaign.email": "Eine E-Mail an jemanden, den eine Kampagne angerufen hat",
    new_lead: "Ein neuer Lead",
    missed_call: "Ein verpasster Anruf",
    failed_handoff: "Eine gescheiterte Übergabe",
    webhook_off: "Ein Webhook wurde abgeschaltet",
    figures_changed: "Ungewöhnliche Zahlen",
  },
};
export default words;
