// Figures that are being recounted, because the business has another time zone.
import { useEffect, useRef } from "preact/hooks";
import type { components } from "../api/types";
import { Icon } from "../app/icons";
import type { Loaded } from "../app/load";

type Report = components["schemas"]["Report"];

/** How often the page asks whether that is finished, in ms. */
const AGAIN_MS = 5_000;

/** Says so while it lasts, and polls for its end. `say`: the text, with the zone that the figures still have and the next one. */
export function CountedAnew({ report, say }: { report: Loaded<Report>; say: (zone: string, next: string) => string }) {
  const { tz, next_tz: next } = report.value ?? { tz: "", next_tz: null };
  const renew = useRef(report.renew);
  renew.current = report.renew;
  const lasts = next !== null;
  useEffect(() => {
    if (!lasts) return undefined;
    const timer = setInterval(() => void renew.current(), AGAIN_MS);
    return () => clearInterval(timer);
  }, [lasts]);
  if (next === null) return null;
  return (
    <div class="notice" role="status">
      <Icon name="wait" />
      <p>{say(tz, next)}</p>
    </div>
  );
}
