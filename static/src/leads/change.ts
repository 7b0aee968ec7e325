// Changes to a lead: each is sent to the server, and its answer is shown.
import { change, messageOf } from "../api/client";
import type { Colleague, Lead, LeadStatus } from "../api/model";
import { useBusiness } from "../app/business";
import type { IconName } from "../app/icons";
import { tell } from "../app/toasts";
import { read } from "../words/money";
import { w } from "./words";

/** The fields of a lead that can be changed in the board and the table. */
export type Edit = Partial<Pick<Lead, "status" | "value_minor" | "currency" | "owner_id" | "next_step" | "notes">>;

/** Changes a lead; null if the server refused, which is reported. */
export async function edited(lead: Lead, edit: Edit): Promise<Lead | null> {
  try {
    return await change<Lead>("PATCH", `/api/v1/leads/${lead.id}`, edit);
  } catch (fault) {
    tell(messageOf(fault));
    return null;
  }
}

/** A typed value as a change; null if it is not an amount, which is reported. */
export function valueEdit(text: string, currency: string): Edit | null {
  const value_minor = read(text, currency);
  if (value_minor === "bad") {
    tell(w.noAmount);
    return null;
  }
  return value_minor === null ? { value_minor: null } : { value_minor, currency };
}

/** The currency of a lead without one: that of the other leads, otherwise the business's. */
export function useCurrency(leads: readonly Lead[]): string {
  const prices = useBusiness().value?.services.map(({ price }) => ("currency" in price ? price.currency : null)) ?? [];
  return leads.find(({ currency }) => currency !== null)?.currency ?? prices.find((currency) => currency !== null) ?? "EUR";
}

/** The icon of each status. */
export const statusIcons: Record<LeadStatus, IconName> = {
  new: "record",
  contacted: "calls",
  qualified: "star",
  won: "tick",
  lost: "cross",
};

/** The choices for a lead's owner. An owner who is no longer known stays in the list. */
export function ownerChoices(colleagues: Colleague[], owner: string | null): { value: string; label: string }[] {
  const all = colleagues.map(({ user_id, name }) => ({ value: user_id, label: name }));
  return owner === null || all.some(({ value }) => value === owner) ? all : [...all, { value: owner, label: w.formerColleague }];
}
