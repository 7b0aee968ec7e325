// Who works here, by name: who looks after something, and who can.
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { get } from "../api/client";
import { me } from "../api/me";
import type { Colleague, Page } from "../api/model";
import { w } from "./words";

/** Everybody; null until they were asked for. Where the list can't be had, people have no names, and nothing else is missing. */
const known = signal<Colleague[] | null>(null);
let asked: Promise<void> | null = null;

async function look(): Promise<void> {
  const all: Colleague[] = [];
  let cursor: string | null = null;
  try {
    do {
      const more: string = cursor === null ? "" : `&cursor=${encodeURIComponent(cursor)}`;
      const page: Page<Colleague> = await get<Page<Colleague>>(`/api/v1/agents?limit=200${more}`);
      all.push(...page.items);
      cursor = page.next_cursor;
    } while (cursor !== null);
    known.value = all.sort((one, other) => one.name.localeCompare(other.name));
  } catch {
    known.value = all;
    asked = null;
  }
}

/** All colleagues, by name; empty until they are known. Asked for once. */
export function useColleagues(): Colleague[] {
  useEffect(() => {
    asked ??= look();
  }, []);
  return known.value ?? [];
}

/** The user who is signed in; null for the admin token. */
export function myId(): string | null {
  return me.value?.user?.id ?? null;
}

/** Somebody's name, where they are known. */
export function nameOf(colleagues: Colleague[], id: string | null): string {
  if (id === null) return w.nobody;
  return colleagues.find((one) => one.user_id === id)?.name ?? (me.value?.user?.id === id ? me.value.user.name : w.somebody);
}

/** The first letters of a name: of `Tom Brenner` TB. */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/);
  const letters = words.length > 1 ? [words[0], words.at(-1)] : words;
  return letters.map((word) => [...(word ?? "")][0] ?? "").join("").toLocaleUpperCase();
}
