//! `/api/v1/campaigns/{id}/forecast`: simulates a campaign that calls the contacts who wait. Nobody is called.

use std::time::Duration;

use actix_web::web;
use cordboard_actors::messages::CountAgents;
use cordboard_actors::world;
use cordboard_campaigns::attempt::{OUTCOMES, Outcome};
use cordboard_campaigns::best_hour::{Hourly, Learned};
use cordboard_campaigns::campaign::{Campaign, ContactState};
use cordboard_campaigns::forecast::{Assumptions, FORECAST_CONTACTS_MAX, Measured};
use cordboard_campaigns::retries::{ENDS, End, Retries};
use cordboard_campaigns::rules::{Mode, PER_MINUTE_MAX, Rules};
use cordboard_campaigns::simulation::{Agents, Person, Plan, Report};
use cordboard_schema::ids::{CampaignId, OrganizationId};
use cordboard_schema::time::{UnixMs, rfc3339};
use serde::{Deserialize, Serialize};
use tokio::time::timeout;
use utoipa::ToSchema;

use super::campaigns::{EndCount, NO_SUCH, OutcomeCount};
use crate::store::{Connection, OutcomeSums, Outcomes, query};
use crate::web::WebState;
use crate::web::body::Body;
use crate::web::caller::Caller;
use crate::web::problem::{ApiError, Fault};

/// Days after which the simulation ends, whether the campaign is done or not.
const DAYS: u64 = 60;
const DAY_MS: u64 = 86_400_000;
/// The most agents.
const AGENTS_MAX: u32 = 1_000;
/// The longest wrap-up of an agent, in s.
const WRAP_UP_S_MAX: u32 = 3_600;
/// The highest cost of a minute, in millionths of the currency.
const COST_MAX: u64 = 1_000_000_000;
/// Assumed cost of a minute of talk where it is not known, for an assistant and a line.
const ASSISTANT_COST: u64 = 70_000;
/// Assumed cost of a minute for a line alone, where agents talk.
const LINE_COST: u64 = 10_000;

/// Time that a simulation may take.
const TIME_MAX: Duration = Duration::from_secs(20);
/// Time for the simulation with other hours. It is left out rather than waited for.
const OTHER_TIME_MAX: Duration = Duration::from_secs(5);
/// Time for the router to report the agents. Without its answer one agent is assumed.
const ROUTER_WAIT: Duration = Duration::from_secs(1);

/// Assumptions. For a value that is left out, the campaign's own rate is used if it has made 100 calls, else a guess.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ForecastBody {
    /// How people are assumed to behave.
    assumed: Assumptions,
    /// Number of agents, if agents talk; if left out, those who take calls of the queue now.
    #[schema(minimum = 1, maximum = 1_000)]
    agents: Option<u32>,
    /// Wrap-up after each talk in s, if agents talk; if left out, the queue's.
    #[schema(minimum = 0, maximum = 3_600)]
    wrap_up_s: Option<u32>,
    /// Cost of a minute of talk, in millionths of the currency.
    #[schema(minimum = 0, maximum = 1_000_000_000)]
    cost_per_minute_micros: Option<u64>,
}

impl ForecastBody {
    fn check(&self) -> Result<(), ApiError> {
        let of_assumed = self.assumed.faults().into_iter();
        let mut faults: Vec<Fault> =
            of_assumed.map(|(field, why)| Fault::of(format!("assumed.{field}"), why)).collect();
        let mut demand = |is_good: bool, field: &'static str, why: String| {
            if !is_good {
                faults.push(Fault::of(field, why));
            }
        };
        let are_agents = self.agents.is_none_or(|agents| (1..=AGENTS_MAX).contains(&agents));
        demand(are_agents, "agents", format!("must be 1 to {AGENTS_MAX}"));
        let is_wrap_up = self.wrap_up_s.is_none_or(|s| s <= WRAP_UP_S_MAX);
        demand(is_wrap_up, "wrap_up_s", format!("must be 0 to {WRAP_UP_S_MAX}"));
        let is_cost = self.cost_per_minute_micros.is_none_or(|cost| cost <= COST_MAX);
        demand(is_cost, "cost_per_minute_micros", format!("must be 0 to {COST_MAX}"));
        if faults.is_empty() { Ok(()) } else { Err(ApiError::Invalid(faults)) }
    }
}

