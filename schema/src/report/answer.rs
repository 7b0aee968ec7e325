//! A report as the API shows it.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;

use super::{Cut, Grain, Sums};
use crate::switch::HandoffFailure;

/// Figures of calls over some days.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Report {
    /// The zone whose days and hours these are: the business's.
    #[cfg_attr(feature = "openapi", schema(example = "Europe/Berlin"))]
    pub tz: String,
    /// The business's zone where it is another one since, in which the figures are being counted anew; null where they are in it.
    #[cfg_attr(feature = "openapi", schema(example = "Europe/London"))]
    pub next_tz: Option<String>,
    /// ISO 4217, of `cost_micros`.
    pub currency: String,
    /// Period of a row.
    pub by: Grain,
    /// The property by which `keys` are grouped.
    pub cut: Cut,
    /// The one of them that `now`, `before` and `rows` are about; none if they are about all calls.
    pub key: Option<String>,
    /// All together.
    pub now: ReportPeriod,
    /// The same of as many days before.
    pub before: ReportPeriod,
    /// Row by row, also those in which there was nothing.
    pub rows: Vec<ReportRow>,
    /// The calls by `cut`, with the most calls first, and the sum of each group; none if they are not grouped. At most 200.
    pub keys: Vec<ReportKey>,
    /// Whether there are more than `keys` shows.
    pub more_keys: bool,
    /// Hours of these days that have changed and are not counted anew yet. They are counted behind each other, the newest first.
    pub hours_behind: u64,
}

/// Figures of some days.
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
    /// The hour that clocks show when it begins; none of a day. When clocks go back, one comes twice.
    pub hour: Option<u32>,
    /// When it begins.
    pub at: DateTime<Utc>,
    /// When the next one begins.
    pub until: DateTime<Utc>,
    /// The figures.
    pub figures: ReportFigures,
}

/// Figures of calls that have something in common.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReportKey {
    /// The number, the provider's name, the id of a profile, a queue, an agent or a campaign, the topic's name; of versions the
    /// profile's id, a slash and the version; of extractions the profile's id, a slash, the field's name, `=` and the value.
    pub key: String,
    /// Display name; none if it has no name, or does not exist any more.
    pub name: Option<String>,
    /// The version of the profile, if calls are grouped by version; 0 is a draft.
    pub version: Option<u32>,
    /// The day of the zone on which that version was published; none of a draft, and of one that is not kept any more. A report of its
    /// profile that begins on that day compares the time behind the version with as many days before it.
    pub published_on: Option<NaiveDate>,
    /// Title of the field, if calls are grouped by extraction; its name if the profile does not ask for it any more.
    pub field: Option<String>,
    /// The field's value, if calls are grouped by extraction: a choice, `yes` or `no`.
    pub value: Option<String>,
    /// Calls of which these are a share, in the same days: all of them; if calls are grouped by extraction, those of which the profile's field has
    /// a value.
    pub out_of: u64,
    /// The figures.
    pub now: ReportFigures,
    /// Those of as many days before.
    pub before: ReportFigures,
}

/// A caller who waits for no longer than this, in ms, was served in time: the usual threshold of call centres (80 of 100 within 20 s).
const SERVICE_LEVEL_MS: u64 = 20_000;

/// Figures of calls. A call counts where it began. For a queue or an agent, `answered` and `missed` are their own; for a queue so are
/// `handoffs`, `bridged`, `failures` and the waits.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReportFigures {
    /// All, to us and from us.
    pub calls: u64,
    /// Those to us.
    pub inbound: u64,
    /// Calls whose caller was connected.
    pub answered: u64,
    /// Calls that were answered and are over, and in which the caller needed nobody but the assistant.
    pub contained: u64,
    /// Calls that a person joined, or that were sent on to one.
    pub handed_over: u64,
    /// Those to us that ended before anybody answered.
    pub missed: u64,
    /// Calls that are not over.
    pub open: u64,
    /// Hand-offs that were asked for; for a queue those by which a caller came into it, whether or not they stayed.
    pub handoffs: u64,
    /// Hand-offs that joined a caller and a person.
    pub bridged: u64,
    /// Why others did not.
    #[cfg_attr(feature = "openapi", schema(value_type = BTreeMap<String, u64>))]
    pub failures: BTreeMap<HandoffFailure, u64>,
    /// Median wait of callers for the person who then joined them, in ms, to a thirtieth; none if nobody waited.
    pub wait_p50_ms: Option<u64>,
    /// The same of 95 of a hundred.
    pub wait_p95_ms: Option<u64>,
    /// Number of callers who have waited.
    pub waits: u64,
    /// Number of those who waited for 20 s at most: as a share of `handoffs` it is the service level. Callers who hang up while they wait,
    /// however soon, are among the `handoffs` and not here.
    pub waits_20_s: u64,
    /// Median delay of the assistant's answers behind the caller's words, in ms, to a thirtieth.
    pub reply_p50_ms: Option<u64>,
    /// The same of 95 of a hundred.
    pub reply_p95_ms: Option<u64>,
    /// Number of such answers.
    pub replies: u64,
    /// Average duration of calls that were answered and are over, in ms.
    pub talk_ms: Option<u64>,
    /// Average time that people were busy with a call, in ms: conversation and wrap-up.
    pub handling_ms: Option<u64>,
    /// Cost of their assistants, in millionths of the currency.
    pub cost_micros: u64,
    /// Calls that are over, by the cause of their end.
    pub outcomes: BTreeMap<String, u64>,
    /// Leads that the assistant has made in them.
    pub leads: u64,
    /// Appointments that it has booked in them.
    pub bookings: u64,
    /// Those of which the three figures below are known: answered by an assistant, and begun since these are counted.
    pub conversations: u64,
    /// Time that caller and assistant were with each other in them, in ms: from the answer to the end, without the time in which the
    /// caller was on hold, waited for a person or was with one.
    pub conversed_ms: u64,
    /// Time in which neither of them spoke, in ms: its share of `conversed_ms` is the share of silence.
    pub silent_ms: u64,
    /// Number of times that a caller began to speak while the assistant was speaking, once for each of its utterances.
    pub interruptions: u64,
    /// Answered calls to us of which it is known whether the first call has resolved what it was about: those of callers with a number,
    /// a week after they began.
    pub settled: u64,
    /// Number of those that are resolved: no hand-off failed in it, and the caller has not called again within 7 days. Its share of
    /// `settled` is the first call resolution.
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
