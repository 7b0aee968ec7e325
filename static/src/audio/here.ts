// The address of the server that this script came from: on other sites' pages, not the page's own.

/** The absolute URL of a path on the server. */
export const here = (path: string): URL => new URL(path, import.meta.url);
