// Words that the pages about people share: English.
const words = {
  nobody: "Nobody yet",
  somebody: "Somebody",
  unnamed: "No name",
  assistant: "Assistant",
  byHand: "By hand",
  onTheLine: "On the line now",
  story: {
    name: "What there was",
    none: "Nothing yet. Calls, text messages, appointments and to-dos will stand here in their order.",
    callFrom: "Call from them",
    callTo: "Call to them",
    textFrom: "Text message from them",
    textTo: "Text message to them",
    textFailed: "A text message did not arrive",
    booked: "Appointment",
    held: "Appointment held for them",
    calledOff: "Appointment called off",
    todo: "To-do",
    todoDone: "To-do, done",
    event: "Written down",
    message: "Left a message",
    lead: "Lead",
  },
};
export default words;
/** Texts that every language has. */
export type Words = typeof words;
