// A window that floats over the page: moved by its head and resized by its corner, with mouse, finger or arrow keys.
import type { ComponentChildren } from "preact";
import { useEffect, useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import { Icon } from "../app/icons";
import { type Box, clearOf, fitted, type Limits, moved, readBox, resized, type View } from "./geometry";
import { useKeptFree } from "./kept-free";
import { w } from "./words";

/** Pixels per press of an arrow key. */
const STEP_PX = 16;

const arrows: Record<string, { x: number; y: number }> = {
  ArrowLeft: { x: -STEP_PX, y: 0 },
  ArrowRight: { x: STEP_PX, y: 0 },
  ArrowUp: { x: 0, y: -STEP_PX },
  ArrowDown: { x: 0, y: STEP_PX },
};

/** The window. Its position and size are stored under `keptAs` for the next time. */
export function Floating(props: {
  keptAs: string;
  /** Its name for screen readers. */
  label: string;
  title: ComponentChildren;
  limits: Limits;
  /** Its first position. */
  first: (view: View) => Box;
  class?: string;
  /** A selector for elements that it never covers, in addition to the focused one. If the page has no room next to them, `onNoRoom` is called. */
  neverOver?: string;
  onNoRoom?: (() => void) | undefined;
  /** Buttons in its head, before the one that closes it. */
  buttons?: ComponentChildren;
  onClose: () => void;
  children: ComponentChildren;
}) {
  const { limits } = props;
  const key = `cordboard.floating.${props.keptAs}`;
  // The position that the user chose. The window is shown where that fits now, and there again once the page is as large as it was.
  const [wanted, setWanted] = useState(() => readBox(kept(key)) ?? props.first(view()));
  const [, setView] = useState<View>(view);
  const [isDragged, setDragged] = useState(false);
  const frame = useRef<HTMLElement>(null);
  const free = useKeptFree(props.neverOver ?? null, frame, limits);
  // While it is dragged it follows the pointer; when it is released it makes room.
  const placed = isDragged ? fitted(wanted, limits, view()) : clearOf(wanted, limits, view(), free);
  const box = placed ?? fitted(wanted, limits, view());
  const hasRoom = placed !== null;
  const { onNoRoom } = props;
  useEffect(() => {
    if (!hasRoom) onNoRoom?.();
  }, [hasRoom, onNoRoom]);
  const hint = useId();
  const change = (to: Box) => {
    const now = fitted(to, limits, view());
    setWanted(now);
    keep(key, now);
  };
  useEffect(() => {
    const fit = () => setView(view());
    addEventListener("resize", fit);
    return () => removeEventListener("resize", fit);
  }, []);
  // Through the style object: the Content-Security-Policy forbids style attributes in the markup.
  useLayoutEffect(() => {
    const style = frame.current?.style;
    if (!style) return;
    style.left = `${box.x}px`;
    style.top = `${box.y}px`;
    style.width = `${box.width}px`;
    style.height = `${box.height}px`;
  }, [box.x, box.y, box.width, box.height]);

  const drag = (how: "move" | "resize") => (event: PointerEvent) => {
    if (event.button !== 0 || (event.target instanceof Element && event.target.closest("button:not(.mover)"))) return;
    setDragged(true);
    follow(
      event,
      (by) => change(how === "move" ? moved(box, by) : resized(box, by, view())),
      () => setDragged(false),
    );
  };
  const pressed = (event: KeyboardEvent) => {
    const by = arrows[event.key];
    if (!by || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    if (event.shiftKey) return change(resized(box, by, view()));
    change(clearOf(moved(box, by), limits, view(), free, by) ?? box);
  };
  return (
    <section ref={frame} class={`floating ${props.class ?? ""}`} aria-label={props.label}>
      <div class="grip" onPointerDown={drag("move")}>
        <h2>{props.title}</h2>
        <button type="button" class="plain mover" aria-label={w.floating.move(props.label)} aria-describedby={hint} onKeyDown={pressed}>
          <Icon name="move" />
        </button>
        <span id={hint} hidden>
          {w.floating.hint}
        </span>
        {props.buttons}
        <button type="button" class="plain" aria-label={w.floating.close(props.label)} onClick={props.onClose}>
          <Icon name="cross" />
        </button>
      </div>
      <div class="inside">{props.children}</div>
      <div class="corner" onPointerDown={drag("resize")} aria-hidden="true" />
    </section>
  );
}

/** Reports how far a pointer has moved since it went down, until it is up. Nothing is selected in the meantime. */
function follow(event: PointerEvent, tell: (by: { x: number; y: number }) => void, over: () => void): void {
  const handle = event.currentTarget as HTMLElement;
  const { clientX, clientY, pointerId } = event;
  event.preventDefault();
  handle.setPointerCapture(pointerId);
  document.documentElement.classList.add("dragging");
  const go = (now: PointerEvent) => {
    if (now.pointerId === pointerId) tell({ x: now.clientX - clientX, y: now.clientY - clientY });
  };
  const stop = () => {
    document.documentElement.classList.remove("dragging");
    handle.removeEventListener("pointermove", go);
    for (const kind of ["pointerup", "pointercancel", "lostpointercapture"]) handle.removeEventListener(kind, stop);
    over();
  };
  handle.addEventListener("pointermove", go);
  for (const kind of ["pointerup", "pointercancel", "lostpointercapture"]) handle.addEventListener(kind, stop);
}

function view(): View {
  return { width: document.documentElement.clientWidth, height: innerHeight };
}

function kept(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function keep(key: string, box: Box): void {
  try {
    localStorage.setItem(key, JSON.stringify(box));
  } catch {
    // A browser without storage keeps it until the page is left.
  }
}
