//! A folder with a database, and ways to look at it.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use cordboard::store::{After, Connection, Store, StoreError, StoreSettings, query};
use cordboard_schema::event::JournalEntry;
use cordboard_schema::fold::{Call, TranscriptItem};
use cordboard_schema::ids::CallId;
use diesel::connection::SimpleConnection;
use diesel::{Connection as _, SqliteConnection};
use tempfile::TempDir;

/// A folder of its own for each test.
pub(crate) struct Room {
    folder: TempDir,
}

impl Room {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn settings(&self) -> StoreSettings {
        StoreSettings::file(self.file())
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.folder.path().join("cordboard.db")
    }

    pub(crate) fn store(&self) -> Store {
        Store::open(&self.settings()).unwrap()
    }

    /// A connection of somebody else, as of an administrator with a shell.
    pub(crate) fn stranger(&self) -> SqliteConnection {
        let mut connection = SqliteConnection::establish(self.file().to_str().unwrap()).unwrap();
        connection.batch_execute("PRAGMA busy_timeout = 5000").unwrap();
        connection
    }

    /// Keeps every other connection from writing until [`Locked::release`].
    pub(crate) fn lock(&self) -> Locked {
        let mut connection = self.stranger();
        connection.batch_execute("BEGIN EXCLUSIVE").unwrap();
        Locked(connection)
    }
}

/// A database that is locked by a stranger.
pub(crate) struct Locked(SqliteConnection);

impl Locked {
    pub(crate) fn release(mut self) {
        self.0.batch_execute("COMMIT").unwrap();
    }
}

pub(crate) fn read<T>(store: &Store, query: impl FnOnce(&mut Connection) -> Result<T, StoreError>) -> T {
    store.reads().run_blocking(query).unwrap()
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

/// The row that `entries` fold to.
pub(crate) fn folded(entries: &[JournalEntry]) -> Call {
    let mut call = Call::begin(&entries[0]).unwrap();
    entries[1..].iter().for_each(|entry| call.apply(entry));
    call
}

/// Looks until `condition` holds.
pub(crate) fn eventually(what: &str, condition: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !condition() {
        assert!(Instant::now() < deadline, "{what}: not within 20 s");
        std::thread::sleep(Duration::from_millis(5));
    }
}
