//! Results to report to a dialler for calls that it gave us. They are in the outbox from a call's beginning on, in the transaction that journals it.
//! So no crash loses them, and a dialler whose database is unavailable gets them later.
//!
//! The row's id is the call's. It is due when the call has ended.

use cordboard_actors::world;
use cordboard_campaigns::campaign::{Suppression, SuppressionSource};
use cordboard_schema::changed::Thing;
use cordboard_schema::delivery::{Channel, Delivery, DeliveryState};
use cordboard_schema::dialler_call::{CallBack, DiallerCall, PassRequest, PendingResult};
use cordboard_schema::event::{Decision, Event, JournalEntry};
use cordboard_schema::fold::Call;
use cordboard_schema::ids::{CallId, DeliveryId, OrganizationId};
use cordboard_schema::limits::{DIALLER_GIVE_UP_MS, DIALLER_LIVE_MS_MAX, FORGOTTEN_AT_ONCE};
use cordboard_schema::phone::E164;
use cordboard_schema::time::UnixMs;
use cordboard_tables::rows::{BadRow, DeliveryRow};
use cordboard_tables::tables::deliveries;
use diesel::prelude::*;

use super::moments::column;
use super::{Connection, StoreError, campaigns, changes};

/// The dialler's target name in the outbox.
const TARGET: &str = "dialler";
/// Its event name.
const EVENT: &str = "dialler_call.ended";

/// Creates the pending result if this entry begins a call from a dialler, or completes it if the entry ends one. `call` includes the entry.
pub(super) fn of_entry(
    connection: &mut Connection,
    entry: &JournalEntry,
    call: &Call,
) -> Result<(), StoreError> {
    match &entry.event {
        Event::Fact(fact) => match PendingResult::begun(fact) {
            Some(pending) => begin(connection, entry, &pending),
            None => Ok(()),
        },
        Event::Decision(Decision::Ended { .. }) => {
            change(connection, entry.organization_id, entry.call_id, |pending| pending.end(call)).map(drop)
        }
        Event::Decision(_) => Ok(()),
    }
}

fn begin(
    connection: &mut Connection,
    entry: &JournalEntry,
    pending: &PendingResult,
) -> Result<(), StoreError> {
    let delivery = Delivery {
        id: id_of(entry.call_id),
        organization_id: entry.organization_id,
        channel: Channel::Dialler,
        webhook_id: None,
        target: TARGET.to_owned(),
        event: EVENT.to_owned(),
        body: written(pending)?,
        state: DeliveryState::Waiting,
        attempts: 0,
        created_at: entry.at,
        due_at: Some(entry.at + DIALLER_LIVE_MS_MAX),
        claimed: false,
        give_up_at: entry.at + DIALLER_LIVE_MS_MAX + DIALLER_GIVE_UP_MS,
        tried_at: None,
        status: None,
        answer: None,
    };
    diesel::insert_into(deliveries::table).values(DeliveryRow::new(&delivery)?).execute(connection)?;
    Ok(())
}

/// Changes a call's pending result and returns it. None if no dialler gave us the call, or the result was reported already.
fn change(
    connection: &mut Connection,
    organization_id: OrganizationId,
    call_id: CallId,
    change: impl FnOnce(&mut PendingResult),
) -> Result<Option<PendingResult>, StoreError> {
    let Some(body) = waiting(organization_id, call_id, connection)? else { return Ok(None) };
    let mine = || deliveries::table.find(id_of(call_id).to_string());
    let mut pending = read(&body)?;
    change(&mut pending);
    let body = written(&pending)?;
    match &pending.end {
        Some(end) => diesel::update(mine())
            .set((
                deliveries::body.eq(body),
                deliveries::due_at.eq(column(end.at)),
                deliveries::give_up_at.eq(column(end.at + DIALLER_GIVE_UP_MS)),
            ))
            .execute(connection)?,
        None => diesel::update(mine()).set(deliveries::body.eq(body)).execute(connection)?,
    };
    Ok(Some(pending))
}

