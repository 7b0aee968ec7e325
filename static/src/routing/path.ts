// The path of a call: the server's decisions from the settings, step by step. The rules are those of `webhook/twilio/numbers.rs` (number, caller,
// hours), the call's machine (keys, transfers, hand-offs) and the desks (queues). Steps that depend on the moment, such as who is at their desk, are
// named and not guessed.
import type { Instead, KeyRow, NumberRow, Profile } from "../api/model";
import { momentIn, standingAt } from "../business/hours";
import { number as inDigits, plural } from "../app/language";
import type { IconName } from "../app/icons";
import { durationInWords } from "../team/duration";
import { admittedBy, found, type Routing } from "./data";
import { w } from "./words";

/** An example call. */
export interface Thought {
  /** The entry of the call: through a number, or directly to a profile. */
  entry: { number: NumberRow } | { profile: Profile };
  caller: "usual" | "blocked" | "hidden";
  /** By the business's clock, in minutes. */
  wall: number;
  /** Keys, in order. */
  keys: string;
  /** Whether no agent of a queue accepts it. */
  nobody: boolean;
}

/** A step of the path. */
export interface Step {
  icon: IconName;
  text: string;
  more?: string;
  /** The keys of this step, if one is pressed. */
  digits?: string;
  /** `good`: a person has the caller; `bad`: they reach nobody; `ada`: the assistant has them. */
  mood?: "good" | "bad" | "ada";
}

/** How many queues may pass a caller on: the server's limit. */
const OVERFLOWS_MAX = 8;

/** The path of a call. The last step says where it ends. */
export function wayOf(call: Thought, routing: Routing): Step[] {
  const steps: Step[] = [];
  let profile: Profile | undefined;
  if ("number" in call.entry) {
    const { number } = call.entry;
    const { label } = number;
    steps.push({
      icon: "calls",
      text: w.path.rings(label === "" ? number.number : `${number.number} (${label})`),
      ...(number.proof === "none" ? { more: w.path.unproved } : {}),
    });
    const turned = turnedAway(call, number, routing, steps);
    if (turned) return [...steps, turned];
    profile = routing.profiles.find(({ id }) => id === number.profile_id);
    if (!profile) return [...steps, { icon: "warning", text: w.path.gone, mood: "bad" }];
    if (profile.published_version === 0) return [...steps, unpublished(profile)];
    const more = [number.mode === "gather" ? w.path.byTurns : "", w.path.noRoom(insteadInWords(number.no_capacity))];
    steps.push({ icon: "robot", text: w.path.answers(profile.name), more: more.filter((part) => part !== "").join(" "), mood: "ada" });
  } else {
    profile = call.entry.profile;
    steps.push({ icon: "calls", text: w.path.comes(profile.name) });
    if (profile.published_version === 0) return [...steps, unpublished(profile)];
    steps.push({ icon: "robot", text: w.path.answers(profile.name), mood: "ada" });
  }
  const own = routing.keys.filter(({ profile_id }) => profile_id === profile.id);
  return [...steps, ...keysOf(call, own, routing)];
}

/** The end of a path to an assistant that no call gets: it was never published. */
function unpublished({ name }: Profile): Step {
  return { icon: "warning", text: w.path.unpublished(name), mood: "bad" };
}

/** The end of the path of a caller who is not answered; null if they are. */
function turnedAway(call: Thought, number: NumberRow, routing: Routing, steps: Step[]): Step | null {
  const isUnreached = (field: string) => number.unreached.includes(field);
  if (call.caller === "blocked" || (call.caller === "hidden" && number.block_anonymous)) {
    steps.push({ icon: "away", text: w.path.blocked });
    return insteadOf(number.blocked, routing, isUnreached("blocked"));
  }
  if (call.caller === "hidden") steps.push({ icon: "person", text: w.path.hiddenTaken });
  const standing = standingAt(routing.business, call.wall);
  switch (standing.is) {
    case "always":
      steps.push({ icon: "wait", text: w.path.noHours });
      return null;
    case "open":
      steps.push({ icon: "wait", text: standing.until === null ? w.path.openLong : w.path.open(momentIn(standing.until, call.wall)) });
      return null;
    case "closed":
      steps.push({
        icon: "wait",
        text: standing.opens === null ? w.path.closedLong : w.path.closed(momentIn(standing.opens, call.wall)),
        ...(number.closed === null ? { more: w.path.closedAnswers } : {}),
      });
      return number.closed && insteadOf(number.closed, routing, isUnreached("closed"));
  }
}

