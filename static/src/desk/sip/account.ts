// The agent's account at the switch: kept only in this window, and never sent to the server.
import { me } from "../../api/me";

/** A user of the switch. */
export interface SipAccount {
  user: string;
  password: string;
}

const KEY = "cordboard.softphone";

/** The account with which this user has signed in in this window; null if there is none. */
export function keptAccount(): SipAccount | null {
  try {
    const { owner, user, password } = JSON.parse(sessionStorage.getItem(KEY) ?? "{}") as Partial<SipAccount & { owner: string }>;
    const isOwn = owner !== undefined && owner === me.peek()?.user?.id;
    if (!isOwn || typeof user !== "string" || typeof password !== "string") return null;
    return { user, password };
  } catch {
    return null;
  }
}

/** Stores it for a reload of this window. */
export function keepAccount(account: SipAccount): void {
  try {
    sessionStorage.setItem(KEY, JSON.stringify({ ...account, owner: me.peek()?.user?.id }));
  } catch {
    // A browser without storage asks again after a reload.
  }
}

/** Forgets it. */
export function forgetAccount(): void {
  try {
    sessionStorage.removeItem(KEY);
  } catch {
    // Then nothing is stored.
  }
}
