//! The lock of a database: one server at a time uses it, whatever data folder it has. A second server would resume the first one's calls as if that
//! one had died.
//!
//! PostgreSQL holds its lock itself ([`ServerLock`]).
//!
//! An SQLite file in the data folder of a server is protected by the folder's lock. One elsewhere has a lock next to it, with the suffix `.lock`. A
//! server takes its own lock and then checks the other, so that of two that start together at least one sees the other.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use cordboard_schema::limits::{POSTGRES_SERVER_LEAVE_S, POSTGRES_SERVER_POLL_S, POSTGRES_SERVER_WAIT_S};
use tokio::sync::watch::{Sender, channel};
use tokio::task::JoinHandle;
use tokio::time::sleep;
use tracing::{debug, error, warn};

use super::StartError;
use super::folder::{self, NotLocked, free, lock};
use crate::config::Database;
use crate::database_hold::{DatabaseHold, Hold};
use crate::priority;
use crate::store::{LockState, Patience, ServerLock};

/// The file in the data folder that names the PostgreSQL database in which a start has met another server.
const MET: &str = "another-server";

/// How long a start or a command waits until another server of its PostgreSQL has ended.
const WAIT: Duration = Duration::from_secs(POSTGRES_SERVER_WAIT_S);

/// The lock of a database. It is released when the process ends, however it ends.
pub(crate) struct DatabaseLock {
    /// None if the data folder's lock also protects the database.
    file: Option<File>,
    postgres: Option<ServerLock>,
    met: Option<MetServer>,
}

/// Takes the lock of a database for a command. The process holds the lock of the data folder already. Waits for the end of another server on
/// PostgreSQL. Blocks.
pub(crate) fn lock_database(database: &Database, data_dir: &Path) -> Result<DatabaseLock, StartError> {
    Ok(match database {
        Database::Sqlite(file) => {
            DatabaseLock { file: lock_file(file, data_dir)?, postgres: None, met: None }
        }
        Database::Postgres(url) => {
            let lock = ServerLock::take(url, Patience { wait: WAIT, leave: None }, || ())?;
            DatabaseLock { file: None, postgres: Some(lock), met: None }
        }
    })
}

/// Takes the lock of a database for a server, as [`lock_database`] does. A free PostgreSQL in which an earlier start met another server is left to
/// that one for a while. Blocks.
pub(super) fn lock_database_to_serve(
    database: &Database,
    data_dir: &Path,
) -> Result<DatabaseLock, StartError> {
    let Database::Postgres(url) = database else { return lock_database(database, data_dir) };
    let met = MetServer::in_database(&url.to_string(), data_dir);
    let leave = met.is_noted().then_some(Duration::from_secs(POSTGRES_SERVER_LEAVE_S));
    let lock = ServerLock::take(url, Patience { wait: WAIT, leave }, || met.note())?;
    Ok(DatabaseLock { file: None, postgres: Some(lock), met: Some(met) })
}

/// A note in the data folder that a start has met another server in its PostgreSQL, as that of a machine that stands by.
///
/// If PostgreSQL restarts or fails over, the other server loses its lock until its next check, and continues its calls. A start that takes the lock
/// just then would take over these calls. A server that has met no other, such as the only one, takes a free database at once.
struct MetServer {
    file: PathBuf,
    database: String,
}

impl MetServer {
    /// The note about this database.
    fn in_database(database: &str, data_dir: &Path) -> Self {
        Self { file: data_dir.join(MET), database: database.to_owned() }
    }

    /// Whether a start has met another server, and none of this folder has had the database since.
    fn is_noted(&self) -> bool {
        fs::read_to_string(&self.file).is_ok_and(|database| database == self.database)
    }

    /// Notes it. If the folder can't be written, the next start takes a free database at once.
    fn note(&self) {
        if let Err(cause) = fs::write(&self.file, &self.database) {
            warn!(path = %self.file.display(), %cause, "the file can't be written: the next start does not know of the other server");
        }
    }

    fn forget(&self) {
        match fs::remove_file(&self.file) {
            Err(cause) if cause.kind() != io::ErrorKind::NotFound => {
                warn!(path = %self.file.display(), %cause, "the file can't be removed: the next start waits for another server");
            }
            _ => {}
        }
    }
}

impl DatabaseLock {
    /// Has it watched on the current arbiter until it is dropped. PostgreSQL loses the lock when it restarts.
    pub(super) fn watched(self) -> DatabaseLockGuard {
        let Self { file, postgres, met } = self;
        DatabaseLockGuard { _file: file, postgres: postgres.map(|lock| WatchedLock::new(lock, met)) }
    }
}

/// The lock of a server's database.
pub(super) struct DatabaseLockGuard {
    _file: Option<File>,
    postgres: Option<WatchedLock>,
}

