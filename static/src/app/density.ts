// The row density while the page is open.
import { effect, signal } from "@preact/signals";
import { applyDensity, type Density, storeDensity, storedDensity } from "./density-choice";

/** The choice. */
export const density = signal<Density>(storedDensity());

effect(() => {
  applyDensity(density.value);
  storeDensity(density.value);
});
