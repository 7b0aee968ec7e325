// The names of a file's columns, so that a user who imports it can assign them. The server reads the file itself: this is only for the choices.

/** The first line is read from this many bytes of a file. */
const HEAD_BYTES = 64 * 1024;
const SEPARATORS = [",", ";", "\t", "|"];

/** The columns of a file, in order; empty if its first line can't be read. */
export async function columnsOf(file: Blob): Promise<string[]> {
  const bytes = new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer());
  const names = cellsOf(decoded(bytes)).map((name) => name.trim());
  // A column without a name can't be chosen; the server refuses one that occurs twice.
  return [...new Set(names.filter((name) => name !== ""))];
}

function decoded(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder("utf-16le").decode(bytes);
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder("utf-16be").decode(bytes);
  try {
    // The end may be in the middle of a character.
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: true });
  } catch {
    return new TextDecoder("windows-1252").decode(bytes);
  }
}

/** The cells of the first row, split at the separator that a line such as `sep=;` before it names, or at the most frequent one. */
function cellsOf(text: string): string[] {
  const lines = text.split(/\r\n|\r|\n/);
  const named = /^"?sep=(.)"?$/i.exec(lines[0] ?? "")?.[1];
  const first = lines[named === undefined ? 0 : 1] ?? "";
  const count = (sign: string) => first.split(sign).length;
  const frequent = SEPARATORS.reduce((best, sign) => (count(sign) > count(best) ? sign : best));
  const separator = named !== undefined && SEPARATORS.includes(named) ? named : frequent;
  const cells = [""];
  let isQuoted = false;
  for (const character of first) {
    const at = cells.length - 1;
    if (character === '"') isQuoted = !isQuoted;
    else if (character === separator && !isQuoted) cells.push("");
    else cells[at] += character;
  }
  return cells;
}
