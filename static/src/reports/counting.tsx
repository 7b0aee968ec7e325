// Figures that are being counted anew, because the business has another time zone.
import { useEffect, useRef } from "preact/hooks";
import type { components } from "../api/types";
import { Icon } from "../app/icons";
import type { Loaded } from "../app/load";
import { w } from "./words";

type Report = components["schemas"]["Report"];

/** How often it is asked whether that is done, in ms. */
const AGAIN_MS = 5_000;

/** Says so as long as it lasts, and looks for its end. */
export function CountedAnew({ report }: { report: Loaded<Report> }) {
  const { tz, next_tz: next } = report.value ?? { tz: "", next_tz: null };
  const again = useRef(report.again);
  again.current = report.again;
  const lasts = next !== null;
  useEffect(() => {
    if (!lasts) return undefined;
    const timer = setInterval(() => void again.current(), AGAIN_MS);
    return () => clearInterval(timer);
  }, [lasts]);
  if (next === null) return null;
  return (
    <div class="notice" role="status">
      <Icon name="wait" />
      <p>{w.counting(tz, next)}</p>
    </div>
  );
}
