//! The data folder, and the lock that lets only one server at a time use it.

use std::fs::{File, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::path::Path;

use tracing::{info, warn};

use super::StartError;
use crate::config::Config;
use crate::private_files::{self, Mended};

/// The lock's file in the data folder.
pub(super) const NAME: &str = "lock";

/// The longest process id, in digits.
const PROCESS_ID_BYTES_MAX: u64 = 10;

pub(crate) fn make_folder(path: &Path) -> Result<(), StartError> {
    std::fs::create_dir_all(path).map_err(|cause| StartError::Folder { path: path.to_owned(), cause })
}

/// Makes private what an older version has left open. A file that can't be changed does not prevent taking calls: it is logged, and `doctor` reports
/// it again.
pub(super) fn mend(config: &Config) {
    let folder = config.data_dir.display();
    match private_files::mend(config) {
        Ok(Mended { mended, failed }) => {
            if mended > 0 {
                info!(%folder, mended, "files and folders that other users of this machine could read are private now");
            }
            if let Some((path, error)) = failed.first() {
                let (path, failed) = (path.display(), failed.len());
                warn!(%path, %error, failed, "files that other users of this machine can read could not be made private; `cordboard doctor` names the fix");
            }
        }
        Err(error) => warn!(%folder, %error, "the permissions of the data folder can't be checked"),
    }
}

/// Locks a data folder for one server. A second server would resume the first one's calls as if that one had died. The lock is released when the
/// process ends, however it ends. Its file contains the process id.
pub(crate) fn lock_folder(path: &Path) -> Result<File, StartError> {
    lock(&path.join(NAME)).map_err(|why| match why {
        NotLocked::Held(holder) => StartError::InUse { path: path.to_owned(), holder },
        NotLocked::Failed(cause) => StartError::Lock { path: path.to_owned(), cause },
    })
}

/// Returns whether a server uses this data folder. Changes nothing.
pub(crate) fn is_in_use(path: &Path) -> bool {
    free(&path.join(NAME)).is_err()
}

/// Why a lock was not taken.
pub(super) enum NotLocked {
    /// Another process holds it: this one, if the file names it.
    Held(Option<u32>),
    /// It is unknown whether another process holds it.
    Failed(io::Error),
}

/// Takes the lock of this file, which is created if it does not exist.
pub(super) fn lock(path: &Path) -> Result<File, NotLocked> {
    let opened = File::options().read(true).write(true).create(true).truncate(false).open(path);
    let mut file = opened.map_err(NotLocked::Failed)?;
    match file.try_lock() {
        Ok(()) => {
            // Without it, users who find the lock in use learn less. Nothing else needs it.
            if let Err(error) = file.set_len(0).and_then(|()| write!(file, "{}", std::process::id())) {
                tracing::debug!(%error, "the process id could not be written into the lock");
            }
            Ok(file)
        }
        Err(TryLockError::WouldBlock) => Err(NotLocked::Held(holder(&mut file))),
        Err(TryLockError::Error(cause)) => Err(NotLocked::Failed(cause)),
    }
}

/// Checks whether the lock of this file is free. Changes nothing.
///
/// # Errors
/// Fails if another process holds it: this one, if the file names it.
pub(super) fn free(path: &Path) -> Result<(), Option<u32>> {
    let Ok(mut file) = File::open(path) else { return Ok(()) };
    match file.try_lock_shared() {
        Err(TryLockError::WouldBlock) => Err(holder(&mut file)),
        Ok(()) | Err(TryLockError::Error(_)) => Ok(()),
    }
}

/// Returns the process that holds the lock, if the file names it. Older versions wrote nothing.
fn holder(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.take(PROCESS_ID_BYTES_MAX).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_server_at_a_time_uses_a_data_folder() {
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
