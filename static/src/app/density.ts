// How close rows stand, for this browser: tokens.css reads the attribute.
import { effect, signal } from "@preact/signals";

/** What can be chosen. */
export type Density = "roomy" | "compact";

const KEY = "cordboard.density";

function stored(): Density {
  try {
    return localStorage.getItem(KEY) === "compact" ? "compact" : "roomy";
  } catch {
    return "roomy";
  }
}

/** The choice of this browser. */
export const density = signal<Density>(stored());

effect(() => {
  const { value } = density;
  if (value === "compact") document.documentElement.dataset.density = value;
  else document.documentElement.removeAttribute("data-density");
  try {
    localStorage.setItem(KEY, value);
  } catch {
    // A browser that stores nothing keeps it until the page is left.
  }
});
