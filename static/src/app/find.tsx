// Search across everything, by Ctrl+K or ⌘K: the button, and the palette, which is loaded when it is needed.
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { Icon } from "./icons";
import { LaterCode } from "./later-code";
import { w } from "./words";

const palette = new LaterCode(() => import("../search/palette"));

/** Whether the palette is open. */
const isOpen = signal(false);

/** Whether this machine's keyboard has the Apple names of keys. */
const isApple = /^(Mac|iPhone|iPad)/.test(navigator.platform);

/** The button in the frame. `where`: it is shown in two places, each at another window width. */
export function FindButton({ where }: { where: "rail" | "bar" }) {
  return (
    <button
      type="button"
      class={where === "rail" ? "find" : "btn quiet square find-in-bar"}
      {...(where === "bar" ? { "aria-label": w.find.name } : {})}
      aria-haspopup="dialog"
      aria-keyshortcuts="Control+K Meta+K"
      title={w.find.name}
      onClick={() => {
        isOpen.value = true;
      }}
    >
      <Icon name="search" />
      {where === "rail" && (
        <>
          <span class="name">{w.find.name}</span>
          <FindKey />
        </>
      )}
    </button>
  );
}

/** Its keyboard shortcut, as labelled on this keyboard. */
export function FindKey() {
  return <kbd>{isApple ? "⌘K" : w.find.ctrlK}</kbd>;
}

/** The palette while it is open, and its keyboard shortcut. */
export function Find() {
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      const isIt = event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey;
      // An open dialog has to be answered first.
      if (!isIt || (!isOpen.value && document.querySelector("dialog[open]"))) return;
      event.preventDefault();
      isOpen.value = !isOpen.value;
    };
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  }, []);
  const wanted = isOpen.value;
  useEffect(() => (wanted ? palette.ask() : undefined), [wanted]);
  const { value } = palette.code;
  if (!wanted || !value) return null;
  return (
    <value.Palette
      onClose={() => {
        isOpen.value = false;
      }}
    />
  );
}
