// Requests before anybody is signed in: making an account, and a new password.
import { signal } from "@preact/signals";
import { change, get } from "./client";
import type { NewAccount, Offer, Registration } from "./model";
import { signIn } from "./signing";

/** The registration policy of this server; null until the server was asked, and where it does not answer. */
export const registration = signal<Registration | null>(null);

/** Asks the server; the answer is in [`registration`]. */
export async function askRegistration(): Promise<void> {
  registration.value = await get<Registration>("/api/v1/auth/registration").catch(() => null);
}

/** A new owner with their organization. */
export interface Owner {
  email: string;
  password: string;
  name: string;
  organization: string;
  setup_token?: string;
}

/** Registers an owner, and signs them in. Throws as the client does. */
export async function register(owner: Owner): Promise<void> {
  await enter(await change<NewAccount>("POST", "/api/v1/auth/register", owner), owner.password);
}

/** The invitation of a link. */
export async function lookAtInvitation(token: string): Promise<Offer | null> {
  return change<Offer>("POST", "/api/v1/auth/invitations/look", { token });
}

/** Takes an invitation, and signs in whom it was for. */
export async function acceptInvitation(taken: { token: string; name: string; password: string }): Promise<void> {
  await enter(await change<NewAccount>("POST", "/api/v1/auth/invitations/accept", taken), taken.password);
}

/** Has a link to a new password mailed. Whether somebody has the address nobody learns. */
export async function askForPassword(email: string): Promise<void> {
  await change("POST", "/api/v1/auth/password/forgot", { email });
}

/** Sets a new password by the token of a link. */
export async function setPassword(token: string, password: string): Promise<void> {
  await change("POST", "/api/v1/auth/password/reset", { token, password });
}

/** An account that was made just now is signed in as a program's; a page takes a cookie instead. */
async function enter(made: NewAccount | null, password: string): Promise<void> {
  if (!made) return;
  await signIn({ email: made.user.email, password });
  const headers = { Authorization: `Bearer ${made.access_token}` };
  await fetch("/api/v1/auth/logout", { method: "POST", headers, credentials: "omit" }).catch(() => null);
}