/// Result of a simulation. Nobody was called.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ForecastView {
    /// Contacts who wait for a call.
    waiting: u64,
    /// How many of them were simulated: 10,000 at most.
    contacts: u64,
    /// The assumptions of the simulation.
    assumed: Assumptions,
    /// Number of the campaign's own calls on which the assumptions are based; null if there are fewer than 100, so the assumptions are guesses.
    own_calls: Option<u64>,
    /// Number of agents, if agents talk; else null.
    agents: Option<u32>,
    /// Their wrap-up after each talk, in s; null if assistants talk.
    wrap_up_s: Option<u32>,
    /// Cost of a minute of talk, in millionths of the currency.
    cost_per_minute_micros: u64,
    /// The currency, by its ISO 4217 code.
    #[schema(example = "EUR")]
    currency: String,
    /// When the first call would begin; null if nobody may be called.
    #[serde(with = "rfc3339::option")]
    #[schema(value_type = Option<String>, format = DateTime)]
    first_call_at: Option<UnixMs>,
    /// When the last one would end.
    #[serde(with = "rfc3339::option")]
    #[schema(value_type = Option<String>, format = DateTime)]
    last_end_at: Option<UnixMs>,
    /// Hours in which calls would begin.
    calling_hours: u64,
    /// The most calls at once, which is the number of lines needed.
    lines: u32,
    /// Number of calls.
    calls: u64,
    /// Calls by outcome.
    outcomes: Vec<OutcomeCount>,
    /// Contacts by end.
    ends: Vec<EndCount>,
    /// Contacts that would not be finished after 60 days.
    left: u64,
    /// Time of talk, including mailboxes, in ms.
    talk_ms: u64,
    /// Cost, in millionths of the currency.
    cost_micros: u64,
    /// Percentage of the calls answered by a person for which no agent would be free.
    abandoned_percent: f64,
    /// Percentage of their time in which agents would talk or wrap up; null if assistants talk.
    agents_busy_percent: Option<f64>,
    /// The same campaign with the opposite `rules.retries.best_hour`; null if that took longer than 5 s.
    other_hours: Option<OtherHours>,
}

/// Result of the same simulation with the opposite `rules.retries.best_hour`.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OtherHours {
    /// Whether retries are made at the best hour in it.
    best_hour: bool,
    /// Number of calls.
    calls: u64,
    /// Contacts who would be reached.
    reached: u64,
    /// When the last call would end.
    #[serde(with = "rfc3339::option")]
    #[schema(value_type = Option<String>, format = DateTime)]
    last_end_at: Option<UnixMs>,
}

/// Rates of the campaign's own calls.
fn measured(found: &Outcomes, hours: &Hourly) -> Measured {
    let talked = found.by_outcome.get(&Outcome::Talked).copied().unwrap_or_default();
    Measured {
        outcomes: found.by_outcome.iter().map(|(outcome, sums)| (*outcome, sums.count)).collect(),
        talks: talked.kept,
        talk_ms: talked.talk_ms,
        hours: hours.clone(),
    }
}

