// Words of what an assistant is told of the business: English.
const words = {
  title: "What the assistant is told",
  show: "Show what the assistant is told",
  hide: "Hide",
  hint: "Built by the server from what you have entered, as a call gets it. Unsaved changes are marked.",
  of: (name: string) => `As ${name} gets it`,
  chars: (n: string) => `${n} characters`,
  wrong: "It updates again once this is fixed:",
  failed: "It can’t be shown at the moment.",
  sections: {
    rules: "Rules",
    who: "Who it is",
    style: "How it speaks",
    now: "Now",
    business: "The business",
    telephone: "On the telephone",
  },
};
export default words;
/** Texts that every language has. */
export type Words = typeof words;
