//! The log of deletions: each run, and the records that its transactions deleted.

use chrono::NaiveDateTime;
use cordboard_schema::ids::{OrganizationId, RetentionPartId, RetentionRunId};
use cordboard_schema::retention::{DeletedRecords, DeletedType, RetentionKind, RetentionRun};
use cordboard_tables::rows::BadRow;
use cordboard_tables::tables::{
    appointments, audit_log, calls, contacts, customers, leads, messages, recordings, retention_parts,
    retention_runs,
};
use diesel::prelude::*;

use crate::store::moments::column;
use crate::store::{Connection, StoreError, counted};

/// Logs what was deleted.
pub fn note(
    connection: &mut Connection,
    organization_id: OrganizationId,
    run: &RetentionRun,
) -> Result<(), StoreError> {
    let whole = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    diesel::insert_into(retention_runs::table)
        .values((
            retention_runs::id.eq(run.id.to_string()),
            retention_runs::organization_id.eq(organization_id.to_string()),
            retention_runs::at.eq(column(run.at)),
            retention_runs::kind.eq(run.kind.as_str()),
            retention_runs::kept_days.eq(i64::from(run.kept_days)),
            retention_runs::deleted.eq(whole(run.deleted)),
            retention_runs::bytes.eq(whole(run.bytes)),
        ))
        .execute(connection)?;
    Ok(())
}

/// Adds what a part deleted to the log of the same pass.
pub fn add(
    connection: &mut Connection,
    id: RetentionRunId,
    deleted: u64,
    bytes: u64,
) -> Result<(), StoreError> {
    let whole = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    diesel::update(retention_runs::table.find(id.to_string()))
        .set((
            retention_runs::deleted.eq(retention_runs::deleted + whole(deleted)),
            retention_runs::bytes.eq(retention_runs::bytes + whole(bytes)),
        ))
        .execute(connection)?;
    Ok(())
}

/// Logs which records a transaction of a run deleted. The run itself is logged already.
pub fn note_parts(
    connection: &mut Connection,
    organization_id: OrganizationId,
    run: RetentionRunId,
    deleted: Vec<(RetentionPartId, DeletedType, Vec<String>)>,
) -> Result<(), StoreError> {
    for (id, record_type, record_ids) in deleted {
        let record_ids = serde_json::to_string(&record_ids)
            .map_err(|fault| BadRow::new("retention_parts.record_ids", fault))?;
        diesel::insert_into(retention_parts::table)
            .values((
                retention_parts::id.eq(id.to_string()),
                retention_parts::run_id.eq(run.to_string()),
                retention_parts::organization_id.eq(organization_id.to_string()),
                retention_parts::record_type.eq(record_type.as_str()),
                retention_parts::record_ids.eq(record_ids),
            ))
            .execute(connection)?;
    }
    Ok(())
}

/// Returns the records that a run deleted, in the order of deletion: at most `limit` parts after the part `after`. None if the organization has no
/// such run.
pub fn parts(
    connection: &mut Connection,
    organization_id: OrganizationId,
    run: RetentionRunId,
    after: Option<RetentionPartId>,
    limit: i64,
) -> Result<Option<Vec<DeletedRecords>>, StoreError> {
    let owner = organization_id.to_string();
    let known =
        retention_runs::table.find(run.to_string()).filter(retention_runs::organization_id.eq(&owner));
    if known.count().get_result::<i64>(connection)? == 0 {
        return Ok(None);
    }
    let mut found = retention_parts::table
        .filter(retention_parts::run_id.eq(run.to_string()))
        .filter(retention_parts::organization_id.eq(&owner))
        .order(retention_parts::id)
        .limit(limit)
        .select((retention_parts::id, retention_parts::record_type, retention_parts::record_ids))
        .into_boxed();
    if let Some(after) = after {
        found = found.filter(retention_parts::id.gt(after.to_string()));
    }
    let rows: Vec<(String, String, String)> = found.load(connection)?;
    let mut parts = Vec::with_capacity(rows.len());
    for (id, record_type, record_ids) in rows {
        let known = DeletedType::ALL.into_iter().find(|one| one.as_str() == record_type);
        let record_type = known.ok_or_else(|| BadRow::new("retention_parts.record_type", record_type))?;
        let record_ids: Vec<String> = serde_json::from_str(&record_ids)
            .map_err(|fault| BadRow::new("retention_parts.record_ids", fault))?;
        parts.push(DeletedRecords {
            id: id.parse().map_err(|fault| BadRow::new("retention_parts.id", fault))?,
            present_ids: present(connection, record_type, &record_ids)?,
            record_type,
            record_ids,
        });
    }
    Ok(Some(parts))
}

/// Those of the records that exist.
fn present(
    connection: &mut Connection,
    record_type: DeletedType,
    ids: &[String],
) -> Result<Vec<String>, StoreError> {
    macro_rules! of {
        ($table:ident) => {
            $table::table
                .filter($table::id.eq_any(ids))
                .order($table::id)
                .select($table::id)
                .load(connection)?
        };
    }
    Ok(match record_type {
        DeletedType::Recording => recordings::table
            .filter(recordings::call_id.eq_any(ids))
            .order(recordings::call_id)
            .select(recordings::call_id)
            .load(connection)?,
        DeletedType::Words => calls::table
            .filter(calls::id.eq_any(ids))
            .filter(calls::words_deleted_at.is_null())
            .order(calls::id)
            .select(calls::id)
            .load(connection)?,
        DeletedType::Call => of!(calls),
        DeletedType::Message => of!(messages),
        DeletedType::Appointment => of!(appointments),
        DeletedType::Lead => of!(leads),
        DeletedType::Contact => of!(contacts),
        DeletedType::Customer => of!(customers),
        DeletedType::AuditEntry => of!(audit_log),
    })
}

/// Returns runs of deletion, newest first: at most `limit` before `before`.
pub fn runs(
    connection: &mut Connection,
    organization_id: OrganizationId,
    before: Option<RetentionRunId>,
    limit: i64,
) -> Result<Vec<RetentionRun>, StoreError> {
    type Row = (String, NaiveDateTime, String, i64, i64, i64);
    let mut found = retention_runs::table
        .filter(retention_runs::organization_id.eq(organization_id.to_string()))
        .order(retention_runs::id.desc())
        .limit(limit)
        .select((
            retention_runs::id,
            retention_runs::at,
            retention_runs::kind,
            retention_runs::kept_days,
            retention_runs::deleted,
            retention_runs::bytes,
        ))
        .into_boxed();
    if let Some(before) = before {
        found = found.filter(retention_runs::id.lt(before.to_string()));
    }
    let rows: Vec<Row> = found.load(connection)?;
    let run = |(id, at, kind, kept_days, deleted, bytes): Row| {
        let known = RetentionKind::ALL.into_iter().find(|one| one.as_str() == kind);
        Ok::<_, BadRow>(RetentionRun {
            id: id.parse().map_err(|fault| BadRow::new("retention_runs.id", fault))?,
            at: at.and_utc().into(),
            kind: known.ok_or_else(|| BadRow::new("retention_runs.kind", kind))?,
            kept_days: u32::try_from(kept_days).unwrap_or_default(),
            deleted: counted(deleted),
            bytes: counted(bytes),
        })
    };
    Ok(rows.into_iter().map(run).collect::<Result<_, _>>()?)
}
