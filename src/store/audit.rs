//! The audit log.

mod forgetting;

use cordboard_actors::world;
use cordboard_schema::audit::{Actor, AuditEntry};
use cordboard_schema::changed::Thing;
use cordboard_schema::ids::{AuditId, OrganizationId};
use cordboard_schema::time::UnixMs;
use cordboard_tables::rows::AuditRow;
use cordboard_tables::tables::audit_log;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};

use super::{Connection, StoreError, changes};

pub(super) use forgetting::count_old as count_old_entries;
pub use forgetting::{delete as delete_entries, old as old_entries};

/// Writes an entry, in the transaction of the change that it describes. After the commit, pages that show the subject are notified.
pub fn record(connection: &mut Connection, entry: &AuditEntry) -> Result<(), StoreError> {
    if let Some(what) = Thing::of_action(&entry.action) {
        changes::note(entry.organization_id, what, &entry.subject);
    }
    diesel::insert_into(audit_log::table).values(AuditRow::new(entry)?).execute(connection)?;
    Ok(())
}

/// Records a change if it has changed anything. Returns whether it has.
pub fn record_if(
    connection: &mut Connection,
    has_changed: bool,
    entry: &AuditEntry,
) -> Result<bool, StoreError> {
    if has_changed {
        record(connection, entry)?;
    }
    Ok(has_changed)
}

/// Writes entries that belong to no change. Entries that exist stay as they are: the answer to an earlier commit may have been lost.
pub(super) fn append(connection: &mut Connection, entries: &[AuditEntry]) -> Result<(), StoreError> {
    let ids: Vec<String> = entries.iter().map(|entry| entry.id.to_string()).collect();
    let known: Vec<String> =
        audit_log::table.filter(audit_log::id.eq_any(&ids)).select(audit_log::id).load(connection)?;
    let new = entries.iter().zip(&ids).filter(|(_, id)| !known.contains(id));
    new.map(|(entry, _)| entry).try_for_each(|entry| record(connection, entry))
}

/// Writes an entry for something that the server did by itself: action, subject and detail.
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

/// Filters for entries of the log; the default is all.
#[derive(Clone, Debug, Default)]
pub struct AuditFilter {
    /// Only actions of these actors.
    pub actors: Vec<Actor>,
    /// The subject of the action, in lower-case letters, digits and `_`: the whole action, or the part before its first dot.
    pub about: Option<String>,
}

/// Returns the organization's log, newest first: at most `limit` entries before `before`. Several actors are read one at a time: with two in one
/// query, SQLite reads all their entries to find the newest.
pub fn list(
    connection: &mut Connection,
    organization_id: OrganizationId,
    filter: &AuditFilter,
    before: Option<AuditId>,
    limit: i64,
) -> Result<Vec<AuditEntry>, StoreError> {
    let about = filter.about.as_deref();
    let mut rows = Vec::new();
    for actor in &filter.actors {
        let actor = AuditRow::column_of(actor)?;
        rows.append(&mut newest(connection, organization_id, (Some(actor), about), before, limit)?);
    }
    if filter.actors.is_empty() {
        rows = newest(connection, organization_id, (None, about), before, limit)?;
    }
    rows.sort_unstable_by(|one, other| other.id.cmp(&one.id));
    rows.dedup_by(|one, other| one.id == other.id);
    rows.truncate(usize::try_from(limit).unwrap_or(0));
    Ok(rows.into_iter().map(AuditRow::into_entry).collect::<Result<_, _>>()?)
}

/// The newest entries of one actor, as the column stores it, or of all.
fn newest(
    connection: &mut Connection,
    organization_id: OrganizationId,
    (actor, about): (Option<String>, Option<&str>),
    before: Option<AuditId>,
    limit: i64,
) -> Result<Vec<AuditRow>, StoreError> {
    let mut found = audit_log::table
        .filter(audit_log::organization_id.eq(organization_id.to_string()))
        .order(audit_log::id.desc())
        .limit(limit)
        .select(AuditRow::as_select())
        .into_boxed();
    if let Some(before) = before {
        found = found.filter(audit_log::id.lt(before.to_string()));
    }
    let is_of_actor = actor.is_some();
    if let Some(actor) = actor {
        found = found.filter(audit_log::actor.eq(actor));
    }
    match about {
        // These use the actor's index. In a LIKE pattern an underscore matches any character.
        Some(about) if is_of_actor => {
            let below = format!("{}.%", about.replace('_', "\\_"));
            found = found.filter(audit_log::action.eq(about).or(audit_log::action.like(below).escape('\\')));
        }
        Some(about) => {
            // Worded as in the index `audit_log_of_subject`.
            let subject = match connection {
                Connection::Sqlite(_) => {
                    "SUBSTR(audit_log.action, 1, INSTR(audit_log.action || '.', '.') - 1) = "
                }
                Connection::Postgres(_) => "SPLIT_PART(audit_log.action, '.', 1) = ",
            };
            found = found.filter(sql::<Bool>(subject).bind::<Text, _>(about.to_owned()).sql(""));
        }
        None => {}
    }
    Ok(found.load(connection)?)
}
