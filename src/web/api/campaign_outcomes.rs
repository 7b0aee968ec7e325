//! `/api/v1/campaigns/{id}/outcomes`: the cost of a campaign's calls by outcome, the hours at which people answer, and the comparison of its two
//! variants.

use actix_web::web;
use cordboard_actors::world;
use cordboard_campaigns::attempt::{OUTCOMES, Outcome};
use cordboard_campaigns::best_hour::{Calls, Learned};
use cordboard_campaigns::campaign::Campaign;
use cordboard_campaigns::comparison::{self, ANSWERED_MIN, ComparisonVerdict, Sample, ShareInterval};
use cordboard_campaigns::variant::Variant;
use cordboard_schema::ids::{CampaignId, DispositionId};
use cordboard_schema::outbound::DetectedBy;
use cordboard_schema::time::{UnixMs, rfc3339};
use cordboard_schema::wrap_up::Disposition;
use serde::Serialize;
use utoipa::ToSchema;

use super::campaigns::NO_SUCH;
use crate::store::{Connection, DetectionSums, DispositionSums, OutcomeSums, Outcomes, VariantSums, query};
use crate::web::WebState;
use crate::web::caller::Caller;
use crate::web::problem::ApiError;

/// Calls of a campaign and their cost. Costs are in millionths of the currency.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OutcomesView {
    /// The currency of all costs, by its ISO 4217 code.
    #[schema(example = "EUR")]
    currency: String,
    /// Number of finished calls.
    calls: u64,
    /// Cost of all calls whose record is still stored.
    cost_micros: u64,
    /// Calls and cost by outcome.
    outcomes: Vec<OutcomeCost>,
    /// Contacts who were talked with.
    contacts_talked: u64,
    /// Cost of all calls divided by those contacts; null if there are none.
    cost_per_contact_talked_micros: Option<u64>,
    /// Calls that reached the goal of the campaign's settings.
    reached: u64,
    /// Cost of all calls divided by those that reached the goal; null if there are none.
    cost_per_reached_micros: Option<u64>,
    /// The two variants; null if the campaign has only one.
    comparison: Option<ComparisonView>,
    /// Detectors of mailboxes that have reported who answered.
    detection: Vec<DetectionView>,
    /// How the calls ended for the business, as the assistant or an agent said; dispositions with the most calls first.
    dispositions: Vec<DispositionCount>,
    /// Calls of this month and the two before that rang, by the hour at which they were made; only hours with calls, workdays first.
    /// `rules.retries.best_hour` uses them to time retries.
    hours: Vec<CampaignHour>,
}

/// Calls of a campaign at one hour of the callee's day.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CampaignHour {
    /// The callee's local hour, by the zone of the contact or else of the number: 18 is from 18:00 to 19:00.
    #[schema(minimum = 0, maximum = 23)]
    hour: u8,
    /// Whether the hour is on a Saturday or Sunday.
    weekend: bool,
    /// Calls that rang, whether a person, a mailbox or nobody answered.
    rang: u64,
    /// Those of them that a person answered.
    answered: u64,
    /// How much more often people answer at this hour than usual, compared with calls of the same try: 1 is usual. For an hour with few calls, the
    /// value is close to that of the organization's other campaigns, or else to 1.
    lift: f64,
}

/// Calls with one disposition.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DispositionCount {
    /// The disposition.
    id: DispositionId,
    /// Its name; null if it was removed.
    name: Option<String>,
    /// Number of calls.
    count: u64,
    /// Calls whose disposition the assistant set, and no agent changed.
    by_assistant: u64,
    /// Calls whose disposition an agent set.
    by_agents: u64,
}

/// A detector of mailboxes: what it reported, and how often it was wrong.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DetectionView {
    /// The detector.
    by: DetectedBy,
    /// Calls that it reported as answered by a person.
    people: u64,
    /// Those of them that were wrong: an agent closed the call with the campaign's `mailbox_disposition` or, for our own detector, a mailbox's tone
    /// was heard within 20 s.
    people_wrong: u64,
    /// Calls that it reported as answered by a mailbox.
    machines: u64,
    /// Those of them on which somebody spoke after the message had begun. This is unknown for calls that were hung up.
    machines_wrong: u64,
    /// Calls for which it could not tell.
    unknown: u64,
}

/// Calls of one outcome, and their cost.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OutcomeCost {
    /// The outcome.
    outcome: Outcome,
    /// Number of calls.
    count: u64,
    /// Number of calls whose record is still stored. Only their cost and time are known.
    kept: u64,
    /// Their cost.
    cost_micros: u64,
    /// Time of their talks, in ms.
    talk_ms: u64,
    /// Mean cost of the stored calls; null if there are none.
    cost_per_call_micros: Option<u64>,
}

/// Comparison of two variants.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ComparisonView {
    /// When the comparison began.
    #[serde(with = "rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    since: UnixMs,
    /// The variant with the campaign's own profile.
    a: VariantView,
    /// The other variant.
    b: VariantView,
    /// The probability of such a difference or a greater one if both were equally good (two-sided z-test); null if a variant has no answered call.
    p_value: Option<f64>,
    /// Answered calls that each variant needs before a verdict.
    answered_min: u64,
    /// Conclusion about the difference.
    verdict: ComparisonVerdict,
}

/// Calls of one variant since the comparison began.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VariantView {
    /// The name of the profile that talks; null means the default one.
    profile: Option<String>,
    /// Its version; null means the newest at each call.
    version: Option<u32>,
    /// Finished calls.
    attempts: u64,
    /// Calls that a person answered.
    answered: u64,
    /// Answered calls that reached the goal.
    reached: u64,
    /// The share of answered calls that reached the goal, with its 95 % interval (Wilson); null if none was answered.
    share: Option<ShareInterval>,
}

