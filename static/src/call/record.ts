// The call of the page: its row and journal, loaded once and then told.
import { batch, computed, type ReadonlySignal, signal } from "@preact/signals";
import { get, messageOf, Problem } from "../api/client";
import { listen } from "../api/live";
import type { Call, Entry, Page } from "../api/model";
import { fold, type Story } from "./fold";

/** Entries of one request; the most that the API gives. */
const PAGE_ENTRIES = 200;
/** Entries that a page shows; a call of many hours has more, and then says so. */
const ENTRIES_MAX = 20_000;

/** A call being looked at. */
export interface Record {
  call: ReadonlySignal<Call | null>;
  story: ReadonlySignal<Story>;
  /** `missing` where there is no such call; else an error's text. */
  fault: ReadonlySignal<"" | "missing" | string>;
  loaded: ReadonlySignal<boolean>;
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
  let loading: Promise<void> | null = null;

  /** Takes in entries that follow those that are there; false where one is missing between. */
  const add = (more: readonly Entry[]): boolean => {
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
    loading ??= readOn().finally(() => {
      loading = null;
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
        if (page.next_cursor === null || entries.value.length >= ENTRIES_MAX) break;
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
        if (event.entry.call_id === id && loading === null && !add([event.entry])) catchUp();
        break;
    }
  }, id);
  catchUp();
  return { call, story: computed(() => fold(entries.value)), fault, loaded, reload: catchUp, close: stop };
}
