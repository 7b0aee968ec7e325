//! Checks whether the database can be opened, and whether it fits this version.

use super::Check;
use crate::boot::{is_database_in_use, is_in_use, stands_by};
use crate::config::{Config, Database};
use crate::store::{
    DatabaseState, ServerLock, SettingsOfCalls, StoreError, StoreSettings, check, unreadable_settings,
};

const SUBJECT: &str = "database";

pub(super) fn examine(config: &Config) -> Check {
    let database = config.database();
    judge(&database, check(&StoreSettings::of(database.clone())))
}

/// Reports a database with which no server can start here: another server has it, or a PostgreSQL takes no changes. Returns nothing for any other,
/// and for one that can't be reached, which is reported already. `is_ours_running` tells whether the server of this configuration runs: then it is
/// the one that has the database. A server here that stands by for another one starts once that one ends.
pub(super) fn taken(config: &Config, is_ours_running: impl Fn() -> bool) -> Option<Check> {
    let database = config.database();
    let Database::Postgres(url) = &database else { return taken_file(config, &database) };
    let error = ServerLock::look(url).err()?;
    match &error {
        StoreError::NoConnection(_) => {}
        StoreError::InUse { .. } if !is_ours_running() => {}
        _ => return None,
    }
    let message = error.to_string();
    let (found, fix) = message.split_once("; ")?;
    if matches!(error, StoreError::InUse { .. }) && stands_by(&database, &config.data_dir) {
        return Some(Check::good(
            SUBJECT,
            format!("{found}: the server here stands by, and starts once that one ends"),
        ));
    }
    Some(Check::bad(SUBJECT, found.to_owned(), fix.to_owned()))
}

/// Reports an SQLite file that the server of another data folder has. That of this one holds the folder's lock as well.
fn taken_file(config: &Config, database: &Database) -> Option<Check> {
    (is_database_in_use(database) && !is_in_use(&config.data_dir)).then(|| {
        let found = format!("{database} is in use by another Cordboard process");
        Check::bad(SUBJECT, found, "stop that one, or set DATABASE_URL to another".to_owned())
    })
}

/// Reports settings in the database that can't be read. Returns nothing if all can be read, or if the database is not checked.
pub(super) fn settings(config: &Config) -> Option<Check> {
    let settings = StoreSettings::of(config.database());
    if !matches!(check(&settings), Ok(DatabaseState::Current)) {
        return None;
    }
    // A database that can't be opened is reported already.
    let unreadable = unreadable_settings(&settings).ok()?;
    let (job, first) = unreadable.first()?;
    let found = format!(
        "{} rows can't be read, the first of the organization {} for {}: {}",
        unreadable.len(),
        first.organization,
        job.as_str(),
        first.fault
    );
    let fix = "the server starts without them: make these settings again on the pages, or restore them from a backup";
    Some(Check::bad("stored settings", found, fix.to_owned()))
}

/// Returns the settings that calls use; none if the database is not checked, or can't be read.
pub(super) fn settings_of_calls(config: &Config) -> Option<SettingsOfCalls> {
    let settings = StoreSettings::of(config.database());
    match check(&settings) {
        Ok(DatabaseState::Current) => SettingsOfCalls::read(&settings).ok(),
        _ => None,
    }
}

fn judge(path: &Database, state: Result<DatabaseState, StoreError>) -> Check {
    match state {
        Ok(DatabaseState::Missing) => Check::good(SUBJECT, format!("{path} will be made")),
        Ok(DatabaseState::Current) => Check::good(SUBJECT, format!("{path} fits this version")),
        Ok(DatabaseState::Pending(pending)) => {
            let count = pending.len();
            Check::good(
                SUBJECT,
                format!("{path} will be brought up to date at the next start (migrations: {count})"),
            )
        }
        Ok(DatabaseState::Newer(unknown)) => {
            Check::bad(SUBJECT, format!("the records in {path} are too new: {unknown}"), unknown.fix())
        }
        Err(error) => {
            let fix = match path {
                Database::Sqlite(_) => {
                    "give this user the file, restore a backup, or set DATABASE_URL to another"
                }
                Database::Postgres(_) => {
                    "start PostgreSQL, create the role and the database, or set DATABASE_URL to another"
                }
            };
            Check::bad(SUBJECT, format!("{path} can't be opened: {error}"), fix.to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use diesel::Connection as _;
    use diesel::connection::SimpleConnection as _;

    use super::super::Outcome;
    use super::*;
    use crate::store::{Store, Unknown, migrate};

    #[test]
    fn a_database_is_good_before_and_after_its_creation() {
        let folder = tempfile::tempdir().unwrap();
        let config = Config { data_dir: folder.path().to_owned(), ..Config::default() };
        let found = || match examine(&config).outcome {
            Outcome::Good { found } => found,
            Outcome::Bad { found, .. } => panic!("{found}"),
        };
        assert!(found().ends_with("will be made"), "{}", found());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "the doctor created a database");
        migrate(&StoreSettings::of(config.database())).unwrap();
        assert!(found().ends_with("fits this version"), "{}", found());
    }

    #[test]
    fn unreadable_settings_are_reported() {
        let folder = tempfile::tempdir().unwrap();
        let config = Config { data_dir: folder.path().to_owned(), ..Config::default() };
        assert_eq!(settings(&config), None);
        drop(Store::open(&StoreSettings::of(config.database())).unwrap());
        assert_eq!(settings(&config), None);
        let file = folder.path().join("cordboard.db").display().to_string();
        let mut sqlite = diesel::SqliteConnection::establish(&file).unwrap();
        sqlite.batch_execute("UPDATE agent_profile_versions SET profile = '{'").unwrap();
        let Some(Outcome::Bad { found, .. }) = settings(&config).map(|check| check.outcome) else {
            panic!("the doctor found nothing")
        };
        assert!(
            found.starts_with("1 rows can't be read")
                && found.contains("for profiles: `agent_profile_versions"),
            "{found}"
        );
    }

    #[test]
    fn a_file_that_is_not_a_database_is_bad() {
        let folder = tempfile::tempdir().unwrap();
        let config = Config { data_dir: folder.path().to_owned(), ..Config::default() };
        fs::write(config.data_dir.join("cordboard.db"), "Dear Sir or Madam, ".repeat(100)).unwrap();
        let Outcome::Bad { found, fix } = examine(&config).outcome else {
            panic!("a letter is not a database")
        };
        assert!(found.contains("cordboard.db can't be opened"), "{found}");
        assert!(fix.contains("DATABASE_URL"), "{fix}");
    }

    #[test]
    fn a_database_of_a_newer_version_is_bad() {
        let unknown = Unknown { migrations: vec!["2999".to_owned()], needs: Some("7.0.0".to_owned()) };
        let check = judge(&Database::Sqlite("a.db".into()), Ok(DatabaseState::Newer(unknown)));
        let Outcome::Bad { found, fix } = check.outcome else { panic!("a newer database can't be used") };
        assert!(found.contains("2999") && found.contains("Cordboard 7.0.0 made them"), "{found}");
        assert!(fix.contains("start Cordboard 7.0.0 or newer, or restore a backup"), "{fix}");
    }
}
