// The part of a long list that a page keeps: some consecutive pages of the API's. Later ones make room at the other end.
import type { Page } from "../api/model";

/** So many rows of a list are kept at most, and so shown: what comes behind them makes those at the other end go. A list of 10,000 rows
 * that somebody goes through to its end would else are in the page whole, and be asked for whole whenever one of them changes. */
export const KEPT_ROWS = 400;

/** A cursor of the API; null: that of the first page. */
export type Cursor = string | null;

/** Kept part of a list: consecutive pages. */
export interface Kept<T> {
  items: T[];
  /** Of each page its cursor and how many rows it had. */
  pages: { cursor: Cursor; rows: number }[];
  /** The cursors of the pages before these. */
  before: Cursor[];
  /** The cursor of what comes behind; null where nothing does. */
  next: string | null;
}

/** Before the first page. */
export const NONE: Kept<never> = { items: [], pages: [], before: [], next: null };

/** With a page more behind what is kept; the first make room. */
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

/** With the page before what is kept; the last make room. */
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
