//! Databases of other versions, as whoever upgrades or goes back meets them.

use std::path::Path;

use cordboard::config::{Database, PostgresUrl};
use cordboard::store::{Connection, DatabaseState, StoreSettings, check, migrate};
use cordboard_test_support::postgres::{empty_database, shared};
use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, PgConnection, SqliteConnection};

use super::{FREE_PORTS, cordboard, stderr, stdout};

/// A current database, as DATABASE_URL names it.
struct Kept {
    url: String,
    settings: StoreSettings,
}

impl Kept {
    /// One of each kind.
    fn both(folder: &Path) -> [Self; 2] {
        let file = folder.join("kept.db");
        let url = shared().unwrap().url(&empty_database().unwrap(), "?sslmode=disable");
        let postgres = StoreSettings::of(Database::Postgres(PostgresUrl::parse(&url).unwrap()));
        let sqlite = Self { url: format!("sqlite:{}", file.display()), settings: StoreSettings::file(&file) };
        let both = [sqlite, Self { url, settings: postgres }];
        for kept in &both {
            migrate(&kept.settings).unwrap();
        }
        both
    }

    /// Changes it as another version would have.
    fn change(&self, statements: &str) {
        let mut connection = match self.url.strip_prefix("sqlite:") {
            Some(path) => Connection::Sqlite(SqliteConnection::establish(path).unwrap()),
            None => Connection::Postgres(PgConnection::establish(&self.url).unwrap()),
        };
        connection.batch_execute(statements).unwrap();
    }

    /// Exit code, and what a command says of it.
    fn ask(&self, folder: &Path, words: &[&str]) -> (Option<i32>, String) {
        let settings = [&FREE_PORTS[..], &[("DATABASE_URL", self.url.as_str())]].concat();
        let output = cordboard(folder, words, &settings);
        (output.status.code(), format!("{}{}", stdout(&output), stderr(&output)))
    }
}

#[test]
fn a_newer_database_is_refused_with_the_version_that_it_takes_and_stays_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    for kept in Kept::both(folder.path()) {
        kept.change(
            "INSERT INTO __diesel_schema_migrations (version) VALUES ('29990101000000'); \
             INSERT INTO __cordboard_migrated_by (migration, cordboard) VALUES ('29990101000000', '7.0.0')",
        );
        let commands: [&[&str]; 4] = [&["serve"], &["migrate"], &["migrate", "--plan"], &["doctor"]];
        for words in commands {
            let (code, said) = kept.ask(folder.path(), words);
            assert_eq!(code, Some(1), "{words:?}: {said}");
            for part in ["Cordboard 7.0.0 made them, and this is 0.1.0", "start Cordboard 7.0.0 or newer"] {
                assert!(said.contains(part), "{words:?}: {said}");
            }
        }
        let DatabaseState::Newer(unknown) = check(&kept.settings).unwrap() else {
            panic!("{} was changed", kept.url)
        };
        assert_eq!(unknown.migrations, ["29990101000000"]);
    }
}

#[test]
fn the_plan_names_what_migrate_then_runs_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    for kept in Kept::both(folder.path()) {
        kept.change(
            "DROP TABLE attempt_sums; DROP INDEX wrap_ups_by_disposition; \
             ALTER TABLE attempts DROP COLUMN compared_since; ALTER TABLE campaigns DROP COLUMN contacts_talked; \
             DELETE FROM __diesel_schema_migrations WHERE version = '20261128000164'",
        );
        let behind = DatabaseState::Behind(vec!["2026-11-28-000164_attempt_sums".to_owned()]);
        for _ in 0..2 {
            let (code, said) = kept.ask(folder.path(), &["migrate", "--plan"]);
            assert_eq!(code, Some(0), "{said}");
            assert!(said.starts_with("would run 2026-11-28-000164_attempt_sums\n"), "{said}");
            assert_eq!(check(&kept.settings).unwrap(), behind);
        }
        let (code, said) = kept.ask(folder.path(), &["migrate"]);
        assert_eq!(code, Some(0), "{said}");
        assert!(said.starts_with("ran 2026-11-28-000164_attempt_sums\n"), "{said}");
        let (_, said) = kept.ask(folder.path(), &["migrate", "--plan"]);
        assert!(said.ends_with("is current: nothing would be done\n"), "{said}");
    }
}
