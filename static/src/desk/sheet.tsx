// The sheet of keys: exactly what is bound.
import { useEffect, useId, useRef } from "preact/hooks";
import { bound, setSingleKeys, sheet, singleKeys } from "./keys";

/** The sheet, while it is open. */
export function KeySheet() {
  return sheet.value ? <Sheet /> : null;
}

function Sheet() {
  const dialog = useRef<HTMLDialogElement>(null);
  const title = useId();
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog
      ref={dialog}
      class="keys"
      aria-labelledby={title}
      onClose={() => {
        sheet.value = false;
      }}
    >
      <h2 id={title}>Keys</h2>
      <label class="check">
        <input
          type="checkbox"
          checked={singleKeys.value}
          onChange={(event) => setSingleKeys(event.currentTarget.checked)}
        />
        Single keys
      </label>
      <table>
        <thead>
          <tr>
            <th scope="col">What</th>
            <th scope="col">Key</th>
            <th scope="col">Always</th>
          </tr>
        </thead>
        <tbody>
          {bound.map(({ words, label, letter }) => (
            <tr key={words}>
              <th scope="row">{words}</th>
              <td>{label !== "" && singleKeys.value ? <kbd>{label}</kbd> : "–"}</td>
              <td>{letter ? <kbd>Ctrl+Shift+{letter}</kbd> : "–"}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <div class="actions">
        <button type="button" autofocus onClick={() => dialog.current?.close()}>
          Close
        </button>
      </div>
    </dialog>
  );
}
