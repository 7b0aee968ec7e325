// The signed-in user, in words, and their permissions.
import { signal } from "@preact/signals";
import { get } from "./client";
import { paused } from "./connection";
import type { Me } from "./model";
import { session } from "./session";

/** The user of this page; null until the server has answered. */
export const me = signal<Me | null>(null);

/** Asks the server until it answers; the answer is in [`me`]. The user who is known stays until then: no page goes from under its user's hand. */
export async function askMe(): Promise<void> {
  for (let failed = 0; session.peek() !== null; failed += 1) {
    const known = await get<Me>("/api/v1/auth/me").catch(() => null);
    // One that comes behind the sign-out is of nobody here.
    if (known && session.peek() !== null) {
      me.value = known;
      return;
    }
    await paused(failed);
  }
}

/** Whether they may do this; null until that is known. */
export function may(permission: Me["permissions"][number]): boolean | null {
  return me.value && me.value.permissions.includes(permission);
}

/** The user who is signed in; null for the admin token. */
export function myId(): string | null {
  return me.value?.user?.id ?? null;
}
