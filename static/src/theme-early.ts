// Runs before the first paint, so that a page never flashes in the wrong theme, and no row jumps.
import { applyDensity, storedDensity } from "./app/density-choice";
import { applyTheme, storedTheme } from "./app/theme-choice";

applyTheme(storedTheme());
applyDensity(storedDensity());
