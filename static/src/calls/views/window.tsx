// The window in which filters and columns are saved as a view, or a view is changed or removed.
import { useRef, useState } from "preact/hooks";
import { change, messageOf } from "../../api/client";
import type { SavedView } from "../../api/model";
import { SavedCallViewBody } from "../../api/rules";
import { Dialog } from "../../app/dialog";
import { ChangedMeanwhile } from "../../app/form/fields";
import { merge } from "../../app/form/merge";
import { ALL, type Faults, useDraft } from "../../app/form/record";
import { putInPlaceOf } from "../../app/form/revised";
import { Confirm } from "../../app/parts";
import { go } from "../../app/router";
import { tell } from "../../app/toasts";
import { addressOf, type Filters, filtersOf, partsOf } from "../filters";
import { choose, chosen, columnsOf } from "./columns";
import { addressOfView, look, opening } from "./views";
import { w } from "./words";

const RULES = { name: SavedCallViewBody.name };

/** The filters and columns to save: those on the page where the user has changed them since the window opened, otherwise those that the view has now,
 * which somebody else may have changed meanwhile. */
function partsToSave(opened: SavedView | null, now: SavedView | null, filters: Filters) {
  const shown = { filters: partsOf(filters), columns: chosen.value };
  if (!opened || !now) return shown;
  const partsIn = (view: SavedView) => ({ filters: partsOf(filtersOf(view.filters)), columns: columnsOf(view.columns) });
  return merge(partsIn(opened), shown, partsIn(now)).value;
}

/** Saves what is shown as a view, or changes `view`. */
export function ViewWindow({ view, filters, onClose }: { view: SavedView | null; filters: Filters; onClose: () => void }) {
  const [asks, setAsks] = useState(false);
  const [fault, setFault] = useState("");
  const opened = useRef(view);
  const as = useRef<"new" | "same">("same");
  const saved = useRef<SavedView | null>(null);
  const draft = useDraft<Pick<SavedView, "name" | "shared" | "default">>({
    value: { name: view?.name ?? "", shared: view?.shared ?? false, default: view?.default ?? false },
    rules: RULES,
    guards: false,
    // The request replaces the whole view: what somebody else has changed in it must stay.
    follows: true,
    check: ({ name }): Faults => (name.trim() === "" ? { name: w.nameRequired } : {}),
    send: async (value) => {
      const changed = as.current === "same" ? view : null;
      const body = { ...value, name: value.name.trim(), ...partsToSave(opened.current, changed, filters) };
      saved.current = changed
        ? await putInPlaceOf<SavedView>(`/api/v1/call-views/${changed.id}`, changed, body, () => void look())
        : await change<SavedView>("POST", "/api/v1/call-views", body);
    },
  });
  const { name, shared, default: isDefault } = draft.value;
  const save = async (how: "new" | "same", event?: Event) => {
    if (!draft.busy) as.current = how;
    setFault("");
    if (!(await draft.submit(event))) return;
    tell(w.saved(name.trim()));
    onClose();
    await look();
    const now = saved.current;
    if (!now) return;
    // The page keeps the columns of a view that it shows already.
    choose(columnsOf(now.columns));
    go(addressOfView(now), "replace");
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
    <Dialog title={view ? w.editTitle(view.name) : w.saveTitle} isChanged={draft.isChanged} onClose={onClose}>
      <form ref={draft.form} class="view-form" onSubmit={(event) => void save("same", event)}>
        <ChangedMeanwhile draft={draft} />
        <div class="field">
          <label for="view-name">{w.name}</label>
          <input
            id="view-name"
            name="name"
            dir="auto"
            maxLength={120}
            value={name}
            aria-invalid={draft.faults.name !== undefined}
            aria-describedby="view-fault"
            onInput={(event) => draft.set("name", event.currentTarget.value)}
          />
          <p id="view-fault" class="error" role="alert">
            {draft.faults.name ?? draft.faults[ALL] ?? fault}
          </p>
        </div>
        <fieldset class="checks">
          <legend class="hidden">{w.views}</legend>
          <label class="check">
            <input type="checkbox" name="shared" checked={shared} onChange={(event) => draft.set("shared", event.currentTarget.checked)} />
            {w.shared}
          </label>
          <label class="check">
            <input type="checkbox" name="default" checked={isDefault} onChange={(event) => draft.set("default", event.currentTarget.checked)} />
            {w.default}
          </label>
        </fieldset>
        <div class="acts">
          <button type="submit" class="primary" aria-disabled={draft.busy}>
            {view ? w.update : w.save}
          </button>
          {view && name.trim() !== view.name && (
            <button type="button" aria-disabled={draft.busy} onClick={() => void save("new")}>
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
          onClose={() => setAsks(false)}
          onYes={() => void remove()}
        />
      )}
    </Dialog>
  );
}
