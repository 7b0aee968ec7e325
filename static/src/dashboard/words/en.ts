// Words of the dashboard: English.
import { listed, number, plural } from "../../app/language";

const calls = (n: number) => `${number(n)} ${plural(n, { one: "call", other: "calls" })}`;

const words = {
  title: "Dashboard",
  ranges: { name: "Days", 1: "Today", 7: "7 days", 28: "28 days" },
  until: (weekday: string, time: string) => `until ${time}, compared with last ${weekday} until ${time}`,
  span: (from: string, to: string) => `${from} to ${to}, compared with the period before`,
  story: {
    none: "No calls yet today.",
    noneInSpan: "No calls in this period.",
    took: (alone: number, all: number) =>
      alone === all
        ? `The assistant took ${all === 1 ? "the one call" : all === 2 ? "both calls" : `all ${calls(all)}`} on its own.`
        : `The assistant took ${number(alone)} of ${calls(all)} on its own.`,
    and: (parts: string[]) => `New: ${listed(parts)}.`,
    bookings: (n: number) => `${number(n)} ${plural(n, { one: "appointment", other: "appointments" })}`,
    leads: (n: number) => `${number(n)} ${plural(n, { one: "lead", other: "leads" })}`,
    missed: (n: number) => `${number(n)} ${plural(n, { one: "caller", other: "callers" })} reached nobody.`,
  },
  now: {
    title: "On the board now",
    count: (n: number) => calls(n),
    quiet: "Nobody is on the line.",
    all: "All live calls",
    ringing: "Ringing",
    live: "Live",
    assistant: "Assistant",
    somebody: "Someone",
  },
  byHour: "Calls by hour",
  byDay: "Calls by day",
  hour: "Hour",
  day: "Day",
  chart: {
    alone: "Assistant alone",
    handedOver: "Handed over",
    open: "Open or unanswered",
    missed: "Missed",
    before: "Period before",
    asTable: "As a table",
    says: (all: number, busiest: string, most: number, missed: number) =>
      all === 0 ? "No calls." : `${calls(all)}. Busiest: ${busiest}, ${calls(most)}. Missed: ${number(missed)}.`,
  },
  feed: {
    title: "Just now",
    none: "Nothing yet. New leads, messages and missed calls appear here.",
    lead: (who: string) => `New lead: ${who}`,
    message: (who: string) => `Message from ${who}`,
    missed: (who: string) => `Missed: ${who}`,
    somebody: "someone without a number",
  },
  ledger: {
    name: (against: string) => `Figures, compared with ${against}`,
    calls: "Calls",
    alone: "Assistant alone",
    handedOver: "Handed over",
    missed: "Missed",
    leads: "New leads",
    bookings: "Booked",
    average: "Average length",
    wait: "Wait for a person, median",
    reply: "Reply, median",
    most: (time: string) => `95% within ${time}`,
    spent: "Spent",
    more: (n: string) => `${n} more`,
    fewer: (n: string) => `${n} fewer`,
    longer: (n: string) => `${n} longer`,
    shorter: (n: string) => `${n} shorter`,
    same: "no change",
    noBefore: "nothing to compare",
  },
  csv: "CSV",
  counting: (zone: string, next: string) => `The trend lines, replies and waits are being recounted in the business’s new time zone, ${next}. Until then they are in ${zone}.`,
  endings: { title: "How calls ended", none: "No call has ended yet." },
  steps: {
    title: "First steps",
    done: (n: number, of: number) => `${number(n)} of ${number(of)} done`,
    dismiss: "Dismiss",
    dismissed: "First steps dismissed. You can show them again in the settings.",
    isDone: "Done",
    testCall: { title: "Talk to your assistant", text: "In this browser, with your own microphone.", act: "Start a test call" },
    business: { title: "Describe your business", text: "Services, prices, hours: what the assistant may say about you.", act: "Describe it" },
    phoneLine: { title: "Connect a phone line", text: "Asterisk, FreeSWITCH or Twilio, with the lines to paste.", act: "Connect one" },
    team: { title: "Invite your team", text: "People who take calls over and read leads.", act: "Invite someone" },
    published: { title: "Publish your own assistant", text: "Change how it greets and what it may do, then publish.", act: "Open the studio" },
  },
};
export default words;
/** Texts that every language has. */
export type Words = typeof words;
