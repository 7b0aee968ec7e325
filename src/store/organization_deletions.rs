//! The deletion of a suspended organization, in parts: some rows of one table in each transaction, so that other writers get their turn.
//!
//! The rows are deleted in an order in which nothing refers to a row that is gone, and rows that send something out or let somebody in come first.
//! Files of recordings are deleted before their rows, and calls after their recordings. A part that was interrupted is found again, because a part is
//! chosen only by the rows that are left. At the end the organization's own row is deleted.

use std::collections::BTreeMap;

use chrono::NaiveDateTime;
use cordboard_actors::world;
use cordboard_schema::audit::{Actor, AuditEntry, DELETED_ORGANIZATION};
use cordboard_schema::ids::{AuditId, OrganizationId};
use cordboard_schema::limits::{ORGANIZATION_ROWS_AT_ONCE, RETENTION_AT_ONCE};
use cordboard_schema::time::UnixMs;
use cordboard_tables::rows::{AuditRow, BadRow};
use cordboard_tables::tables::{calls, figure_month_marks, organization_deletions, organizations};
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::Text;

use super::moments::column;
use super::retention::{self, Deleted, OldRecording};
use super::{Connection, StoreError, audit};

/// How the rows of a table are found.
#[derive(Clone, Copy, Debug)]
enum Of {
    /// By their organization.
    Organization,
    /// By this column, which refers to a row of this table of the organization. Such rows may be many, and have an index of this column only.
    Parent(&'static str, &'static str),
}

/// A step of the deletion.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// Deletes rows of this table.
    Rows(&'static str, Of),
    /// Deletes the marks of months, of which there are few.
    MonthMarks,
    /// Deletes calls without a recording, with the rows of `OF_CALLS`.
    Calls,
}

impl Step {
    /// Returns the table from which it deletes.
    const fn table(self) -> &'static str {
        match self {
            Self::Rows(table, _) => table,
            Self::MonthMarks => "figure_month_marks",
            Self::Calls => "calls",
        }
    }
}

const ORGANIZATION: Of = Of::Organization;
const PROFILE: Of = Of::Parent("profile_id", "agent_profiles");
const CAMPAIGN: Of = Of::Parent("campaign_id", "campaigns");
const USER: Of = Of::Parent("user_id", "users");
const RUN: Of = Of::Parent("run_id", "retention_runs");

