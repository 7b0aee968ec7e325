// The entries of the audit log, newest first, filtered by the address.
import type { AuditEntry } from "../api/model";
import { type LoadedList, useList } from "../app/load";

/** The filter of the list; an empty field filters nothing. `who`: an actor's kind, or its id. `about`: the beginning of an action, up to the dot. */
export interface Filter {
  who: string;
  about: string;
}

/** The subject of an action: `webhook` for `webhook.created`. */
export function aboutOf(action: string): string {
  return action.split(".")[0] ?? action;
}

/** The log, page by page. */
export function useLog(filter: Filter): LoadedList<AuditEntry> {
  const asked = Object.entries(filter).filter(([, value]) => value !== "");
  const query = new URLSearchParams(asked).toString();
  return useList<AuditEntry>(query === "" ? "/api/v1/audit-log" : `/api/v1/audit-log?${query}`);
}
