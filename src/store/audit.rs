//! The audit log.

use cordboard_schema::audit::AuditEntry;
use cordboard_schema::changed::Thing;
use cordboard_schema::ids::{AuditId, OrganizationId};
use cordboard_schema::rows::AuditRow;
use cordboard_schema::tables::audit_log;
use diesel::prelude::*;

use super::{Connection, StoreError, changes};

/// Writes a line, in the transaction of what it tells of; pages that show what it is about are told once that is committed.
pub fn record(connection: &mut Connection, entry: &AuditEntry) -> Result<(), StoreError> {
    if let Some(what) = Thing::of_action(&entry.action) {
        changes::note(entry.organization_id, what, &entry.subject);
    }
    diesel::insert_into(audit_log::table).values(AuditRow::new(entry)?).execute(connection)?;
    Ok(())
}

/// The organization's log, newest first: lines before `before`, at most `limit`.
pub fn list(
    connection: &mut Connection,
    organization_id: OrganizationId,
    before: Option<AuditId>,
    limit: i64,
) -> Result<Vec<AuditEntry>, StoreError> {
    let mut found = audit_log::table
        .filter(audit_log::organization_id.eq(organization_id.to_string()))
        .order(audit_log::id.desc())
        .limit(limit)
        .select(AuditRow::as_select())
        .into_boxed();
    if let Some(before) = before {
        found = found.filter(audit_log::id.lt(before.to_string()));
    }
    Ok(found.load(connection)?.into_iter().map(AuditRow::into_entry).collect::<Result<_, _>>()?)
}
