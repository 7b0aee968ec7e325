//! The tables, created and upgraded at every start.

use std::cell::RefCell;

use cordboard_tables::tables::calls;
use diesel::backend::Backend;
use diesel::connection::{BoxableConnection, SimpleConnection};
use diesel::migration::{Migration, MigrationMetadata, MigrationName, MigrationSource};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel::sqlite::Sqlite;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::connection::Connection;
use super::pool::Connector;
use super::settings::Access;
use super::{StoreError, StoreSettings, migrated_by};

// Both folders have the same names.
const OF_SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const OF_POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// The version of the first migration. It creates what the migrations of all development builds up to this version created together: a
/// database that has this version is complete, whichever earlier versions it also lists.
const FIRST: &str = "20261130000182";

/// The key of the lock that a server holds while it migrates PostgreSQL: if several start together, one migrates.
const MIGRATION_LOCK: i64 = 0x0063_6f72_6462_6f62;

/// The state of a database, for `doctor`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DatabaseState {
    /// There is no file yet; the first start creates it.
    Missing,
    /// It fits this version.
    Current,
    /// These migrations are pending; the next start runs them.
    Pending(Vec<String>),
    /// It has migrations of a newer version. This version does not start with it.
    Newer(Unknown),
}

/// Changes of a newer version in a database, or in the source of a backup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// The migrations that this version does not know.
    pub migrations: Vec<String>,
    /// The version of Cordboard that ran the newest of them, if it is recorded.
    pub needs: Option<String>,
}

impl std::fmt::Display for Unknown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (this, migrations) = (env!("CARGO_PKG_VERSION"), self.migrations.join(", "));
        match &self.needs {
            Some(needs) if needs != this => {
                write!(
                    f,
                    "Cordboard {needs} made them, and this is {this} (unknown migrations: {migrations})"
                )
            }
            // Two builds of one version, as during development.
            Some(_) => {
                write!(f, "a newer build of Cordboard {this} made them (unknown migrations: {migrations})")
            }
            None => write!(f, "a newer version than {this} made them (unknown migrations: {migrations})"),
        }
    }
}

impl Unknown {
    /// The fix.
    #[must_use]
    pub fn fix(&self) -> String {
        let version = match &self.needs {
            Some(needs) if needs != env!("CARGO_PKG_VERSION") => format!("Cordboard {needs} or newer"),
            _ => "the version that made them".to_owned(),
        };
        format!("start {version}, or restore a backup from before the upgrade into another database")
    }
}

/// Creates or upgrades the database, and returns the migrations that ran.
pub fn migrate(settings: &StoreSettings) -> Result<Vec<String>, StoreError> {
    migrate_by(&Connector::of(settings)?)
}

pub(super) fn migrate_by(connector: &Connector) -> Result<Vec<String>, StoreError> {
    if let Connector::Sqlite(path) = connector
        && let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty())
    {
        std::fs::create_dir_all(folder)
            .map_err(|cause| StoreError::Folder { path: path.display().to_string(), cause })?;
    }
    run(&mut open_to_migrate(connector)?)
}

/// A connection that may change the tables. No other server migrates meanwhile: PostgreSQL's lock ends with the connection.
pub(super) fn open_to_migrate(connector: &Connector) -> Result<Connection, StoreError> {
    let mut connection = connector.open(Access::Create)?;
    if let Connection::Postgres(postgres) = &mut connection {
        postgres.batch_execute(&format!("SELECT pg_advisory_lock({MIGRATION_LOCK})"))?;
    }
    Ok(connection)
}

/// Checks the database without changing it.
pub fn check(settings: &StoreSettings) -> Result<DatabaseState, StoreError> {
    let connector = Connector::of(settings)?;
    if matches!(&connector, Connector::Sqlite(path) if !path.exists()) {
        return Ok(DatabaseState::Missing);
    }
    state(&mut connector.open(Access::Read)?)
}

/// Counts the stored calls, which determine how long a migration of calls takes.
pub fn count_calls(settings: &StoreSettings) -> Result<i64, StoreError> {
    let mut connection = Connector::of(settings)?.open(Access::Read)?;
    if !has_table(&mut connection, "calls")? {
        return Ok(0);
    }
    Ok(calls::table.count().get_result(&mut connection)?)
}

