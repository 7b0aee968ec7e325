// Putting a text where it can be pasted from.
import { tell } from "./toasts";
import { w } from "./words";

/** Copies a text, and says whether the browser did. */
export async function copy(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    tell(w.act.copied);
  } catch {
    tell(w.act.notCopied);
  }
}
