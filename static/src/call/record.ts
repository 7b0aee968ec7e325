// The call of the page: its row and journal, loaded once and then updated by events.
import { batch, computed, type ReadonlySignal, signal } from "@preact/signals";
import { get, messageOf, Problem } from "../api/client";
import { entriesAfter, STORE_LAG_MS } from "../api/entries";
import { listen } from "../api/live";
import type { Call, Entry } from "../api/model";
import { Folding, type Story } from "./fold";

/** The maximum number of entries on a page; a call of many hours has more. */
export const ENTRIES_MAX = 20_000;

/** A call that is being viewed. */
export interface Record {
  call: ReadonlySignal<Call | null>;
  story: ReadonlySignal<Story>;
  /** `missing` if there is no such call; otherwise an error's text. */
  fault: ReadonlySignal<"" | "missing" | string>;
  loaded: ReadonlySignal<boolean>;
  /** Whether the journal continues beyond [`ENTRIES_MAX`]. */
  isCut: ReadonlySignal<boolean>;
  /** Retries after a fault. */
  reload: () => void;
  close: () => void;
}

/** Opens the record of a call and follows it until it is closed. `see` gets each entry, in order and once. */
export function openRecord(id: string, see?: (entry: Entry) => void): Record {
  const call = signal<Call | null>(null);
  const folding = new Folding();
  const story = signal(folding.story());
  const fault = signal("");
  const loaded = signal(false);
  /** The number of the last entry that was added. Numbers begin with 1 and have no gaps. */
  const last = signal(0);
  const isCut = computed(() => last.value >= ENTRIES_MAX);
  let loading: Promise<void> | null = null;
  let newestTold = 0;
  let isClosed = false;

  /** Adds entries that follow the existing ones; false if one is missing in between. */
  const add = (more: readonly Entry[]): boolean => {
    if (isCut.value) return true;
    let { value: newest } = last;
    for (const entry of more) {
      if (entry.seq !== newest + 1) continue;
      folding.add(entry);
      see?.(entry);
      newest = entry.seq;
    }
    if (newest > last.value) {
      batch(() => {
        last.value = newest;
        story.value = folding.story();
      });
    }
    return more.every((entry) => entry.seq <= newest);
  };
  const catchUp = () => {
    if (isClosed) return;
    loading ??= readOn().finally(() => {
      loading = null;
      // Entries that came in the meantime may not have been in the store yet.
      const isBehind = last.value < newestTold && !isCut.value && fault.value === "";
      if (isBehind) setTimeout(catchUp, STORE_LAG_MS);
    });
  };
  const readOn = async () => {
    try {
      const row = await get<Call>(`/api/v1/calls/${id}`);
      // The store is slightly behind: the end of a call may have been reported before this answer came.
      if (call.value?.state !== "ended" || row.state === "ended") call.value = row;
      for (;;) {
        const page = await entriesAfter(id, last.value);
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
        // Entries that were missed during a broken connection are read from the journal.
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
  return { call, story, fault, loaded, isCut, reload: catchUp, close };
}
