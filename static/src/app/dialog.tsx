// A window over the page with a form or information: the browser's own dialog element. The focus moves in and back out.
import type { ComponentChildren } from "preact";
import { useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import { Icon } from "./icons";
import { Confirm } from "./parts";
import { WindowToasts } from "./window-toasts";
import { w } from "./words";

/** A dialog that is open as long as it is rendered. Esc and its cross call `onClose`; with `isChanged` the user is asked for confirmation first. */
export function Dialog(props: {
  title: string;
  /** `wide` has room for a form with two columns. */
  size?: "usual" | "wide";
  isChanged?: boolean;
  onClose: () => void;
  children: ComponentChildren;
}) {
  const { title, size = "usual", isChanged = false, onClose } = props;
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();
  const [asks, setAsks] = useState(false);
  useLayoutEffect(() => {
    const shown = dialog.current;
    shown?.showModal();
    return () => shown?.close();
  }, []);
  const close = () => (isChanged ? setAsks(true) : onClose());
  return (
    <dialog
      ref={dialog}
      class={size === "wide" ? "window wide" : "window"}
      aria-labelledby={heading}
      onCancel={(event) => {
        // This event also comes from inside, for example when a file selection is cancelled.
        if (event.target !== dialog.current) return;
        event.preventDefault();
        close();
      }}
    >
      <div class="window-head">
        <h2 id={heading}>{title}</h2>
        <button type="button" class="btn quiet square" aria-label={w.act.close} title={w.act.close} onClick={close}>
          <Icon name="cross" />
        </button>
      </div>
      {props.children}
      <WindowToasts />
      {asks && (
        <Confirm
          title={w.form.unsaved}
          text=""
          verb={w.form.leave}
          no={w.form.stay}
          onClose={() => setAsks(false)}
          onYes={onClose}
        />
      )}
    </dialog>
  );
}
