// The first field of a form takes the focus when the form comes.
import { useLayoutEffect } from "preact/hooks";

/** Has the first field take the focus, once. */
export function useFirstField(form: { current: HTMLFormElement | null }): void {
  useLayoutEffect(() => form.current?.querySelector("input")?.focus(), []);
}
