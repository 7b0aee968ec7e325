// Shared state of the studio's parts: the draft, the published version, and who else is there.
import type { Signal } from "@preact/signals";
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { DraftKeeper, Member, Written } from "./draft";
import { same } from "./draft";

/** Target of a key or of a request for a person. */
export interface Target {
  name: string;
  kind: "extension" | "queue";
}

/** One of a profile's drafts: the one that it always has, or the one that is written beside it. */
export type Slot = "a" | "b";

/** Path to read, change and, below it, publish a draft. */
export const pathOfDraft = (id: string, slot: Slot) => `/api/v1/agent-profiles/${id}${slot === "b" ? "/drafts/b" : ""}`;

/** Members of a request that name its draft; none for the first. */
export const saysWhich = (slot: Slot) => (slot === "b" ? { draft: slot } : {});

export interface Studio {
  id: string;
  slot: Slot;
  keeper: DraftKeeper;
  /** The version that callers hear; null where nothing was published, or is not loaded yet. */
  published: Signal<Written | null>;
  targets: Signal<Target[]>;
  canWrite: boolean;
}

const StudioContext = createContext<Studio | null>(null);
export const StudioProvider = StudioContext.Provider;

export function useStudio(): Studio {
  const studio = useContext(StudioContext);
  if (!studio) throw new Error("no studio");
  return studio;
}

/** A member as it is written: its value, what is published of it, and whether that differs. */
export function useMember<M extends Member>(member: M) {
  const { keeper, published, canWrite } = useStudio();
  const value = keeper.value.value[member];
  const was = published.value?.[member];
  return {
    value,
    was,
    isChanged: published.value !== null && !same(value, was),
    fault: keeper.faults.value[member] ?? "",
    set: (to: Written[M]) => keeper.set(member, to),
    off: !canWrite,
  };
}
