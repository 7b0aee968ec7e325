// The node's actors and switches, polled while somebody looks.
import { batch, signal } from "@preact/signals";
import { get, messageOf } from "../api/client";
import { listen } from "../api/live";
import type { Actors, Page, Switch } from "../api/model";

const EVERY_MS = 2_000;

/** The newest answer; null before the first. */
export const actors = signal<Actors | null>(null);
/** The switches under control. */
export const switches = signal<Switch[]>([]);
/** Why there is no newer answer. */
export const fault = signal("");

let asking = false;

/** Requests them now. */
export async function look(): Promise<void> {
  if (asking) return;
  asking = true;
  try {
    const asked = [get<Actors>("/api/v1/admin/actors"), get<Page<Switch>>("/api/v1/switches")] as const;
    const [tree, page] = await Promise.all(asked);
    batch(() => {
      actors.value = tree;
      switches.value = page.items;
      fault.value = "";
    });
  } catch (error) {
    fault.value = messageOf(error);
  }
  asking = false;
}

/** Polls until the returned function is called: every two seconds, and when a call's row changes. */
export function watch(): () => void {
  void look();
  const timer = setInterval(() => void look(), EVERY_MS);
  const stop = listen((event) => {
    if (event.kind === "call") void look();
  });
  return () => {
    clearInterval(timer);
    stop();
  };
}
