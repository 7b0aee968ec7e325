//! Messages of callers whose report came to no server, for example during a restart: Twilio does not repeat it. So Twilio is asked.

use std::convert::Infallible;
use std::time::Duration;

use cordboard_actors::twilio::RestFault;
use cordboard_actors::world;
use cordboard_schema::event::{Event, Fact};
use cordboard_schema::fold::Call;
use cordboard_schema::ids::OutsideId;
use cordboard_schema::limits::{MESSAGE_ASKED_ABOUT_MS_MAX, MESSAGE_REPORT_MS_MAX};
use cordboard_schema::time::UnixMs;
use cordboard_schema::wire::twilio::AccountSid;
use cordboard_schema::wire::twilio::rest::{RecordingList, RestErrorKind, RestRequest};
use tokio::time::sleep;

use super::recording::{account_line, entries_of, skip_unreadable, take_message, was_asked_for_message};
use crate::repeated_failure::RepeatedFailure;
use crate::store::{Connection, query};
use crate::web::WebState;
use crate::web::problem::ApiError;

/// Asks for the messages of callers who were asked for one in calls without a recording that are over for some minutes: at once for those of the last
/// day, and then each once.
pub(in crate::web) async fn ask_about_messages(state: WebState) -> Infallible {
    let mut since = UnixMs::from(world::now()) - MESSAGE_ASKED_ABOUT_MS_MAX;
    let mut failures = RepeatedFailure::of("asking about messages of callers");
    loop {
        let now = UnixMs::from(world::now());
        let until = now - MESSAGE_REPORT_MS_MAX;
        since = since.max(now - MESSAGE_ASKED_ABOUT_MS_MAX);
        let is_answered = failures.note(ask_about_these(&state, since, until).await, |error| {
            tracing::error!(%error, "messages of callers without a report can't be looked for; Twilio is asked about them later");
        });
        // Those that Twilio has not answered about are asked about again.
        if is_answered == Some(true) {
            since = until;
        }
        sleep(Duration::from_millis(MESSAGE_REPORT_MS_MAX)).await;
    }
}

/// Asks about calls that ended within these times. Returns whether Twilio has answered about all of them.
async fn ask_about_these(state: &WebState, since: UnixMs, until: UnixMs) -> Result<bool, ApiError> {
    let (mut after, mut is_answered) = (None, true);
    loop {
        let read = move |connection: &mut Connection| {
            query::calls_maybe_with_message(connection, (since, until), after)
        };
        let calls = state.store.reads().run(read).await?;
        let Some(last) = calls.last() else { return Ok(is_answered) };
        after = Some(last.id);
        // One after the other: calls need the account more.
        for call in &calls {
            is_answered &= skip_unreadable(call.id, ask_about(state, call).await)?.unwrap_or(true);
        }
    }
}

/// Asks Twilio for a caller's message, and takes it. Returns false if Twilio can't answer at present.
async fn ask_about(state: &WebState, call: &Call) -> Result<bool, ApiError> {
    let Some(sid) = call.outside_ids.iter().find_map(OutsideId::at_twilio) else { return Ok(true) };
    if !was_asked_for_message(state, call).await? {
        return Ok(true);
    }
    let account = account_of(state, call).await?;
    let Some(line) = account_line(state, call.organization_id, account.as_ref()) else { return Ok(true) };
    let list = match line.ask::<RecordingList>(RestRequest::find_recordings(&sid)).await {
        Ok(list) => list,
        Err(fault) => {
            tracing::debug!(call_id = %call.id, %fault, "it is not known whether a caller has left a message");
            // A token may stay wrong: one account would have all calls of the day asked about again.
            let is_wrong_token =
                matches!(&fault, RestFault::Refused(error) if error.kind == RestErrorKind::Unauthorized);
            return Ok(is_wrong_token || !fault.may_pass());
        }
    };
    if let Some((recording, duration_ms)) = list.completed() {
        tracing::info!(call_id = %call.id, "a caller has left a message that was not reported");
        take_message(state, &sid, recording.clone(), duration_ms, Some(line)).await?;
    }
    Ok(true)
}

/// The organization's own account that a call came from; `None` for the configuration's.
async fn account_of(state: &WebState, call: &Call) -> Result<Option<AccountSid>, ApiError> {
    let started = entries_of(state, call, "call_started").await?;
    let account = started.into_iter().find_map(|entry| match entry.event {
        Event::Fact(Fact::CallStarted { policy, .. }) => policy.twilio.account.clone(),
        _ => None,
    });
    Ok(account)
}
