// Numbers as people write them.

/** A number without what people put between its digits. */
export function withoutMarks(text: string): string {
  return text.replace(/[\s()./-]/g, "").replace(/^00/, "+");
}

/** A number as the server is asked for it; null where it is no whole one with its country code. */
export function numberIn(text: string): string | null {
  const plain = withoutMarks(text);
  return /^\+[1-9]\d{6,14}$/.test(plain) ? plain : null;
}

/** Numbers with a line or a comma between them, each once; null where one is no whole number with its country code. */
export function numbersIn(text: string): string[] | null {
  const parts = text.split(/[,;\n]/).filter((part) => part.trim() !== "");
  const numbers = parts.map(numberIn);
  return numbers.every((number) => number !== null) ? [...new Set(numbers)] : null;
}
