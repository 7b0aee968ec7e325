// The controls above and below a list that is loaded page by page: back to rows that were dropped, and on to the next ones.
import { useEffect, useRef } from "preact/hooks";
import type { LoadedList } from "./load";
import { w } from "./words";

type Paged = Pick<LoadedList<unknown>, "hasMore" | "hasEarlier" | "busy" | "more" | "earlier">;

/** Several lists as one, for pages that mix them. */
export function together(lists: Paged[]): Paged {
  const further = lists.filter(({ hasMore }) => hasMore);
  const before = lists.filter(({ hasEarlier }) => hasEarlier);
  return {
    hasMore: further.length > 0,
    hasEarlier: before.length > 0,
    busy: [...further, ...before].some(({ busy }) => busy),
    more: async () => void (await Promise.all(further.map((list) => list.more()))),
    earlier: async () => void (await Promise.all(before.map((list) => list.earlier()))),
  };
}

/** The way back, above a list. `of`: the list's name, for screen readers. */
export function Earlier({ list, of }: { list: Paged; of?: string }) {
  if (!list.hasEarlier) return null;
  return (
    <button type="button" class="btn quiet small more" aria-disabled={list.busy} onClick={() => void list.earlier()}>
      {w.act.earlier}
      {of !== undefined && <span class="hidden">: {of}</span>}
    </button>
  );
}

/** The way on, below a list. A keyboard user who reaches the end stays there, and is not moved to the top of the page. */
export function Further({ list, of, quiet = false }: { list: Paged; of?: string; quiet?: boolean }) {
  const end = useRef<HTMLParagraphElement>(null);
  const wasUsed = useRef(false);
  const { hasMore } = list;
  useEffect(() => {
    if (!hasMore && wasUsed.current && (document.activeElement === document.body || document.activeElement === null)) end.current?.focus();
  }, [hasMore]);
  if (!hasMore) {
    return wasUsed.current ? (
      <p class="muted none the-end" tabIndex={-1} ref={end}>
        {w.act.theEnd}
        {of !== undefined && <span class="hidden"> {of}</span>}
      </p>
    ) : null;
  }
  return (
    <button
      type="button"
      class={quiet ? "btn quiet small more" : "more"}
      aria-disabled={list.busy}
      onClick={() => {
        wasUsed.current = true;
        void list.more();
      }}
    >
      {w.act.more}
      {of !== undefined && <span class="hidden">: {of}</span>}
    </button>
  );
}
