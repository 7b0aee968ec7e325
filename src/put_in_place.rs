//! Gives a file its name so that no power cut takes it away again.

use std::fs::{self, File};
use std::io;
use std::path::Path;

/// Renames a file that is written, in the place of one of that name. Behind it the whole file is on disk under its new name: the file and
/// the folder with its name are synced, for a folder that is not may come back without the name.
///
/// # Errors
/// The file has its old name or its new one then.
pub(crate) fn put_in_place(written: &Path, name: &Path) -> io::Result<()> {
    #[cfg(feature = "fault-injection")]
    cordboard_actors::disk_fault::before_name()?;
    File::open(written)?.sync_all()?;
    fs::rename(written, name)?;
    sync_folder_of(name)
}

/// Has the name of a file survive a power cut.
pub(crate) fn sync_folder_of(name: &Path) -> io::Result<()> {
    match name.parent() {
        // A name alone is one in the working directory.
        Some(folder) if folder.as_os_str().is_empty() => File::open(".")?.sync_all(),
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_replaces_the_one_of_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let (draft, name) = (folder.path().join("key.new"), folder.path().join("key"));
        fs::write(&name, "old").unwrap();
        fs::write(&draft, "new").unwrap();
        put_in_place(&draft, &name).unwrap();
        assert_eq!(fs::read_to_string(&name).unwrap(), "new");
        assert!(!draft.exists());
        assert_eq!(put_in_place(&draft, &name).unwrap_err().kind(), io::ErrorKind::NotFound);
        assert_eq!(fs::read_to_string(&name).unwrap(), "new", "nothing was written, so nothing has changed");
    }

    #[cfg(feature = "fault-injection")]
    #[test]
    fn a_refusing_disk_leaves_the_old_file_and_the_draft() {
        use cordboard_actors::disk_fault::{self, DiskFault};
        let folder = tempfile::tempdir().unwrap();
        let (draft, name) = (folder.path().join("key.new"), folder.path().join("key"));
        fs::write(&name, "old").unwrap();
        fs::write(&draft, "new").unwrap();
        disk_fault::set(Some(DiskFault::Full));
        let refused = put_in_place(&draft, &name).unwrap_err();
        disk_fault::set(None);
        assert_eq!(refused.kind(), io::ErrorKind::StorageFull);
        assert_eq!((fs::read_to_string(&name).unwrap().as_str(), draft.exists()), ("old", true));
        put_in_place(&draft, &name).unwrap();
        assert_eq!(fs::read_to_string(&name).unwrap(), "new");
    }
}
