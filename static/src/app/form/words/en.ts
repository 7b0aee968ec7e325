// Words of forms: English.
const words = {
  meanwhile: "Someone else changed this in the meantime.",
  merged: "Their changes are in the form, and yours are kept.",
  both: (names: string) => `You both changed ${names}. Your version is shown, and saving it replaces theirs.`,
  takeTheirs: "Use theirs",
};
export default words;
/** Texts that every language has. */
export type Words = typeof words;
