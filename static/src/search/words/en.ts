// Words of the palette: English.
const words = {
  name: "Find anything",
  placeholder: "A page, a name, a number…",
  esc: "Esc",
  unnamed: "No name",
  nothing: (query: string) => `No results for “${query}”.`,
  found: (n: string, things: string) => `${n} ${things}. Use the arrow keys to choose, Enter to open.`,
  things: { one: "result", other: "results" },
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
    reasons: "Away reasons",
    numbers: "Phone numbers",
    keys: "Keys that callers press",
    extensions: "Extensions",
    dialling: "Dial policy",
  },
  settings: {
    organization: "Organization name",
    recording: "Recording and notice",
    notices: "Notifications",
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
