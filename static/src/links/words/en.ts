// Words of the talk links: English.
const words = {
  title: "Talk links",
  lead: "Whoever has the address of a talk link can talk with your assistant in their browser, without signing in.",
  all: "Your talk links",
  none: "There is none yet.",
  noneText: "Make one, and put its address on your website or into a mail.",
  make: "New talk link",
  address: "New address",
  on: "On",
  off: "Off",
  switchOn: "Switch on",
  switchOff: "Switch off",
  /** `name`: the link's. */
  switchOnWhat: (name: string) => `Switch on ${name}`,
  switchOffWhat: (name: string) => `Switch off ${name}`,
  removeWhat: (name: string) => `Remove ${name}`,
  isOff: (name: string) => `Nobody can talk over “${name}” any more. Calls that go on are not ended.`,
  isOn: (name: string) => `“${name}” is on again.`,
  isRemoved: (name: string) => `“${name}” is removed.`,
  answers: (profile: string) => `${profile} answers`,
  call: { one: "call", other: "calls" },
  /** `calls`: a number of calls. */
  limits: (calls: string, perHour: string) => `${calls} at once, ${perHour} an hour from one address`,
  lastUsed: "last used",
  unused: "not used yet",
  remove: "Remove",
  removeAsk: (name: string) => `Remove “${name}”?`,
  removeText: "Its address leads nowhere from then on, and can’t be brought back.",
  name: "Name, as visitors see it",
  who: "Who answers",
  faults: { name: (reason: string) => `the name ${reason}`, profile: (reason: string) => `the profile ${reason}` },
  verb: "Make a talk link",
  once: (name: string) => `The address of “${name}”. It is shown this once: keep it.`,
  copy: "Copy the address",
};
export default words;
/** What every language has. */
export type Words = typeof words;
