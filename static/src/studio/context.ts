// The shared state of the studio's parts: the draft, the published version, and its targets.
import type { Signal } from "@preact/signals";
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { DraftKeeper, Member, Written } from "./draft";
import { same } from "./draft";

/** The target of a key or of a request for a person. */
export interface Target {
  name: string;
  kind: "extension" | "queue";
}

/** A draft of a profile: the one that always exists, or the second one. */
export type Slot = "a" | "b";

/** The path to read and change a draft and, below it, to publish it. */
export const pathOfDraft = (id: string, slot: Slot) => `/api/v1/agent-profiles/${id}${slot === "b" ? "/drafts/b" : ""}`;

/** The fields of a request that select its draft; none for the first. */
export const saysWhich = (slot: Slot) => (slot === "b" ? { draft: slot } : {});

export interface Studio {
  id: string;
  slot: Slot;
  keeper: DraftKeeper;
  /** The published version that callers hear; null if nothing was published, or it is not loaded yet. */
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

/** A field in the draft: its value, its published value, and whether they differ. */
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
