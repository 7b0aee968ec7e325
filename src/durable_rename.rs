//! Renames or writes a file so that no power cut undoes it, and none leaves half of it.

use std::fs::{self, File};
use std::io;
use std::path::Path;

/// Renames a written file, replacing any file with that name. Afterwards the whole file is on disk under its new name. The file and its folder are
/// synced, because without that the folder may lose the name.
///
/// # Errors
/// On failure the file has either its old or its new name.
pub(crate) fn rename_durably(written: &Path, name: &Path) -> io::Result<()> {
    #[cfg(feature = "fault-injection")]
    cordboard_actors::disk_fault::before_name()?;
    File::open(written)?.sync_all()?;
    fs::rename(written, name)?;
    sync_folder_of(name)
}

/// Writes a file completely or not at all: as `part`, which is renamed.
pub(crate) fn write_durably(part: &Path, name: &Path, bytes: &[u8]) -> io::Result<()> {
    let written = fs::write(part, bytes).and_then(|()| rename_durably(part, name));
    if written.is_err() {
        // A part on a full disk would otherwise stay. If this fails as well, its writer deletes it later.
        let _ = fs::remove_file(part);
    }
    written
}

/// Syncs the folder of a file, so that the file's name survives a power cut.
pub(crate) fn sync_folder_of(name: &Path) -> io::Result<()> {
    match name.parent() {
        // A bare name is a file in the working directory.
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
        rename_durably(&draft, &name).unwrap();
        assert_eq!(fs::read_to_string(&name).unwrap(), "new");
        assert!(!draft.exists());
        assert_eq!(rename_durably(&draft, &name).unwrap_err().kind(), io::ErrorKind::NotFound);
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
        let refused = rename_durably(&draft, &name).unwrap_err();
        disk_fault::set(None);
        assert_eq!(refused.kind(), io::ErrorKind::StorageFull);
        assert_eq!((fs::read_to_string(&name).unwrap().as_str(), draft.exists()), ("old", true));
        rename_durably(&draft, &name).unwrap();
        assert_eq!(fs::read_to_string(&name).unwrap(), "new");
    }
}
