// Words that the pages about the house share: English.
import { plural } from "../../app/language";

const words = {
  once: "It is shown only once. Copy it now and store it where only you can read it.",
  kept: "I have saved it",
  refresh: "Refresh",
  delivered: "Delivered",
  failed: "Given up",
  waiting: "In progress",
  attempts: (n: string, count: number) => `${n} ${plural(count, { one: "attempt", other: "attempts" })}`,
  next: "next attempt",
  answered: (status: string) => `Answered ${status}`,
  noAnswer: "No answer",
  nothing: "No details.",
  again: "Send again",
  againOf: (event: string) => `Send again: ${event}`,
  events: {
    "call.started": "A call begins",
    "call.ended": "A call ends",
    "lead.created": "A new lead",
    "appointment.booked": "An appointment is booked",
    "appointment.moved": "An appointment is moved",
    "appointment.cancelled": "An appointment is cancelled",
    "handoff.failed": "Nobody could take over",
    "recording.ready": "A recording is ready",
    "alarm.raised": "A rule raised an alarm",
    alarm: "A rule raised an alarm",
    "webhook.test": "A test",
    "campaign.email": "An e-mail to someone a campaign called",
    new_lead: "A new lead",
    missed_call: "A missed call",
    failed_handoff: "A failed hand-off",
    webhook_off: "A webhook was switched off",
    figures_changed: "Unusual figures",
  },
};
export default words;
/** Texts that every language has. */
export type Words = typeof words;