/// The steps, in their order. Tests compare it with the tables of the database and with their references.
const STEPS: &[Step] = &[
    // Rows that send something out, or let somebody in.
    Step::Rows("deliveries", ORGANIZATION),
    Step::Rows("messages", ORGANIZATION),
    Step::Rows("webhooks", ORGANIZATION),
    Step::Rows("mails", ORGANIZATION),
    Step::Rows("notice_settings", ORGANIZATION),
    Step::Rows("report_mails", ORGANIZATION),
    Step::Rows("integrations", ORGANIZATION),
    Step::Rows("login_sessions", ORGANIZATION),
    Step::Rows("api_tokens", ORGANIZATION),
    Step::Rows("invitations", ORGANIZATION),
    Step::Rows("password_resets", USER),
    Step::Rows("calendar_feeds", ORGANIZATION),
    Step::Rows("talk_links", ORGANIZATION),
    Step::Rows("contact_links", CAMPAIGN),
    // Work that waits for jobs. With a scorecard, the judge model would be asked about calls whose scores are deleted.
    Step::Rows("scorecards", ORGANIZATION),
    Step::Rows("retention_periods", ORGANIZATION),
    Step::Rows("customer_erasures", ORGANIZATION),
    Step::Rows("extractions_due", ORGANIZATION),
    Step::Rows("exported_days", ORGANIZATION),
    // Findings about calls, and records that belong to calls or remain after them.
    Step::Rows("call_extractions", ORGANIZATION),
    Step::Rows("call_scores", ORGANIZATION),
    Step::Rows("alarms", ORGANIZATION),
    Step::Rows("tool_writes", ORGANIZATION),
    Step::Rows("wrap_up_drafts", ORGANIZATION),
    Step::Rows("wrap_ups", ORGANIZATION),
    Step::Rows("callbacks", ORGANIZATION),
    Step::Rows("call_agents", ORGANIZATION),
    Step::Rows("call_tags", ORGANIZATION),
    Step::Rows("call_views", ORGANIZATION),
    Step::Rows("activities", ORGANIZATION),
    Step::Rows("examples", PROFILE),
    Step::Rows("replays", ORGANIZATION),
    Step::Rows("shadow_calls", PROFILE),
    Step::Rows("idempotency_keys", ORGANIZATION),
    Step::Rows("idempotent_answers", ORGANIZATION),
    // Customers and their records.
    Step::Rows("appointment_slots", ORGANIZATION),
    Step::Rows("appointments", ORGANIZATION),
    Step::Rows("leads", ORGANIZATION),
    Step::Rows("text_opt_outs", ORGANIZATION),
    Step::Rows("erased_numbers", ORGANIZATION),
    Step::Rows("customer_numbers", ORGANIZATION),
    Step::Rows("customers_apart", ORGANIZATION),
    Step::Rows("customers", ORGANIZATION),
    // Campaigns. Triggers count their rows, so the counts are deleted after them.
    Step::Rows("attempts", ORGANIZATION),
    Step::Rows("contacts", CAMPAIGN),
    Step::Rows("suppressions", ORGANIZATION),
    Step::Calls,
    Step::Rows("campaign_counts", ORGANIZATION),
    Step::Rows("attempt_sums", ORGANIZATION),
    Step::Rows("attempt_hours", ORGANIZATION),
    Step::Rows("campaigns", ORGANIZATION),
    // Figures. Triggers mark the months of days that are deleted.
    Step::Rows("figure_marks", ORGANIZATION),
    Step::Rows("figures", ORGANIZATION),
    Step::MonthMarks,
    Step::Rows("figure_zones", ORGANIZATION),
    // Profiles and settings.
    Step::Rows("phone_numbers", ORGANIZATION),
    Step::Rows("dtmf_actions", PROFILE),
    Step::Rows("custom_tools", ORGANIZATION),
    Step::Rows("second_drafts", PROFILE),
    Step::Rows("agent_profile_versions", PROFILE),
    Step::Rows("agent_profiles", ORGANIZATION),
    Step::Rows("business_profiles", ORGANIZATION),
    Step::Rows("extensions", ORGANIZATION),
    Step::Rows("dial_policies", ORGANIZATION),
    Step::Rows("grants", ORGANIZATION),
    Step::Rows("onboarding", ORGANIZATION),
    Step::Rows("supervision_policies", ORGANIZATION),
    Step::Rows("alarm_rules", ORGANIZATION),
    Step::Rows("dispositions", ORGANIZATION),
    Step::Rows("presence_reasons", ORGANIZATION),
    Step::Rows("queue_members", ORGANIZATION),
    Step::Rows("queues", ORGANIZATION),
    Step::Rows("agents", ORGANIZATION),
    // The proof of deletions, the audit log, and users.
    Step::Rows("retention_parts", RUN),
    Step::Rows("retention_runs", ORGANIZATION),
    Step::Rows("audit_log", ORGANIZATION),
    Step::Rows("users", ORGANIZATION),
];

/// Returns all tables of a database, for tests of other lists of tables.
#[cfg(test)]
pub(super) fn all_tables() -> impl Iterator<Item = &'static str> {
    STEPS.iter().map(|step| step.table()).chain(OF_CALLS).chain(OTHERS)
}

/// Tables that are of no organization, or of the deletion itself.
#[cfg(test)]
const OTHERS: [&str; 3] = ["organization_deletions", "organizations", "revisions"];

/// Tables whose rows are deleted with their calls. Those of recordings are deleted before, after their files.
#[cfg(test)]
const OF_CALLS: [&str; 8] = [
    "call_events",
    "call_notes",
    "call_outside_ids",
    "call_shares",
    "call_words",
    "call_words_due",
    "recordings",
    "transcript_items",
];

/// The progress of a deletion. The default is its beginning.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeletedUpTo {
    /// Place of the step in `STEPS`.
    step: usize,
    /// The last deleted call, if it is the step of calls. Earlier ones that are left have a recording, are active, or ended just now. There may be many,
    /// and each part would read all of them again.
    call: Option<String>,
}

/// The records that the audit log counts, by table.
const COUNTED: [&str; 8] =
    ["appointments", "calls", "contacts", "customers", "leads", "messages", "recordings", "users"];

/// Number of deleted records by kind.
type Counts = BTreeMap<String, u64>;

