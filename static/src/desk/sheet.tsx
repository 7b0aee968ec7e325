// The sheet of keyboard shortcuts: exactly what is bound.
import { useEffect, useId, useRef } from "preact/hooks";
import { bound, setSingleKeys, sheet, singleKeys } from "./keys";
import { FindKey } from "../app/find";
import { WindowToasts } from "../app/window-toasts";
import { w as frame } from "../app/words";
import { w } from "./words/parts";

/** The sheet, while it is open. */
export function KeySheet() {
  return sheet.value ? <Sheet /> : null;
}

/** All bindings: on the desk, and on every page. */
export function KeyTable() {
  return (
    <table class="key-table">
      <thead>
        <tr>
          <th scope="col">{w.sheet.what}</th>
          <th scope="col">{w.sheet.key}</th>
          <th scope="col">{w.sheet.always}</th>
        </tr>
      </thead>
      <tbody>
        <tr>
          <th scope="row">{frame.find.name}</th>
          <td>–</td>
          <td>
            <FindKey />
          </td>
        </tr>
        {bound.map(({ what, label, letter }) => (
          <tr key={what}>
            <th scope="row">{w.sheet.acts[what]}</th>
            <td>{label !== "" && singleKeys.value ? <kbd>{w.sheet.labels[label] ?? label}</kbd> : "–"}</td>
            <td>{letter ? <kbd>{w.sheet.ctrl(letter)}</kbd> : "–"}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Sheet() {
  const dialog = useRef<HTMLDialogElement>(null);
  const title = useId();
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog
      ref={dialog}
      class="key-sheet"
      aria-labelledby={title}
      onClose={() => {
        sheet.value = false;
      }}
    >
      <h2 id={title}>{w.sheet.title}</h2>
      <label class="check">
        <input
          type="checkbox"
          checked={singleKeys.value}
          onChange={(event) => setSingleKeys(event.currentTarget.checked)}
        />
        {w.sheet.single}
      </label>
      <KeyTable />
      <div class="actions">
        <button type="button" autofocus onClick={() => dialog.current?.close()}>
          {frame.act.close}
        </button>
      </div>
      <WindowToasts />
    </dialog>
  );
}
