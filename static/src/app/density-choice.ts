// How close rows stand was chosen for this browser, and where that is kept.

/** The choices. */
export type Density = "roomy" | "compact";

const KEY = "cordboard.density";

/** The choice of this browser; roomy where none was made, or where storage is refused. */
export function storedDensity(): Density {
  try {
    return localStorage.getItem(KEY) === "compact" ? "compact" : "roomy";
  } catch {
    return "roomy";
  }
}

/** Keeps the choice for the next visit. */
export function storeDensity(density: Density): void {
  try {
    localStorage.setItem(KEY, density);
  } catch {
    // A browser that stores nothing keeps it until the page is left.
  }
}

/** Shows it: tokens.css reads the attribute. */
export function applyDensity(density: Density): void {
  if (density === "compact") document.documentElement.dataset.density = density;
  else document.documentElement.removeAttribute("data-density");
}
