// The notices of a window over the page, and the place for what must be in reach while it is open.
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { Toasts, windowPlaces, windows } from "./toasts";

let opened = 0;

/** The region of the notices that are shown while this window is the newest. */
export function WindowToasts() {
  const [own] = useState(() => (opened += 1));
  const place = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const { current } = place;
    windows.value = [...windows.peek(), own];
    if (current) windowPlaces.value = [...windowPlaces.peek(), current];
    return () => {
      windows.value = windows.peek().filter((one) => one !== own);
      windowPlaces.value = windowPlaces.peek().filter((one) => one !== current);
    };
  }, [own]);
  return (
    <>
      <Toasts of={own} />
      <div ref={place} class="no-box" />
    </>
  );
}