/// Runs exactly these migrations, for the rows of a database that has had them.
pub(super) fn run_these(connection: &mut Connection, versions: &[String]) -> Result<(), StoreError> {
    let (known, versions) = (known(connection)?, since_first(versions.to_vec())?);
    let is_unknown = |version: &&String| !known.iter().any(|(known, _)| known == *version);
    let unknown: Vec<String> = versions.iter().filter(is_unknown).cloned().collect();
    if !unknown.is_empty() {
        return Err(StoreError::Newer(Unknown { migrations: unknown, needs: None }));
    }
    let applied = applied(connection)?;
    let is_next = |version: &str| {
        versions.iter().any(|one| one == version) && !applied.iter().any(|one| one == version)
    };
    match connection {
        Connection::Sqlite(sqlite) => run_each(sqlite, OF_SQLITE.migrations(), is_next),
        Connection::Postgres(postgres) => run_each(postgres, OF_POSTGRES.migrations(), is_next),
    }
}

/// Runs those of these migrations whose versions are next, in order.
fn run_each<C: MigrationHarness<B>, B: Backend>(
    connection: &mut C,
    migrations: diesel::migration::Result<Vec<Box<dyn Migration<B>>>>,
    is_next: impl Fn(&str) -> bool,
) -> Result<(), StoreError> {
    let failed = |cause: Box<dyn std::error::Error + Send + Sync>| StoreError::Migration(cause.to_string());
    // Creates diesel's own table, which records the migrations that ran.
    connection.applied_migrations().map_err(failed)?;
    for migration in migrations.map_err(failed)? {
        if is_next(&migration.name().version().to_string()) {
            let migration = Explained { migration, cause: RefCell::new(None) };
            let ran = connection.run_migration(&migration).map(drop);
            ran.map_err(|error| migration.cause.take().map_or_else(|| failed(error), StoreError::Migration))?;
        }
    }
    Ok(())
}

/// A migration that keeps the error it failed with. An SQLite whose disk is full ends the transaction itself; diesel then reports only that there is
/// no transaction to roll back.
struct Explained<B> {
    migration: Box<dyn Migration<B>>,
    cause: RefCell<Option<String>>,
}

impl<B: Backend> Migration<B> for Explained<B> {
    fn run(&self, connection: &mut dyn BoxableConnection<B>) -> diesel::migration::Result<()> {
        self.migration.run(connection).inspect_err(|error| *self.cause.borrow_mut() = Some(error.to_string()))
    }

    fn revert(&self, connection: &mut dyn BoxableConnection<B>) -> diesel::migration::Result<()> {
        self.migration.revert(connection)
    }

    fn metadata(&self) -> &dyn MigrationMetadata {
        self.migration.metadata()
    }

    fn name(&self) -> &dyn MigrationName {
        self.migration.name()
    }
}

/// Runs the pending migrations.
pub(super) fn run(connection: &mut Connection) -> Result<Vec<String>, StoreError> {
    let ran = match state(connection)? {
        DatabaseState::Newer(unknown) => return Err(StoreError::Newer(unknown)),
        DatabaseState::Missing | DatabaseState::Current => Vec::new(),
        DatabaseState::Pending(pending) => {
            let all: Vec<String> = known(connection)?.into_iter().map(|(version, _)| version).collect();
            run_these(connection, &all)?;
            pending
        }
    };
    // Even if none ran: a process that died in between has not recorded its version.
    migrated_by::write_down(connection)?;
    Ok(ran)
}

/// Does not use diesel's `pending_migrations`, which creates its table if that is missing.
fn state(connection: &mut Connection) -> Result<DatabaseState, StoreError> {
    let known = known(connection)?;
    let applied = applied(connection)?;
    let unknown: Vec<String> =
        applied.iter().filter(|version| !known.iter().any(|(known, _)| known == *version)).cloned().collect();
    if !unknown.is_empty() {
        let needs = migrated_by::version_that_ran(connection, &unknown)?;
        return Ok(DatabaseState::Newer(Unknown { migrations: unknown, needs }));
    }
    let pending: Vec<String> =
        known.into_iter().filter(|(version, _)| !applied.contains(version)).map(|(_, name)| name).collect();
    Ok(if pending.is_empty() { DatabaseState::Current } else { DatabaseState::Pending(pending) })
}

/// Version and name of each migration in this binary, in order.
fn known(connection: &Connection) -> Result<Vec<(String, String)>, StoreError> {
    match connection {
        Connection::Sqlite(_) => named::<Sqlite>(OF_SQLITE.migrations()),
        Connection::Postgres(_) => named::<Pg>(OF_POSTGRES.migrations()),
    }
}

