//! `/api/v1/voices/health`: the state of the voice providers, as an organization's own calls experienced them.

use std::time::Duration;

use actix_web::web;
use chrono::{DateTime, TimeDelta, Utc};
use cordboard_actors::assistant::VOICES;
use cordboard_actors::circuits::machine::CircuitState;
use cordboard_actors::circuits::{Account, AskCircuits};
use cordboard_actors::world;
use cordboard_schema::report::{Cut, Sums};
use cordboard_schema::voice_chain::VoiceName;
use serde::Serialize;
use tokio::time::timeout;
use utoipa::ToSchema;

use crate::configured_voices::{self, VoiceAccount};
use crate::store::{Connection, query};
use crate::web::WebState;
use crate::web::caller::Caller;
use crate::web::page::Page;
use crate::web::problem::ApiError;

/// Hours of calls that count.
const HOURS: i64 = 24;
/// How long to wait for the circuits; without an answer they count as closed.
const CIRCUITS_WAIT: Duration = Duration::from_secs(1);

/// Owner of the account that serves the organization's calls at a provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum WhoseAccount {
    /// The organization's own.
    Own,
    /// The configuration's.
    #[serde(rename = "house")]
    Configured,
    /// The organization's own, which can't be used.
    Unusable,
    /// There is none: no chain can name this provider.
    None,
}

/// Whether calls use a provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CircuitView {
    /// Calls use it.
    Closed,
    /// Calls there have failed recently: chains skip it until `open_until`, and then one call tries it.
    Open,
    /// One call is trying it.
    Tried,
}

/// State of a voice provider.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VoiceHealthView {
    /// The provider.
    provider: VoiceName,
    /// Owner of the account that is used.
    account: WhoseAccount,
    /// Whether calls use it.
    circuit: CircuitView,
    /// When the next call may use it, if its circuit is open.
    open_until: Option<DateTime<Utc>>,
    /// Calls of the last 24 hours that it answered first, as in reports by provider.
    calls: u64,
    /// Their share of all calls of these hours, in percent.
    share_percent: u8,
    /// Time from the end of a caller's words to the beginning of the answer, in ms: the median. Null without answers.
    reply_p50_ms: Option<u64>,
    /// The same for the 95th percentile.
    reply_p95_ms: Option<u64>,
    /// Cost of a minute of talk, in millionths of the currency. Null without any talk.
    cost_per_minute_micros: Option<u64>,
    /// Currency of `cost_per_minute_micros`, by its ISO 4217 code.
    currency: String,
}

/// Shows the state of the voice providers: the present circuits, and figures of the last 24 hours.
#[utoipa::path(
    get,
    operation_id = "show_voice_health",
    path = "/api/v1/voices/health",
    tag = "integrations",
    responses((status = 200, description = "All providers that a chain of voices can name, on one page", body = Page<VoiceHealthView>))
)]
pub(crate) async fn show(
    state: web::Data<WebState>,
    caller: Caller,
) -> Result<web::Json<Page<VoiceHealthView>>, ApiError> {
    let organization_id = caller.organization_id;
    let installation = (state.outside_accounts.as_ref(), &state.configuration.config);
    let found: Vec<(VoiceName, VoiceAccount)> = VOICES
        .iter()
        .map(|kind| kind.name)
        .map(|voice| (voice, VoiceAccount::of(installation, organization_id, voice)))
        .collect();
    let circuits: Vec<Account> = found
        .iter()
        .map(|(voice, account)| {
            let own = match account {
                VoiceAccount::Own(revision) => Some(*revision),
                VoiceAccount::Configured | VoiceAccount::Unusable | VoiceAccount::None => None,
            };
            configured_voices::circuit_of(organization_id, *voice, own)
        })
        .collect();
    let standing = match &state.circuits {
        Some(actor) => {
            timeout(CIRCUITS_WAIT, actor.send(AskCircuits(circuits))).await.ok().and_then(Result::ok)
        }
        None => None,
    }
    .unwrap_or_default();
    let to = world::now();
    let span = (to - TimeDelta::hours(HOURS), to);
    let count = move |connection: &mut Connection| query::figures_of_hour(connection, organization_id, span);
    let sums = state.store.reads().run(count).await?;
    let all: u64 = sums.iter().filter(|((cut, _), _)| *cut == Cut::All).map(|(_, sums)| sums.calls).sum();
    let none = Sums::default();
    let items = found.into_iter().enumerate().map(|(place, (provider, account))| {
        let sums = sums.get(&(Cut::Provider, provider.as_str().to_owned())).unwrap_or(&none);
        let (circuit, open_until) = match standing.get(place) {
            Some(CircuitState::Open { until }) => {
                (CircuitView::Open, DateTime::from_timestamp_millis(until.0))
            }
            Some(CircuitState::Tried) => (CircuitView::Tried, None),
            Some(CircuitState::Closed) | None => (CircuitView::Closed, None),
        };
        let minutes_ms = sums.talk.0;
        let cost = (u128::from(sums.cost_micros) * 60_000).checked_div(u128::from(minutes_ms));
        VoiceHealthView {
            provider,
            account: match account {
                VoiceAccount::Own(_) => WhoseAccount::Own,
                VoiceAccount::Configured => WhoseAccount::Configured,
                VoiceAccount::Unusable => WhoseAccount::Unusable,
                VoiceAccount::None => WhoseAccount::None,
            },
            circuit,
            open_until,
            calls: sums.calls,
            share_percent: (sums.calls * 100)
                .checked_div(all)
                .map_or(0, |share| u8::try_from(share).unwrap_or(100)),
            reply_p50_ms: sums.replies.percentile(50),
            reply_p95_ms: sums.replies.percentile(95),
            cost_per_minute_micros: cost.and_then(|cost| u64::try_from(cost).ok()),
            currency: state.currency().to_owned(),
        }
    });
    Ok(web::Json(Page::whole(items.collect())))
}