/// Sets the status of the lead of an active call; the last choice counts. Returns false if no dialler gave us the call, or it has ended.
pub fn choose(
    connection: &mut Connection,
    organization_id: OrganizationId,
    call_id: CallId,
    status: &str,
) -> Result<bool, StoreError> {
    let set = |pending: &mut PendingResult| {
        if pending.end.is_none() {
            pending.chosen = Some(status.to_owned());
        }
    };
    Ok(change(connection, organization_id, call_id, set)?.is_some_and(|pending| pending.end.is_none()))
}

/// Stores that the lead of an active call is to be called again; the last request counts. Returns false if no dialler gave us the call, or it has
/// ended.
pub fn call_back(
    connection: &mut Connection,
    organization_id: OrganizationId,
    call_id: CallId,
    request: &CallBack,
) -> Result<bool, StoreError> {
    let set = |pending: &mut PendingResult| {
        if pending.end.is_none() {
            pending.call_back = Some(request.clone());
        }
    };
    Ok(change(connection, organization_id, call_id, set)?.is_some_and(|pending| pending.end.is_none()))
}

/// Stores that the callee does not want to be called again. If this becomes known only after the call has ended and its result was reported, the
/// dialler gets another report. Returns false if no dialler gave us the call.
pub(super) fn opt_out(
    connection: &mut Connection,
    organization_id: OrganizationId,
    call_id: CallId,
    now: UnixMs,
) -> Result<bool, StoreError> {
    let body: Option<String> = deliveries::table
        .find(id_of(call_id).to_string())
        .filter(deliveries::organization_id.eq(organization_id.to_string()))
        .filter(deliveries::channel.eq(Channel::Dialler.as_str()))
        .select(deliveries::body)
        .first(connection)
        .optional()?;
    let Some(body) = body else { return Ok(false) };
    let mut pending = read(&body)?;
    pending.opted_out = true;
    let (mine, body) = (deliveries::table.find(id_of(call_id).to_string()), written(&pending)?);
    match pending.end {
        None => diesel::update(mine).set(deliveries::body.eq(body)).execute(connection)?,
        // An attempt under way does not contain it, so it must not count as the last one.
        Some(_) => diesel::update(mine)
            .set((
                deliveries::body.eq(body),
                deliveries::state.eq(DeliveryState::Waiting.as_str()),
                deliveries::claimed.eq(false),
                deliveries::due_at.eq(column(now)),
                deliveries::give_up_at.eq(column(now + DIALLER_GIVE_UP_MS)),
            ))
            .execute(connection)?,
    };
    Ok(true)
}

/// Adds the numbers of the lead of a dialler's call to the do-not-call list, because its callee wants no more calls; `status` is the chosen status
/// that means this. If a number is there, the first evidence stays. The delivery is that of the call's result.
pub fn list_refused(
    connection: &mut Connection,
    (organization_id, of): (OrganizationId, DeliveryId),
    numbers: &[E164],
    status: Option<&str>,
) -> Result<(), StoreError> {
    let (call_id, now) = (CallId(of.0), UnixMs::from(world::now()));
    let evidence = match status {
        Some(status) => format!("status {status} of the dialler's lead"),
        None => "asked on a call of the dialler".to_owned(),
    };
    for number in numbers {
        let suppression = Suppression {
            organization_id,
            number: number.clone(),
            source: SuppressionSource::Assistant,
            evidence: evidence.clone(),
            call_id: Some(call_id),
            created_at: now,
        };
        if campaigns::add_suppression_of_call(connection, &suppression)? {
            changes::note(organization_id, Thing::Suppression, call_id);
        }
    }
    Ok(())
}

/// Stores the state of a request to the dialler to pass the caller on. Returns the pending result, and whether this was already requested. None if no
/// dialler gave us the call, or its result was reported already.
pub fn note_pass(
    connection: &mut Connection,
    organization_id: OrganizationId,
    call_id: CallId,
    request: PassRequest,
) -> Result<Option<(PendingResult, bool)>, StoreError> {
    let mut was_asked = false;
    let set = |pending: &mut PendingResult| {
        was_asked = pending.passed_on;
        pending.note_pass(request);
    };
    let pending = change(connection, organization_id, call_id, set)?;
    Ok(pending.map(|pending| (pending, was_asked)))
}

