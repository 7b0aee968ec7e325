//! A separate database for each test, and ways to inspect it.

use std::path::Path;
use std::time::{Duration, Instant};

use cordboard::config::{Database, PostgresUrl};
use cordboard::store::{After, Connection, Store, StoreError, StoreSettings, migrate, query};
use cordboard_schema::event::JournalEntry;
use cordboard_schema::fold::{Call, TranscriptItem};
use cordboard_schema::ids::{CallId, OrganizationId, ProfileId};
use cordboard_test_support::postgres;
use diesel::connection::SimpleConnection;
use diesel::sql_types::BigInt;
use diesel::{Connection as _, PgConnection, QueryableByName, RunQueryDsl as _, SqliteConnection};
use tempfile::TempDir;

/// A separate database for each test: a file in a folder, or one of the PostgreSQL that all tests share.
pub(crate) struct Room {
    /// The folder is removed with it.
    _folder: TempDir,
    /// The address of the database, or the path of its file.
    place: String,
}

impl Room {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let place = if on_postgres() {
            let migrated = |url: &str| drop(migrate(&settings_at(url)).unwrap());
            postgres::shared().unwrap().url(&postgres::fresh_database(migrated).unwrap(), "?sslmode=disable")
        } else {
            folder.path().join("cordboard.db").display().to_string()
        };
        Self { _folder: folder, place }
    }

    pub(crate) fn settings(&self) -> StoreSettings {
        settings_at(&self.place)
    }

    /// Argument for [`settings_at`], for a separate process.
    pub(crate) fn place(&self) -> &str {
        &self.place
    }

    pub(crate) fn store(&self) -> Store {
        Store::open(&self.settings()).unwrap()
    }

    /// Opens a separate connection, such as an administrator's in a shell.
    pub(crate) fn stranger(&self) -> Connection {
        if on_postgres() {
            return Connection::Postgres(PgConnection::establish(&self.place).unwrap());
        }
        let mut sqlite = SqliteConnection::establish(&self.place).unwrap();
        sqlite.batch_execute("PRAGMA busy_timeout = 5000").unwrap();
        Connection::Sqlite(sqlite)
    }

    /// Keeps every other connection from writing until [`Locked::release`].
    pub(crate) fn lock(&self) -> Locked {
        let mut stranger = self.stranger();
        let lock = match &stranger {
            Connection::Sqlite(_) => "BEGIN EXCLUSIVE",
            // Readers are admitted, as on SQLite.
            Connection::Postgres(_) => {
                "BEGIN; LOCK TABLE calls, call_events, transcript_items IN SHARE ROW EXCLUSIVE MODE"
            }
        };
        stranger.batch_execute(lock).unwrap();
        Locked(stranger)
    }
}

/// Returns the settings of a database at an address or a path.
pub(crate) fn settings_at(place: &str) -> StoreSettings {
    if place.starts_with("postgres:") {
        StoreSettings::of(Database::Postgres(PostgresUrl::parse(place).unwrap()))
    } else {
        StoreSettings::file(Path::new(place))
    }
}

/// Whether the tests of this module's parent use PostgreSQL.
fn on_postgres() -> bool {
    module_path!().contains("::postgres::")
}

/// A database that another program has locked.
pub(crate) struct Locked(Connection);

impl Locked {
    pub(crate) fn release(mut self) {
        self.0.batch_execute("COMMIT").unwrap();
    }
}

pub(crate) fn read<T>(store: &Store, query: impl FnOnce(&mut Connection) -> Result<T, StoreError>) -> T {
    store.reads().run_blocking(query).unwrap()
}

/// Returns the profile that a new organization has.
pub(crate) fn first_profile(
    connection: &mut Connection,
    organization_id: OrganizationId,
) -> Result<ProfileId, StoreError> {
    Ok(query::readable_profile_drafts(connection, organization_id)?.found.remove(0).profile.id)
}

/// Rows that a statement counts.
#[derive(QueryableByName)]
struct Rows {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

/// Counts the rows of a table, or those of it with a condition: `calls WHERE state = 'ended'`.
pub(crate) fn rows(connection: &mut Connection, of: &str) -> i64 {
    diesel::sql_query(format!("SELECT COUNT(*) AS n FROM {of}")).get_result::<Rows>(connection).unwrap().n
}

pub(crate) fn call(store: &Store, id: CallId) -> Option<Call> {
    read(store, |connection| query::call(connection, store.organization_id(), id))
}

pub(crate) fn journal(store: &Store, id: CallId) -> Vec<JournalEntry> {
    read(store, |connection| query::journal(connection, store.organization_id(), id, After::WHOLE))
}

pub(crate) fn transcript(store: &Store, id: CallId) -> Vec<TranscriptItem> {
    read(store, |connection| query::transcript(connection, store.organization_id(), id, After::WHOLE))
}

/// Returns the row that `entries` fold to.
pub(crate) fn folded(entries: &[JournalEntry]) -> Call {
    let mut call = Call::begin(&entries[0]).unwrap();
    entries[1..].iter().for_each(|entry| call.apply(entry));
    call
}

/// Waits until `condition` holds.
pub(crate) fn eventually(what: &str, condition: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !condition() {
        assert!(Instant::now() < deadline, "{what}: not within 20 s");
        std::thread::sleep(Duration::from_millis(5));
    }
}
