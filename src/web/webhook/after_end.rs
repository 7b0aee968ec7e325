//! Facts that other services report about a finished call, once its actor is gone: until then the actor journals what ends after the call.

use std::time::Duration;

use cordboard_actors::messages::{AskOwner, CallRef};
use cordboard_actors::world;
use cordboard_schema::event::{Fact, JournalEntry};
use cordboard_schema::fold::Call;
use cordboard_schema::ids::CallId;
use tokio::time::{Instant, sleep};

use crate::web::WebState;
use crate::web::problem::ApiError;

/// Attempts to journal something after the end of a call.
const APPEND_TRIES: usize = 5;
/// How long the actor of a finished call is awaited: nothing of the call is left after that.
const ACTOR_WAIT: Duration = Duration::from_secs(10);
/// Interval of the checks whether it is gone.
const POLL_INTERVAL: Duration = Duration::from_millis(200);

/// Appends the facts that `find` returns for the call to the end of its journal, and returns the call's id. `None` if there is no such call, it is
/// not over, or these facts are known already: then `find` returns none. If something else is journalled at the same moment, it tries again.
pub(super) async fn append(
    state: &WebState,
    facts: &[Fact],
    find: impl AsyncFn() -> Result<Option<Call>, ApiError>,
) -> Result<Option<CallId>, ApiError> {
    for _ in 0..APPEND_TRIES {
        let Some(found) = find().await?.filter(|found| found.ended_at.is_some()) else { return Ok(None) };
        let Call { organization_id, id: call_id, last_seq, .. } = found;
        actor_is_gone(state, call_id).await?;
        let entries: Vec<JournalEntry> = (last_seq + 1..)
            .zip(facts)
            .map(|(seq, fact)| {
                let event = fact.clone().into();
                JournalEntry { organization_id, call_id, seq, at: world::now().into(), event }
            })
            .collect();
        if state.store.journal_after_end(entries).await? {
            return Ok(Some(call_id));
        }
    }
    Err(ApiError::Unavailable("the journal of the call keeps changing: try again".to_owned()))
}

/// Waits until the actor of a finished call is gone. It numbers its entries itself, so one of them, such as the end of the recording, would be taken
/// for an entry that is on disk already.
async fn actor_is_gone(state: &WebState, call_id: CallId) -> Result<(), ApiError> {
    let until = Instant::now() + ACTOR_WAIT;
    while state.ask(AskOwner(CallRef::Id(call_id))).await?.is_some() {
        if Instant::now() >= until {
            let why = "the call is over, and its last events are not journalled yet: try again";
            return Err(ApiError::Unavailable(why.to_owned()));
        }
        sleep(POLL_INTERVAL).await;
    }
    Ok(())
}
