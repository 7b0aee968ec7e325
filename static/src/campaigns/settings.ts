// The settings of a campaign as the form holds them, flat, and as they are sent.
import { Problem } from "../api/client";
import type { Campaign, CampaignSettings } from "../api/model";
import { CampaignBody, CampaignSettingsBody, RetriesBody, RetryBody, RulesBody, VariantBBody } from "../api/rules";
import type { Faults } from "../app/form/record";
import { faultOf, type Rules } from "../app/form/rules";
import { conditionField, conditionFields, conditionsOf, faultsInFilter, type FilterFields, filterOf } from "./filter";
import { daysOf, lineOf, WEEK, type Weekday, windowsOf, zonesOf } from "./hours";
import { numbersIn } from "../words/phone";
import { w } from "./words";

/** The outcomes after which a contact is called again. */
export const TRIED_AGAIN = ["busy", "no_answer", "machine", "failed", "declined", "abandoned"] as const;
/** One of these outcomes. */
export type TriedAgain = (typeof TRIED_AGAIN)[number];

/** The fields. Pauses are in minutes. */
export type Fields = {
  name: string;
  profile: string | null;
  version: number | null;
  goal: string | null;
  has_variant: boolean;
  variant_profile: string | null;
  variant_version: number | null;
  variant_share: number | null;
  switch: string | null;
  from: string;
  /** One per line. */
  caller_ids: string;
  /** Text that is typed in their field and not accepted yet. */
  caller_id: string;
  caller_id_calls_per_day_max: number | null;
  answer_timeout_s: number | null;
  voicemail: "hang_up" | "talk" | "leave_message";
  mailbox_detection: CampaignSettings["mailbox_detection"];
  mailbox_disposition: string | null;
  sends_email: boolean;
  message: string;
  mode: CampaignSettings["rules"]["mode"];
  queue: string | null;
  abandoned_permille_max: number | null;
  abandoned_message: string;
  at_once_max: number | null;
  per_minute_max: number | null;
  consent: string;
  days_off: string;
  assumed_zones: string;
  tries_max: number | null;
  best_hour: boolean;
} & FilterFields &
  Record<`day${Weekday}`, string> &
  Record<`${TriedAgain}_${"tries" | "pause" | "growth"}`, number | null>;

const usually = (tries: number, pause_s: number, growth_percent: number) => ({ tries, pause_s, growth_percent });

/** The server's defaults. */
const USUAL: CampaignSettings = {
  profile: null,
  version: null,
  variant: null,
  goal: null,
  switch: null,
  from: null,
  caller_ids: [],
  caller_id_calls_per_day_max: 100,
  answer_timeout_s: 30,
  voicemail: { do: "hang_up" },
  mailbox_detection: "auto",
  mailbox_disposition: null,
  sends_email: false,
  queue: null,
  abandoned_message: "",
  filter: { needs: "all", conditions: [] },
  rules: {
    mode: "assistants",
    abandoned_permille_max: 30,
    at_once_max: 1,
    per_minute_max: 30,
    hours: { windows: [], days_off: [], assumed_zones: [] },
    consent: "",
    retries: {
      tries_max: 5,
      best_hour: false,
      busy: usually(3, 900, 200),
      no_answer: usually(3, 14_400, 200),
      declined: usually(1, 86_400, 100),
      machine: usually(3, 21_600, 200),
      failed: usually(3, 600, 300),
      abandoned: usually(2, 259_200, 100),
    },
  },
};

/** The minimum ringing time for campaigns with agents, in s. */
const RINGS_S_MIN = 15;

/** Whether agents talk, and not an assistant. */
export function hasAgents({ mode }: Pick<Fields, "mode">): boolean {
  return mode !== "assistants";
}

/** The form's values for a campaign, or for a new one. */
export function fieldsOf(campaign: Campaign | null): Fields {
  const { rules, voicemail, from, caller_ids, variant, filter, ...settings } = campaign?.settings ?? USUAL;
  const days = WEEK.map((day) => [`day${day}`, lineOf(rules.hours.windows, day)]);
  const retries = TRIED_AGAIN.flatMap((outcome) => {
    const { tries, pause_s, growth_percent } = rules.retries[outcome];
    return [
      [`${outcome}_tries`, tries],
      [`${outcome}_pause`, pause_s / 60],
      [`${outcome}_growth`, growth_percent],
    ];
  });
  return {
    name: campaign?.name ?? "",
    ...settings,
    has_variant: variant !== null,
    variant_profile: variant?.profile ?? null,
    variant_version: variant?.version ?? null,
    variant_share: (variant?.share_permille ?? 500) / 10,
    from: from ?? "",
    caller_ids: caller_ids.join("\n"),
    caller_id: "",
    voicemail: voicemail.do,
    message: voicemail.do === "leave_message" ? voicemail.text : "",
    mode: rules.mode,
    abandoned_permille_max: rules.abandoned_permille_max,
    at_once_max: rules.at_once_max,
    per_minute_max: rules.per_minute_max,
    consent: rules.consent,
    filter_needs: filter.needs,
    filter_conditions: conditionsOf(filter),
    days_off: rules.hours.days_off.join(", "),
    assumed_zones: rules.hours.assumed_zones.join(", "),
    tries_max: rules.retries.tries_max,
    best_hour: rules.retries.best_hour,
    ...(Object.fromEntries([...days, ...retries]) as Pick<Fields, `day${Weekday}` | `${TriedAgain}_${"tries" | "pause" | "growth"}`>),
  };
}

