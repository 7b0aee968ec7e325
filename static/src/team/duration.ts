// Durations as text: `5 min`, `1 min 30 s`.
import { locale } from "../app/language";

const unit = (name: "second" | "minute" | "hour") => new Intl.NumberFormat(locale, { style: "unit", unit: name, unitDisplay: "short" });
const units = { hour: unit("hour"), minute: unit("minute"), second: unit("second") };

/** Seconds in the largest units that fit. */
export function durationInWords(seconds: number): string {
  const parts: [keyof typeof units, number][] = [
    ["hour", Math.floor(seconds / 3600)],
    ["minute", Math.floor(seconds / 60) % 60],
    ["second", seconds % 60],
  ];
  const said = parts.filter(([, n]) => n > 0).map(([name, n]) => units[name].format(n));
  return said.length === 0 ? units.second.format(0) : said.join(" ");
}
