// Money in the smallest unit of its currency, as the API has it, and as people read and write it.
import { locale } from "../app/language";

/** How many digits of a currency are behind the point: those of ISO 4217, as in schema/src/business/money.rs. `Intl` has others for
 * some, as none for the forint, which would read an amount of the API wrong. */
export function minorDigits(currency: string): number {
  if (/^(BIF|CLP|DJF|GNF|ISK|JPY|KMF|KRW|PYG|RWF|UGX|UYI|VND|VUV|XAF|XOF|XPF)$/.test(currency)) return 0;
  return /^(BHD|IQD|JOD|KWD|LYD|OMR|TND)$/.test(currency) ? 3 : 2;
}

function format(minor: number, currency: string, digits: number): string {
  const form = { style: "currency", currency, minimumFractionDigits: digits, maximumFractionDigits: digits } as const;
  return new Intl.NumberFormat(locale, form).format(minor / 10 ** minorDigits(currency));
}

/** `£4,200.00`: with all digits behind the point. */
export function exactAmount(minor: number, currency: string): string {
  return format(minor, currency, minorDigits(currency));
}

/** `£4,200`, with cents where there are some. */
export function amount(minor: number, currency: string): string {
  const digits = minorDigits(currency);
  return format(minor, currency, minor % 10 ** digits === 0 ? 0 : digits);
}

/** As it is written into a field, with the language's own sign before the cents: `4200` or `49.90`. */
export function written(minor: number | null, currency: string): string {
  if (minor === null) return "";
  const places = minorDigits(currency);
  const whole = minor / 10 ** places;
  const digits = Number.isInteger(whole) ? 0 : places;
  return new Intl.NumberFormat(locale, { useGrouping: false, minimumFractionDigits: digits, maximumFractionDigits: digits }).format(whole);
}

/** Written amount, in the smallest unit; null for nothing, `bad` for a text that is no amount, or one with parts of that unit. `1.234,50` and
 * `1,234.50` are the same. */
export function read(text: string, currency: string): number | null | "bad" {
  const bare = text.replace(/[^\d.,]/g, "");
  if (bare === "") return text.trim() === "" ? null : "bad";
  // A negative amount, or two: `1.200,-` is neither.
  if (/[-−–]\D*\d/.test(text)) return "bad";
  const digits = minorDigits(currency);
  const at = Math.max(bare.lastIndexOf("."), bare.lastIndexOf(","));
  const after = at < 0 ? 0 : bare.length - at - 1;
  const before = at < 0 ? "" : bare.slice(0, at);
  // Three digits after the last sign are thousands, unless the currency has three decimals. In `0.500` and `1,200.500` they are decimals.
  const hasOtherSign = before.includes(bare[at] === "." ? "," : ".");
  const isThousands = after === 3 && digits !== 3 && /[1-9]/.test(before) && !hasOtherSign;
  const isDecimal = at >= 0 && !isThousands;
  if (isDecimal && /[1-9]/.test(bare.slice(at + 1 + digits))) return "bad";
  const value = Number(isDecimal ? `${before.replace(/\D/g, "")}.${bare.slice(at + 1)}` : bare.replace(/\D/g, ""));
  return Number.isFinite(value) ? Math.round(value * 10 ** digits) : "bad";
}

/** Sums by currency: `£9,450`, and where there are several `£9,450 · €200`. */
export function sums(values: { value_minor: number | null; currency: string | null }[]): string {
  const by = new Map<string, number>();
  for (const { value_minor, currency } of values) {
    if (value_minor !== null && currency !== null) by.set(currency, (by.get(currency) ?? 0) + value_minor);
  }
  return [...by].map(([currency, minor]) => amount(minor, currency)).join(" · ");
}
