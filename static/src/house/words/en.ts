// Words that the pages about the house share: English.
import { plural } from "../../app/language";

const words = {
  once: "It is shown this once. Copy it now, and keep it where only you can read it.",
  kept: "I have kept it",
  refresh: "Look again",
  delivered: "Delivered",
  failed: "Given up",
  waiting: "Under way",
  attempts: (n: string, count: number) => `${n} ${plural(count, { one: "attempt", other: "attempts" })}`,
  next: "next try",
  answered: (status: string) => `Answered ${status}`,
  noAnswer: "No answer",
  nothing: "Nothing else was said.",
  again: "Send again",
  againOf: (event: string) => `Send again: ${event}`,
  events: {
    "call.started": "A call begins",
    "call.ended": "A call is over",
    "lead.created": "A new lead",
    "appointment.booked": "An appointment is booked",
    "handoff.failed": "Nobody could take over",
    "recording.ready": "A recording is ready",
    "alarm.raised": "A rule has raised an alarm",
    alarm: "A rule has raised an alarm",
    "webhook.test": "A test",
    "campaign.email": "An e-mail to somebody whom a campaign called",
    new_lead: "A new lead",
    missed_call: "A missed call",
    failed_handoff: "A hand-off that failed",
    webhook_off: "A webhook was switched off",
    figures_changed: "Figures of a day differ from the usual ones",
  },
};
export default words;
/** Texts that every language has. */
export type Words = typeof words;
