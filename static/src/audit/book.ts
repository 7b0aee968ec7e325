// The lines of the audit log, page by page, narrowed by what the address says. The API has no filters: lines are looked through here.
import { useEffect, useRef, useState } from "preact/hooks";
import { get, messageOf } from "../api/client";
import type { Actor, AuditEntry, Page } from "../api/model";

/** What is asked for; empty where all are. `who`: an actor's kind, or its id. `about`: what an action begins with. */
export interface Filter {
  who: string;
  about: string;
}

/** Lines that are shown at once, and more of them each time. */
const SHOWN = 50;
/** Lines of a request. */
const LIMIT = 200;
/** Requests after which it is asked before it goes on. */
const REQUESTS = 10;

/** What an actor is called in a filter. */
export function nameOf(actor: Actor): string {
  return "id" in actor ? actor.id : actor.kind;
}

/** What an action is about: `webhook` of `webhook.created`. */
export function aboutOf(action: string): string {
  return action.split(".")[0] ?? action;
}

function isAsked({ who, about }: Filter, entry: AuditEntry): boolean {
  return (who === "" || nameOf(entry.actor) === who) && (about === "" || aboutOf(entry.action) === about);
}

/** The log, as far as it was looked through. */
export function useLog(filter: Filter) {
  const [raw, setRaw] = useState<AuditEntry[] | null>(null);
  const [next, setNext] = useState<string | null>(null);
  const [fault, setFault] = useState("");
  const [busy, setBusy] = useState(true);
  const [wanted, setWanted] = useState(SHOWN);
  const asked = useRef<AbortController | null>(null);
  const isNarrow = filter.who !== "" || filter.about !== "";
  const found = (raw ?? []).filter((entry) => isAsked(filter, entry));

  /** Looks on from a place until so many were found, the log ends, or it was asked often enough. */
  const look = async (had: AuditEntry[], from: string | null, enough: number) => {
    asked.current?.abort();
    const request = new AbortController();
    asked.current = request;
    setBusy(true);
    setFault("");
    let all = had;
    let cursor = from;
    try {
      for (let asks = 0; asks < REQUESTS; asks += 1) {
        const query = new URLSearchParams({ limit: String(isNarrow ? LIMIT : SHOWN) });
        if (cursor !== null) query.set("cursor", cursor);
        const page = await get<Page<AuditEntry>>(`/api/v1/audit-log?${query}`, request.signal);
        if (request.signal.aborted) return;
        all = [...all, ...page.items];
        cursor = page.next_cursor;
        setRaw(all);
        setNext(cursor);
        if (cursor === null || all.filter((entry) => isAsked(filter, entry)).length >= enough) break;
      }
    } catch (error) {
      if (request.signal.aborted) return;
      setFault(messageOf(error));
    }
    setBusy(false);
  };
  useEffect(() => {
    setWanted(SHOWN);
    // What was looked through is looked through once.
    if (raw !== null && (next === null || found.length >= SHOWN)) return;
    void look(raw ?? [], next, SHOWN);
  }, [filter.who, filter.about]);
  useEffect(() => () => asked.current?.abort(), []);
  return {
    /** Those to show; null before the first came. */
    items: raw === null ? null : found.slice(0, wanted),
    /** How many were looked through, and when the oldest of them was written. */
    looked: raw?.length ?? 0,
    since: raw?.at(-1)?.at ?? null,
    hasMore: next !== null || found.length > wanted,
    isNarrow,
    busy,
    fault,
    more: () => {
      const enough = wanted + SHOWN;
      setWanted(enough);
      if (found.length < enough && next !== null) void look(raw ?? [], next, enough);
    },
    again: () => void look(raw ?? [], next, wanted),
  };
}
