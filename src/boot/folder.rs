//! The data folder, and that one server at a time uses it.

use std::fs::{File, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::path::Path;

use tracing::{info, warn};

use super::StartError;
use crate::config::Config;
use crate::private_files::{self, Mended};

/// The lock's file in the data folder.
pub(super) const NAME: &str = "lock";

/// The longest number of a process, in digits.
const PROCESS_ID_BYTES_MAX: u64 = 10;

pub(crate) fn make_folder(path: &Path) -> Result<(), StartError> {
    std::fs::create_dir_all(path).map_err(|cause| StartError::Folder { path: path.to_owned(), cause })
}

/// Makes private what an older version has left open. What can't be changed is no reason not to take calls: it is named, and `doctor`
/// names it again.
pub(super) fn mend(config: &Config) {
    let folder = config.data_dir.display();
    match private_files::mend(config) {
        Ok(Mended { mended, failed }) => {
            if mended > 0 {
                info!(%folder, mended, "files and folders that others of this machine could read are private now");
            }
            if let Some((path, error)) = failed.first() {
                let (path, failed) = (path.display(), failed.len());
                warn!(%path, %error, failed, "files that others of this machine can read could not be made private; `cordboard doctor` names the fix");
            }
        }
        Err(error) => warn!(%folder, %error, "who can read the data folder can't be looked at"),
    }
}

/// One server a data folder: a second one would take up the calls of the first as those of a dead process. The lock goes
/// with the process, however it ends; its file says which process has it.
pub(crate) fn lock_folder(path: &Path) -> Result<File, StartError> {
    lock(&path.join(NAME)).map_err(|why| match why {
        NotLocked::Held(holder) => StartError::InUse { path: path.to_owned(), holder },
        NotLocked::Failed(cause) => StartError::Lock { path: path.to_owned(), cause },
    })
}

/// Whether a server runs over this data folder. Changes nothing.
pub(crate) fn is_in_use(path: &Path) -> bool {
    free(&path.join(NAME)).is_err()
}

/// Why a lock was not taken.
pub(super) enum NotLocked {
    /// Another process has it: this one, where its file says so.
    Held(Option<u32>),
    /// It can't be found out whether another has it.
    Failed(io::Error),
}

/// Takes the lock of this file, which is made where it is missing.
pub(super) fn lock(path: &Path) -> Result<File, NotLocked> {
    let opened = File::options().read(true).write(true).create(true).truncate(false).open(path);
    let mut file = opened.map_err(NotLocked::Failed)?;
    match file.try_lock() {
        Ok(()) => {
            // Without it a user who finds the lock in use learns less, and nothing else needs it.
            if let Err(error) = file.set_len(0).and_then(|()| write!(file, "{}", std::process::id())) {
                tracing::debug!(%error, "the lock does not say whose it is");
            }
            Ok(file)
        }
        Err(TryLockError::WouldBlock) => Err(NotLocked::Held(holder(&mut file))),
        Err(TryLockError::Error(cause)) => Err(NotLocked::Failed(cause)),
    }
}

/// Looks whether the lock of this file is free. Changes nothing.
///
/// # Errors
/// Another process has it: this one, where its file says so.
pub(super) fn free(path: &Path) -> Result<(), Option<u32>> {
    let Ok(mut file) = File::open(path) else { return Ok(()) };
    match file.try_lock_shared() {
        Err(TryLockError::WouldBlock) => Err(holder(&mut file)),
        Ok(()) | Err(TryLockError::Error(_)) => Ok(()),
    }
}

/// The process that has the lock, where its file says so: one of an older version wrote nothing.
fn holder(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.take(PROCESS_ID_BYTES_MAX).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_data_folder_serves_one_server_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let lock = lock_folder(folder.path()).unwrap();
        let refused = lock_folder(folder.path()).unwrap_err().to_string();
        let said = format!(
            "the data folder {} is in use by another Cordboard process (process {}); stop that one, or set `data_dir` to another folder",
            folder.path().display(),
            std::process::id()
        );
        assert_eq!(refused, said);
        assert!(is_in_use(folder.path()));
        drop(lock);
        assert!(!is_in_use(folder.path()));
        lock_folder(folder.path()).unwrap();
    }
}
