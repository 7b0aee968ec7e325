// The signed-in user, in words, and their permissions.
import { signal } from "@preact/signals";
import { get } from "./client";
import type { Me } from "./model";

/** The user of this page; null until the server has answered. */
export const me = signal<Me | null>(null);

/** Asks the server; the answer is in [`me`]. */
export async function askMe(): Promise<void> {
  me.value = null;
  me.value = await get<Me>("/api/v1/auth/me").catch(() => null);
}

/** Whether they may do this; null until that is known. */
export function may(permission: Me["permissions"][number]): boolean | null {
  return me.value && me.value.permissions.includes(permission);
}

/** The user who is signed in; null for the admin token. */
export function myId(): string | null {
  return me.value?.user?.id ?? null;
}
