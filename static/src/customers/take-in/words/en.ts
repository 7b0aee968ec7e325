// Words of the import of customers: English.
import { number, plural } from "../../../app/language";

const rows = (n: number) => `${number(n)} ${plural(n, { one: "row", other: "rows" })}`;

const words = {
  title: "Customers from a file",
  text: "A CSV file from a spreadsheet or an address book, with column names in the first row, and at most 20,000 rows and 8 MB. Callers are recognized by their numbers: a customer who has a number of a row already is not added again.",
  file: "File",
  fileHint: "You can also drop a file here.",
  tooLarge: "The file is larger than 8 MB. Split it into several files.",
  countryCode: "Country code of numbers without one",
  countryCodeHint: "Digits, such as 49. Empty: such numbers are rejected.",
  existing: "Customers who are there already",
  existingHint: "Numbers and tags are only added, and empty cells change nothing.",
  complete: "Fill what is empty",
  overwrite: "The file overwrites",
  columns: "Columns",
  column: "Column",
  examples: "Examples",
  has: "Contains",
  columnHas: (name: string) => `What the column ${name} contains`,
  fields: {
    skip: "Not imported",
    name: "Name",
    first_name: "First name",
    last_name: "Last name",
    company: "Company",
    phone: "Phone",
    email: "E-mail",
    address: "Address",
    language: "Language",
    tags: "Tags",
    notes: "Notes",
    sms_opted_out: "No text messages",
    do_not_call: "Not to be called",
  },
  looking: "Checking the file…",
  found: (created: number, changed: number, unchanged: number) =>
    `${number(created)} new, ${number(changed)} changed, ${number(unchanged)} unchanged.`,
  noNews: "There is nothing to import.",
  doNotCall: (n: number) => `${rows(n)} ${plural(n, { one: "puts", other: "put" })} numbers on the do-not-call list.`,
  recoded: (encoding: string) => `The file was read as ${encoding}. Check below that letters like é and ü are right.`,
  taking: "Importing…",
  goesOn: "You can close this window. The import goes on by itself.",
  taken: (created: number, changed: number, refused: number) =>
    `${number(created)} added, ${number(changed)} changed${refused > 0 ? `, ${rows(refused)} rejected` : ""}.`,
  correct: "Download the rejected rows, correct them, and import them again.",
  saveRefused: (n: string) => `Download ${n}`,
  refusedName: "customers-rejected.csv",
  takeInAll: (n: string) => `Import ${n}`,
  errors: "Errors",
  errorsHint: "These rows are skipped.",
  row: "Row",
  reason: "Reason",
  firsts: "First rows",
};
export default words;
/** Texts that every language has. */
export type Words = typeof words;
