// The window in which filters and columns are saved as a view, or a view is changed or removed.
import { useState } from "preact/hooks";
import { change, messageOf } from "../../api/client";
import type { SavedView } from "../../api/model";
import { Dialog } from "../../app/dialog";
import { Confirm } from "../../app/parts";
import { go } from "../../app/router";
import { tell } from "../../app/toasts";
import { addressOf, type Filters, partsOf } from "../filters";
import { chosen } from "./columns";
import { addressOfView, look, opening } from "./views";
import { w } from "./words";

/** Saves what is shown as a view, or changes `view`. */
export function ViewWindow({ view, filters, onClose }: { view: SavedView | null; filters: Filters; onClose: () => void }) {
  const [name, setName] = useState(view?.name ?? "");
  const [shared, setShared] = useState(view?.shared ?? false);
  const [isDefault, setDefault] = useState(view?.default ?? false);
  const [fault, setFault] = useState("");
  const [asks, setAsks] = useState(false);
  const [busy, setBusy] = useState(false);
  const isChanged = name !== (view?.name ?? "") || shared !== (view?.shared ?? false) || isDefault !== (view?.default ?? false);
  const save = async (how: "new" | "same") => {
    if (busy) return;
    if (name.trim() === "") return setFault(w.nameRequired);
    setBusy(true);
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
      setFault(messageOf(problem));
      setBusy(false);
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
    <Dialog title={view ? w.editTitle(view.name) : w.saveTitle} isChanged={isChanged} onClose={onClose}>
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
          <button type="submit" class="primary" aria-disabled={busy}>
            {view ? w.update : w.save}
          </button>
          {view && name.trim() !== view.name && (
            <button type="button" aria-disabled={busy} onClick={() => void save("new")}>
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
