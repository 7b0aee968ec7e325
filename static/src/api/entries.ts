// Entries of a call's journal.
import { get } from "./client";
import type { Entry, Page } from "./model";

/** Entries per request; the API's maximum. */
const PAGE_ENTRIES = 200;

/** The live view gets an entry before the store has it, by at most this much, in ms. */
export const STORE_LAG_MS = 250;

/** The entries of a call after this number, up to one request's worth. */
export function entriesAfter(id: string, seq: number): Promise<Page<Entry>> {
  return get<Page<Entry>>(`/api/v1/calls/${id}/events?limit=${PAGE_ENTRIES}&after_seq=${seq}`);
}
