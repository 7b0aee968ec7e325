// The clock of the business: its time zone, and days and times in it, regardless of the browser's zone.
import { computed } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { business, useKeptBusiness } from "./business";
import { clockZone } from "./clock-zone";

/** The browser's zone. */
export const ownZone = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** The zone, as far as it is known. */
export interface BusinessZone {
  /** Null until it is known. For users who may not read it, it is the browser's. */
  zone: string | null;
  /** Why it is not known; otherwise empty. */
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

/** Whether it is still loading. No page shows a time before that, because the time would change a moment later. */
export const isZoneAwaited = computed(() => known.value.zone === null && known.value.fault === "");

/** The zone itself; UTC if this browser does not know it, as on the page about the business. */
function shownZone(zone: string): string {
  try {
    ahead(0, zone);
    return zone;
  } catch {
    return "UTC";
  }
}

/** Makes the pages' times follow the business's clock while somebody is signed in. For the frame only, which outlives the pages in it. */
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

/** The zone in which the pages show and accept times: the business's, or the browser's if that can't be known. */
export function zoneHere(): string {
  return clockZone.value ?? ownZone;
}

/** A time on the clock of a zone: the day as `2026-11-24`, and minutes since its midnight. */
export interface Place {
  day: string;
  minutes: number;
}

const DAY_MS = 86_400_000;
const forms = new Map<string, Intl.DateTimeFormat>();

/** How far the clock of a zone is ahead of UTC, in ms. */
function ahead(at: number, zone: string): number {
  // Swedish formats a time as ISO 8601 does.
  const form = forms.get(zone) ?? new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "medium" });
  forms.set(zone, form);
  return Date.parse(`${form.format(at).replace(" ", "T")}Z`) - Math.floor(at / 1000) * 1000;
}

/** The time on the clock of a zone at a moment. */
export function placeOf(at: Date, zone: string): Place {
  const wall = new Date(at.getTime() + ahead(at.getTime(), zone));
  return { day: wall.toISOString().slice(0, 10), minutes: wall.getUTCHours() * 60 + wall.getUTCMinutes() };
}

/** When the clock of a zone shows this time. In an hour that occurs twice it is the first; for one that is skipped, the same time after the gap. */
export function momentOf({ day, minutes }: Place, zone: string): Date {
  const wall = Date.parse(`${day}T00:00:00Z`) + minutes * 60_000;
  // By the offset a day before and a day after: they differ if the clock changes in between.
  const before = wall - ahead(wall - DAY_MS, zone);
  const after = wall - ahead(wall + DAY_MS, zone);
  const found = [before, after].filter((at) => at + ahead(at, zone) === wall);
  return new Date(found.length > 0 ? Math.min(...found) : before);
}

/** The day this many days later. */
export function dayAfter(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}

/** Whether a text is a day. */
export function isDay(text: string | null): text is string {
  return text !== null && /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(`${text}T00:00:00Z`));
}
