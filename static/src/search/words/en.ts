// Words of the palette: English.
const words = {
  name: "Find anything",
  placeholder: "A page, a name, a number…",
  esc: "Esc",
  unnamed: "Without a name",
  nothing: (query: string) => `Nothing is found for “${query}”.`,
  found: (n: string, things: string) => `${n} ${things}. Arrows choose, Enter goes there.`,
  things: { one: "thing is found", other: "things are found" },
  kinds: {
    pages: "Pages",
    customers: "Customers",
    leads: "Leads",
    calls: "Calls",
    phone_numbers: "Numbers",
    agents: "People",
    profiles: "Assistants",
    settings: "Settings",
  },
  parts: {
    doNotCall: "Do-not-call list",
    agents: "How agents take calls",
    queues: "Queues",
    codes: "Wrap-up codes",
    reasons: "Reasons to be away",
    numbers: "Phone numbers",
    keys: "Keys that callers press",
    extensions: "Extensions",
    dialling: "Whom calls may dial",
  },
  settings: {
    organization: "Name of the organization",
    recording: "Recording and notice",
    notices: "Who is told of what",
    look: "Theme: light or dark",
    density: "Rows: roomy or compact",
    language: "Language",
    keys: "Keyboard shortcuts",
    sound: "Microphone and sound",
  },
};
export default words;
/** Texts that every language has. */
export type Words = typeof words;
