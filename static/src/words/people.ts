// People and what they are, in words.
import type { Role } from "../api/model";

/** What a user is. */
export const roleWords: Record<Role, string> = {
  owner: "Owner",
  admin: "Administrator",
  supervisor: "Supervisor",
  agent: "Agent",
};

/** Seconds as people say them. */
export function secondsInWords(seconds: number): string {
  return `${seconds} ${seconds === 1 ? "second" : "seconds"}`;
}
