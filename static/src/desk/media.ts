// Room of the page.

/** From here on the desk has a column beside the call. */
export const COLUMN_MIN = "(min-width: 1101px)";
/** From here on the desk fits the window, and its columns scroll alone. */
export const FITS = "(min-width: 1101px) and (min-height: 701px)";
/** From here on the agent's calls have a column of their own. */
export const CALLS_MIN = "(min-width: 901px)";
