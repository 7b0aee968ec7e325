// Downloading a file that the page itself makes.

/** How long the browser has to begin the download, in ms. */
const BEGIN_MS = 1_000;

/** Downloads a file of this name. */
export function download(file: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), BEGIN_MS);
}