fn named<B: Backend>(
    migrations: diesel::migration::Result<Vec<Box<dyn Migration<B>>>>,
) -> Result<Vec<(String, String)>, StoreError> {
    let migrations = migrations.map_err(|cause| StoreError::Migration(cause.to_string()))?;
    Ok(migrations
        .iter()
        .map(|migration| (migration.name().version().to_string(), migration.name().to_string()))
        .collect())
}

/// Returns these versions without those that the first migration replaces.
///
/// # Errors
/// The versions end before it.
fn since_first(mut versions: Vec<String>) -> Result<Vec<String>, StoreError> {
    let is_old = |version: &String| version.as_str() < FIRST;
    if versions.iter().any(is_old) && !versions.iter().any(|version| version == FIRST) {
        return Err(StoreError::Unreleased);
    }
    versions.retain(|version| !is_old(version));
    Ok(versions)
}

/// Versions that were applied to the database, from the first that this binary knows; none for an empty file.
pub(super) fn applied(connection: &mut Connection) -> Result<Vec<String>, StoreError> {
    #[derive(QueryableByName)]
    struct Version {
        #[diesel(sql_type = Text)]
        version: String,
    }
    if !has_table(connection, "__diesel_schema_migrations")? {
        return Ok(Vec::new());
    }
    let versions = "SELECT CAST(version AS TEXT) AS version FROM __diesel_schema_migrations ORDER BY version";
    let rows: Vec<Version> = diesel::sql_query(versions).load(connection)?;
    since_first(rows.into_iter().map(|row| row.version).collect())
}

/// Tells whether the database has a table with this name.
pub(super) fn has_table(connection: &mut Connection, name: &str) -> Result<bool, StoreError> {
    #[derive(QueryableByName)]
    struct Name {
        #[diesel(sql_type = Text)]
        name: String,
    }
    let table = match connection {
        Connection::Sqlite(_) => {
            format!("SELECT name FROM sqlite_master WHERE type = 'table' AND name = '{name}'")
        }
        Connection::Postgres(_) => {
            format!("SELECT CAST(relname AS TEXT) AS name FROM pg_class WHERE oid = to_regclass('{name}')")
        }
    };
    Ok(diesel::sql_query(table).load::<Name>(connection)?.iter().any(|found| found.name == name))
}

#[cfg(test)]
mod tests {
    use cordboard_schema::call::HangupCause;
    use cordboard_schema::event::{Decision, Event};
    use cordboard_tables::tables::figure_month_marks;

    use super::*;
    use crate::store::{After, CustomerQuery, query};

    /// Every migration, in order.
    const EVERY: [&str; 10] = [
        "2026-11-30-000182_first",
        "2026-11-30-000183_recordings_of_organizations",
        "2026-11-30-000184_organization_deletions",
        "2026-11-30-000185_alarms_of_users",
        "2026-11-30-000186_customer_erasures",
        "2026-11-30-000187_places_of_appointments",
        "2026-11-30-000188_erased_numbers",
        "2026-11-30-000189_appointments_of_callers",
        "2026-11-30-000190_done_activities",
        "2026-11-30-000194_done_callbacks_and_texts",
    ];

    #[test]
    fn missing_databases_become_current_and_newer_ones_are_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let settings = StoreSettings::file(folder.path().join("deep/er/cordboard.db"));
        assert_eq!(check(&settings).unwrap(), DatabaseState::Missing);
        assert!(!folder.path().join("deep").exists(), "a check created a folder");

        assert_eq!(migrate(&settings).unwrap(), EVERY);
        assert_eq!(check(&settings).unwrap(), DatabaseState::Current);
        assert!(migrate(&settings).unwrap().is_empty(), "a migration ran twice");

        let mut connection = Connector::of(&settings).unwrap().open(Access::Write).unwrap();
        diesel::sql_query("INSERT INTO __diesel_schema_migrations (version) VALUES ('29990101000000')")
            .execute(&mut connection)
            .unwrap();
        let newer = |needs: Option<&str>| {
            let migrations = vec!["29990101000000".to_owned()];
            DatabaseState::Newer(Unknown { migrations, needs: needs.map(str::to_owned) })
        };
        assert_eq!(check(&settings).unwrap(), newer(None));
        let said = migrate(&settings).unwrap_err().to_string();
        assert!(said.contains("start the version that made them"), "{said}");

