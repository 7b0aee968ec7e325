//! `/api/v1/admin/actors`: the tree of actors, limits against their use, failures by cause, the ledger, rows that can't be read.

use std::cmp::Reverse;

use actix_web::web;
use cordboard_actors::ledger::{Entry, Owner};
use cordboard_actors::line::messages_refused;
use cordboard_actors::live_count::LiveFigures;
use cordboard_actors::messages::{AskActors, CountCalls};
use cordboard_actors::vitals::{ActorTree, CallShown};
use cordboard_actors::world;
use cordboard_schema::call::{CallState, LegKind};
use cordboard_schema::ids::{CallId, LegId, OrganizationId};
use cordboard_schema::limits::{CONTROL_SOCKETS_MAX, DESKS_MAX, LIVE_CLIENTS_MAX};
use cordboard_schema::switch::ControlId;
use cordboard_schema::time::{UnixMs, rfc3339};
use serde::Serialize;
use utoipa::ToSchema;

use super::auth::OrganizationView;
use crate::store::{Connection, query};
use crate::web::WebState;
use crate::web::problem::ApiError;

/// The most organizations whose spending of the day is shown: those that have spent most.
const SPENDING_MAX: usize = 20;

/// The most organizations with unreadable rows that are shown, for each job.
const UNREADABLE_MAX: usize = 100;

/// The actors of the node, limits and failures.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ActorsView {
    /// The actor that knows every call.
    registry: RegistryView,
    /// Calls with a living actor, oldest first.
    calls: Vec<CallActorView>,
    /// Limits and how much of each is used.
    limits: Vec<LimitView>,
    /// Failures since the start, by cause.
    failures: Vec<FailureView>,
    /// Everything that has to be closed after it was opened, by kind.
    ledger: Vec<LedgerView>,
    /// Rows that can't be read and are skipped until they can, of at most 100 organizations, by job.
    unreadable: Vec<UnreadableView>,
}

/// A stored row of an organization that can't be read.
#[derive(Debug, Serialize, ToSchema)]
struct UnreadableView {
    /// Job that skips it, as the metrics name it.
    #[schema(value_type = String, example = "profiles")]
    work: &'static str,
    /// The organization, as its rows name it; it may not be an id.
    organization: String,
    /// Tables, columns and faults.
    fault: String,
}

/// A kind of resource in the ledger.
#[derive(Debug, Serialize, ToSchema)]
struct LedgerView {
    /// Name of the kind, such as `legs_audiosocket`.
    #[schema(value_type = String, example = "legs_audiosocket")]
    kind: &'static str,
    /// Whether it belongs to calls. If so, none is open while no call is live.
    is_of_calls: bool,
    /// How many are open now.
    open: u64,
    /// How many were opened since the start.
    opened: u64,
    /// How many were closed again.
    closed: u64,
    /// The most that were open at once.
    most: u64,
    /// Age of the oldest open one, in milliseconds.
    oldest_ms: Option<u64>,
}

impl From<Entry> for LedgerView {
    fn from(Entry { kind, owner, figures }: Entry) -> Self {
        let LiveFigures { open, opened, closed, most, oldest } = figures;
        Self {
            kind,
            is_of_calls: owner == Owner::Call,
            open: open as u64,
            opened,
            closed,
            most: most as u64,
            oldest_ms: oldest.map(|age| u64::try_from(age.as_millis()).unwrap_or(u64::MAX)),
        }
    }
}

/// The registry.
#[derive(Debug, Serialize, ToSchema)]
struct RegistryView {
    /// How often it has died and been restarted.
    restarts: u32,
    /// Messages waiting in its mailbox.
    mailbox: u64,
    /// When its present actor started.
    #[serde(with = "rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    since: UnixMs,
}

/// A call's actor and what it has started.
#[derive(Debug, Serialize, ToSchema)]
struct CallActorView {
    call_id: CallId,
    /// Number of the arbiter that it runs on, from 0.
    arbiter: u64,
    /// State of the call.
    state: CallState,
    /// Messages waiting in its mailbox.
    mailbox: u64,
    /// How often it has died and been restarted.
    restarts: u32,
    /// Facts that its machine has handled.
    steps: u64,
    /// The newest step.
    last_step: Option<StepView>,
    /// The parties' connections.
    legs: Vec<LegActorView>,
    /// The control connections of its channel, by number.
    controls: Vec<ControlId>,
    /// The assistant, if there is one.
    assistant: Option<AssistantActorView>,
}

/// A step of a call's machine.
#[derive(Debug, Serialize, ToSchema)]
struct StepView {
    /// Kind of the fact, as in the journal.
    #[schema(value_type = String, example = "speech_started")]
    kind: &'static str,
    /// When it happened.
    #[serde(with = "rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    at: UnixMs,
}

/// A leg's actor.
#[derive(Debug, Serialize, ToSchema)]
struct LegActorView {
    leg: LegId,
    kind: LegKind,
    /// How often it has died and been restarted.
    restarts: u32,
}

/// An assistant's actor.
#[derive(Debug, Serialize, ToSchema)]
struct AssistantActorView {
    leg: LegId,
    /// The provider that answers; null until it is connected.
    provider: Option<String>,
}

