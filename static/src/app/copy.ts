// Copying a text to the clipboard.
import { tell } from "./toasts";
import { w } from "./words";

/** Copies a text, and reports whether that worked. */
export async function copy(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    tell(w.act.copied);
  } catch {
    tell(w.act.notCopied);
  }
}