/// Marks an organization as being deleted: the server deletes it from then on. One that is marked keeps its mark.
pub fn begin(
    connection: &mut Connection,
    organization_id: OrganizationId,
    asked_by: &Actor,
    now: UnixMs,
) -> Result<(), StoreError> {
    if since(connection, organization_id)?.is_some() {
        return Ok(());
    }
    diesel::insert_into(organization_deletions::table)
        .values((
            organization_deletions::organization_id.eq(organization_id.to_string()),
            organization_deletions::since.eq(column(now)),
            organization_deletions::asked_by.eq(AuditRow::column_of(asked_by)?),
            organization_deletions::counts.eq("{}"),
        ))
        .execute(connection)?;
    Ok(())
}

/// Returns when the deletion of an organization was requested; none if it is not being deleted.
pub fn since(
    connection: &mut Connection,
    organization_id: OrganizationId,
) -> Result<Option<UnixMs>, StoreError> {
    let row = organization_deletions::table.find(organization_id.to_string());
    let at: Option<NaiveDateTime> = row.select(organization_deletions::since).first(connection).optional()?;
    Ok(at.map(|at| UnixMs::from(at.and_utc())))
}

/// Returns the organizations that are being deleted, with the times when that was requested.
pub fn all(connection: &mut Connection) -> Result<BTreeMap<OrganizationId, UnixMs>, StoreError> {
    let rows: Vec<(String, NaiveDateTime)> = organization_deletions::table
        .select((organization_deletions::organization_id, organization_deletions::since))
        .load(connection)?;
    let parsed = |(id, at): (String, NaiveDateTime)| {
        let id = id
            .parse::<OrganizationId>()
            .map_err(|fault| BadRow::new("organization_deletions.organization_id", fault))?;
        Ok::<_, BadRow>((id, UnixMs::from(at.and_utc())))
    };
    Ok(rows.into_iter().map(parsed).collect::<Result<_, _>>()?)
}

/// Returns the ids of the organizations that are being deleted.
pub(super) fn ids(connection: &mut Connection) -> Result<Vec<String>, StoreError> {
    Ok(organization_deletions::table.select(organization_deletions::organization_id).load(connection)?)
}

/// Deletes some rows of an organization that is being deleted: of the first step with rows, from the step `from` on. Returns that step, from which
/// the deletion continues; none if no rows are left, except of calls that have a recording, are active, or ended just now.
pub fn delete_some(
    connection: &mut Connection,
    organization_id: OrganizationId,
    from: &DeletedUpTo,
    now: UnixMs,
) -> Result<Option<DeletedUpTo>, StoreError> {
    if since(connection, organization_id)?.is_none() {
        return Ok(None);
    }
    let owner = organization_id.to_string();
    for (at, step) in STEPS.iter().enumerate().skip(from.step) {
        let mut call = None;
        let deleted = match *step {
            Step::Rows(table, of) => delete_rows(connection, table, of, &owner)?,
            Step::MonthMarks => {
                let marks = figure_month_marks::table.filter(figure_month_marks::organization_id.eq(&owner));
                diesel::delete(marks).execute(connection)?
            }
            Step::Calls => {
                let some = (from.call.as_deref(), RETENTION_AT_ONCE);
                let ids = retention::delete_some_calls(connection, organization_id, some, now)?;
                call = ids.last().cloned();
                ids.len()
            }
        };
        if deleted > 0 {
            count(connection, &owner, step.table(), deleted)?;
            return Ok(Some(DeletedUpTo { step: at, call }));
        }
    }
    Ok(None)
}

/// Deletes some rows of a table. Returns how many.
fn delete_rows(connection: &mut Connection, table: &str, of: Of, owner: &str) -> Result<usize, StoreError> {
    let (place, bound) = match connection {
        Connection::Sqlite(_) => ("rowid", "?"),
        Connection::Postgres(_) => ("ctid", "$1"),
    };
    let condition = match of {
        Of::Organization => format!("organization_id = {bound}"),
        Of::Parent(column, parent) => {
            format!("{column} IN (SELECT id FROM {parent} WHERE organization_id = {bound})")
        }
    };
    let some = format!("SELECT {place} FROM {table} WHERE {condition} LIMIT {ORGANIZATION_ROWS_AT_ONCE}");
    let delete = match connection {
        Connection::Sqlite(_) => format!("DELETE FROM {table} WHERE rowid IN ({some})"),
        // As an array, PostgreSQL looks the places up; from a subquery it may read the whole table.
        Connection::Postgres(_) => format!("DELETE FROM {table} WHERE ctid = ANY (ARRAY({some}))"),
    };
    Ok(sql_query(delete).bind::<Text, _>(owner.to_owned()).execute(connection)?)
}

