//! Calls that a program or a user requests: a repeated request makes only one call.
//!
//! A key is on disk with the id of its call before the call is made. So a client that repeats its request, even to another process, gets the same
//! call. If the process died before anything of the call was on disk, the call was not dialled, and is made then. A refused call was not dialled
//! either, and its key can be used again. A client without a key must not repeat a request whose call may have begun, so such a failure has an answer
//! of its own.

use std::sync::Arc;
use std::time::Duration;

use chrono::NaiveDateTime;
use cordboard_actors::messages::{NoSwitch, PlaceCall, PlaceRefused, Placed};
use cordboard_actors::world;
use cordboard_schema::dial::NotDialable;
use cordboard_schema::event::JournalEntry;
use cordboard_schema::fold::Call;
use cordboard_schema::ids::CallId;
use cordboard_schema::outbound::{BadCall, IdempotencyKey, OutboundCall};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use uuid::Uuid;

use super::WebState;
use super::api::calls::CallView;
use super::audited;
use super::caller::Caller;
use super::problem::{ApiError, Fault};
use crate::store::{Claim, change, query};

/// How long to wait for the first entry of a call's journal; it comes within milliseconds.
const BEGINS_MAX: Duration = Duration::from_secs(2);

/// Makes a call, or finds the one that this request has already made.
pub(super) async fn place(
    state: &WebState,
    caller: &Caller,
    asked: OutboundCall,
    key: Option<IdempotencyKey>,
) -> Result<(Placed, Call), ApiError> {
    let (digest, to) = (digest(&asked), format!("to {}", asked.to));
    let call = asked.check().map_err(invalid)?;
    let mut call_id = CallId(world::new_id());
    let mut claimed = None;
    if let Some(key) = key {
        let (claim, claimed_at) = claim(state, caller, key.clone(), digest, call_id).await?;
        match claim {
            Claim::Ours => {}
            Claim::Theirs(theirs) => match stored(state, caller, theirs).await? {
                Some(call) => return Ok((Placed::Known, call)),
                None => call_id = theirs,
            },
            Claim::Reused => return Err(ApiError::KeyReused),
        }
        claimed = Some((key, claimed_at));
    }
    let tap = state.store.tap();
    let organization_id = caller.organization_id;
    let asked = PlaceCall { organization_id, call_id, call, by: None, published: None };
    let placed = match state.ask(asked).await {
        Ok(Ok(placed)) => placed,
        Ok(Err(refused)) => {
            if let Some(claimed) = claimed {
                release(state, caller, claimed, call_id).await;
            }
            return Err(refused.into());
        }
        // The request is on its way, and the registry may still make the call.
        Err(cause) => return Err(ApiError::call_unknown(call_id, &cause)),
    };
    if matches!(placed, Placed::New) {
        audited::log_command(state, caller, call_id, Some(("call.placed", to)));
    }
    let call = begun(state, caller, call_id, tap).await;
    Ok((placed, call.map_err(|cause| ApiError::call_unknown(call_id, &cause))?))
}

/// The view of a call that has begun.
pub(super) async fn shown(state: &WebState, call: Call) -> Result<CallView, ApiError> {
    let call_id = call.id;
    CallView::of(state, call).await.map_err(|cause| ApiError::call_unknown(call_id, &cause))
}

/// Distinguishes one request from another.
fn digest(asked: &OutboundCall) -> Uuid {
    let json = serde_json::to_vec(asked).unwrap_or_default();
    Uuid::new_v5(&Uuid::NAMESPACE_OID, &json)
}

pub(super) fn invalid(faults: Vec<BadCall>) -> ApiError {
    ApiError::Invalid(faults.iter().map(|fault| Fault::of(fault.field(), fault.to_string())).collect())
}

async fn claim(
    state: &WebState,
    caller: &Caller,
    key: IdempotencyKey,
    digest: Uuid,
    call_id: CallId,
) -> Result<(Claim, NaiveDateTime), ApiError> {
    let organization_id = caller.organization_id;
    let claim = state
        .store
        .change(move |connection| change::claim_key(connection, organization_id, &key, digest, call_id))
        .await?;
    Ok(claim)
}

