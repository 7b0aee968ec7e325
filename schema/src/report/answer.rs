//! A report as the API shows it.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;

use super::{Cut, Grain, Sums};
use crate::switch::HandoffFailure;

/// Figures of calls over a period of days.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Report {
    /// The time zone of these days and hours: the business's.
    #[cfg_attr(feature = "openapi", schema(example = "Europe/Berlin"))]
    pub tz: String,
    /// The business's new time zone, if it has changed and the figures are still being recounted in it; null if they are up to
    /// date.
    #[cfg_attr(feature = "openapi", schema(example = "Europe/London"))]
    pub next_tz: Option<String>,
    /// ISO 4217 currency of `cost_micros`.
    pub currency: String,
    /// Period of a row.
    pub by: Grain,
    /// The property by which `keys` are grouped.
    pub cut: Cut,
    /// The key that `now`, `before` and `rows` are about; null if they are about all calls.
    pub key: Option<String>,
    /// The whole period.
    pub now: ReportPeriod,
    /// The same number of days before it.
    pub before: ReportPeriod,
    /// The figures of each day or hour, including those without calls.
    pub rows: Vec<ReportRow>,
    /// The calls grouped by `cut`, most calls first, with the sum of each group; empty if they are not grouped. At most 200.
    pub keys: Vec<ReportKey>,
    /// Whether there are more keys than `keys` shows.
    pub more_keys: bool,
    /// Hours of these days that have changed and are not recounted yet. They are recounted one after the other, newest first.
    pub hours_behind: u64,
}

/// Figures of a period of days.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReportPeriod {
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub to: NaiveDate,
    /// The figures.
    pub figures: ReportFigures,
}

/// Figures of a day or an hour.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReportRow {
    /// The day.
    pub date: NaiveDate,
    /// The hour that clocks show when it begins; null for a day. When clocks go back, one hour occurs twice.
    pub hour: Option<u32>,
    /// When it begins.
    pub at: DateTime<Utc>,
    /// When the next one begins.
    pub until: DateTime<Utc>,
    /// The figures.
    pub figures: ReportFigures,
}

/// Figures of calls that share a property.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReportKey {
    /// The number, the provider's name, the id of a profile, a queue, an agent or a campaign, or the topic's name. For versions:
    /// the profile's id, a slash and the version. For extractions: the profile's id, a slash, the field's name, `=` and the
    /// value.
    pub key: String,
    /// Display name; null if it has no name, or no longer exists.
    pub name: Option<String>,
    /// The version of the profile, if calls are grouped by version; 0 is a draft.
    pub version: Option<u32>,
    /// The day, in the report's zone, on which that version was published; null for a draft, and for a version that is no longer
    /// stored. A report of its profile that begins on that day compares the time after the version with the same number of days
    /// before it.
    pub published_on: Option<NaiveDate>,
    /// Title of the field, if calls are grouped by extraction; its name if the profile no longer has the field.
    pub field: Option<String>,
    /// The field's value, if calls are grouped by extraction: a choice, `yes` or `no`.
    pub value: Option<String>,
    /// Calls of the same days that these are a share of: all calls; if calls are grouped by extraction, the calls in which the
    /// profile's field has a value.
    pub out_of: u64,
    /// The figures.
    pub now: ReportFigures,
    /// The figures of the same number of days before.
    pub before: ReportFigures,
}

/// A caller who waits no longer than this, in ms, was served in time: the usual threshold of call centres (80 of 100 within 20
/// s).
const SERVICE_LEVEL_MS: u64 = 20_000;