impl DatabaseLockGuard {
    /// Returns what the watch knows. Nobody can take an SQLite file.
    pub(super) fn hold(&self) -> DatabaseHold {
        self.postgres.as_ref().map(|watched| watched.hold.clone()).unwrap_or_default()
    }
}

/// The lock in PostgreSQL, and the watch over it.
struct WatchedLock {
    lock: Arc<Mutex<ServerLock>>,
    hold: DatabaseHold,
    watch: JoinHandle<()>,
}

impl WatchedLock {
    fn new(lock: ServerLock, met: Option<MetServer>) -> Self {
        let (lock, (hold, watched)) = (Arc::new(Mutex::new(lock)), channel(Hold::Ours));
        let watch = actix::spawn(watch(Arc::clone(&lock), hold, met));
        Self { lock, hold: DatabaseHold::watched(watched), watch }
    }
}

impl Drop for WatchedLock {
    fn drop(&mut self) {
        self.watch.abort();
        // A check that is under way holds it last, and releases it at its end.
        if let Ok(mut lock) = self.lock.try_lock() {
            lock.free();
        }
    }
}

/// Watches a lock. Calls continue in any case; work that only one server may do follows `hold`.
///
/// The note about another server is removed once the lock has lasted: a PostgreSQL that goes down may grant it just before.
async fn watch(lock: Arc<Mutex<ServerLock>>, hold: Sender<Hold>, mut met: Option<MetServer>) {
    let mut reported = Reported::default();
    loop {
        sleep(Duration::from_secs(POSTGRES_SERVER_POLL_S)).await;
        let lock = Arc::clone(&lock);
        let check = move || lock.lock().unwrap_or_else(PoisonError::into_inner).check();
        let state = match priority::blocking(check).await {
            Ok(state) => state,
            Err(error) => {
                error!(%error, "the lock of the database can't be checked");
                continue;
            }
        };
        if matches!(state, LockState::Held | LockState::TakenAgain)
            && let Some(met) = met.take()
        {
            drop(priority::blocking(move || met.forget()).await);
        }
        reported.note(&state, &hold);
    }
}

/// The state of a lost lock that the log has reported.
#[derive(Default)]
struct Reported {
    is_lost: bool,
}

impl Reported {
    /// Logs a change, and notes whether another server has the lock. While nobody can tell, what was known last counts.
    fn note(&mut self, state: &LockState, hold: &Sender<Hold>) {
        match state {
            LockState::Held => {}
            LockState::TakenAgain => {
                self.is_lost = false;
                hold.send_replace(Hold::Ours);
                warn!(
                    "the connection that locks the database against other servers was lost, and is restored"
                );
            }
            LockState::Lost(error) if self.is_lost => debug!(%error, "the database's lock is still lost"),
            LockState::Lost(error) => {
                self.is_lost = true;
                if *hold.borrow() == Hold::Ours {
                    hold.send_replace(Hold::Lost);
                }
                warn!(%error, "the database is not locked against other servers at the moment; trying to lock it again");
            }
            LockState::Others(error) if *hold.borrow() == Hold::Taken => {
                debug!(%error, "another server still has the database");
            }
            LockState::Others(error) => {
                hold.send_replace(Hold::Taken);
                error!(%error, "another server has locked the database while our connection to it was lost: both write to it, and calls continue, but this one makes none for campaigns; stop one of the two");
            }
        }
    }
}

/// Returns whether a server of this data folder has met the one that has this PostgreSQL, and waits until that one ends. Changes nothing.
pub(crate) fn stands_by(database: &Database, data_dir: &Path) -> bool {
    match database {
        Database::Sqlite(_) => false,
        Database::Postgres(url) => MetServer::in_database(&url.to_string(), data_dir).is_noted(),
    }
}

/// Takes the lock of an SQLite file outside of the data folder, whose lock the process holds.
fn lock_file(file: &Path, data_dir: &Path) -> Result<Option<File>, StartError> {
    let in_use = |holder| StartError::DatabaseInUse { path: file.to_owned(), holder };
    let failed = |cause| StartError::DatabaseLock { path: file.to_owned(), cause };
    fs::create_dir_all(folder_of(file)).map_err(failed)?;
    let place = Place::of(file).map_err(failed)?;
    if data_dir.canonicalize().is_ok_and(|data_dir| data_dir == place.folder) {
        free(&place.lock).map_err(in_use)?;
        return Ok(None);
    }
    let lock = lock(&place.lock).map_err(|why| match why {
        NotLocked::Held(holder) => in_use(holder),
        NotLocked::Failed(cause) => failed(cause),
    })?;
    // A server may use this folder as its data folder, also one of a version without this lock.
    free(&place.folder.join(folder::NAME)).map_err(in_use)?;
    Ok(Some(lock))
}