/** The caller IDs together with the typed one; null if that is not a complete number. */
function callerIdsOf({ caller_ids, caller_id }: Fields): string[] | null {
  return numbersIn(`${caller_ids}\n${caller_id}`);
}

/** The settings in fields that have been checked. */
export function settingsOf(fields: Fields): CampaignSettings {
  const retry = (outcome: TriedAgain) => {
    const pause = fields[`${outcome}_pause`];
    const { tries, pause_s, growth_percent } = USUAL.rules.retries[outcome];
    return {
      tries: fields[`${outcome}_tries`] ?? tries,
      pause_s: pause === null ? pause_s : Math.round(pause * 60),
      growth_percent: fields[`${outcome}_growth`] ?? growth_percent,
    };
  };
  const [busy, no_answer, machine, failed, declined, abandoned] = [
    retry("busy"),
    retry("no_answer"),
    retry("machine"),
    retry("failed"),
    retry("declined"),
    retry("abandoned"),
  ];
  const variant = {
    profile: fields.variant_profile,
    version: fields.variant_version,
    share_permille: Math.round((fields.variant_share ?? 50) * 10),
  };
  return {
    profile: fields.profile,
    version: fields.version,
    // Campaigns with agents compare no profiles.
    variant: fields.has_variant && fields.mode === "assistants" ? variant : null,
    goal: fields.goal,
    switch: fields.switch?.trim() || null,
    from: fields.from.trim() || null,
    caller_ids: callerIdsOf(fields) ?? [],
    caller_id_calls_per_day_max: fields.caller_id_calls_per_day_max ?? USUAL.caller_id_calls_per_day_max,
    answer_timeout_s: fields.answer_timeout_s ?? USUAL.answer_timeout_s,
    voicemail: fields.voicemail === "leave_message" ? { do: "leave_message", text: fields.message } : { do: fields.voicemail },
    mailbox_detection: fields.mailbox_detection,
    mailbox_disposition: fields.mailbox_disposition,
    sends_email: fields.sends_email,
    queue: fields.queue,
    abandoned_message: fields.abandoned_message,
    filter: filterOf(fields),
    rules: {
      mode: fields.mode,
      abandoned_permille_max: fields.abandoned_permille_max ?? USUAL.rules.abandoned_permille_max,
      at_once_max: fields.at_once_max ?? USUAL.rules.at_once_max,
      per_minute_max: fields.per_minute_max ?? USUAL.rules.per_minute_max,
      consent: fields.consent,
      hours: {
        windows: WEEK.flatMap((day) => windowsOf(fields[`day${day}`], day) ?? []),
        days_off: daysOf(fields.days_off) ?? [],
        assumed_zones: zonesOf(fields.assumed_zones) ?? [],
      },
      retries: {
        tries_max: fields.tries_max ?? USUAL.rules.retries.tries_max,
        best_hour: fields.best_hour,
        busy,
        no_answer,
        machine,
        failed,
        declined,
        abandoned,
      },
    },
  };
}

