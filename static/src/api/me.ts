// The signed-in user, their texts, and their permissions.
import { signal } from "@preact/signals";
import { get } from "./client";
import { paused } from "./connection";
import type { Me } from "./model";
import { session } from "./session";

/** The user of this page; null until the server has answered. */
export const me = signal<Me | null>(null);

/** Asks the server until it answers; the answer is in [`me`]. The known user stays until then, so that no page disappears while it is in use. */
export async function askMe(): Promise<void> {
  for (let failed = 0; session.peek() !== null; failed += 1) {
    const known = await get<Me>("/api/v1/auth/me").catch(() => null);
    // An answer that comes after the sign-out belongs to nobody here.
    if (known && session.peek() !== null) {
      me.value = known;
      return;
    }
    await paused(failed);
  }
}

/** Asks once, for what may have changed elsewhere: a new e-mail address is confirmed by its link, perhaps on another device. Throws like [`get`]. */
export async function renewMe(): Promise<void> {
  const known = await get<Me>("/api/v1/auth/me");
  if (session.peek() !== null) me.value = known;
}

/** Whether the user may do this; null until that is known. */
export function may(permission: Me["permissions"][number]): boolean | null {
  return me.value && me.value.permissions.includes(permission);
}

/** The user who is signed in; null for the admin token. */
export function myId(): string | null {
  return me.value?.user?.id ?? null;
}