/// Deletes the rows of recordings of an organization that is being deleted, whose files are deleted.
pub fn forget_recordings(
    connection: &mut Connection,
    organization_id: OrganizationId,
    gone: &[OldRecording],
) -> Result<(), StoreError> {
    let Deleted { records, .. } = retention::forget_recordings(connection, gone)?;
    let deleted = records.iter().map(|(_, ids)| ids.len()).sum();
    count(connection, &organization_id.to_string(), "recordings", deleted)
}

/// Adds deleted rows of a table to the counts, if they are counted.
fn count(connection: &mut Connection, owner: &str, table: &str, deleted: usize) -> Result<(), StoreError> {
    if deleted == 0 || !COUNTED.contains(&table) {
        return Ok(());
    }
    let before: Option<String> = organization_deletions::table
        .find(owner)
        .select(organization_deletions::counts)
        .first(connection)
        .optional()?;
    let Some(before) = before else { return Ok(()) };
    let mut counts = counts_of(&before)?;
    let deleted = u64::try_from(deleted).unwrap_or(u64::MAX);
    let sum = counts.entry(table.to_owned()).or_default();
    *sum = sum.saturating_add(deleted);
    let counts = serde_json::to_string(&counts)
        .map_err(|fault| BadRow::new("organization_deletions.counts", fault))?;
    diesel::update(organization_deletions::table.find(owner))
        .set(organization_deletions::counts.eq(counts))
        .execute(connection)?;
    Ok(())
}

fn counts_of(text: &str) -> Result<Counts, BadRow> {
    serde_json::from_str(text).map_err(|fault| BadRow::new("organization_deletions.counts", fault))
}

