// The organization's policy for supervision, as a short text where it matters.
import { me } from "../api/me";
import type { Role, SupervisionMode } from "../api/model";
import type { components } from "../api/types";
import { useLoaded } from "../app/load";
import { w } from "./words";

type PolicyView = components["schemas"]["SupervisionPolicy"];

const ROLES: readonly Role[] = ["agent", "supervisor", "admin", "owner"];

/** The policy; null until it is loaded. */
export function usePolicy(): PolicyView | null {
  return useLoaded<PolicyView>("/api/v1/supervision-policy", ["supervision_policy"]).value;
}

/** Whether the policy allows the signed-in user to do this; false until that is known. */
export function allows(policy: PolicyView | null, act: SupervisionMode | "take_over"): boolean {
  const least = policy?.[act];
  const role = me.value?.user?.role;
  return least != null && role !== undefined && ROLES.indexOf(role) >= ROLES.indexOf(least);
}

/** Says whether agents see that somebody listens. */
export function Policy() {
  const policy = usePolicy();
  return <p class="meta policy push">{policy && (policy.silent ? w.policy.silent : w.policy.shown)}</p>;
}