/** The fallback for callers when no assistant answers, in short. */
export function insteadInWords(instead: Instead): string {
  switch (instead.do) {
    case "hang_up":
      return w.instead.hang_up;
    case "say":
    case "voicemail":
      return w.instead[instead.do](instead.text);
    case "forward":
      return w.instead.forward(instead.target);
  }
}

/** `isUnreached`: the server knows no SIP host of the extension. */
function insteadOf(instead: Instead, routing: Routing, isUnreached: boolean): Step {
  switch (instead.do) {
    case "hang_up":
      return { icon: "end", text: w.path.hung, mood: "bad" };
    case "say":
      return { icon: "end", text: w.path.said, more: w.path.hears(instead.text), mood: "bad" };
    case "voicemail":
      return { icon: "inbox", text: w.path.voicemail, more: w.path.hears(instead.text), mood: "good" };
    case "forward": {
      if (isUnreached) return { icon: "warning", text: w.path.forwardedNoHost(instead.target), mood: "bad" };
      const isDialled =
        found(routing, instead.target).extension !== null || admittedBy(routing.policy.numbers_allowed, instead.target) !== null;
      return isDialled
        ? { icon: "next", text: w.path.forwarded(instead.target), mood: "good" }
        : { icon: "warning", text: w.path.forwardedNobody(instead.target), mood: "bad" };
    }
  }
}

/** The action of the pressed keys. A key that may begin a longer sequence waits for the next. */
function keysOf(call: Thought, own: KeyRow[], routing: Routing): Step[] {
  const steps: Step[] = [];
  const hasLonger = (digits: string) => own.some((row) => row.digits.length > digits.length && row.digits.startsWith(digits));
  let begun = "";
  for (let at = 0; at < call.keys.length; at += 1) {
    begun += call.keys[at];
    const isLast = at === call.keys.length - 1;
    if (hasLonger(begun) && !isLast) continue;
    const digits = begun;
    begun = "";
    steps.push({ icon: "dot", digits, text: w.path.key(digits), ...(hasLonger(digits) ? { more: w.path.waited(digits) } : {}) });
    const [done, isOver] = keyDoes(digits, own, call, routing);
    steps.push(...done);
    if (isOver) {
      const later = call.keys.slice(at + 1);
      const last = steps[steps.length - 1];
      if (later !== "" && last) steps[steps.length - 1] = { ...last, more: [last.more, w.path.later(later)].filter(Boolean).join(" ") };
      return steps;
    }
  }
  const profile = "profile" in call.entry ? call.entry.profile : routing.profiles.find(({ id }) => "number" in call.entry && id === call.entry.number.profile_id);
  return [...steps, { icon: "robot", text: w.path.talks(profile?.name ?? ""), mood: "ada" }];
}

/** The actions of keys, and whether the caller is with somebody else afterwards. */
function keyDoes(digits: string, own: KeyRow[], call: Thought, routing: Routing): [Step[], boolean] {
  const action = own.find((row) => row.digits === digits)?.action;
  switch (action?.action) {
    case undefined: {
      const person = digits === "0" && isByTurns(call) ? personOf(call, own, routing) : undefined;
      return person === undefined ? [[{ icon: "away", text: w.path.unknown(digits) }], false] : reached(person, "transfer_call", call, routing);
    }
    case "repeat":
      return [[{ icon: "undo", text: w.path.repeat }], false];
    case "say":
      return [[{ icon: "voice", text: w.path.says(action.text) }], false];
    case "take_message":
      return [[{ icon: "inbox", text: w.path.message, mood: "good" }], true];
    case "do_not_call":
    case "end_call":
      return [[{ icon: "end", text: w.path.ends, mood: "bad" }], true];
    case "transfer_call":
    case "request_handoff":
      return reached(action.target, action.action, call, routing);
  }
}

/** Whether the caller is served turn by turn: no number can be rung for them, and 0 leads to a person, whether or not the key is set. */
function isByTurns({ entry }: Thought): boolean {
  return "number" in entry && entry.number.mode === "gather";
}

