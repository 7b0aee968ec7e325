// The notices of a window over the page.
import { useLayoutEffect, useState } from "preact/hooks";
import { Toasts, windows } from "./toasts";

let opened = 0;

/** The region of the notices that are shown while this window is the newest. */
export function WindowToasts() {
  const [own] = useState(() => (opened += 1));
  useLayoutEffect(() => {
    windows.value = [...windows.peek(), own];
    return () => {
      windows.value = windows.peek().filter((one) => one !== own);
    };
  }, [own]);
  return <Toasts of={own} />;
}
