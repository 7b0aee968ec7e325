// Money in the smallest unit of its currency, as the API has it, and as people read and write it.
import { locale } from "../app/language";

/** How many digits of a currency stand behind the point. */
export function digits(currency: string): number {
  return new Intl.NumberFormat(locale, { style: "currency", currency }).resolvedOptions().maximumFractionDigits ?? 2;
}

/** `£4,200`, with cents where there are some. */
export function amount(minor: number, currency: string): string {
  const whole = minor / 10 ** digits(currency);
  const even = Number.isInteger(whole) ? { maximumFractionDigits: 0 } : {};
  return new Intl.NumberFormat(locale, { style: "currency", currency, ...even }).format(whole);
}

/** As it is written into a field: `4200` or `49.90`. */
export function written(minor: number | null, currency: string): string {
  if (minor === null) return "";
  const places = digits(currency);
  const whole = minor / 10 ** places;
  return Number.isInteger(whole) ? String(whole) : whole.toFixed(places);
}

/** What was written, in the smallest unit; null for nothing, `bad` for what is no amount. Points and commas are taken as the language has
 * them, and one that can only be a decimal one as that. */
export function read(text: string, currency: string): number | null | "bad" {
  const bare = text.replace(/[^\d.,]/g, "");
  if (bare === "") return text.trim() === "" ? null : "bad";
  const at = Math.max(bare.lastIndexOf("."), bare.lastIndexOf(","));
  const behind = at < 0 ? 0 : bare.length - at - 1;
  const isDecimal = at >= 0 && behind !== 3 && behind <= Math.max(digits(currency), 2);
  const value = Number(isDecimal ? `${bare.slice(0, at).replace(/\D/g, "")}.${bare.slice(at + 1)}` : bare.replace(/\D/g, ""));
  return Number.isFinite(value) ? Math.round(value * 10 ** digits(currency)) : "bad";
}

/** Sums by currency: `£9,450`, and where there are several `£9,450 · €200`. */
export function sums(values: { value_minor: number | null; currency: string | null }[]): string {
  const by = new Map<string, number>();
  for (const { value_minor, currency } of values) {
    if (value_minor !== null && currency !== null) by.set(currency, (by.get(currency) ?? 0) + value_minor);
  }
  return [...by].map(([currency, minor]) => amount(minor, currency)).join(" · ");
}