/// Returns a call's pending result, if it was not reported yet.
pub fn find(
    connection: &mut Connection,
    organization_id: OrganizationId,
    call_id: CallId,
) -> Result<Option<PendingResult>, StoreError> {
    let body: Option<String> = waiting(organization_id, call_id, connection)?;
    body.map(|body| read(&body)).transpose()
}

fn waiting(
    organization_id: OrganizationId,
    call_id: CallId,
    connection: &mut Connection,
) -> Result<Option<String>, StoreError> {
    let body = deliveries::table
        .find(id_of(call_id).to_string())
        .filter(deliveries::organization_id.eq(organization_id.to_string()))
        .filter(deliveries::channel.eq(Channel::Dialler.as_str()))
        .filter(deliveries::state.eq(DeliveryState::Waiting.as_str()))
        .select(deliveries::body)
        .first(connection);
    Ok(body.optional()?)
}

/// Returns the active calls of a dialler in one organization, among its `limit` newest pending results. While the dialler is unavailable, results of
/// ended calls wait as well, and are older.
pub fn live(
    connection: &mut Connection,
    organization_id: OrganizationId,
    limit: i64,
) -> Result<Vec<(CallId, DiallerCall)>, StoreError> {
    let rows: Vec<DeliveryRow> = deliveries::table
        .filter(deliveries::state.eq(DeliveryState::Waiting.as_str()))
        .filter(deliveries::channel.eq(Channel::Dialler.as_str()))
        .filter(deliveries::organization_id.eq(organization_id.to_string()))
        .order(deliveries::id.desc())
        .limit(limit)
        .select(DeliveryRow::as_select())
        .load(connection)?;
    let mut calls = Vec::new();
    for row in rows {
        let delivery = row.into_delivery()?;
        let pending = read(&delivery.body)?;
        if pending.end.is_none() {
            calls.push((CallId(delivery.id.0), pending.call));
        }
    }
    Ok(calls)
}

/// Returns some results of ended calls that wait beyond `latest`, longer than any retry pause: the clock was ahead when their time was set. Results
/// of active calls are due after the maximum length of a call, so they come last. One that can't be read is reported when it is due.
pub fn too_far_ahead(connection: &mut Connection, latest: UnixMs) -> Result<Vec<String>, StoreError> {
    let rows: Vec<DeliveryRow> = deliveries::table
        .filter(deliveries::state.eq(DeliveryState::Waiting.as_str()))
        .filter(deliveries::due_at.gt(column(latest)))
        .filter(deliveries::channel.eq(Channel::Dialler.as_str()))
        .order(deliveries::due_at)
        .limit(FORGOTTEN_AT_ONCE)
        .select(DeliveryRow::as_select())
        .load(connection)?;
    let is_over = |delivery: &Delivery| read(&delivery.body).is_ok_and(|pending| pending.end.is_some());
    let results = rows.into_iter().filter_map(|row| row.into_delivery().ok()).filter(is_over);
    Ok(results.map(|delivery| delivery.id.to_string()).collect())
}

/// Returns the pending result in a delivery to a dialler.
pub fn pending_in(delivery: &Delivery) -> Result<PendingResult, StoreError> {
    read(&delivery.body)
}

const fn id_of(call_id: CallId) -> DeliveryId {
    DeliveryId(call_id.0)
}

fn written(pending: &PendingResult) -> Result<String, StoreError> {
    Ok(serde_json::to_string(pending).map_err(|fault| BadRow::new("deliveries.body", fault))?)
}

fn read(body: &str) -> Result<PendingResult, StoreError> {
    Ok(serde_json::from_str(body).map_err(|fault| BadRow::new("deliveries.body", fault))?)
}
