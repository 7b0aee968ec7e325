// Where the server is that this script came from: on pages of other sites, elsewhere than the page.

/** A path of the server, whole. */
export const here = (path: string): URL => new URL(path, import.meta.url);
