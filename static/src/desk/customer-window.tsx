// Information about the customer on the line, next to whatever the agent does: docked on the desk, or in a separate window.
import { signal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { path } from "../app/router";
import { Icon } from "../app/icons";
import { useMedia } from "../app/media";
import { Whole } from "./customer";
import { Floating } from "./floating";
import type { Limits, View } from "./geometry";
import { COLUMN_MIN } from "./media";
import { nameOn } from "./people";
import { shown } from "./window";
import { w } from "./words/parts";

const KEPT = "cordboard.customer";
const limits: Limits = { minWidth: 280, minHeight: 220, maxWidth: 900, maxHeight: 1_000 };
const first = ({ width }: View) => ({ x: width - 328, y: 72, width: 312, height: 600 });
/** The buttons of a call, wherever they are. */
const CALL_CONTROLS = '.controls[role="group"]';
/** A page below this size has no room for a window next to the buttons of a call. */
const WINDOW_MIN = "(min-width: 760px) and (min-height: 560px)";

/** Whether the agent wants it in a window. It is docked at first. */
const wantsWindow = signal(kept() === "window");

function choose(place: "window" | "docked"): void {
  wantsWindow.value = place === "window";
  try {
    localStorage.setItem(KEPT, place);
  } catch {
    // A browser without storage keeps it until the page is left.
  }
}

function kept(): string | null {
  try {
    return localStorage.getItem(KEPT);
  } catch {
    return null;
  }
}

/** Its current place: in the desk's column, below the buttons of the call, in a window, or in a sheet at the bottom of another page. */
function usePlace(): "column" | "below" | "window" | "sheet" {
  const [hasRoom, hasColumn] = [useMedia(WINDOW_MIN), useMedia(COLUMN_MIN)];
  if (path.value !== "/desk") return hasRoom ? "window" : "sheet";
  if (wantsWindow.value && hasRoom) return "window";
  return hasColumn ? "column" : "below";
}

/** Docked, if this is its place on the desk. */
export function DockedCustomer({ at }: { at: "column" | "below" }) {
  const place = usePlace();
  const hasRoom = useMedia(WINDOW_MIN);
  const { value } = shown;
  if (value === null || place !== at) return null;
  return (
    <section class="customer docked sheet" aria-label={w.customer.title}>
      <div class="top">
        <h2>{w.customer.title}</h2>
        {hasRoom && (
          <button type="button" class="plain push" onClick={() => choose("window")}>
            <Icon name="out" />
            {w.customer.window}
          </button>
        )}
        <Close />
      </div>
      <About callId={value} />
    </section>
  );
}

/** Over the page, if it is not docked. */
export function CustomerWindow() {
  const place = usePlace();
  const { value } = shown;
  if (value === null) return null;
  if (place === "sheet") return <Sheet key={value} callId={value} />;
  if (place !== "window") return null;
  const isOnDesk = path.value === "/desk";
  return (
    <Floating
      keptAs="customer"
      class="customer"
      label={w.customer.title}
      title={w.customer.title}
      limits={limits}
      first={first}
      neverOver={CALL_CONTROLS}
      onNoRoom={isOnDesk ? dockForNow : undefined}
      buttons={
        isOnDesk && (
          <button type="button" class="plain" aria-label={w.customer.dockName} onClick={dock}>
            {w.customer.dock}
          </button>
        )
      }
      onClose={close}
    >
      <About callId={value} />
    </Floating>
  );
}

const dock = () => choose("docked");
/** Docks it until it is undocked again, or the page is reloaded. */
const dockForNow = () => {
  wantsWindow.value = false;
};
const close = () => {
  shown.value = null;
};

function Close() {
  return (
    <button type="button" class="plain" aria-label={w.customer.closeName} onClick={close}>
      <Icon name="cross" />
    </button>
  );
}

/** On a small page other than the desk: folded until it is opened, and folded again once the focus is on the page. */
function Sheet({ callId }: { callId: string }) {
  const [isOpen, setOpen] = useState(false);
  useEffect(() => {
    const leave = ({ target }: FocusEvent) => {
      if (target instanceof Element && !target.closest(".customer.bottom")) setOpen(false);
    };
    addEventListener("focusin", leave);
    return () => removeEventListener("focusin", leave);
  }, []);
  return (
    <section class="customer bottom" aria-label={w.customer.title}>
      <div class="top">
        <button type="button" class="plain" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          <Icon name="person" />
          {w.customer.title}
        </button>
        <Close />
      </div>
      {isOpen && <About callId={callId} />}
    </section>
  );
}

/** Keyed by the call: it never shows another call's customer, not even for a moment. */
function About({ callId }: { callId: string }) {
  return (
    <div key={callId} class="profile" tabIndex={0} role="group" aria-label={w.customer.about(nameOn(callId))}>
      <Whole callId={callId} />
    </div>
  );
}
