// The rows of an imported file that were refused, as a file in which they can be corrected.
import type { CustomerImport } from "../../api/model";
import { download } from "../../app/download";

/** A cell that spreadsheets don't take for a formula. The server does the same with the cells of rows. */
const harmless = (text: string) => (/^[=+\-@＝＋－＠\t\r\n]/.test(text) ? `'${text}` : text);

const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;

/** The file's text: the columns of the imported file, and one with the reasons. */
function refusedText({ columns, refused_rows }: CustomerImport, reason: string): string {
  const head = [...columns.map(({ name }) => harmless(name)), reason];
  const rows = refused_rows.map(({ cells, faults }) => [
    ...columns.map((_, at) => cells[at] ?? ""),
    faults.map((fault) => `${fault.field} ${fault.reason}`).join("; "),
  ]);
  return [head, ...rows].map((row) => `${row.map(quoted).join(",")}\r\n`).join("");
}

/** Downloads the file. Spreadsheets recognize UTF-8 by its byte order mark. */
export function saveRefused(done: CustomerImport, name: string, reason: string): void {
  download(new Blob(["\ufeff", refusedText(done, reason)], { type: "text/csv" }), name);
}