/// A limit and its use.
#[derive(Debug, Serialize, ToSchema)]
struct LimitView {
    /// Name of the limited resource, such as `calls`.
    #[schema(value_type = String, example = "calls")]
    name: &'static str,
    /// The organization that the limit applies to; null if it applies to the node.
    organization: Option<OrganizationView>,
    used: u64,
    max: u64,
}

/// How often something failed.
#[derive(Debug, Serialize, ToSchema)]
struct FailureView {
    /// The cause, as the metrics name it.
    cause: String,
    /// How often since the start.
    count: u64,
}

impl From<CallShown> for CallActorView {
    fn from(call: CallShown) -> Self {
        let leg = |leg: cordboard_actors::vitals::LegShown| LegActorView {
            leg: leg.leg,
            kind: leg.kind,
            restarts: leg.restarts,
        };
        Self {
            call_id: call.call_id,
            arbiter: call.arbiter as u64,
            state: call.state,
            mailbox: call.mailbox as u64,
            restarts: call.restarts,
            steps: call.steps,
            last_step: call.last_step.map(|step| StepView { kind: step.kind, at: step.at }),
            legs: call.legs.into_iter().map(leg).collect(),
            controls: call.controls,
            assistant: call
                .assistant
                .map(|assistant| AssistantActorView { leg: assistant.leg, provider: assistant.provider }),
        }
    }
}

/// Cost of the day's calls (UTC) of each organization with a limit, highest first; only those that have spent most.
async fn spent_today(state: &WebState) -> Result<Vec<LimitView>, ApiError> {
    let Some(cap) = state.configuration.config.costs.daily_cap else { return Ok(Vec::new()) };
    let day = UnixMs::from(world::now()).utc_day();
    let spent = state.store.spent_micros_everywhere(day).await?;
    let mut spent: Vec<(OrganizationId, u64)> = spent.into_iter().collect();
    spent.sort_by_key(|(_, micros)| Reverse(*micros));
    spent.truncate(SPENDING_MAX);
    let ids: Vec<OrganizationId> = spent.iter().map(|(id, _)| *id).collect();
    let read = move |connection: &mut Connection| query::organization_names(connection, &ids);
    let mut names = state.store.reads().run(read).await?;
    let shown = spent.into_iter().filter_map(|(id, used)| {
        let organization = Some(OrganizationView { id, name: names.remove(&id)? });
        Some(LimitView { name: "daily_cost_micros", organization, used, max: cap.micros() })
    });
    Ok(shown.collect())
}

/// Failures since the start, of all parts.
fn failures(state: &WebState, callers_refused: u64) -> Vec<FailureView> {
    let recorder = state.figures.recorder.as_ref().map(|recorder| recorder.counters()).unwrap_or_default();
    let elsewhere = [
        ("callers_refused", callers_refused),
        ("journal_rows_lost", state.store.health().lost),
        ("line_messages_lost", messages_refused()),
        ("recording_blocks_dropped", recorder.blocks_dropped),
        ("recording_write_errors", recorder.write_errors),
    ];
    let elsewhere = elsewhere.into_iter().filter(|(_, count)| *count > 0);
    let counted = state.figures.meters.failures().into_iter();
    counted
        .chain(elsewhere.map(|(cause, count)| (cause.to_owned(), count)))
        .map(|(cause, count)| FailureView { cause, count })
        .collect()
}

/// Rows that can't be read, of the first jobs and organizations.
fn unreadable(state: &WebState) -> Vec<UnreadableView> {
    let faults = state.store.job_faults().faults(UNREADABLE_MAX).into_iter();
    faults
        .map(|(job, organization, fault)| UnreadableView { work: job.as_str(), organization, fault })
        .collect()
}

/// Shows the actors, limits against their use, failures by cause, the ledger of what is open, and rows that can't be read.
#[utoipa::path(
    get,
    operation_id = "show_actors",
    path = "/api/v1/admin/actors",
    tag = "admin",
    responses((status = 200, description = "The node's present state", body = ActorsView))
)]
pub(crate) async fn actors(state: web::Data<WebState>) -> Result<web::Json<ActorsView>, ApiError> {
    Ok(web::Json(shown(&state).await?))
}

/// Reads the current actors, limits and failures.
pub(in crate::web) async fn shown(state: &WebState) -> Result<ActorsView, ApiError> {
    let census = state.ask(CountCalls).await?;
    let ActorTree { registry, calls } = state.ask(AskActors).await?;
    let journal = state.store.health();
    let spent = spent_today(state).await?;
    let limit = |name, used: usize, max: usize| LimitView {
        name,
        organization: None,
        used: used as u64,
        max: max as u64,
    };
    Ok(ActorsView {
        registry: RegistryView {
            restarts: registry.restarts,
            mailbox: registry.mailbox as u64,
            since: registry.since,
        },
        calls: calls.into_iter().map(CallActorView::from).collect(),
        limits: vec![
            limit("calls", census.calls, census.calls_max),
            limit("journal_rows_waiting", journal.waiting, journal.waiting_max),
            limit("live_view_clients", state.live.clients(), LIVE_CLIENTS_MAX),
            limit("control_sockets", state.ledger.control_sockets.now(), CONTROL_SOCKETS_MAX),
            limit("desks", state.ledger.desks.now(), DESKS_MAX),
        ]
        .into_iter()
        .chain(spent)
        .collect(),
        failures: failures(state, census.refused),
        ledger: state.ledger.entries().into_iter().map(LedgerView::from).collect(),
        unreadable: unreadable(state),
    })
}
