// Prints figures.
import { setting } from "./stage.mjs";

/** Prints the number of values (in ms), their median, their 95th percentile and the maximum. */
export function print(what, values) {
  const sorted = [...values].sort((one, other) => one - other);
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)];
  const ms = (value) => `${Math.round(value)} ms`;
  console.log(`measure ${what}: n=${sorted.length} p50=${ms(at(0.5))} p95=${ms(at(0.95))} max=${ms(sorted.at(-1))} (${setting.build} build)`);
}