/// Cost of a minute of the campaign's own calls; `None` if nobody was talked with.
fn own_cost(found: &Outcomes) -> Option<u64> {
    let sum = |of: fn(&OutcomeSums) -> u64| found.by_outcome.values().map(of).sum::<u64>();
    let minutes_ms = u128::from(sum(|sums| sums.talk_ms));
    let cost = (u128::from(sum(|sums| sums.cost_micros)) * 60_000).checked_div(minutes_ms)?;
    Some(u64::try_from(cost).unwrap_or(COST_MAX).min(COST_MAX))
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

/// Simulates what would happen if the campaign called the contacts who wait now: with its rules, their numbers and zones, and assumptions about how
/// people behave. Calls that were already made to them count as in service. Each organization can run one forecast at a time.
#[utoipa::path(
    post,
    operation_id = "forecast_campaign",
    path = "/api/v1/campaigns/{id}/forecast",
    tag = "campaigns",
    params(("id" = CampaignId, Path, description = "The campaign")),
    request_body = ForecastBody,
    responses(
        (status = 200, description = "The result; nobody was called", body = ForecastView),
        (status = 400, description = "The id is not a UUID, or the body not a JSON object"),
        (status = 404, description = "No such campaign"),
        (status = 409, description = "It took too long (`timed_out`)"),
        (status = 422, description = "A value is invalid, for instance a share of more than 100 percent"),
        (status = 429, description = "The organization is running another forecast (`share_used_up`)"),
    )
)]
pub(crate) async fn make(
    state: web::Data<WebState>,
    caller: Caller,
    id: web::Path<CampaignId>,
    body: Body<ForecastBody>,
) -> Result<web::Json<ForecastView>, ApiError> {
    let (organization_id, asked) = (caller.organization_id, body.into_inner());
    asked.check()?;
    let turn = state.forecasts.turn(organization_id)?;
    let starts_at: UnixMs = world::now().into();
    let Known { campaign, waiting, found, learned, people } =
        known(&state, organization_id, *id, starts_at).await?;
    let measured = measured(&found, &learned.own);
    let own_calls = measured.are_enough().then(|| measured.calls());
    let world = asked.assumed.in_world(measured.world());
    let settings = campaign.settings;
    let agents = if settings.rules.mode.has_agents() {
        Some(agents(&state, organization_id, settings.queue, &asked).await)
    } else {
        None
    };
    let guess = if agents.is_some() { LINE_COST } else { ASSISTANT_COST };
    let own_cost = own_calls.and_then(|_| own_cost(&found));
    let basis = Basis {
        waiting,
        assumed: Assumptions::of(&world),
        own_calls,
        agents,
        cost_per_minute_micros: asked.cost_per_minute_micros.or(own_cost).unwrap_or(guess),
        currency: state.currency().to_owned(),
    };
    let plan = Plan {
        rules: simulated(settings.rules, agents),
        people,
        world,
        learned,
        agents,
        starts_at,
        ends_at: starts_at + DAYS * DAY_MS,
        pauses: Vec::new(),
        // The same request at the same moment gets the same answer.
        seed: 1,
    };
    let best_hour = !plan.rules.retries.best_hour;
    let mut other = plan.clone();
    other.rules.retries = Retries { best_hour, ..plan.rules.retries };
    let report: Report = turn.play(plan, TIME_MAX).await.map_err(|_| {
        let detail = "it took too long: use fewer contacts, or more calls at once";
        ApiError::conflict("timed_out", detail)
    })?;
    let other = turn.play(other, OTHER_TIME_MAX).await.ok();
    let other_hours = other.map(|report| OtherHours::of(best_hour, &report));
    Ok(web::Json(ForecastView::of(basis, &report, other_hours)))
}

/// Facts about a campaign before it is simulated.
struct Known {
    campaign: Campaign,
    /// Contacts who wait.
    waiting: u64,
    /// Outcomes of its calls.
    found: Outcomes,
    /// Outcomes by hour.
    learned: Learned,
    /// The contacts who wait, up to the number that is simulated.
    people: Vec<Person>,
}

async fn known(
    state: &WebState,
    organization_id: OrganizationId,
    id: CampaignId,
    starts_at: UnixMs,
) -> Result<Known, ApiError> {
    let read = move |connection: &mut Connection| {
        let Some(campaign) = query::campaign(connection, organization_id, id)? else { return Ok(None) };
        let progress = query::campaign_progress(connection, organization_id, id)?;
        let waiting = progress.contacts.get(&ContactState::Waiting).copied().unwrap_or_default();
        let found = query::campaign_outcomes(connection, &campaign)?;
        let learned = query::learned_hours(connection, &campaign, starts_at)?;
        let people =
            query::waiting_contacts(connection, organization_id, id, starts_at, FORECAST_CONTACTS_MAX)?;
        Ok(Some(Known { campaign, waiting, found, learned, people }))
    };
    state.store.reads().run(read).await?.ok_or(NO_SUCH)
}

