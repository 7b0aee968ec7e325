// Requests before sign-in: creating an account, a new password, a new e-mail address, and the end of a weekly mail.
import { signal } from "@preact/signals";
import { change, get } from "./client";
import type { NewAccount, Offer, Registration } from "./model";
import { signIn } from "./signing";

/** The registration policy of this server; null until the server has answered. */
export const registration = signal<Registration | null>(null);

/** Requests the policy; the answer is in [`registration`]. */
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

/** Registers an owner and signs them in. Throws like the client. */
export async function register(owner: Owner): Promise<void> {
  await enter(await change<NewAccount>("POST", "/api/v1/auth/register", owner), owner.password);
}

/** The invitation that a link leads to. */
export async function getInvitation(token: string): Promise<Offer | null> {
  return change<Offer>("POST", "/api/v1/auth/invitations/look", { token });
}

/** Accepts an invitation, and signs in the invited user. */
export async function acceptInvitation(taken: { token: string; name: string; password: string }): Promise<void> {
  await enter(await change<NewAccount>("POST", "/api/v1/auth/invitations/accept", taken), taken.password);
}

/** Has a link for a new password mailed. The answer doesn't reveal whether the address belongs to an account. */
export async function askForPassword(email: string): Promise<void> {
  await change("POST", "/api/v1/auth/password/forgot", { email });
}

/** Sets a new password with the token of a link. */
export async function setPassword(token: string, password: string): Promise<void> {
  await change("POST", "/api/v1/auth/password/reset", { token, password });
}

/** Confirms a new e-mail address with the token of a link, and returns the address. */
export async function confirmEmail(token: string): Promise<string> {
  return (await change<{ email: string }>("POST", "/api/v1/auth/email/confirm", { token }))?.email ?? "";
}

/** Stops the weekly mail of the user to whom the link with this token was sent. */
export async function stopReportMail(token: string): Promise<void> {
  await change("POST", `/hooks/report-mail/${encodeURIComponent(token)}`);
}

/** The server signs a new account in with a program's token; a page uses a cookie instead. */
async function enter(made: NewAccount | null, password: string): Promise<void> {
  if (!made) return;
  await signIn({ email: made.user.email, password });
  const headers = { Authorization: `Bearer ${made.access_token}` };
  await fetch("/api/v1/auth/logout", { method: "POST", headers, credentials: "omit" }).catch(() => null);
}
