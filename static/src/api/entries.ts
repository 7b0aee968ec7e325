// Entries of a call's journal.
import { get } from "./client";
import type { Entry, Page } from "./model";

/** Entries of one request; the most that the API gives. */
const PAGE_ENTRIES = 200;

/** The live view gets an entry before the store has it, by so much at most, in ms. */
export const STORE_LAG_MS = 250;

/** The entries of a call behind the one of this number, as many as one request has. */
export function entriesBehind(id: string, seq: number): Promise<Page<Entry>> {
  return get<Page<Entry>>(`/api/v1/calls/${id}/events?limit=${PAGE_ENTRIES}&after_seq=${seq}`);
}
