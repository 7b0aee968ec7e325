// Words of the first run: English.
const words = {
  title: "Set up",
  heading: "Your exchange in three cords",
  lead: "An account, a voice, then talk. A phone line can come later.",
  step: (n: number) => `First run, step ${n} of 3`,
  other: "Other ways",
  withoutToken: "Register without a setup token",
  done: "Done",
  account: { title: "Your account", owner: (email: string) => `${email}, owner` },
  engine: {
    title: "Voice engine",
    demo: "Demo voice",
    demoText: "Runs on this machine. Free, a little wooden, English only.",
    demoChosen: "Demo voice, no key needed",
    openai: "OpenAI Realtime",
    openaiText: "One key. Understands and speaks every language well.",
    openaiChosen: (ms: string) => `OpenAI Realtime, key checked in ${ms}`,
    openaiKept: "OpenAI Realtime, with the saved key",
    usualText: "Already set up on this server.",
    key: "OpenAI API key",
    keyHint: "Checked as soon as you paste it, stored encrypted, and never shown again.",
    checking: "Asking OpenAI…",
    faults: {
      no_secret: "Paste the whole key.",
      unauthorized: "OpenAI does not accept this key. Copy it again.",
      not_found: "Nothing answers at this address.",
      rate_limited: "OpenAI accepts the key, but it has no quota left. Check its billing.",
      refused: "OpenAI refuses this key.",
      failing: "OpenAI has a problem at the moment. Try again, or start with the demo voice.",
      address_refused: "This server may not connect to this address.",
      unreachable: "OpenAI can’t be reached from this server. Check its firewall, or start with the demo voice.",
      timed_out: "OpenAI did not answer in time. Try again, or start with the demo voice.",
    } as Record<string, string>,
  },
  talk: {
    title: "Talk to it now",
    hint: "You are the caller. Interrupt it, and it stops.",
    before: "Your browser asks for the microphone. Nobody else hears you.",
    start: "Talk to it now",
    again: "Talk again",
    insecure: "This address is neither https nor localhost, so browsers block the microphone. Open it over https, or on the server itself.",
  },
  line: {
    title: "Connect a phone line",
    whenever: "whenever you like",
    text: "Asterisk, FreeSWITCH or Twilio. You get the lines to paste, and see when the first call arrives.",
    act: "Connect a line",
  },
  end: { text: "Everything here can be changed later.", act: "Open Cordboard" },
};
export default words;
/** Texts that every language has. */
export type Words = typeof words;
