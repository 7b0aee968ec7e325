// Breakpoints by the room on the page.

/** From this size on the desk has a column next to the call. */
export const COLUMN_MIN = "(min-width: 1101px)";
/** From this size on the desk fits the window, and its columns scroll separately. */
export const FITS = "(min-width: 1101px) and (min-height: 701px)";
/** From this size on the agent's calls have a column of their own. */
export const CALLS_MIN = "(min-width: 901px)";
