// The zone of the business's clock, by which its days are counted, whatever zone the browser is in.
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { may } from "../api/me";
import type { BusinessProfile } from "../api/model";
import { useLoaded } from "./load";

/** The browser's zone. */
export const ownZone = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** As it was told last, so that "back" finds a page as it was left while it is asked for anew. */
const known = signal<string | null>(null);

/** The zone; null until it is known. Readers who may not know it have the browser's. */
export function useBusinessZone(): { zone: string | null; fault: string; again: () => Promise<void> } {
  const isHidden = may("business_read") === false;
  const { value, fault, again } = useLoaded<BusinessProfile>(isHidden ? null : "/api/v1/business-profile", ["business_profile"]);
  useEffect(() => {
    if (value) known.value = value.time_zone;
  }, [value]);
  return { zone: isHidden ? ownZone : (value?.time_zone ?? known.value), fault, again };
}
