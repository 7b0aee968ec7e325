// Runs before the first paint, so that a page never flashes in the wrong theme.
import { applyTheme, storedTheme } from "./app/theme-choice";

applyTheme(storedTheme());
