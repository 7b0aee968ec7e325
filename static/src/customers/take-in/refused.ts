// The rows of an imported file that were refused, as a file in which they can be corrected.
import type { CustomerImport } from "../../api/model";

/** How long the browser has to begin the download, in ms. */
const DOWNLOAD_MS = 1_000;

/** A cell that spreadsheets don't take for a formula. The server does the same with the cells of rows. */
const harmless = (text: string) => (/^[=+\-@＝＋－＠\t\r\n]/.test(text) ? `'${text}` : text);

const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;

/** The file's text: the columns of the imported file, and one with the reasons. */
export function refusedText({ columns, refused_rows }: Pick<CustomerImport, "columns" | "refused_rows">, reason: string): string {
  const head = [...columns.map(({ name }) => harmless(name)), reason];
  const rows = refused_rows.map(({ cells, faults }) => [
    ...columns.map((_, at) => cells[at] ?? ""),
    faults.map((fault) => `${fault.field} ${fault.reason}`).join("; "),
  ]);
  return [head, ...rows].map((row) => `${row.map(quoted).join(",")}\r\n`).join("");
}

/** Downloads the file. Spreadsheets recognize UTF-8 by its byte order mark. */
export function saveRefused(done: CustomerImport, name: string, reason: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob(["\ufeff", refusedText(done, reason)], { type: "text/csv" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), DOWNLOAD_MS);
}