impl OutcomesView {
    fn of(
        campaign: &Campaign,
        found: &Outcomes,
        learned: &Learned,
        known: &[Disposition],
        currency: &str,
    ) -> Self {
        let sums = |outcome| found.by_outcome.get(&outcome).copied().unwrap_or_default();
        let outcomes: Vec<OutcomeCost> = OUTCOMES
            .into_iter()
            .filter(|outcome| outcome.is_try())
            .map(|outcome| OutcomeCost::of(outcome, sums(outcome)))
            .collect();
        let cost_micros = outcomes.iter().fold(0_u64, |sum, one| sum.saturating_add(one.cost_micros));
        Self {
            currency: currency.to_owned(),
            calls: outcomes.iter().map(|one| one.count).sum(),
            cost_micros,
            outcomes,
            contacts_talked: found.contacts_talked,
            cost_per_contact_talked_micros: cost_micros.checked_div(found.contacts_talked),
            reached: found.reached,
            cost_per_reached_micros: cost_micros.checked_div(found.reached),
            comparison: ComparisonView::of(campaign, found),
            dispositions: dispositions(found, known),
            hours: hours(learned),
            detection: found.detections.iter().map(|(by, sums)| DetectionView::of(*by, *sums)).collect(),
        }
    }
}

fn hours(learned: &Learned) -> Vec<CampaignHour> {
    let lifts = learned.lifts();
    let by_hour = learned.own.by_hour().into_iter();
    by_hour
        .map(|(hour, Calls { rang, answered })| CampaignHour {
            hour: hour.hour(),
            weekend: hour.is_weekend(),
            rang,
            answered,
            lift: (lifts.of(hour) * 100.0).round() / 100.0,
        })
        .collect()
}

fn dispositions(found: &Outcomes, known: &[Disposition]) -> Vec<DispositionCount> {
    let name =
        |id: DispositionId| known.iter().find(|disposition| disposition.id == id).map(|it| it.name.clone());
    let count = |(id, sums): (&DispositionId, &DispositionSums)| {
        let DispositionSums { by_assistant, by_agents } = *sums;
        DispositionCount {
            id: *id,
            name: name(*id),
            count: by_assistant + by_agents,
            by_assistant,
            by_agents,
        }
    };
    let mut counts: Vec<DispositionCount> = found.dispositions.iter().map(count).collect();
    counts.sort_by_key(|one| std::cmp::Reverse(one.count));
    counts
}

impl DetectionView {
    const fn of(by: DetectedBy, sums: DetectionSums) -> Self {
        let DetectionSums { people, people_wrong, machines, machines_wrong, unknown } = sums;
        Self { by, people, people_wrong, machines, machines_wrong, unknown }
    }
}

impl OutcomeCost {
    fn of(outcome: Outcome, sums: OutcomeSums) -> Self {
        let OutcomeSums { count, kept, cost_micros, talk_ms } = sums;
        Self {
            outcome,
            count,
            kept,
            cost_micros,
            talk_ms,
            cost_per_call_micros: cost_micros.checked_div(kept),
        }
    }
}

impl ComparisonView {
    fn of(campaign: &Campaign, found: &Outcomes) -> Option<Self> {
        let [a, b] = found.variants?;
        let sample = |sums: VariantSums| Sample { answered: sums.answered, reached: sums.reached };
        let view = |variant, sums: VariantSums| {
            let (profile, version) = campaign.settings.talks(Some(variant));
            VariantView {
                profile: profile.map(str::to_owned),
                version,
                attempts: sums.attempts,
                answered: sums.answered,
                reached: sums.reached,
                share: sample(sums).share(),
            }
        };
        Some(Self {
            since: campaign.compared_since?,
            a: view(Variant::A, a),
            b: view(Variant::B, b),
            p_value: comparison::p_value(sample(a), sample(b)),
            answered_min: ANSWERED_MIN,
            verdict: comparison::verdict(sample(a), sample(b)),
        })
    }
}

/// Shows what a campaign's calls cost and how they ended. Costs are by outcome, by contact talked with and by call that reached the goal. Also shows
/// how calls ended for the business, at which hours people answer, and how two variants compare.
#[utoipa::path(
    get,
    operation_id = "show_campaign_outcomes",
    path = "/api/v1/campaigns/{id}/outcomes",
    tag = "campaigns",
    params(("id" = CampaignId, Path, description = "The campaign")),
    responses(
        (status = 200, description = "Its calls and their cost", body = OutcomesView),
        (status = 400, description = "The id is not a UUID"),
        (status = 404, description = "No such campaign"),
    )
)]
pub(crate) async fn show(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<CampaignId>,
) -> Result<web::Json<OutcomesView>, ApiError> {
    let (organization_id, id) = (caller.organization_id, *id);
    let now: UnixMs = world::now().into();
    let read = move |connection: &mut Connection| {
        let Some(campaign) = query::campaign(connection, organization_id, id)? else { return Ok(None) };
        let found = query::campaign_outcomes(connection, &campaign)?;
        let learned = query::learned_hours(connection, &campaign, now)?;
        let known = query::dispositions(connection, organization_id)?;
        Ok(Some((campaign, found, learned, known)))
    };
    let (campaign, found, learned, known) = state.store.reads().run(read).await?.ok_or(NO_SUCH)?;
    Ok(web::Json(OutcomesView::of(&campaign, &found, &learned, &known, state.currency())))
}
