//! The tables: made and brought up to date at every start.

use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::pool::{Connection, open_reader, open_writer};
use super::settings::Access;
use super::{StoreError, StoreSettings};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations/sqlite");

/// What `doctor` says of a database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DatabaseState {
    /// There is no file yet; the first start makes it.
    Missing,
    /// It fits this version.
    Current,
    /// These migrations are still to run; the next start runs them.
    Behind(Vec<String>),
    /// It has these migrations of a newer version; this one does not start with it.
    Newer(Vec<String>),
}

/// Brings the database up to date, making it where there is none, and says which migrations ran.
pub fn migrate(settings: &StoreSettings) -> Result<Vec<String>, StoreError> {
    let path = &settings.file;
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder)
            .map_err(|cause| StoreError::Folder { path: path.display().to_string(), cause })?;
    }
    run(&mut open_writer(path, Access::Create)?)
}

/// Looks at the database without changing it.
pub fn check(settings: &StoreSettings) -> Result<DatabaseState, StoreError> {
    let path = &settings.file;
    if !path.exists() {
        return Ok(DatabaseState::Missing);
    }
    state(&mut open_reader(path)?)
}

fn run(connection: &mut Connection) -> Result<Vec<String>, StoreError> {
    match state(connection)? {
        DatabaseState::Newer(unknown) => Err(StoreError::Newer(unknown)),
        DatabaseState::Missing | DatabaseState::Current => Ok(Vec::new()),
        DatabaseState::Behind(pending) => {
            connection
                .run_pending_migrations(MIGRATIONS)
                .map_err(|cause| StoreError::Migration(cause.to_string()))?;
            Ok(pending)
        }
    }
}

/// Not by diesel's `pending_migrations`, which makes its table where that is missing.
fn state(connection: &mut Connection) -> Result<DatabaseState, StoreError> {
    let known = known()?;
    let applied = applied(connection)?;
    let unknown: Vec<String> =
        applied.iter().filter(|version| !known.iter().any(|(known, _)| known == *version)).cloned().collect();
    if !unknown.is_empty() {
        return Ok(DatabaseState::Newer(unknown));
    }
    let pending: Vec<String> =
        known.into_iter().filter(|(version, _)| !applied.contains(version)).map(|(_, name)| name).collect();
    Ok(if pending.is_empty() { DatabaseState::Current } else { DatabaseState::Behind(pending) })
}

/// Version and name of each migration of this binary, in order.
fn known() -> Result<Vec<(String, String)>, StoreError> {
    use diesel::migration::{Migration, MigrationSource};
    let migrations: Vec<Box<dyn Migration<diesel::sqlite::Sqlite>>> =
        MIGRATIONS.migrations().map_err(|cause| StoreError::Migration(cause.to_string()))?;
    Ok(migrations
        .iter()
        .map(|migration| (migration.name().version().to_string(), migration.name().to_string()))
        .collect())
}

/// Versions that the database has seen; none in an empty file.
fn applied(connection: &mut Connection) -> Result<Vec<String>, StoreError> {
    #[derive(QueryableByName)]
    struct Version {
        #[diesel(sql_type = Text)]
        version: String,
    }
    let table = "SELECT name AS version FROM sqlite_master WHERE name = '__diesel_schema_migrations'";
    if diesel::sql_query(table).load::<Version>(connection)?.is_empty() {
        return Ok(Vec::new());
    }
    let versions = "SELECT version FROM __diesel_schema_migrations ORDER BY version";
    Ok(diesel::sql_query(versions).load::<Version>(connection)?.into_iter().map(|row| row.version).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every migration, in order.
    const EVERY: [&str; 6] = [
        "2026-11-20-000001_first",
        "2026-11-20-000002_realtime",
        "2026-11-20-000003_freeswitch",
        "2026-11-21-000001_outbound",
        "2026-11-21-000002_audit",
        "2026-11-21-000004_business",
    ];

    #[test]
    fn a_database_goes_from_missing_to_current_and_a_newer_one_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let settings = StoreSettings::file(folder.path().join("deep/er/cordboard.db"));
        assert_eq!(check(&settings).unwrap(), DatabaseState::Missing);
        assert!(!folder.path().join("deep").exists(), "a check made a folder");

        assert_eq!(migrate(&settings).unwrap(), EVERY);
        assert_eq!(check(&settings).unwrap(), DatabaseState::Current);
        assert!(migrate(&settings).unwrap().is_empty(), "a migration ran twice");

        let mut connection = open_writer(&settings.file, Access::Write).unwrap();
        diesel::sql_query("INSERT INTO __diesel_schema_migrations (version) VALUES ('29990101000000')")
            .execute(&mut connection)
            .unwrap();
        assert_eq!(check(&settings).unwrap(), DatabaseState::Newer(vec!["29990101000000".to_owned()]));
        let said = migrate(&settings).unwrap_err().to_string();
        assert!(said.contains("start the version that made them"), "{said}");
    }

    #[test]
    fn an_empty_file_is_behind_and_stays_empty() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("empty.db");
        std::fs::write(&file, b"").unwrap();
        let state = check(&StoreSettings::file(&file)).unwrap();
        assert_eq!(state, DatabaseState::Behind(EVERY.map(str::to_owned).into()));
        assert_eq!(std::fs::metadata(&file).unwrap().len(), 0);
    }

    #[test]
    fn a_file_that_is_no_database_is_an_error_with_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("letter.txt");
        std::fs::write(&file, "Dear Sir or Madam, ".repeat(100)).unwrap();
        let said = check(&StoreSettings::file(&file)).unwrap_err().to_string();
        assert!(said.contains("not a database"), "{said}");
    }
}
