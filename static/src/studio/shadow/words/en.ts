// Words of the shadow: English. `count` is beside its number `n` where a word's form depends on it.
import { number, plural } from "../../../app/language";

const minutesOf = (n: number) => `${number(n)} ${plural(n, { one: "minute", other: "minutes" })}`;

const words = {
  form: {
    title: "Shadow",
    none: "No shadow",
    sum: (name: string, share: string) => `${name} hears ${share}% of calls`,
    hint: "A second voice listens to a share of the calls and answers, but no caller hears it. Compare its answers with those that callers got. Its tools are never run. It costs as much as a call with this voice.",
    talk: (n: string, count: number, minutes: number) =>
      `In the last 30 days this assistant had ${n} ${plural(count, { one: "call", other: "calls" })} with ${minutesOf(minutes)} of talk.`,
    who: "Who listens",
    share: "Share of calls, in percent",
    badShare: "Enter a whole number from 1 to 100.",
    cap: (currency: string) => (currency === "" ? "Monthly limit" : `Monthly limit, in ${currency}`),
    capHint: "Once the shadow has cost this much, it listens to no more calls until the next month (UTC).",
    badCost: "Enter an amount, such as 5.00.",
    estimate: (minutes: number, name: string, perMinute: string, month: string, cap: string) =>
      `About ${minutesOf(minutes)} a month. A minute at ${name} has cost ${perMinute} in the last 24 hours: about ${month} a month, and at most ${cap}.`,
    unknown: (minutes: number, name: string, cap: string) =>
      `About ${minutesOf(minutes)} a month. The cost per minute at ${name} is not known, because no call used this voice in the last 24 hours. At most ${cap} a month.`,
    spent: (money: string) => `This month it has cost ${money}.`,
    look: "Compare the answers",
  },
  calls: {
    title: "Calls that the shadow heard",
    lede: "What callers heard, and what the shadow would have said. No caller heard the shadow.",
    empty: "The shadow has heard no call yet. Choose a voice under Shadow, publish, and wait for the next call.",
    open: (when: string) => `Compare the answers of the call of ${when}`,
    compare: "Compare",
    turns: (n: string, count: number) => `${n} ${plural(count, { one: "turn", other: "turns" })}`,
    failed: "Failed",
    pair: (given: string, shadow: string) => `${given}, with ${shadow} as shadow`,
  },
  call: {
    back: "All calls",
    of: "The call",
    cost: (money: string) => `the shadow cost ${money}`,
    listens: "still listening",
    latency: "Response times",
    gaveAfter: (name: string) => `${name} answered after`,
    unheardAfter: (name: string) => `${name}, unheard, answered after`,
    never: "no answer",
    nothing: "The caller said nothing while the shadow listened.",
    turns: "Turns",
    caller: "Caller",
    noWords: "Their words were not transcribed.",
    understood: (name: string, words: string) => `${name} understood: “${words}”`,
    unheard: (name: string) => `${name}, unheard`,
    silent: "Said nothing.",
    tooLong: "The arguments were too long to save.",
    builtin: "Built-in assistant",
  },
};

export default words;
export type Words = typeof words;