/** The rules for each field. */
export const rules: Rules = {
  name: CampaignBody.name,
  profile: CampaignSettingsBody.profile,
  version: CampaignSettingsBody.version,
  goal: {},
  has_variant: {},
  variant_profile: VariantBBody.profile,
  variant_version: VariantBBody.version,
  variant_share: { minimum: VariantBBody.share_permille.minimum / 10, maximum: VariantBBody.share_permille.maximum / 10 },
  switch: CampaignSettingsBody.switch,
  from: CampaignSettingsBody.from,
  caller_ids: {},
  caller_id: {},
  caller_id_calls_per_day_max: CampaignSettingsBody.caller_id_calls_per_day_max,
  answer_timeout_s: CampaignSettingsBody.answer_timeout_s,
  voicemail: {},
  mailbox_detection: CampaignSettingsBody.mailbox_detection,
  mailbox_disposition: CampaignSettingsBody.mailbox_disposition,
  sends_email: {},
  message: { maxLength: 2_000 },
  mode: {},
  queue: {},
  abandoned_permille_max: RulesBody.abandoned_permille_max,
  abandoned_message: CampaignSettingsBody.abandoned_message,
  at_once_max: RulesBody.at_once_max,
  per_minute_max: RulesBody.per_minute_max,
  consent: RulesBody.consent,
  filter_needs: {},
  filter_conditions: {},
  ...conditionFields,
  days_off: {},
  assumed_zones: {},
  tries_max: RetriesBody.tries_max,
  best_hour: {},
  ...Object.fromEntries(WEEK.map((day) => [`day${day}`, {}])),
  ...Object.fromEntries(
    TRIED_AGAIN.flatMap((outcome) => [
      [`${outcome}_tries`, RetryBody.tries],
      [`${outcome}_pause`, { ...RetryBody.pause_s, type: "number", minimum: 0.1, maximum: RetryBody.pause_s.maximum / 60 }],
      [`${outcome}_growth`, RetryBody.growth_percent],
    ]),
  ),
};

/** The fields that are not always shown, and when they are. */
const SHOWN: Partial<Record<keyof Fields, (fields: Fields) => boolean>> = {
  version: ({ mode }) => mode === "assistants",
  variant_version: ({ mode, has_variant }) => has_variant && mode === "assistants",
  variant_share: ({ mode, has_variant }) => has_variant && mode === "assistants",
  abandoned_message: hasAgents,
  abandoned_permille_max: ({ mode }) => mode === "predictive",
  at_once_max: ({ mode }) => mode !== "preview",
  per_minute_max: ({ mode }) => mode !== "preview",
  caller_id_calls_per_day_max: ({ caller_ids, caller_id }) => caller_ids !== "" || caller_id.trim() !== "",
  message: ({ voicemail }) => voicemail === "leave_message",
};

/** Whether the form shows this field. */
export function isShown(name: keyof Fields, fields: Fields): boolean {
  return SHOWN[name]?.(fields) ?? true;
}

/** Replacements for values that the server refuses in fields that are hidden: nobody could correct them there. A text is cut, a number is the stored
 * one again. */
export function corrected(fields: Fields, stored: Fields): Partial<Fields> {
  const corrects = (Object.keys(SHOWN) as (keyof Fields)[]).flatMap((name) => {
    const [rule, value] = [rules[name] ?? {}, fields[name]];
    if (isShown(name, fields) || faultOf(rule, value) === null) return [];
    return [[name, typeof value === "string" ? [...value].slice(0, rule.maxLength).join("") : stored[name]]];
  });
  return Object.fromEntries(corrects) as Partial<Fields>;
}

/** Checks in addition to the rules. */
export function faultsIn(fields: Fields): Faults {
  const wrong: Faults = faultsInFilter(fields);
  for (const day of WEEK) if (windowsOf(fields[`day${day}`], day) === null) wrong[`day${day}`] = w.badHours;
  if (daysOf(fields.days_off) === null) wrong.days_off = w.badDays;
  if (zonesOf(fields.assumed_zones) === null) wrong.assumed_zones = w.badZones;
  if (callerIdsOf(fields) === null) wrong.caller_ids = w.badNumbers;
  if (fields.voicemail === "leave_message" && fields.message.trim() === "") wrong.message = w.noMessage;
  if (hasAgents(fields)) {
    if (fields.queue === null) wrong.queue = w.noQueue;
    if (fields.abandoned_message.trim() === "") wrong.abandoned_message = w.noMessage;
    if ((fields.answer_timeout_s ?? USUAL.answer_timeout_s) < RINGS_S_MIN) wrong.answer_timeout_s = w.ringsShort;
  }
  return wrong;
}

/** The form's fields whose names differ from the server's. */
const FIELDS: Record<string, string> = {
  hours: "day1",
  retries: "tries_max",
  voicemail: "message",
  variant: "variant_version",
  "variant.profile": "variant_profile",
  "variant.version": "variant_version",
  "variant.share_permille": "variant_share",
};

function renamed(fault: unknown, field: (name: string) => string): unknown {
  if (!(fault instanceof Problem)) return fault;
  const named = fault.faults.map((one) => ({ ...one, field: field(one.field) }));
  return new Problem(fault.status, fault.message, fault.retryAfterS, fault.code, named);
}

/** The server's refusals, by the form's fields. */
export function byField(fault: unknown): unknown {
  return renamed(fault, (field) => {
    const name = field.replace(/^settings\.(rules\.)?/, "");
    return FIELDS[name] ?? conditionField(name);
  });
}

/** The same for a forecast. */
export function byForecastField(fault: unknown): unknown {
  return renamed(fault, (field) => field.replace(/^assumed\./, "").replace(/_micros$/, ""));
}
