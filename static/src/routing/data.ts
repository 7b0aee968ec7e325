// The data of the routing, loaded together, because most of it refers to the rest by name.
import type { Agent, BusinessView, DialPolicy, Extension, KeyRow, NumberRow, Page, Profile, Queue } from "../api/model";
import { useBusiness } from "../app/business";
import { type Loaded, useAll, useLoaded } from "../app/load";

/** All of the routing data. */
export interface Routing {
  numbers: NumberRow[];
  profiles: Profile[];
  keys: KeyRow[];
  extensions: Extension[];
  queues: Queue[];
  agents: Agent[];
  policy: DialPolicy;
  business: BusinessView;
}

/** The routing, as far as it is loaded: null until everything is. */
export interface RoutingState {
  value: Routing | null;
  fault: string;
  again: () => void;
  numbers: Loaded<Page<NumberRow>>;
  keys: Loaded<Page<KeyRow>>;
  extensions: Loaded<Page<Extension>>;
  policy: Loaded<DialPolicy>;
}

/** Loads it. */
export function useRouting(): RoutingState {
  const numbers = useLoaded<Page<NumberRow>>("/api/v1/phone-numbers", ["phone_number"]);
  const profiles = useLoaded<Page<Profile>>("/api/v1/agent-profiles", ["profile"]);
  const keys = useLoaded<Page<KeyRow>>("/api/v1/dtmf-actions", ["profile"]);
  const extensions = useLoaded<Page<Extension>>("/api/v1/extensions", ["extension"]);
  const queues = useLoaded<Page<Queue>>("/api/v1/queues", ["queue"]);
  const agents = useAll<Agent>("/api/v1/agents", 200, ["agent", "user"]);
  const policy = useLoaded<DialPolicy>("/api/v1/dial-policy", ["dial_policy"]);
  const business = useBusiness();
  const all = [numbers, profiles, keys, extensions, queues, agents, policy, business];
  const again = () => {
    for (const one of all) if (one.fault !== "" || one.value === null) void one.again();
  };
  const value =
    numbers.value && profiles.value && keys.value && extensions.value && queues.value && agents.value && policy.value && business.value
      ? {
          numbers: numbers.value.items,
          profiles: profiles.value.items,
          keys: keys.value.items,
          extensions: extensions.value.items,
          queues: queues.value.items,
          agents: agents.value,
          policy: policy.value,
          business: business.value,
        }
      : null;
  return { value, fault: all.find(({ fault }) => fault !== "")?.fault ?? "", again, numbers, keys, extensions, policy };
}

/** Whether the policy allows a number, and by which pattern. */
export function admittedBy(patterns: readonly string[], number: string): string | null {
  const isNumber = /^\+?\d{1,24}$/.test(number);
  return patterns.find((pattern) => (pattern.endsWith("*") ? isNumber && number.startsWith(pattern.slice(0, -1)) : pattern === number)) ?? null;
}

/** The target of a name, as the server resolves it: a queue, an extension by its name or its number, an agent's own extension. */
export function found(routing: Pick<Routing, "queues" | "extensions" | "agents">, said: string) {
  const queue = routing.queues.find(({ name }) => name === said) ?? null;
  const extension =
    routing.extensions.find(({ name }) => name === said) ?? routing.extensions.find(({ target }) => target.split(",")[1]?.trim() === said) ?? null;
  const agent = routing.agents.find((one) => one.extension !== null && one.extension === (extension?.name ?? said)) ?? null;
  return { queue, extension, agent };
}
