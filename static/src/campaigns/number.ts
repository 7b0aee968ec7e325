// Phone numbers as people write them.

/** A number without the characters that people put between its digits. */
export function withoutMarks(text: string): string {
  return text.replace(/[\s()./-]/g, "").replace(/^00/, "+");
}

/** A number in the form of the API; null if it is incomplete or has no country code. */
export function numberIn(text: string): string | null {
  const plain = withoutMarks(text);
  return /^\+[1-9]\d{6,14}$/.test(plain) ? plain : null;
}

/** Numbers separated by lines or commas, without duplicates; null if one is incomplete or has no country code. */
export function numbersIn(text: string): string[] | null {
  const parts = text.split(/[,;\n]/).filter((part) => part.trim() !== "");
  const numbers = parts.map(numberIn);
  return numbers.every((number) => number !== null) ? [...new Set(numbers)] : null;
}
