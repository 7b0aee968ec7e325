// The theme while the page is open.
import { effect, signal } from "@preact/signals";
import { applyTheme, type Theme, storedTheme, storeTheme } from "./theme-choice";

/** The chosen theme. */
export const theme = signal<Theme>(storedTheme());
/** Increases whenever colours change, for drawings on a canvas. */
export const colours = signal(0);

effect(() => {
  applyTheme(theme.value);
  storeTheme(theme.value);
  colours.value = colours.peek() + 1;
});
for (const query of ["(prefers-color-scheme: dark)", "(forced-colors: active)"]) {
  matchMedia(query).addEventListener("change", () => {
    colours.value += 1;
  });
}
