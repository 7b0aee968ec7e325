// Words of forms: English.
const words = {
  meanwhile: "Someone else changed this in the meantime.",
  merged: "Their changes are in the form, and yours are kept.",
  both: (names: string) => `You both changed ${names}. Your version is shown, and saving it replaces theirs.`,
  takeTheirs: "Use theirs",
  incomplete: "is incomplete or can’t be read",
  years: "must be between the years 1970 and 2200",
};
export default words;
/** Texts that every language has. */
export type Words = typeof words;
