// A number that is looked for.

/** A number as the server is asked for it; null where it is no whole one with its country code. */
export function numberIn(text: string): string | null {
  const plain = text.replace(/[\s()./-]/g, "").replace(/^00/, "+");
  return /^\+[1-9]\d{6,14}$/.test(plain) ? plain : null;
}
