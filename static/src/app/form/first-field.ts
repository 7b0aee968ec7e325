// The first field of a form gets the focus when the form appears.
import { useLayoutEffect } from "preact/hooks";

/** Focuses the first field, once. */
export function useFirstField(form: { current: HTMLFormElement | null }): void {
  useLayoutEffect(() => form.current?.querySelector("input")?.focus(), []);
}
