// The call in the middle of the desk.
import { computed } from "@preact/signals";
import type { AgentCall, DeskOffer, DeskWrapUp } from "../api/model";
import { chosen } from "./acts";
import { desk } from "./store";

/** The part that is shown. */
export type Shown =
  | { at: "ringing"; id: string; offer: DeskOffer }
  | { at: "call"; id: string; call: AgentCall }
  | { at: "wrap_up"; id: string; wrapUp: DeskWrapUp };

/** Everything that could be shown, in the order of the list. */
export const all = computed<Shown[]>(() => {
  const now = desk.value;
  if (!now) return [];
  return [
    ...now.offers.map((offer) => ({ at: "ringing", id: offer.call_id, offer }) as const),
    ...now.calls.map((call) => ({ at: "call", id: call.call_id, call }) as const),
    ...now.wrapUps.map((wrapUp) => ({ at: "wrap_up", id: wrapUp.call_id, wrapUp }) as const),
  ];
});

/** The call that the agent has chosen; otherwise the most urgent one: first a conversation, then a call on hold, a ringing one, a wrap-up. */
export const shownCall = computed<Shown | null>(() => {
  const list = all.value;
  const live = list.find((one) => one.at === "call" && (one.call.state !== "held" || one.call.consult));
  return list.find(({ id }) => id === chosen.value) ?? live ?? list.find(({ at }) => at === "call") ?? list[0] ?? null;
});

/** The call that keys act on: the one that is shown, if it is the agent's. */
export const keyCall = computed<AgentCall | null>(() => {
  const { value } = shownCall;
  return value?.at === "call" ? value.call : null;
});

/** Moves up or down in the list. */
export function step(by: 1 | -1): void {
  const { value } = all;
  if (value.length === 0) return;
  const at = value.findIndex(({ id }) => id === shownCall.value?.id);
  chosen.value = value[(at + by + value.length) % value.length]?.id ?? null;
}