/// Deletes the row of an organization of which nothing else is left, and records that in the audit log of the organization `first`. Returns false if
/// rows are left or were added meanwhile; some of them are deleted then.
pub fn finish(
    connection: &mut Connection,
    organization_id: OrganizationId,
    first: OrganizationId,
    now: UnixMs,
) -> Result<bool, StoreError> {
    let owner = organization_id.to_string();
    let marked: Option<(String, String)> = organization_deletions::table
        .find(&owner)
        .select((organization_deletions::asked_by, organization_deletions::counts))
        .first(connection)
        .optional()?;
    let Some((asked_by, counts)) = marked else { return Ok(true) };
    if delete_some(connection, organization_id, &DeletedUpTo::default(), now)?.is_some() {
        return Ok(false);
    }
    let call = calls::table.filter(calls::organization_id.eq(&owner)).select(calls::id);
    if call.first::<String>(connection).optional()?.is_some() {
        return Ok(false);
    }
    let named = organizations::table.find(&owner).select(organizations::name);
    let name: String = named.first(connection)?;
    let actor: Actor = serde_json::from_str(&asked_by)
        .map_err(|fault| BadRow::new("organization_deletions.asked_by", fault))?;
    let counts: Vec<String> =
        counts_of(&counts)?.into_iter().map(|(kind, count)| format!("{kind} {count}")).collect();
    let detail = if counts.is_empty() { name } else { format!("{name}: {}", counts.join(", ")) };
    diesel::delete(organization_deletions::table.find(&owner)).execute(connection)?;
    diesel::delete(organizations::table.find(&owner)).execute(connection)?;
    let entry = AuditEntry {
        id: AuditId(world::new_id()),
        organization_id: first,
        at: now,
        actor,
        action: DELETED_ORGANIZATION.to_owned(),
        subject: owner,
        address: None,
        detail,
    };
    audit::record(connection, &entry)?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use diesel::QueryableByName;

    use super::*;
    use crate::store::pool::Connector;
    use crate::store::settings::Access;
    use crate::store::{StoreSettings, migrate};

    #[derive(QueryableByName)]
    struct Reference {
        #[diesel(sql_type = Text)]
        child: String,
        #[diesel(sql_type = Text)]
        parent: String,
    }

    /// Reads pairs of words from a new database.
    fn read(query: &str) -> Vec<(String, String)> {
        let folder = tempfile::tempdir().unwrap();
        let settings = StoreSettings::file(folder.path().join("cordboard.db"));
        migrate(&settings).unwrap();
        let mut connection = Connector::of(&settings).unwrap().open(Access::Read).unwrap();
        let rows: Vec<Reference> = sql_query(query).load(&mut connection).unwrap();
        rows.into_iter().map(|row| (row.child, row.parent)).collect()
    }

    #[test]
    fn every_table_of_an_organization_is_deleted_from() {
        let tables = read(
            "SELECT name AS child, '' AS parent FROM pragma_table_list WHERE schema = 'main' AND type = 'table' \
             AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name NOT LIKE '\\_\\_%' ESCAPE '\\'",
        );
        let tables: BTreeSet<String> = tables.into_iter().map(|(table, _)| table).collect();
        let known: BTreeSet<String> = all_tables().map(str::to_owned).collect();
        let left_out: Vec<_> = tables.symmetric_difference(&known).collect();
        assert!(left_out.is_empty(), "{left_out:?}: add a new table to `STEPS`, or to `OF_CALLS`");
        assert_eq!(known.len(), STEPS.len() + OF_CALLS.len() + OTHERS.len(), "a table is listed twice");
    }

    #[test]
    fn rows_are_deleted_before_those_that_they_refer_to() {
        let references = read(
            "SELECT t.name AS child, f.\"table\" AS parent FROM pragma_table_list AS t, pragma_foreign_key_list(t.name) AS f \
             WHERE t.schema = 'main' AND t.type = 'table' AND f.\"table\" <> 'organizations'",
        );
        assert!(!references.is_empty());
        let step_of = |table: &str| {
            // These are deleted with their calls.
            let table = if OF_CALLS.contains(&table) { "calls" } else { table };
            STEPS.iter().position(|step| step.table() == table).unwrap()
        };
        for (child, parent) in references {
            let (first, then) = (step_of(&child), step_of(&parent));
            assert!(
                first < then || (OF_CALLS.contains(&child.as_str()) && first == then),
                "{child} -> {parent}"
            );
        }
    }

    #[test]
    fn nothing_is_judged_again_during_a_deletion() {
        let step_of = |table: &str| STEPS.iter().position(|step| step.table() == table).unwrap();
        assert!(step_of("scorecards") < step_of("call_scores"));
    }

    #[test]
    fn references_to_deleted_rows_are_found_by_an_index() {
        let unindexed = read(
            "SELECT t.name AS child, f.\"table\" AS parent FROM pragma_table_list AS t, pragma_foreign_key_list(t.name) AS f \
             WHERE t.schema = 'main' AND t.type = 'table' AND f.\"table\" <> 'organizations' AND NOT EXISTS (SELECT 1 FROM \
             pragma_index_list(t.name) AS i, pragma_index_info(i.name) AS c WHERE c.seqno = 0 AND c.name = f.\"from\" \
             AND i.partial = 0) ORDER BY t.name",
        );
        // There are few drafts of wrap-ups.
        let known = [("wrap_up_drafts", "dispositions")];
        assert_eq!(unindexed, known.map(|(child, parent)| (child.to_owned(), parent.to_owned())));
    }

    #[test]
    fn the_deletion_of_an_organization_reads_no_large_table() {
        let unindexed = read(
            "SELECT t.name AS child, '' AS parent FROM pragma_table_list AS t, pragma_foreign_key_list(t.name) AS f \
             WHERE t.schema = 'main' AND t.type = 'table' AND f.\"table\" = 'organizations' AND NOT EXISTS (SELECT 1 FROM \
             pragma_index_list(t.name) AS i, pragma_index_info(i.name) AS c WHERE c.seqno = 0 AND c.name = 'organization_id' \
             AND i.partial = 0) ORDER BY t.name",
        );
        let unindexed: Vec<&str> = unindexed.iter().map(|(table, _)| table.as_str()).collect();
        // These have few rows. A table that grows needs an index that begins with the organization, or a reference to a row that has one instead.
        let small = [
            "attempt_sums",
            "call_shares",
            "campaign_counts",
            "contact_links",
            "customer_erasures",
            "dtmf_actions",
            "examples",
            "extractions_due",
            "login_sessions",
            "mails",
            "password_resets",
            "report_mails",
            "second_drafts",
            "wrap_up_drafts",
        ];
        assert_eq!(unindexed, small);
    }
}