/// Figures of calls. A call counts in the period in which it began. For a queue or an agent, `answered` and `missed` are their
/// own; for a queue, `handoffs`, `bridged`, `failures` and the waits are its own, too.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReportFigures {
    /// All calls, inbound and outbound.
    pub calls: u64,
    /// Inbound calls.
    pub inbound: u64,
    /// Calls whose caller was connected.
    pub answered: u64,
    /// Calls that were answered and are over, and in which the caller needed only the assistant.
    pub contained: u64,
    /// Calls that a person joined, or that were transferred to one.
    pub handed_over: u64,
    /// Inbound calls that ended before anybody answered.
    pub missed: u64,
    /// Calls that are not over.
    pub open: u64,
    /// Hand-offs that were requested; for a queue, those by which a caller entered it, whether or not they stayed.
    pub handoffs: u64,
    /// Hand-offs that joined a caller and a person.
    pub bridged: u64,
    /// Why the other hand-offs failed.
    #[cfg_attr(feature = "openapi", schema(value_type = BTreeMap<String, u64>))]
    pub failures: BTreeMap<HandoffFailure, u64>,
    /// Median wait of callers for the person who then joined them, in ms, accurate to a thirtieth; null if nobody waited.
    pub wait_p50_ms: Option<u64>,
    /// The 95th percentile of the same.
    pub wait_p95_ms: Option<u64>,
    /// Number of callers who waited.
    pub waits: u64,
    /// Number of callers who waited for at most 20 s; its share of `handoffs` is the service level. Callers who hang up while
    /// they wait, however soon, count in `handoffs` and not here.
    pub waits_20_s: u64,
    /// Median delay between the caller's words and the assistant's answer, in ms, accurate to a thirtieth.
    pub reply_p50_ms: Option<u64>,
    /// The 95th percentile of the same.
    pub reply_p95_ms: Option<u64>,
    /// Number of such answers.
    pub replies: u64,
    /// Average duration of calls that were answered and are over, in ms.
    pub talk_ms: Option<u64>,
    /// Average time that a person spent on a call, in ms: conversation and wrap-up, of which an hour counts at most. Conversations
    /// that are over count.
    pub handling_ms: Option<u64>,
    /// Cost of the calls' assistants, in millionths of the currency.
    pub cost_micros: u64,
    /// Finished calls, by the cause of their end.
    pub outcomes: BTreeMap<String, u64>,
    /// Leads that the assistant made in these calls.
    pub leads: u64,
    /// Appointments that the assistant booked in these calls.
    pub bookings: u64,
    /// Calls for which the three figures below are known: they were answered by an assistant, after these figures were
    /// introduced.
    pub conversations: u64,
    /// Time that caller and assistant spent in conversation, in ms: from the answer to the end, without the time in which the
    /// caller was on hold, waited for a person or talked with one.
    pub conversed_ms: u64,
    /// Time in which neither of them spoke, in ms. Divided by `conversed_ms` it is the share of silence.
    pub silent_ms: u64,
    /// Number of times that a caller interrupted the assistant, at most once for each of its utterances.
    pub interruptions: u64,
    /// Answered inbound calls for which it is known whether the first call resolved the matter: calls from callers with a number,
    /// a week after they began.
    pub settled: u64,
    /// Number of `settled` calls that are resolved: no hand-off failed in the call, and the caller has not called again within 7
    /// days. Divided by `settled` it is the first call resolution.
    pub resolved: u64,
}

impl From<&Sums> for ReportFigures {
    fn from(sums: &Sums) -> Self {
        let average = |(ms, count): (u64, u64)| ms.checked_div(count);
        Self {
            calls: sums.calls,
            inbound: sums.inbound,
            answered: sums.answered,
            contained: sums.contained,
            handed_over: sums.handed_over,
            missed: sums.missed,
            open: sums.open,
            handoffs: sums.handoffs,
            bridged: sums.bridged,
            failures: sums.failures.clone(),
            wait_p50_ms: sums.waits.percentile(50),
            wait_p95_ms: sums.waits.percentile(95),
            waits: sums.waits.count(),
            waits_20_s: sums.waits.count_within(SERVICE_LEVEL_MS),
            reply_p50_ms: sums.replies.percentile(50),
            reply_p95_ms: sums.replies.percentile(95),
            replies: sums.replies.count(),
            talk_ms: average(sums.talk),
            handling_ms: average(sums.handling),
            cost_micros: sums.cost_micros,
            outcomes: sums.outcomes.clone(),
            leads: sums.leads,
            bookings: sums.bookings,
            conversations: sums.conversed.1,
            conversed_ms: sums.conversed.0,
            silent_ms: sums.silent_ms,
            interruptions: sums.interruptions,
            settled: sums.settled,
            resolved: sums.resolved,
        }
    }
}
