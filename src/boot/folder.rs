//! The data folder, and that one server at a time uses it.

use std::fs::File;
use std::path::Path;

use tracing::{info, warn};

use super::StartError;
use crate::config::Config;
use crate::private_files::{self, Mended};

pub(super) fn make_folder(path: &Path) -> Result<(), StartError> {
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
/// with the process, however it ends.
pub(super) fn lock_folder(path: &Path) -> Result<File, StartError> {
    let locked = || {
        let file = File::options().write(true).create(true).truncate(false).open(path.join("lock"))?;
        file.try_lock()?;
        Ok(file)
    };
    locked().map_err(|cause| StartError::Locked { path: path.to_owned(), cause })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_data_folder_serves_one_server_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let lock = lock_folder(folder.path()).unwrap();
        let refused = lock_folder(folder.path()).unwrap_err().to_string();
        assert!(refused.contains("stop the Cordboard that uses it"), "{refused}");
        drop(lock);
        lock_folder(folder.path()).unwrap();
    }
}
