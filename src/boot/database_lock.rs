//! The lock of an SQLite file: one server at a time uses it, whatever data folder it has. A second one would take up the calls of the first as
//! those of a dead process.
//!
//! A file in the data folder of a server has the folder's lock; one elsewhere has a lock beside it, of its name and `.lock`. A server takes
//! its own and then looks at the other, so that of two that start together at least one sees the other.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::StartError;
use super::folder::{self, NotLocked, free, lock};
use crate::config::Database;

/// Takes the lock of a database that lies outside of the data folder, whose lock the process has. A PostgreSQL has none: its server may be on
/// another machine.
pub(crate) fn lock_database(database: &Database, data_dir: &Path) -> Result<Option<File>, StartError> {
    let Database::Sqlite(file) = database else { return Ok(None) };
    let in_use = |holder| StartError::DatabaseInUse { path: file.clone(), holder };
    let failed = |cause| StartError::DatabaseLock { path: file.clone(), cause };
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
    // A server whose data folder it is, also one of a version that takes no other lock.
    free(&place.folder.join(folder::NAME)).map_err(in_use)?;
    Ok(Some(lock))
}

/// Whether a server uses this SQLite file. Changes nothing.
pub(crate) fn is_database_in_use(database: &Database) -> bool {
    let Database::Sqlite(file) = database else { return false };
    let Ok(place) = Place::of(file) else { return false };
    free(&place.lock).and_then(|()| free(&place.folder.join(folder::NAME))).is_err()
}

/// The place of a file, by whatever name or link it is reached: SQLite's own files are beside it there, too.
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

/// The folder of a file; a name alone is one in the working directory.
fn folder_of(file: &Path) -> &Path {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::super::folder::lock_folder;
    use super::*;

    /// Two data folders, and one for databases.
    fn folders(room: &Path) -> [PathBuf; 3] {
        ["one", "other", "databases"].map(|name| {
            let folder = room.join(name);
            fs::create_dir(&folder).unwrap();
            folder
        })
    }

    #[test]
    fn a_file_has_one_lock_by_whatever_name() {
        let room = tempfile::tempdir().unwrap();
        let [one, other, databases] = folders(room.path());
        let link = room.path().join("link.db");
        let file = databases.join("deep/a.db");
        let database = Database::Sqlite(file.clone());
        assert!(!is_database_in_use(&database));
        // It is made behind its lock.
        let lock = lock_database(&database, &one).unwrap().unwrap();
        fs::write(&file, "").unwrap();
        symlink(&file, &link).unwrap();
        let linked = Database::Sqlite(link.clone());
        for (named, path) in [(&database, &file), (&linked, &link)] {
            let refused = lock_database(named, &other).unwrap_err().to_string();
            let said = format!(
                "the database {} is in use by another Cordboard process (process {}); stop that one, or set DATABASE_URL to another file",
                path.display(),
                std::process::id()
            );
            assert_eq!(refused, said);
            assert!(is_database_in_use(named));
        }
        // Another file in the same folder is free.
        assert!(lock_database(&Database::Sqlite(databases.join("deep/b.db")), &other).unwrap().is_some());
        drop(lock);
        assert!(!is_database_in_use(&linked));
        assert!(lock_database(&linked, &other).unwrap().is_some());
    }

    #[test]
    fn a_file_in_a_data_folder_has_the_folders_lock() {
        let room = tempfile::tempdir().unwrap();
        let [one, other, _] = folders(room.path());
        let database = Database::Sqlite(one.join("cordboard.db"));
        let own = lock_folder(&one).unwrap();
        assert!(lock_database(&database, &one).unwrap().is_none());
        assert!(is_database_in_use(&database));
        let refused = lock_database(&database, &other).unwrap_err();
        assert!(matches!(refused, StartError::DatabaseInUse { holder: Some(_), .. }), "{refused}");
        drop(own);
        let theirs = lock_database(&database, &other).unwrap();
        assert!(theirs.is_some());
        let _own = lock_folder(&one).unwrap();
        let refused = lock_database(&database, &one).unwrap_err();
        assert!(matches!(refused, StartError::DatabaseInUse { .. }), "{refused}");
    }
}
