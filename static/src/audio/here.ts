// Address of the server that this script came from: on pages of other sites, not the page's own.

/** A path of the server, whole. */
export const here = (path: string): URL => new URL(path, import.meta.url);
