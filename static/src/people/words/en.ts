// Words that the pages about people share: English.
const words = {
  nobody: "Nobody yet",
  somebody: "Someone",
  unnamed: "No name",
  assistant: "Assistant",
  byHand: "By hand",
  onTheLine: "On the line now",
  deleted: "This has been deleted. Changes can’t be saved any more.",
  story: {
    name: "History",
    none: "Nothing yet. Calls, text messages, appointments and to-dos appear here in order.",
    callFrom: "Call from them",
    callTo: "Call to them",
    textFrom: "Text message from them",
    textTo: "Text message to them",
    textFailed: "A text message did not arrive",
    booked: "Appointment",
    held: "Appointment held for them",
    lapsed: "Hold for them expired",
    calledOff: "Appointment cancelled",
    todo: "To-do",
    todoDone: "To-do, done",
    event: "Note",
    message: "Left a message",
    lead: "Lead",
  },
};
export default words;
/** Texts that every language has. */
export type Words = typeof words;
