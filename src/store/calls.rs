//! Reading calls.

use std::collections::HashMap;

use cordboard_schema::call::CallState;
use cordboard_schema::fold::Call;
use cordboard_schema::ids::{CallId, OrganizationId, OutsideId};
use cordboard_schema::rows::{CallRow, OutsideIdRow, RecordingRow};
use cordboard_schema::tables::{call_outside_ids, calls, recordings};
use diesel::prelude::*;

use super::StoreError;
use super::pool::Connection;

/// Which calls to list.
#[derive(Clone, Copy, Debug)]
pub struct CallQuery {
    /// Only those that stand so.
    pub state: Option<CallState>,
    /// Only those that began before this one.
    pub before: Option<CallId>,
    /// At most so many.
    pub limit: i64,
}

/// The call of that id.
pub fn find(
    connection: &mut Connection,
    organization_id: OrganizationId,
    id: CallId,
) -> Result<Option<Call>, StoreError> {
    Ok(find_anywhere(connection, id)?.filter(|call| call.organization_id == organization_id))
}

/// The call of that id, whoever's it is: for the writer, which folds the journals of all.
pub(super) fn find_anywhere(connection: &mut Connection, id: CallId) -> Result<Option<Call>, StoreError> {
    let row = calls::table.find(id.to_string()).select(CallRow::as_select()).first(connection).optional()?;
    Ok(complete(connection, row.into_iter().collect())?.pop())
}

/// The newest call of that name outside.
pub fn find_by_outside_id(
    connection: &mut Connection,
    organization_id: OrganizationId,
    outside_id: &OutsideId,
) -> Result<Option<Call>, StoreError> {
    let row = calls::table
        .inner_join(call_outside_ids::table.on(call_outside_ids::call_id.eq(calls::id)))
        .filter(call_outside_ids::kind.eq(OutsideIdRow::kind_of(outside_id)?))
        .filter(call_outside_ids::value.eq(&outside_id.value))
        .filter(calls::organization_id.eq(organization_id.to_string()))
        .order(calls::id.desc())
        .select(CallRow::as_select())
        .first(connection)
        .optional()?;
    Ok(complete(connection, row.into_iter().collect())?.pop())
}

/// Calls that fit `query`, newest first.
pub fn list(
    connection: &mut Connection,
    organization_id: OrganizationId,
    query: CallQuery,
) -> Result<Vec<Call>, StoreError> {
    let mut found = calls::table
        .filter(calls::organization_id.eq(organization_id.to_string()))
        .order(calls::id.desc())
        .limit(query.limit)
        .select(CallRow::as_select())
        .into_boxed();
    if let Some(state) = query.state {
        found = found.filter(calls::state.eq(state.as_str()));
    }
    if let Some(before) = query.before {
        found = found.filter(calls::id.lt(before.to_string()));
    }
    let rows = found.load(connection)?;
    complete(connection, rows)
}

/// The calls of `rows`, with what the other tables hold of them, in the same order.
fn complete(connection: &mut Connection, rows: Vec<CallRow>) -> Result<Vec<Call>, StoreError> {
    let ids: Vec<&str> = rows.iter().map(|row| row.id.as_str()).collect();
    let mut outside_ids: HashMap<String, Vec<OutsideIdRow>> = HashMap::new();
    let found = call_outside_ids::table
        .filter(call_outside_ids::call_id.eq_any(&ids))
        .order(call_outside_ids::position)
        .select(OutsideIdRow::as_select())
        .load(connection)?;
    for row in found {
        outside_ids.entry(row.call_id.clone()).or_default().push(row);
    }
    let mut recorded: HashMap<String, RecordingRow> = recordings::table
        .filter(recordings::call_id.eq_any(&ids))
        .select(RecordingRow::as_select())
        .load(connection)?
        .into_iter()
        .map(|row| (row.call_id.clone(), row))
        .collect();
    rows.into_iter()
        .map(|row| {
            let outside_ids = outside_ids.remove(&row.id).unwrap_or_default();
            let recording = recorded.remove(&row.id);
            Ok(row.into_call(outside_ids, recording)?)
        })
        .collect()
}
