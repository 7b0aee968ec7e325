// Colleagues by name: owners, and possible owners.
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { me } from "../api/me";
import type { Colleague } from "../api/model";
import { useFollowed } from "../app/followed";
import { all } from "../app/load";
import { w } from "./words";

/** Everybody; null until they are loaded. If the list is unavailable, people have no names, and everything else works. */
const known = signal<Colleague[] | null>(null);
let asked: Promise<void> | null = null;

async function look(): Promise<void> {
  try {
    known.value = (await all<Colleague>("/api/v1/agents", 200)).sort((one, other) => one.name.localeCompare(other.name));
  } catch {
    known.value ??= [];
    asked = null;
  }
}

/** All colleagues, by name; empty until they are loaded. Requested once, and when they change. */
export function useColleagues(): Colleague[] {
  useFollowed(["user", "agent"], () => {
    asked = look();
  });
  useEffect(() => {
    asked ??= look();
  }, []);
  return known.value ?? [];
}

/** A person's name, if known. */
export function nameOf(colleagues: Colleague[], id: string | null): string {
  if (id === null) return w.nobody;
  return colleagues.find((one) => one.user_id === id)?.name ?? (me.value?.user?.id === id ? me.value.user.name : w.somebody);
}
