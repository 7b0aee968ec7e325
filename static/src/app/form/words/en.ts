// Words of forms: English.
const words = {
  meanwhile: "Somebody else has changed this meanwhile.",
  merged: "Theirs is in the form, and what you have written stays.",
  both: (names: string) => `You have both changed ${names}: yours stands here, and saving it replaces theirs.`,
  takeTheirs: "Take theirs",
};
export default words;
/** Texts that every language has. */
export type Words = typeof words;
