// The lines of the audit log, newest first, narrowed by what the address says.
import type { AuditEntry } from "../api/model";
import { type LoadedList, useList } from "../app/load";

/** Filter of the list; empty where all are wanted. `who`: an actor's kind, or its id. `about`: the beginning of an action, up to the dot. */
export interface Filter {
  who: string;
  about: string;
}

/** Subject of an action: `webhook` of `webhook.created`. */
export function aboutOf(action: string): string {
  return action.split(".")[0] ?? action;
}

/** The log, page by page. */
export function useLog(filter: Filter): LoadedList<AuditEntry> {
  const asked = Object.entries(filter).filter(([, value]) => value !== "");
  const query = new URLSearchParams(asked).toString();
  return useList<AuditEntry>(query === "" ? "/api/v1/audit-log" : `/api/v1/audit-log?${query}`);
}