        let ran = "INSERT INTO __cordboard_migrated_by VALUES ('29990101000000', '7.0.0')";
        connection.batch_execute(ran).unwrap();
        assert_eq!(check(&settings).unwrap(), newer(Some("7.0.0")));
        let said = migrate(&settings).unwrap_err().to_string();
        assert!(
            said.contains("Cordboard 7.0.0 made them, and this is ")
                && said.contains("start Cordboard 7.0.0 or newer"),
            "{said}"
        );
    }

    /// An SQLite and a PostgreSQL database, both empty.
    fn empty(folder: &std::path::Path) -> [StoreSettings; 2] {
        let name = cordboard_test_support::postgres::empty_database().unwrap();
        let url = cordboard_test_support::postgres::shared().unwrap().url(&name, "?sslmode=disable");
        let postgres = crate::config::Database::Postgres(crate::config::PostgresUrl::parse(&url).unwrap());
        [StoreSettings::file(folder.join("cordboard.db")), StoreSettings::of(postgres)]
    }

    const ORGANIZATION: &str = "0193a000-0000-7000-8000-000000000001";
    const CALL: &str = "0193a000-0000-7000-8000-000000000002";

    /// Records as the first version writes them: an organization, a customer, and a call with its journal, transcript and recording.
    fn first_records() -> String {
        format!(
            "INSERT INTO organizations (id, name, created_at) VALUES ('{ORGANIZATION}', 'Old', '2026-11-20 00:00:00'); \
             INSERT INTO calls (id, organization_id, state, direction, from_party, to_party, leg_kind, started_at, answered_at, ended_at, \
             hangup_cause, hangup_by, profile_id, next, last_seq, cost_micros, talk_ms, party_number) \
             VALUES ('{CALL}', '{ORGANIZATION}', 'ended', 'inbound', '+49301234', '100', 'audiosocket', '2026-11-20 10:00:00', \
             '2026-11-20 10:00:01', '2026-11-20 10:01:01', 'normal_clearing', 'caller', '0193a000-0000-7000-8000-000000000003', \
             '\"hangup\"', 1, 7, 60000, '+49301234'); \
             INSERT INTO call_events (call_id, seq, organization_id, at, kind, data) VALUES ('{CALL}', 1, '{ORGANIZATION}', \
             '2026-11-20 10:00:02', 'caller_said', '{{\"kind\":\"caller_said\",\"text\":\"I would like a table\"}}'); \
             INSERT INTO transcript_items (call_id, seq, organization_id, at, role, text, interrupted) VALUES ('{CALL}', 1, '{ORGANIZATION}', \
             '2026-11-20 10:00:02', 'caller', 'I would like a table', FALSE); \
             INSERT INTO recordings (call_id, organization_id, file, duration_ms) VALUES ('{CALL}', '{ORGANIZATION}', '{CALL}.wav', 60000); \
             INSERT INTO customers (id, organization_id, phone, name, email, address, notes, language, tags, verified, sms_opted_out, search, \
             created_at, updated_at) VALUES ('0193a000-0000-7000-8000-000000000004', '{ORGANIZATION}', '+49301234', 'Ada', '', '', '', 'en', '[]', \
             TRUE, FALSE, 'ada', '2026-11-20 10:00:02', '2026-11-20 10:00:02')"
        )
    }

    /// Checks that this version reads all of them.
    fn assert_reads_first_records(connection: &mut Connection) {
        let (owner, id) = (ORGANIZATION.parse().unwrap(), CALL.parse().unwrap());
        let call = query::call(connection, owner, id).unwrap().unwrap();
        assert_eq!((call.from.as_deref(), call.cost_micros, call.last_seq), (Some("+49301234"), 7, 1));
        assert_eq!(call.hangup_cause, Some(HangupCause::normal_clearing()));
        assert_eq!((call.recording, call.recording_ms), (Some(format!("{CALL}.wav")), Some(60_000)));
        let journal = query::journal(connection, owner, id, After::WHOLE).unwrap();
        let said = Event::Decision(Decision::CallerSaid { text: "I would like a table".to_owned() });
        assert_eq!(journal.into_iter().map(|entry| entry.event).collect::<Vec<_>>(), [said]);
        let transcript = query::transcript(connection, owner, id, After::WHOLE).unwrap();
        let lines: Vec<&str> = transcript.iter().map(|line| line.text.as_str()).collect();
        assert_eq!(lines, ["I would like a table"]);
        let all = CustomerQuery { limit: 10, ..CustomerQuery::default() };
        let customers = query::customers(connection, owner, all).unwrap();
        let names: Vec<&str> = customers.iter().map(|customer| customer.name.as_str()).collect();
        assert_eq!(names, ["Ada"]);
    }

    #[test]
    fn databases_of_every_version_are_upgraded_with_their_records() {
        for before in 1..EVERY.len() {
            let folder = tempfile::tempdir().unwrap();
            for settings in empty(folder.path()) {
                let mut connection = open_to_migrate(&Connector::of(&settings).unwrap()).unwrap();
                let versions: Vec<String> =
                    known(&connection).unwrap().into_iter().map(|(version, _)| version).collect();
                // All later migrations run on the records that the first version wrote.
                run_these(&mut connection, &versions[..1]).unwrap();
                connection.batch_execute(&first_records()).unwrap();
                run_these(&mut connection, &versions[..before]).unwrap();
                assert_eq!(run(&mut connection).unwrap(), EVERY[before..], "from {}", EVERY[before - 1]);
                assert_eq!(check(&settings).unwrap(), DatabaseState::Current);
                assert_reads_first_records(&mut connection);
                // The version is recorded for all migrations, including those of a version that recorded nothing.
                let ran_last = migrated_by::version_that_ran(&mut connection, &versions).unwrap();
                assert_eq!(ran_last.as_deref(), Some(env!("CARGO_PKG_VERSION")));
            }
        }
    }

    #[test]
    fn a_changed_day_marks_its_month() {
        let folder = tempfile::tempdir().unwrap();
        for settings in empty(folder.path()) {
            let mut connection = open_to_migrate(&Connector::of(&settings).unwrap()).unwrap();
            run(&mut connection).unwrap();
            let day = format!(
                "INSERT INTO figures (organization_id, grain, cut, at, key, sums) VALUES \
                 ('{ORGANIZATION}', 'day', 'all', '2026-10-20 00:00:00', '', '{{}}')"
            );
            let organization = format!(
                "INSERT INTO organizations (id, name, created_at) VALUES ('{ORGANIZATION}', 'Old', '2026-11-20 00:00:00')"
            );
            connection.batch_execute(&organization).unwrap();
            for change in [day, "DELETE FROM figures WHERE grain = 'day'".to_owned()] {
                connection.batch_execute("DELETE FROM figure_month_marks").unwrap();
                connection.batch_execute(&change).unwrap();
                let marks: i64 = figure_month_marks::table.count().get_result(&mut connection).unwrap();
                assert_eq!(marks, 1, "{change}");
            }
        }
    }

    #[test]
    fn a_prerelease_database_needs_all_migrations_to_be_current() {
        let folder = tempfile::tempdir().unwrap();
        for settings in empty(folder.path()) {
            migrate(&settings).unwrap();
            let mut connection = Connector::of(&settings).unwrap().open(Access::Write).unwrap();
            let add = "INSERT INTO __diesel_schema_migrations (version) VALUES ('20261120000001'), ('20261129000181')";
            connection.batch_execute(add).unwrap();
            assert_eq!(check(&settings).unwrap(), DatabaseState::Current);
            assert!(migrate(&settings).unwrap().is_empty());
            let earlier = format!("DELETE FROM __diesel_schema_migrations WHERE version >= '{FIRST}'");
            connection.batch_execute(&earlier).unwrap();
            for refused in [check(&settings).map(drop), migrate(&settings).map(drop)] {
                let said = refused.unwrap_err().to_string();
                assert!(said.contains("a development build from before 30 November 2026"), "{said}");
            }
        }
    }

    #[test]
    fn both_databases_have_the_same_migrations() {
        let names = named::<Pg>(OF_POSTGRES.migrations()).unwrap();
        assert_eq!(names, named::<Sqlite>(OF_SQLITE.migrations()).unwrap());
        assert_eq!(names.into_iter().map(|(_, name)| name).collect::<Vec<_>>(), EVERY);
    }

    #[test]
    fn an_empty_file_needs_migrations_and_stays_empty() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("empty.db");
        std::fs::write(&file, b"").unwrap();
        let state = check(&StoreSettings::file(&file)).unwrap();
        assert_eq!(state, DatabaseState::Pending(EVERY.map(str::to_owned).into()));
        assert_eq!(std::fs::metadata(&file).unwrap().len(), 0);
    }

    #[test]
    fn the_error_says_that_a_file_is_not_a_database() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("letter.txt");
        std::fs::write(&file, "Dear Sir or Madam, ".repeat(100)).unwrap();
        let said = check(&StoreSettings::file(&file)).unwrap_err().to_string();
        assert!(said.contains("not a database"), "{said}");
    }
}
