// Words of trying a tool: English.
const words = {
  title: "Try it out",
  hint: "The request is made as on a call, with the tool as it is saved. A service that changes something does so.",
  unsaved: "Save your changes first: what is saved is tried.",
  json: "Arguments as JSON",
  jsonHint: "An object with what the assistant would pass on.",
  badJson: "This is no JSON object.",
  needed: "needed",
  send: "Send the request",
  show: "Only show it",
  sending: "The service is being asked…",
  outcome: {
    shown: "As it would be sent",
    done: "It answered",
    refused: "Nothing was sent",
    failed: "It failed",
    timed_out: "No answer in time",
  },
  took: (ms: string) => `${ms} ms`,
  request: "The request, as it is sent",
  answer: "The answer",
  cut: "The rest is cut off, for the assistant too.",
  empty: "(nothing)",
  told: "What the assistant is told",
  yes: "Yes",
  no: "No",
  leave: "Left out",
};
export default words;
/** Texts that every language has. */
export type Words = typeof words;
