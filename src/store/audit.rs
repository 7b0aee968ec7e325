//! The audit log.

use cordboard_actors::world;
use cordboard_schema::audit::{Actor, AuditEntry};
use cordboard_schema::changed::Thing;
use cordboard_schema::ids::{AuditId, OrganizationId};
use cordboard_schema::time::UnixMs;
use cordboard_tables::rows::AuditRow;
use cordboard_tables::tables::audit_log;
use diesel::prelude::*;

use super::{Connection, StoreError, changes};

/// Writes a line, in the transaction of what it tells of; pages that show what it is about are notified once that is committed.
pub fn record(connection: &mut Connection, entry: &AuditEntry) -> Result<(), StoreError> {
    if let Some(what) = Thing::of_action(&entry.action) {
        changes::note(entry.organization_id, what, &entry.subject);
    }
    diesel::insert_into(audit_log::table).values(AuditRow::new(entry)?).execute(connection)?;
    Ok(())
}

/// Writes a line of what the server did by itself: the action, its subject and the detail.
pub(super) fn record_by_system(
    connection: &mut Connection,
    organization_id: OrganizationId,
    at: UnixMs,
    (action, subject, detail): (&str, String, String),
) -> Result<(), StoreError> {
    let entry = AuditEntry {
        id: AuditId(world::new_id()),
        organization_id,
        at,
        actor: Actor::System,
        action: action.to_owned(),
        subject,
        address: None,
        detail,
    };
    record(connection, &entry)
}

/// Selection of lines of the log; by default all.
#[derive(Clone, Debug, Default)]
pub struct AuditFilter {
    /// Actions of one of these.
    pub actors: Vec<Actor>,
    /// Subject of an action, in lower-case letters, digits and `_`: the whole of it, or the part before its first dot.
    pub about: Option<String>,
}

/// The organization's log, newest first: lines before `before`, at most `limit`.
pub fn list(
    connection: &mut Connection,
    organization_id: OrganizationId,
    filter: &AuditFilter,
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
    if !filter.actors.is_empty() {
        let actors = filter.actors.iter().map(AuditRow::column_of).collect::<Result<Vec<_>, _>>()?;
        found = found.filter(audit_log::actor.eq_any(actors));
    }
    if let Some(about) = &filter.about {
        // An underscore stands for any letter there.
        let below = format!("{}.%", about.replace('_', "\\_"));
        found =
            found.filter(audit_log::action.eq(about.clone()).or(audit_log::action.like(below).escape('\\')));
    }
    Ok(found.load(connection)?.into_iter().map(AuditRow::into_entry).collect::<Result<_, _>>()?)
}
