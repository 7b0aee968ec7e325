// The chosen row density of this browser, and its storage.

/** The choices. */
export type Density = "roomy" | "compact";

const KEY = "cordboard.density";

/** The choice of this browser; roomy if there is none or storage is refused. */
export function storedDensity(): Density {
  try {
    return localStorage.getItem(KEY) === "compact" ? "compact" : "roomy";
  } catch {
    return "roomy";
  }
}

/** Stores the choice for the next visit. */
export function storeDensity(density: Density): void {
  try {
    localStorage.setItem(KEY, density);
  } catch {
    // A browser without storage keeps it until the page is left.
  }
}

/** Applies it: tokens.css reads the attribute. */
export function applyDensity(density: Density): void {
  if (density === "compact") document.documentElement.dataset.density = density;
  else document.documentElement.removeAttribute("data-density");
}
