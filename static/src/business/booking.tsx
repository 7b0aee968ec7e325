// How a business is booked: what each service keeps free and allows at the same time, and how early and how far ahead.
import type { BookingRules, Business, Service } from "../api/model";
import { BookingRulesBody } from "../api/rules";
import { LeverField, NumberField, TextField } from "../app/form/fields";
import type { Draft, Faults } from "../app/form/record";
import { partOf, rowFaults } from "../app/form/rows";
import { filled } from "../app/form/rules";
import { number } from "../app/language";
import { priceInWords } from "./price";
import { w } from "./words";

/** The rules of a business that has set none. */
const USUAL: BookingRules = { notice_hours: 1, horizon_days: null };
/** Their faults among those of the business. */
const PREFIX = "bookings.0.";
const RULES = filled(BookingRulesBody, "notice_hours");

/** The rules of a business; the server leaves them out if none were set. */
function rulesOf({ bookings }: Business): BookingRules {
  return (bookings as BookingRules | undefined) ?? USUAL;
}

/** The fields of a service that are about its appointments. */
export function BookingOfService({ draft }: { draft: Draft<Service> }) {
  const { capacity, begins_together } = draft.value;
  return (
    <>
      <div class="pair">
        <NumberField draft={draft} name="buffer_before_minutes" label={w.services.before} unit={w.services.minutesUnit} step={5} hint={w.services.beforeHint} />
        <NumberField draft={draft} name="buffer_after_minutes" label={w.services.after} unit={w.services.minutesUnit} step={5} hint={w.services.afterHint} />
      </div>
      <div class="pair">
        <NumberField draft={draft} name="capacity" label={w.services.atOnce} hint={w.services.atOnceHint} />
        <TextField draft={draft} name="resource" label={w.services.resource} hint={w.services.resourceHint} />
      </div>
      {((capacity ?? 1) > 1 || begins_together === true) && (
        <LeverField draft={draft} name="begins_together" label={w.services.together} hint={w.services.togetherHint} />
      )}
    </>
  );
}

/** A service's price and length, and the unusual rules for its appointments, in words. */
export function serviceInWords(service: Service): string[] {
  const { duration_minutes: took, buffer_before_minutes: before, buffer_after_minutes: after, capacity, resource } = service;
  return [
    priceInWords(service.price),
    ...(took === null ? [] : [w.services.took(String(took))]),
    ...(before || after ? [w.services.keeps(number(before ?? 0), number(after ?? 0))] : []),
    ...((capacity ?? 1) > 1 ? [w.services.several(number(capacity ?? 1))] : []),
    ...(resource?.trim() ? [resource.trim()] : []),
  ];
}

/** The service to send: empty fields about its appointments have their usual values. */
export function serviceToSend(service: Service): Service {
  const { buffer_before_minutes: before, buffer_after_minutes: after, capacity, begins_together: together, resource, ...others } = service;
  return {
    ...others,
    ...(before ? { buffer_before_minutes: before } : {}),
    ...(after ? { buffer_after_minutes: after } : {}),
    ...(capacity == null || capacity === 1 ? {} : { capacity }),
    ...(together ? { begins_together: together } : {}),
    ...(resource?.trim() ? { resource: resource.trim() } : {}),
  };
}

/** The section with the rules of the whole business. */
export function BookingsFields({ draft }: { draft: Draft<Business> }) {
  const own = partOf(draft, PREFIX, RULES, rulesOf(draft.value), (to) => draft.set("bookings", to));
  return (
    <>
      <div class="pair">
        <NumberField draft={own} name="notice_hours" label={w.bookings.notice} unit={w.bookings.hours} hint={w.bookings.noticeHint} />
        <NumberField draft={own} name="horizon_days" label={w.bookings.horizon} unit={w.bookings.days} hint={w.bookings.horizonHint} />
      </div>
      <p class="error" role="alert">
        {draft.faults.bookings ?? ""}
      </p>
    </>
  );
}

/** The faults of these rules. */
export function bookingFaults(business: Business): Faults {
  return rowFaults("bookings", [rulesOf(business)], RULES);
}

/** The rules in words; empty for the usual ones. */
export function bookingRulesInWords(business: Business): string[] {
  const { notice_hours, horizon_days } = rulesOf(business);
  return [
    ...(notice_hours === USUAL.notice_hours ? [] : [`${w.bookings.notice}: ${number(notice_hours)} ${w.bookings.hours}`]),
    ...(horizon_days === null ? [] : [`${w.bookings.horizon}: ${number(horizon_days)} ${w.bookings.days}`]),
  ];
}
