//! Facts that other services report about a finished call, whose journal nobody else writes any more.

use cordboard_actors::world;
use cordboard_schema::event::{Fact, JournalEntry};
use cordboard_schema::fold::Call;
use cordboard_schema::ids::CallId;

use crate::web::WebState;
use crate::web::problem::ApiError;

/// Attempts to journal something after the end of a call.
const APPEND_TRIES: usize = 5;

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
