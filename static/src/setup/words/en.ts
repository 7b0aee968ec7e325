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
    openaiChosen: (ms: string) => `OpenAI Realtime, the key was answered in ${ms}`,
    openaiKept: "OpenAI Realtime, with the key that is kept",
    usualText: "Set up on this server already.",
    key: "API key of OpenAI",
    keyHint: "It is checked as soon as you have pasted it, kept sealed, and never shown again.",
    checking: "Asking OpenAI…",
    faults: {
      no_secret: "Paste the whole key.",
      unauthorized: "OpenAI does not know this key. Copy it again.",
      not_found: "There is nothing at this address.",
      rate_limited: "OpenAI knows the key, and has no quota left for it. Look at its billing.",
      refused: "OpenAI refuses this key.",
      failing: "OpenAI fails at the moment. Try again, or begin with the demo voice.",
      address_refused: "This address may not be asked.",
      unreachable: "OpenAI can’t be reached from this server. Look at its firewall, or begin with the demo voice.",
      timed_out: "OpenAI did not answer in time. Try again, or begin with the demo voice.",
    } as Record<string, string>,
  },
  talk: {
    title: "Talk to it now",
    hint: "You are the caller. Interrupt it: it stops.",
    before: "Your browser asks for the microphone. Nobody else hears you.",
    start: "Talk to it now",
    again: "Talk again",
    insecure: "This address is neither https nor localhost, so browsers give no microphone. Open it as https, or on the server itself.",
  },
  line: {
    title: "Connect a phone line",
    whenever: "whenever you like",
    text: "Asterisk, FreeSWITCH or Twilio. The lines to paste stand there, and it waits for the first call with you.",
    act: "Connect a line",
  },
  end: { text: "Everything here can be changed later.", act: "Open Cordboard" },
};
export default words;
/** Texts that every language has. */
export type Words = typeof words;
