// Words of the widget's button: English.
const words = {
  talk: "Talk to us",
  /** `label`: what the button says. */
  inCall: (label: string) => `${label}: you are in a call`,
  unreachable: "The call could not be opened. Check your connection and reload the page.",
};
export default words;
/** Texts that every language has. */
export type Words = typeof words;
