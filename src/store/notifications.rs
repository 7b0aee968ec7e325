//! Events for webhooks and people, from a call's journal and from other rows.

use cordboard_schema::customer_profile::other_party;
use cordboard_schema::event::{Decision, Event, Fact, JournalEntry};
use cordboard_schema::fold::Call;
use cordboard_schema::ids::{EffectId, OrganizationId};
use cordboard_schema::notice::Notice;
use cordboard_schema::time::UnixMs;
use cordboard_schema::webhook::{CallPayload, HandoffPayload, RecordingPayload, WebhookEvent};
use cordboard_tables::rows::EventRow;
use cordboard_tables::tables::call_events;
use diesel::prelude::*;

use super::deliveries::{self, Outbox};
use super::{Connection, StoreError};

/// Writes an event to the outbox, in the transaction of what it reports. A bad row of a recipient does not make that transaction fail.
pub(super) fn report(
    connection: &mut Connection,
    organization_id: OrganizationId,
    event: WebhookEvent,
) -> Result<(), StoreError> {
    let kind = event.kind().as_str();
    match deliveries::enqueue(connection, organization_id, event) {
        Err(StoreError::BadRow(bad)) => {
            tracing::error!(%organization_id, kind, %bad, "an event is not sent to webhooks");
            Ok(())
        }
        outcome => outcome,
    }
}

/// Writes a notice to the outbox, as [`report`] writes an event.
pub(super) fn notify(
    connection: &mut Connection,
    organization_id: OrganizationId,
    notice: &Notice,
    at: UnixMs,
) -> Result<(), StoreError> {
    match Outbox::default().put_notice(connection, organization_id, notice, at) {
        Err(StoreError::BadRow(bad)) => {
            let kind = notice.kind().as_str();
            tracing::error!(%organization_id, kind, %bad, "a notice is not sent to people");
            Ok(())
        }
        outcome => outcome,
    }
}

/// The event of this entry, if there is one. `call` includes the entry; earlier entries are on disk, or in the same transaction.
pub(super) fn of_entry(
    connection: &mut Connection,
    entry: &JournalEntry,
    call: &Call,
) -> Result<Option<WebhookEvent>, StoreError> {
    Ok(match &entry.event {
        Event::Fact(Fact::CallStarted { .. }) => {
            Call::begin(entry).map(|begun| WebhookEvent::CallStarted(CallPayload::from(&begun)))
        }
        // If the disk has refused all of it, there is no recording that could be fetched.
        Event::Fact(Fact::RecordingFinished { .. }) => call.recording_ms.map(|duration_ms| {
            let recording = RecordingPayload::of(entry.call_id, duration_ms, call.recording_lost_ms);
            WebhookEvent::RecordingReady(recording)
        }),
        Event::Decision(Decision::Ended { .. }) => Some(WebhookEvent::CallEnded(CallPayload::from(call))),
        Event::Decision(Decision::HandoffAbandoned { handoff, failure }) => {
            Some(WebhookEvent::HandoffFailed(HandoffPayload {
                call_id: entry.call_id,
                handoff: *handoff,
                target: asked_for(connection, entry, *handoff)?,
                from: call.from.clone(),
                party: other_party(call).map(str::to_owned),
                failure: *failure,
                at: entry.at,
            }))
        }
        Event::Decision(Decision::TransferFailed { transfer, target, failure }) => {
            Some(WebhookEvent::HandoffFailed(HandoffPayload {
                call_id: entry.call_id,
                handoff: *transfer,
                target: Some(target.clone()),
                from: call.from.clone(),
                party: other_party(call).map(str::to_owned),
                failure: *failure,
                at: entry.at,
            }))
        }
        _ => None,
    })
}

/// The target of a hand-off.
fn asked_for(
    connection: &mut Connection,
    entry: &JournalEntry,
    handoff: EffectId,
) -> Result<Option<String>, StoreError> {
    let rows: Vec<EventRow> = call_events::table
        .filter(call_events::call_id.eq(entry.call_id.to_string()))
        .filter(call_events::kind.eq_any(["handoff_requested", "agent_requested"]))
        .select(EventRow::as_select())
        .load(connection)?;
    for row in rows {
        if let Event::Decision(
            Decision::HandoffRequested { handoff: asked, target, .. }
            | Decision::AgentRequested { handoff: asked, target, .. },
        ) = row.into_entry()?.event
            && asked == handoff
        {
            return Ok(Some(target));
        }
    }
    Ok(None)
}
