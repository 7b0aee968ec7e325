// The call in the desk's middle.
import { computed } from "@preact/signals";
import type { AgentCall, DeskOffer, DeskWrapUp } from "../api/model";
import { chosen } from "./acts";
import { desk } from "./store";

/** The shown part. */
export type Shown =
  | { at: "ringing"; id: string; offer: DeskOffer }
  | { at: "call"; id: string; call: AgentCall }
  | { at: "wrap_up"; id: string; wrapUp: DeskWrapUp };

/** All that could be shown, in the order of the list. */
export const all = computed<Shown[]>(() => {
  const now = desk.value;
  if (!now) return [];
  return [
    ...now.offers.map((offer) => ({ at: "ringing", id: offer.call_id, offer }) as const),
    ...now.calls.map((call) => ({ at: "call", id: call.call_id, call }) as const),
    ...now.wrapUps.map((wrapUp) => ({ at: "wrap_up", id: wrapUp.call_id, wrapUp }) as const),
  ];
});

/** The call that the agent has chosen; else what needs them most: who is talked with, who is held, who rings, what is to be
 * written down. */
export const shownCall = computed<Shown | null>(() => {
  const list = all.value;
  const live = list.find((one) => one.at === "call" && (one.call.state !== "held" || one.call.consult));
  return list.find(({ id }) => id === chosen.value) ?? live ?? list.find(({ at }) => at === "call") ?? list[0] ?? null;
});

/** The call that keys are for: the one that is shown, where it is one that they have. */
export const keyCall = computed<AgentCall | null>(() => {
  const { value } = shownCall;
  return value?.at === "call" ? value.call : null;
});

/** Goes up or down in the list. */
export function step(by: 1 | -1): void {
  const { value } = all;
  if (value.length === 0) return;
  const at = value.findIndex(({ id }) => id === shownCall.value?.id);
  chosen.value = value[(at + by + value.length) % value.length]?.id ?? null;
}
