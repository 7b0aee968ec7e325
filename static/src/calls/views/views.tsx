// Saved views: filters and columns under a name, one's own and those of everybody here.
import { signal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { change, get, messageOf, Problem } from "../../api/client";
import { may } from "../../api/me";
import type { Page, SavedView } from "../../api/model";
import { Dialog } from "../../app/dialog";
import { Icon } from "../../app/icons";
import { Confirm } from "../../app/parts";
import { go } from "../../app/router";
import { tell } from "../../app/toasts";
import { myId } from "../../people/colleagues";
import { addressOf, type Filters, filtersOf, NONE, partsOf } from "../filters";
import { choose, chosen, columnsOf } from "./columns";
import { w } from "./words";

/** All that whoever is signed in has; null until they were asked for. */
export const views = signal<SavedView[] | null>(null);

async function look(): Promise<void> {
  try {
    views.value = (await get<Page<SavedView>>("/api/v1/call-views")).items;
  } catch {
    // The list is as good without them.
    views.value ??= [];
  }
}

/** The view with which the list opens: one's own before that of everybody. */
function opening(): SavedView | undefined {
  const those = views.value?.filter((view) => view.default) ?? [];
  return those.find((view) => !view.shared) ?? those[0];
}

/** Where the list without filters is: behind a view that opens by itself it has a name of its own. */
export function wholeAddress(): string {
  return addressOf(opening() ? { ...NONE, view: "all" } : NONE);
}

const addressOfView = (view: SavedView) => addressOf({ ...filtersOf(view.filters), view: view.id });

/** Loads the views, and opens the list with the one that is for that. `filters` are those of the address. */
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

/** Whether a view shows what is on the page. */
function isAsShown(view: SavedView, filters: Filters): boolean {
  const isSame = addressOf({ ...filtersOf(view.filters), view: "" }) === addressOf({ ...filters, view: "" });
  return isSame && columnsOf(view.columns).join() === chosen.value.join();
}

/** The views as a row of links, and what can be done with them. */
export function Views({ filters }: { filters: Filters }) {
  const [asks, setAsks] = useState<"new" | "edit" | null>(null);
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
      {asks && <ViewWindow view={asks === "edit" ? view : null} filters={filters} onClose={() => setAsks(null)} />}
    </nav>
  );
}

function ViewWindow({ view, filters, onClose }: { view: SavedView | null; filters: Filters; onClose: () => void }) {
  const [name, setName] = useState(view?.name ?? "");
  const [shared, setShared] = useState(view?.shared ?? false);
  const [isDefault, setDefault] = useState(view?.default ?? false);
  const [fault, setFault] = useState("");
  const [asks, setAsks] = useState(false);
  const save = async (how: "new" | "same") => {
    if (name.trim() === "") return setFault(w.nameRequired);
    const body = { name: name.trim(), filters: partsOf(filters), columns: chosen.value, shared, default: isDefault };
    try {
      const saved =
        view && how === "same"
          ? await change<SavedView>("PUT", `/api/v1/call-views/${view.id}`, body)
          : await change<SavedView>("POST", "/api/v1/call-views", body);
      tell(w.saved(body.name));
      onClose();
      await look();
      if (saved) go(addressOfView(saved), "replace");
    } catch (problem) {
      setFault(problem instanceof Problem ? problem.message : messageOf(problem));
    }
  };
  const remove = async () => {
    if (!view) return;
    try {
      await change("DELETE", `/api/v1/call-views/${view.id}`);
      tell(w.removed(view.name));
      onClose();
      await look();
      go(addressOf({ ...filters, view: opening() ? "all" : "" }), "replace");
    } catch (problem) {
      setFault(messageOf(problem));
    }
  };
  return (
    <Dialog title={view ? w.editTitle(view.name) : w.saveTitle} isChanged={false} onClose={onClose}>
      <form
        class="view-form"
        onSubmit={(event) => {
          event.preventDefault();
          void save("same");
        }}
      >
        <div class="field">
          <label for="view-name">{w.name}</label>
          <input
            id="view-name"
            dir="auto"
            maxLength={120}
            value={name}
            aria-invalid={fault !== ""}
            aria-describedby="view-fault"
            onInput={(event) => setName(event.currentTarget.value)}
          />
          <p id="view-fault" class="error" role="alert">
            {fault}
          </p>
        </div>
        <fieldset class="checks">
        <legend class="hidden">{w.views}</legend>
        <label class="check">
          <input type="checkbox" checked={shared} onChange={(event) => setShared(event.currentTarget.checked)} />
          {w.shared}
        </label>
        <label class="check">
          <input type="checkbox" checked={isDefault} onChange={(event) => setDefault(event.currentTarget.checked)} />
          {w.default}
        </label>
        </fieldset>
        <div class="acts">
          <button type="submit" class="primary">
            {view ? w.update : w.save}
          </button>
          {view && name.trim() !== view.name && (
            <button type="button" onClick={() => void save("new")}>
              {w.saveNew}
            </button>
          )}
          {view && (
            <button type="button" class="danger push" onClick={() => setAsks(true)}>
              {w.remove}
            </button>
          )}
        </div>
      </form>
      {asks && view && (
        <Confirm
          title={w.removeAsk(view.name)}
          text={w.removeText}
          verb={w.remove}
          onAnswer={(answer) => {
            setAsks(false);
            if (answer === "yes") void remove();
          }}
        />
      )}
    </Dialog>
  );
}
