// The call of the page: its row and journal, loaded once and then told.
import { batch, computed, type ReadonlySignal, signal } from "@preact/signals";
import { get, messageOf, Problem } from "../api/client";
import { listen } from "../api/live";
import type { Call, Entry, Page } from "../api/model";
import { fold, type Story } from "./fold";

/** Entries of one request; the most that the API gives. */
const PAGE_ENTRIES = 200;
/** Entries that a page shows at most; a call of many hours has more. */
export const ENTRIES_MAX = 20_000;

/** The live view is told of an entry before the store has it, by so much at most. */
const STORE_LAG_MS = 250;

/** A call being looked at. */
export interface Record {
  call: ReadonlySignal<Call | null>;
  story: ReadonlySignal<Story>;
  /** `missing` where there is no such call; else an error's text. */
  fault: ReadonlySignal<"" | "missing" | string>;
  loaded: ReadonlySignal<boolean>;
  /** Whether the journal goes on beyond [`ENTRIES_MAX`]. */
  isCut: ReadonlySignal<boolean>;
  /** Tries again after a fault. */
  reload: () => void;
  close: () => void;
}

/** Opens the record of a call and follows it until it is closed. */
export function openRecord(id: string): Record {
  const call = signal<Call | null>(null);
  const entries = signal<Entry[]>([]);
  const fault = signal("");
  const loaded = signal(false);
  const isCut = computed(() => entries.value.length >= ENTRIES_MAX);
  let loading: Promise<void> | null = null;
  let newestTold = 0;
  let isClosed = false;

  /** Takes in entries that follow those that are there; false where one is missing between. */
  const add = (more: readonly Entry[]): boolean => {
    if (isCut.value) return true;
    let last = entries.value.at(-1)?.seq ?? 0;
    const taken = more.filter((entry) => {
      if (entry.seq !== last + 1) return false;
      last = entry.seq;
      return true;
    });
    if (taken.length > 0) entries.value = [...entries.value, ...taken];
    return more.every((entry) => entry.seq <= last);
  };
  const catchUp = () => {
    if (isClosed) return;
    loading ??= readOn().finally(() => {
      loading = null;
      // What was told meanwhile may not have been in the store yet.
      const isBehind = (entries.value.at(-1)?.seq ?? 0) < newestTold && !isCut.value && fault.value === "";
      if (isBehind) setTimeout(catchUp, STORE_LAG_MS);
    });
  };
  const readOn = async () => {
    try {
      call.value = await get<Call>(`/api/v1/calls/${id}`);
      for (;;) {
        const after = entries.value.at(-1)?.seq ?? 0;
        const path = `/api/v1/calls/${id}/events?limit=${PAGE_ENTRIES}&after_seq=${after}`;
        const page = await get<Page<Entry>>(path);
        add(page.items);
        if (page.next_cursor === null || isCut.value) break;
      }
      batch(() => {
        fault.value = "";
        loaded.value = true;
      });
    } catch (error) {
      const missing = error instanceof Problem && (error.status === 404 || error.status === 400);
      fault.value = missing ? "missing" : messageOf(error);
    }
  };

  const stop = listen((event) => {
    switch (event.kind) {
      case "snapshot":
        // What was missed while the line was broken is read from the journal.
        catchUp();
        break;
      case "call":
        if (event.call.id === id) call.value = event.call;
        break;
      case "entry":
        if (event.entry.call_id !== id) break;
        newestTold = Math.max(newestTold, event.entry.seq);
        if (loading === null && !add([event.entry])) catchUp();
        break;
    }
  }, id);
  catchUp();
  const close = () => {
    isClosed = true;
    stop();
  };
  return { call, story: computed(() => fold(entries.value)), fault, loaded, isCut, reload: catchUp, close };
}
