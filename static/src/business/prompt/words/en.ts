// Words of what an assistant is told of the business: English.
const words = {
  title: "What the assistant is told",
  show: "Show what the assistant is told",
  hide: "Hide",
  hint: "Made by the server of what you have written, as a call gets it. What is not saved yet is marked.",
  of: (name: string) => `As ${name} gets it`,
  chars: (n: string) => `${n} characters`,
  wrong: "It follows again once this is right:",
  failed: "It can’t be made at the moment.",
  sections: {
    rules: "Rules",
    who: "Who it is",
    style: "How it speaks",
    now: "Now",
    business: "The business",
  },
};
export default words;
/** Texts that every language has. */
export type Words = typeof words;
