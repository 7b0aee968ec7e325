//! Deletes old entries of the audit log. Entries are selected by their ids, which contain their time.

use cordboard_schema::audit::OF_THE_INSTALLATION;
use cordboard_schema::ids::OrganizationId;
use cordboard_schema::retention::DeletedType;
use cordboard_schema::time::UnixMs;
use cordboard_tables::tables::audit_log;
use diesel::dsl::not;
use diesel::prelude::*;

use crate::store::retention::first_id;
use crate::store::{Connection, Deleted, OldRows, StoreError};

/// Entries in one read.
const ENTRIES_AT_ONCE: i64 = 500;

/// The entries of an organization that were written before a moment and are not about the installation.
macro_rules! old_entries {
    ($organization_id:expr, $since:expr) => {
        audit_log::table
            .filter(audit_log::organization_id.eq($organization_id.to_string()))
            .filter(audit_log::id.lt(first_id($since)))
            .filter(not(audit_log::action.eq_any(OF_THE_INSTALLATION)))
    };
}

/// Finds at most `limit` entries after `after` that were written before `since`. Entries about the installation stay: if each change read all of them
/// again, it would block the writer.
pub fn old(
    connection: &mut Connection,
    organization_id: OrganizationId,
    since: UnixMs,
    after: Option<&String>,
    limit: usize,
) -> Result<OldRows<String>, StoreError> {
    let window: Vec<(String, String)> = audit_log::table
        .filter(audit_log::organization_id.eq(organization_id.to_string()))
        .filter(audit_log::id.gt(after.map_or("", String::as_str)))
        .filter(audit_log::id.lt(first_id(since)))
        .order(audit_log::id)
        .limit(ENTRIES_AT_ONCE)
        .select((audit_log::id, audit_log::action))
        .load(connection)?;
    let Some((last, _)) = window.last() else { return Ok(OldRows::NONE) };
    let old = window.iter().filter(|(_, action)| !OF_THE_INSTALLATION.contains(&action.as_str()));
    Ok(OldRows::first(old.map(|(id, _)| id.clone()).collect(), last, limit))
}

/// Deletes those of these entries that are still there. Returns their ids.
pub fn delete(
    connection: &mut Connection,
    organization_id: OrganizationId,
    since: UnixMs,
    ids: &[String],
) -> Result<Deleted, StoreError> {
    let old: Vec<String> = old_entries!(organization_id, since)
        .filter(audit_log::id.eq_any(ids))
        .order(audit_log::id)
        .select(audit_log::id)
        .load(connection)?;
    diesel::delete(audit_log::table.filter(audit_log::id.eq_any(&old))).execute(connection)?;
    Ok(Deleted::of(DeletedType::AuditEntry, old))
}

/// Counts the entries that were written before a moment and would be deleted.
pub(in crate::store) fn count_old(
    connection: &mut Connection,
    organization_id: OrganizationId,
    since: UnixMs,
) -> Result<i64, StoreError> {
    Ok(old_entries!(organization_id, since).count().get_result(connection)?)
}
