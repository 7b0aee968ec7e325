// The business profile: the frame loads it once for itself and for the pages in it, and again when it changes.
import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { may } from "../api/me";
import type { BusinessView } from "../api/model";
import { type Loaded, useLoaded } from "./load";

/** The profile, as far as it is known. `isHidden`: whether the user may not read it; then it is not requested. */
interface Kept extends Loaded<BusinessView> {
  isHidden: boolean;
}

const UNKNOWN: Kept = {
  isHidden: false,
  value: null,
  fault: "",
  busy: true,
  again: () => Promise.resolve(),
  renew: () => Promise.resolve(),
  show: () => undefined,
  edit: () => undefined,
};

/** The profile, as the frame has it. */
export const business = signal(UNKNOWN);

/** Keeps it up to date while somebody is signed in. For the frame only, which outlives the pages in it. */
export function useKeptBusiness(): void {
  const isHidden = may("business_read") === false;
  const loaded = useLoaded<BusinessView>(isHidden ? null : "/api/v1/business-profile", ["business_profile"]);
  const { value, busy } = loaded;
  // While a profile that could not be read is requested again, the error stays. Otherwise the page that retries would disappear, with everything that
  // was typed into it.
  const last = useRef("");
  if (!busy || value !== null) last.current = loaded.fault;
  const fault = last.current;
  useEffect(() => {
    business.value = { ...loaded, isHidden, fault };
  }, [isHidden, value, fault, busy]);
  useEffect(
    () => () => {
      business.value = UNKNOWN;
    },
    [],
  );
}

/** The profile for a page in the frame. */
export function useBusiness(): Loaded<BusinessView> {
  return business.value;
}
