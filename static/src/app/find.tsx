// Finding anything, by Ctrl+K or ⌘K: the button, and what is loaded when it is wanted.
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { Icon } from "./icons";
import { LaterCode } from "./later-code";
import { w } from "./words";

const palette = new LaterCode(() => import("../search/palette"));

/** Whether it is open. */
const isOpen = signal(false);

/** As this machine's keyboards name the key beside the space bar. */
const isApple = /^(Mac|iPhone|iPad)/.test(navigator.platform);

/** The button in the frame. `where`: two places show it, each at another width. */
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

/** Its key, as it is on this keyboard. */
export function FindKey() {
  return <kbd>{isApple ? "⌘K" : w.find.ctrlK}</kbd>;
}

/** The palette while it is open, and its key. */
export function Find() {
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      const isIt = event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey;
      // A question that is open is answered first.
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
