// Phone numbers as people write them, read as in schema/src/phone.rs.

/** Countries whose numbers may begin with a zero of their own, which is dialled from everywhere. */
const ZERO_OF_NUMBERS = /^\+(225|229|242|378|39)/;
/** Countries in which a zero is dialled before a number, and whose numbers never begin with one. */
const ZERO_BEFORE = /^(\+(?:27|31|32|33|41|43|44|46|49|61|64|353))0/;

/** What stands between digits: blanks, dashes of any width, and the invisible marks of a number that was copied. */
const BETWEEN = /[\s./−\p{Pd}\p{Cf}]/gu;

/** The characters to dial: without those that people put between digits, and without the zero of "+49 (0)30". A prefix such as 00 stays. */
export function dialled(text: string): string {
  const dense = text.replace(BETWEEN, "");
  const isWithZero = !dense.startsWith("+") || ZERO_OF_NUMBERS.test(dense);
  return (isWithZero ? dense : dense.replace("(0)", "")).replace(/[()]/g, "");
}

/** Digits for the plus: 00, in Australia 0011, which can't be 00 and a number of North America. */
const FOR_PLUS = /^00(?:11)?/;

/** A number without these characters and this zero, with `+` for 00. */
export function withoutMarks(text: string): string {
  return dialled(text.replace(BETWEEN, "").replace(FOR_PLUS, "+")).replace(FOR_PLUS, "+");
}

const isWhole = (number: string) => /^\+[1-9]\d{6,14}$/.test(number);

/** A number in the form of the API; null if it is incomplete or has no country code. */
export function numberIn(text: string): string | null {
  const plain = withoutMarks(text);
  return [plain.replace(ZERO_BEFORE, "$1"), plain].find(isWhole) ?? null;
}

/** A typed number for the API, which refuses it if it is incomplete; null if the field is empty. */
export function typedNumber(text: string): string | null {
  const typed = text.trim();
  return typed === "" ? null : (numberIn(typed) ?? typed);
}

/** Numbers separated by lines or commas, without duplicates; null if one is incomplete or has no country code. */
export function numbersIn(text: string): string[] | null {
  const parts = text.split(/[,;\n]/).filter((part) => part.trim() !== "");
  const numbers = parts.map(numberIn);
  return numbers.every((number) => number !== null) ? [...new Set(numbers)] : null;
}
