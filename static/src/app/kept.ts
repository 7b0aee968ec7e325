// The part of a long list that a page keeps: some consecutive pages of the API. Later ones replace those at the other end.
import type { Page } from "../api/model";

/** The maximum number of rows of a list that are kept, and so shown: further rows replace those at the other end. Otherwise a list of 10,000 rows
 * that a user scrolls to its end would be in the page completely, and be reloaded completely whenever one row changes. */
export const KEPT_ROWS = 400;

/** A cursor of the API; null for the first page. */
export type Cursor = string | null;

/** The kept part of a list: consecutive pages. */
export interface Kept<T> {
  items: T[];
  /** The cursor of each page and its number of rows. */
  pages: { cursor: Cursor; rows: number }[];
  /** The cursors of the pages before these. */
  before: Cursor[];
  /** The cursor of the next page; null if there is none. */
  next: string | null;
}

/** Before the first page. */
export const NONE: Kept<never> = { items: [], pages: [], before: [], next: null };

/** Adds a page at the end of the kept rows; the first rows are dropped if needed. */
export function withMore<T>(kept: Kept<T>, cursor: Cursor, page: Page<T>, rowsMax: number): Kept<T> {
  const now = {
    items: [...kept.items, ...page.items],
    pages: [...kept.pages, { cursor, rows: page.items.length }],
    before: [...kept.before],
    next: page.next_cursor,
  };
  while (now.items.length > rowsMax && now.pages.length > 1) {
    const [first] = now.pages.splice(0, 1);
    now.items.splice(0, first?.rows ?? 0);
    now.before.push(first?.cursor ?? null);
  }
  return now;
}

/** Adds the page before the kept rows; the last rows are dropped if needed. */
export function withEarlier<T>(kept: Kept<T>, cursor: Cursor, page: Page<T>, rowsMax: number): Kept<T> {
  const now = {
    items: [...page.items, ...kept.items],
    pages: [{ cursor, rows: page.items.length }, ...kept.pages],
    before: kept.before.slice(0, -1),
    next: kept.next,
  };
  while (now.items.length > rowsMax && now.pages.length > 1) {
    const last = now.pages.pop();
    now.items.splice(now.items.length - (last?.rows ?? 0));
    now.next = last?.cursor ?? null;
  }
  return now;
}
