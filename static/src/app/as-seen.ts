// Names that a user types to confirm that they are meant.

/** A name as a page shows it, with several spaces as one: nobody can see how many to type. */
export const asSeen = (name: string): string => name.normalize("NFC").trim().replace(/\s+/g, " ");