/// Releases the key of a refused request. If the store does not accept that now, the key stays with the request for its day.
async fn release(
    state: &WebState,
    caller: &Caller,
    (key, claimed_at): (IdempotencyKey, NaiveDateTime),
    call_id: CallId,
) {
    let organization_id = caller.organization_id;
    let free = state.store.change(move |connection| {
        change::release_key(connection, organization_id, &key, call_id, claimed_at)
    });
    if let Err(error) = free.await {
        tracing::warn!(%error, "the key of a refused call could not be released");
    }
}

async fn stored(state: &WebState, caller: &Caller, call_id: CallId) -> Result<Option<Call>, ApiError> {
    let organization_id = caller.organization_id;
    Ok(state.store.reads().run(move |connection| query::call(connection, organization_id, call_id)).await?)
}

/// The call as it begins: journal entries before the tap was opened are on disk after a commit, later ones come through the tap. A client that learns
/// of the call can read it at once.
async fn begun(
    state: &WebState,
    caller: &Caller,
    call_id: CallId,
    mut tap: Receiver<Arc<JournalEntry>>,
) -> Result<Call, ApiError> {
    let first = tokio::time::timeout(BEGINS_MAX, first_entry(call_id, &mut tap));
    tokio::select! {
        biased;
        Ok(Some(call)) = first => Ok(committed(state, caller, call_id).await.ok().flatten().unwrap_or(call)),
        Ok(Some(call)) = committed(state, caller, call_id) => Ok(call),
        else => Err(ApiError::Unavailable("the call can't be read yet".to_owned())),
    }
}

async fn first_entry(call_id: CallId, tap: &mut Receiver<Arc<JournalEntry>>) -> Option<Call> {
    loop {
        match tap.recv().await {
            Ok(entry) if entry.call_id == call_id && entry.seq == 1 => return Call::begin(&entry),
            Ok(_) | Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => return None,
        }
    }
}

async fn committed(state: &WebState, caller: &Caller, call_id: CallId) -> Result<Option<Call>, ApiError> {
    state.store.commit().await?;
    stored(state, caller, call_id).await
}

impl From<PlaceRefused> for ApiError {
    fn from(refused: PlaceRefused) -> Self {
        match refused {
            PlaceRefused::Refused(refused) => refused.into(),
            PlaceRefused::NoSuchProfile => Self::NotFound("agent profile"),
            PlaceRefused::NotDialable(NotDialable::NoSuchName) => Self::NotFound("extension"),
            PlaceRefused::NotDialable(why @ NotDialable::NotAllowed) => Self::NotAllowed(why.to_string()),
            PlaceRefused::NotDialable(why @ NotDialable::Neither) => {
                Self::Invalid(vec![Fault::of("to", why.to_string())])
            }
            PlaceRefused::NoSwitch(NoSwitch::Unknown) => Self::NotFound("switch"),
            PlaceRefused::NoSwitch(why @ (NoSwitch::None | NoSwitch::NotGranted)) => {
                Self::conflict("no_switch", why)
            }
            PlaceRefused::NoSwitch(why @ NoSwitch::Which(_)) => Self::conflict("which_switch", why),
            why @ PlaceRefused::DialLimit => Self::conflict("dial_limit", why),
            why @ PlaceRefused::NoTrunk { .. } => Self::conflict("no_trunk", why),
            why @ (PlaceRefused::TrunkNotGranted { .. } | PlaceRefused::CallerIdNotGranted { .. }) => {
                Self::NotAllowed(why.to_string())
            }
            why @ PlaceRefused::SwitchAway { .. } => Self::Unavailable(why.to_string()),
            PlaceRefused::CannotSpeakText => Self::CannotSpeakText,
            // Only for a campaign's calls.
            PlaceRefused::NoSuchQueue { .. } => Self::NotFound("queue"),
            why @ PlaceRefused::NoSound { .. } => Self::conflict("no_switch", why),
        }
    }
}