/// The rules by which a campaign with these agents is simulated.
fn simulated(rules: Rules, agents: Option<Agents>) -> Rules {
    match (rules.mode, agents) {
        // In preview mode each free agent has one contact called. A predictive campaign that may abandon nobody does the same.
        (Mode::Preview, Some(Agents { count, .. })) => Rules {
            mode: Mode::Predictive,
            abandoned_permille_max: 0,
            at_once_max: count,
            per_minute_max: PER_MINUTE_MAX,
            ..rules
        },
        _ => rules,
    }
}

/// The assumptions of a forecast and their source.
struct Basis {
    /// Contacts who wait.
    waiting: u64,
    assumed: Assumptions,
    /// Number of the campaign's own calls on which the assumptions are based; `None` if they are too few.
    own_calls: Option<u64>,
    /// `None` if assistants talk.
    agents: Option<Agents>,
    cost_per_minute_micros: u64,
    currency: String,
}

impl OtherHours {
    fn of(best_hour: bool, report: &Report) -> Self {
        Self {
            best_hour,
            calls: report.calls,
            reached: report.ends.get(&End::Reached).copied().unwrap_or_default(),
            last_end_at: report.last_end_at,
        }
    }
}

impl ForecastView {
    fn of(basis: Basis, report: &Report, other_hours: Option<OtherHours>) -> Self {
        let Basis { waiting, assumed, own_calls, agents, cost_per_minute_micros, currency } = basis;
        let cost = u128::from(report.talked_ms) * u128::from(cost_per_minute_micros) / 60_000;
        let outcomes = OUTCOMES
            .into_iter()
            .filter(|outcome| outcome.is_try())
            .map(|outcome| OutcomeCount { outcome, count: report.of(outcome) });
        let ends =
            ENDS.map(|end| EndCount { end, count: report.ends.get(&end).copied().unwrap_or_default() });
        Self {
            waiting,
            contacts: count(report.contacts),
            assumed,
            own_calls,
            agents: agents.map(|agents| agents.count),
            wrap_up_s: agents.map(|agents| agents.wrap_up_s),
            cost_per_minute_micros,
            currency,
            first_call_at: report.first_call_at,
            last_end_at: report.last_end_at,
            calling_hours: count(report.calling_hours()),
            lines: report.lines,
            calls: report.calls,
            outcomes: outcomes.collect(),
            ends: ends.into(),
            left: count(report.left),
            talk_ms: report.talked_ms,
            cost_micros: u64::try_from(cost).unwrap_or(u64::MAX),
            abandoned_percent: report.abandoned_percent(),
            agents_busy_percent: report.people.map(|people| people.occupancy_percent()),
            other_hours,
        }
    }
}

/// The agents who would talk: those in the request, else those who take calls of the queue now, and at least one.
async fn agents(
    state: &WebState,
    organization_id: OrganizationId,
    queue: Option<String>,
    asked: &ForecastBody,
) -> Agents {
    let there = match queue {
        Some(queue) => {
            let asked = state.router.ask(CountAgents { organization_id, queue });
            timeout(ROUTER_WAIT, asked).await.ok().flatten().flatten()
        }
        None => None,
    }
    .unwrap_or_default();
    let wrap_up_s = u32::try_from(there.wrap_up_ms / 1_000).unwrap_or(WRAP_UP_S_MAX).min(WRAP_UP_S_MAX);
    Agents {
        count: asked.agents.unwrap_or((there.free + there.busy).clamp(1, AGENTS_MAX)),
        wrap_up_s: asked.wrap_up_s.unwrap_or(wrap_up_s),
    }
}
