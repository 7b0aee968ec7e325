// Saved views: filters and columns under a name, a user's own and those for everybody.
import { signal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { get } from "../../api/client";
import { may, myId } from "../../api/me";
import type { Page, SavedView } from "../../api/model";
import { Icon } from "../../app/icons";
import { LaterCode } from "../../app/later-code";
import { go } from "../../app/router";
import { addressOf, type Filters, filtersOf, NONE, partsOf } from "../filters";
import { choose, chosen, columnsOf } from "./columns";
import { w } from "./words";

/** The window in which a view is saved. */
const window = new LaterCode(() => import("./window"));

/** All views of the signed-in user; null until they were requested. */
export const views = signal<SavedView[] | null>(null);

/** Reloads them. */
export async function look(): Promise<void> {
  try {
    views.value = (await get<Page<SavedView>>("/api/v1/call-views")).items;
  } catch {
    // The list works without them.
    views.value ??= [];
  }
}

/** The view with which the list opens: a user's own before that for everybody. */
export function opening(): SavedView | undefined {
  const those = views.value?.filter((view) => view.default) ?? [];
  return those.find((view) => !view.shared) ?? those[0];
}

/** The address of the list without filters: it has its own name if a view opens by itself. */
export function wholeAddress(): string {
  return addressOf(opening() ? { ...NONE, view: "all" } : NONE);
}

/** The address of the list with this view. */
export const addressOfView = (view: SavedView) => addressOf({ ...filtersOf(view.filters), view: view.id });

/** Loads the views, and opens the list with the default one. `filters` are those of the address. */
export function useViews(filters: Filters): void {
  useEffect(() => void look(), []);
  const isBare = addressOf(filters) === addressOf(NONE);
  const first = isBare ? opening() : undefined;
  useEffect(() => {
    if (first) go(addressOfView(first), "replace");
  }, [first?.id]);
  const view = views.value?.find(({ id }) => id === filters.view);
  useEffect(() => {
    if (view && view.columns.length > 0) choose(columnsOf(view.columns));
  }, [view?.id]);
}

/** Whether a view matches what is on the page. */
function isAsShown(view: SavedView, filters: Filters): boolean {
  const isSame = addressOf({ ...filtersOf(view.filters), view: "" }) === addressOf({ ...filters, view: "" });
  return isSame && columnsOf(view.columns).join() === chosen.value.join();
}

/** The views as a row of links, and their actions. */
export function Views({ filters }: { filters: Filters }) {
  const [asks, setAsks] = useState<"new" | "edit" | null>(null);
  const isAsked = asks !== null;
  useEffect(() => (isAsked ? window.ask() : undefined), [isAsked]);
  const form = window.code.value;
  const all = views.value ?? [];
  const view = all.find(({ id }) => id === filters.view) ?? null;
  const mayWrite = may("calls_annotate") === true;
  const isChanged = view ? !isAsShown(view, filters) : Object.keys(partsOf(filters)).length > 0;
  const mayEdit = mayWrite && view !== null && (view.owner_id === myId() || may("users_write") === true);
  if (all.length === 0 && !(mayWrite && isChanged)) return null;
  return (
    <nav class="views" aria-label={w.views}>
      {all.length > 0 && (
        <a class={view ? "chip" : "chip on"} href={wholeAddress()} aria-current={view ? undefined : "page"}>
          {w.all}
        </a>
      )}
      {all.map((one) => (
        <a key={one.id} class={one === view ? "chip on" : "chip"} href={addressOfView(one)} aria-current={one === view ? "page" : undefined} dir="auto">
          {one.default && <Icon name="star" />}
          {one.name}
          {one.shared && <span class="meta">{w.sharedWord}</span>}
        </a>
      ))}
      {mayEdit && (
        <button type="button" class="plain" onClick={() => setAsks("edit")}>
          <Icon name="edit" size="small" />
          {w.edit}
        </button>
      )}
      {mayWrite && isChanged && !mayEdit && (
        <button type="button" class="plain" onClick={() => setAsks("new")}>
          <Icon name="star" size="small" />
          {w.save}
        </button>
      )}
      {asks && form && <form.ViewWindow view={asks === "edit" ? view : null} filters={filters} onClose={() => setAsks(null)} />}
    </nav>
  );
}