/** The person for a caller who names nobody: the assistant's, else the first one that a key leads to. */
function personOf({ entry }: Thought, own: KeyRow[], routing: Routing): string | undefined {
  const answering = "number" in entry ? entry.number.profile_id : entry.profile.id;
  const profile = routing.profiles.find(({ id }) => id === answering);
  const byKeys = own.flatMap(({ action }) => ("target" in action ? [action.target] : []));
  return [profile?.handoff_words.target ?? "", ...byKeys].find((target) => {
    const { queue, extension, agent } = found(routing, target);
    return queue !== null || extension !== null || agent !== null;
  });
}

/** The party that a name leads to. */
function reached(target: string, by: "transfer_call" | "request_handoff", call: Thought, routing: Routing): [Step[], boolean] {
  const { queue, extension, agent } = found(routing, target);
  if (queue) return [queueWay(queue.name, call, routing), true];
  if (extension) {
    const name = extension.title === "" ? extension.name : `${extension.title} (${extension.name})`;
    const atDesk = agent ? `${w.path.desk(agent.name)} ` : "";
    return by === "transfer_call"
      ? [[{ icon: "next", text: w.path.sent(name), more: w.path.sentPlace(extension.target), mood: "good" }], true]
      : [[{ icon: "ring", text: w.path.rung(name), more: atDesk.trim(), mood: "good" }], true];
  }
  if (agent) return [[{ icon: "desk", text: w.path.desk(agent.name), mood: "good" }], true];
  const mayBeNumber = by === "request_handoff" && !isByTurns(call);
  if (mayBeNumber && admittedBy(routing.policy.numbers_allowed, target) !== null) {
    return [[{ icon: "ring", text: w.path.rung(target), mood: "good" }], true];
  }
  const isNumber = mayBeNumber && /^\+?\d{1,24}$/.test(target);
  return [[{ icon: "warning", text: isNumber ? w.path.refusedNumber(target) : w.path.refused(target), mood: "bad" }], false];
}

/** The path through queues. */
function queueWay(first: string, call: Thought, routing: Routing): Step[] {
  const steps: Step[] = [];
  let name = first;
  for (let passed = 0; passed <= OVERFLOWS_MAX; passed += 1) {
    const queue = routing.queues.find((one) => one.name === name);
    if (!queue) return [...steps, { icon: "robot", text: w.path.lostQueue(name), mood: "ada" }];
    const called = queue.title === "" ? queue.name : queue.title;
    const able = queue.members.filter(({ user_id }) => {
      const agent = routing.agents.find((one) => one.user_id === user_id);
      return agent !== undefined && queue.skills.every((skill) => agent.skills.includes(skill));
    }).length;
    // As the desks decide it: a closed queue passes a caller on at once, even if agents are there.
    const isClosed = queue.in_hours_only && standingAt(routing.business, call.wall).is === "closed";
    if (isClosed) steps.push({ icon: "wait", text: w.path.queueClosed(called) });
    else if (able === 0) steps.push({ icon: "warning", text: w.path.queueEmpty(called), more: w.path.queueEmptyWhy });
    else {
      const asks = w.path.queueAsks(inDigits(able), plural(able, w.path.people), durationInWords(queue.max_wait_s));
      steps.push({ icon: "team", text: w.path.queue(called), more: `${asks} ${queue.strategy === "ring_all" ? w.path.allAtOnce : w.path.oneByOne}` });
      if (!call.nobody) return [...steps, { icon: "desk", text: w.path.takes(called), mood: "good" }];
    }
    const more = isClosed || able === 0 ? {} : { more: w.path.full(inDigits(queue.max_waiting)) };
    switch (queue.overflow.to) {
      case "message":
        return [...steps, { icon: "robot", text: w.path.offersMessage, ...more, mood: "ada" }];
      case "callback":
        return [...steps, { icon: "robot", text: w.path.offersCallback, ...more, mood: "ada" }];
      case "extension":
        return [...steps, { icon: "ring", text: w.path.asksExtension(queue.overflow.name), ...more, mood: "good" }];
      case "queue":
        name = queue.overflow.name;
    }
  }
  return [...steps, { icon: "robot", text: w.path.round, mood: "ada" }];
}
