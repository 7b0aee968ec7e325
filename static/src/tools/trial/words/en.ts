// Words of trying a tool: English.
const words = {
  title: "Try it out",
  hint: "The request is sent as on a call, with the saved version of the tool. If it changes something in your system, it really does.",
  unsaved: "Save your changes first: the test uses the saved version.",
  json: "Arguments as JSON",
  jsonHint: "An object with the values that the assistant would send.",
  badJson: "This is not a JSON object.",
  needed: "required",
  send: "Send the request",
  show: "Only show it",
  sending: "Waiting for the service…",
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
  told: "What the assistant gets",
  yes: "Yes",
  no: "No",
  leave: "Left out",
};
export default words;
/** Texts that every language has. */
export type Words = typeof words;