/// Returns whether a server uses this SQLite file. Changes nothing.
pub(crate) fn is_database_in_use(database: &Database) -> bool {
    let Database::Sqlite(file) = database else { return false };
    let Ok(place) = Place::of(file) else { return false };
    free(&place.lock).and_then(|()| free(&place.folder.join(folder::NAME))).is_err()
}

/// The location of a file, by whatever name or link it is reached. SQLite's own files are there, too.
struct Place {
    folder: PathBuf,
    lock: PathBuf,
}

impl Place {
    fn of(file: &Path) -> io::Result<Self> {
        let real = match file.canonicalize() {
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => {
                folder_of(file).canonicalize()?.join(file.file_name().unwrap_or_default())
            }
            found => found?,
        };
        let folder = folder_of(&real).to_owned();
        let mut lock = real.into_os_string();
        lock.push(".lock");
        Ok(Self { folder, lock: lock.into() })
    }
}

/// Returns the folder of a file. A bare name is in the working directory.
fn folder_of(file: &Path) -> &Path {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::super::folder::lock_folder;
    use super::*;
    use crate::store::StoreError;

    /// Two data folders, and one for databases.
    fn folders(room: &Path) -> [PathBuf; 3] {
        ["one", "other", "databases"].map(|name| {
            let folder = room.join(name);
            fs::create_dir(&folder).unwrap();
            folder
        })
    }

    #[test]
    fn a_taken_database_is_known_until_it_is_back() {
        let taken = || {
            let database = "postgres://db.example:5432/calls".to_owned();
            LockState::Others(StoreError::InUse { database, holder: None })
        };
        let lost = || LockState::Lost(StoreError::NoConnection("away".to_owned()));
        let (mut reported, hold) = (Reported::default(), Sender::new(Hold::Ours));
        for (state, expected) in [
            (LockState::Held, Hold::Ours),
            (lost(), Hold::Lost),
            (LockState::TakenAgain, Hold::Ours),
            (lost(), Hold::Lost),
            (taken(), Hold::Taken),
            (lost(), Hold::Taken),
            (taken(), Hold::Taken),
            (LockState::TakenAgain, Hold::Ours),
            (taken(), Hold::Taken),
        ] {
            reported.note(&state, &hold);
            assert_eq!(*hold.borrow(), expected);
        }
    }

    #[test]
    fn another_server_is_known_until_its_database_is_ours() {
        let room = tempfile::tempdir().unwrap();
        let note = |database| MetServer::in_database(database, room.path());
        let (ours, other) =
            (note("postgres://db.example:5432/calls"), note("postgres://db.example:5432/trial"));
        assert!(!ours.is_noted());
        ours.forget();
        ours.note();
        assert!(note("postgres://db.example:5432/calls").is_noted() && !other.is_noted());
        ours.forget();
        assert!(!ours.is_noted());
    }

    #[test]
    fn a_file_has_one_lock_by_whatever_name() {
        let room = tempfile::tempdir().unwrap();
        let [one, other, databases] = folders(room.path());
        let link = room.path().join("link.db");
        let file = databases.join("deep/a.db");
        let database = Database::Sqlite(file.clone());
        assert!(!is_database_in_use(&database));
        // It is created while its lock is held.
        let lock = lock_file(&file, &one).unwrap().unwrap();
        fs::write(&file, "").unwrap();
        symlink(&file, &link).unwrap();
        let linked = Database::Sqlite(link.clone());
        for (named, path) in [(&database, &file), (&linked, &link)] {
            let refused = lock_file(path, &other).unwrap_err().to_string();
            let said = format!(
                "the database {} is in use by another Cordboard process (process {}); stop that one, or set DATABASE_URL to another file",
                path.display(),
                std::process::id()
            );
            assert_eq!(refused, said);
            assert!(is_database_in_use(named));
        }
        // Another file in the same folder is free.
        assert!(lock_file(&databases.join("deep/b.db"), &other).unwrap().is_some());
        drop(lock);
        assert!(!is_database_in_use(&linked));
        assert!(lock_file(&link, &other).unwrap().is_some());
    }

    #[test]
    fn a_file_in_a_data_folder_has_the_folders_lock() {
        let room = tempfile::tempdir().unwrap();
        let [one, other, _] = folders(room.path());
        let file = one.join("cordboard.db");
        let database = Database::Sqlite(file.clone());
        let own = lock_folder(&one).unwrap();
        assert!(lock_file(&file, &one).unwrap().is_none());
        assert!(is_database_in_use(&database));
        let refused = lock_file(&file, &other).unwrap_err();
        assert!(matches!(refused, StartError::DatabaseInUse { holder: Some(_), .. }), "{refused}");
        drop(own);
        let theirs = lock_file(&file, &other).unwrap();
        assert!(theirs.is_some());
        let _own = lock_folder(&one).unwrap();
        let refused = lock_file(&file, &one).unwrap_err();
        assert!(matches!(refused, StartError::DatabaseInUse { .. }), "{refused}");
    }
}
