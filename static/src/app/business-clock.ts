// The clock of the business: its zone, and days and times on it, whatever zone the browser is in.
import { computed } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { business, useKeptBusiness } from "./business";
import { clockZone } from "./clock-zone";

/** The browser's zone. */
export const ownZone = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** The zone, as far as it is known. */
export interface BusinessZone {
  /** Null until it is known. Readers who may not know it have the browser's. */
  zone: string | null;
  /** Why it is not known; else empty. */
  fault: string;
  again: () => Promise<void>;
}

const known = computed<BusinessZone>(() => {
  const { isHidden, value, fault, again } = business.value;
  const zone = isHidden ? ownZone : value === null ? null : shownZone(value.time_zone);
  return { zone, fault, again };
});

/** The zone, as the frame has it. */
export function useBusinessZone(): BusinessZone {
  return known.value;
}

/** Whether it is still on its way: no page shows a time before, which would be another one a moment later. */
export const isZoneAwaited = computed(() => known.value.zone === null && known.value.fault === "");

/** A zone itself; UTC where this browser does not know it, as the business's page has it. */
function shownZone(zone: string): string {
  try {
    ahead(0, zone);
    return zone;
  } catch {
    return "UTC";
  }
}

/** Has the pages' times go by the business's clock while somebody is signed in. For the frame alone, which outlives the pages in it. */
export function useBusinessClock(): void {
  useKeptBusiness();
  const { zone } = known.value;
  useEffect(() => {
    clockZone.value = zone ?? undefined;
  }, [zone]);
  useEffect(
    () => () => {
      clockZone.value = undefined;
    },
    [],
  );
}

/** The zone by whose clock the pages show and take times: the business's, and the browser's where that can't be known. */
export function zoneHere(): string {
  return clockZone.value ?? ownZone;
}

/** A place on the clock of a zone: the day as `2026-11-24`, and minutes since its midnight. */
export interface Place {
  day: string;
  minutes: number;
}

const DAY_MS = 86_400_000;
const forms = new Map<string, Intl.DateTimeFormat>();

/** By how much the clock of a zone is ahead of UTC, in ms. */
function ahead(at: number, zone: string): number {
  // Swedish writes a moment as ISO 8601 does.
  const form = forms.get(zone) ?? new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "medium" });
  forms.set(zone, form);
  return Date.parse(`${form.format(at).replace(" ", "T")}Z`) - Math.floor(at / 1000) * 1000;
}

/** Time on the clock of a zone at a moment. */
export function placeOf(at: Date, zone: string): Place {
  const wall = new Date(at.getTime() + ahead(at.getTime(), zone));
  return { day: wall.toISOString().slice(0, 10), minutes: wall.getUTCHours() * 60 + wall.getUTCMinutes() };
}

/** When the clock of a zone is there. Of an hour that a day has twice it is the first; of one that it has not, the same time behind. */
export function momentOf({ day, minutes }: Place, zone: string): Date {
  const wall = Date.parse(`${day}T00:00:00Z`) + minutes * 60_000;
  // By the clock as it is set a day before, and a day behind: they differ where it is turned between.
  const before = wall - ahead(wall - DAY_MS, zone);
  const behind = wall - ahead(wall + DAY_MS, zone);
  const found = [before, behind].filter((at) => at + ahead(at, zone) === wall);
  return new Date(found.length > 0 ? Math.min(...found) : before);
}

/** The day so many days later. */
export function dayAfter(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}

/** Whether a text is a day. */
export function isDay(text: string | null): text is string {
  return text !== null && /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(`${text}T00:00:00Z`));
}
