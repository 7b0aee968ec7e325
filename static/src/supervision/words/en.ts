// Words of supervision: English.
const words = {
  title: "Supervise",
  ways: "How you take part",
  modes: { listen: "Listen", whisper: "Whisper", barge: "Barge in" },
  does: {
    listen: "You hear the call; nobody hears you",
    whisper: "The agent hears you, the caller does not",
    barge: "Caller and agent hear you",
  },
  stands: { off: "You don’t hear this call", connecting: "Connecting…", live: "Live", reconnecting: "Reconnecting…" },
  leave: "Stop",
  shown: "The agent sees who hears the call. Everything you do here stands in its timeline.",
  takeOver: {
    verb: "Take over",
    ask: "Take this call over?",
    text: "You have the caller at your desk; the assistant or the agent leaves the call.",
    now: "Take over now",
  },
  hint: {
    label: "Hint for the assistant, which the caller does not hear",
    verb: "Give hint",
    required: "Write what the assistant shall know.",
    told: "The assistant follows it in what it says next.",
  },
  board: {
    title: "Board",
    line: "On the line",
    queues: "In the queues",
    live: "Live calls",
    assistant: "With the assistant",
    people: "With agents",
    waiting: "Waiting",
    longest: "Longest wait",
    open: "Open a call to listen, whisper, barge in, take over or give its assistant a hint.",
  },
};

export default words;
export type Words = typeof words;
