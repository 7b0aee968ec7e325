//! The mark of a folder that recordings are moved to, or that calls are exported to for a warehouse. A mounted folder whose disk is missing looks like
//! an empty one: files would go into the mount point, and the returning disk would hide them.
//!
//! ```text
//! first file ──> FOLDER/.cordboard-recordings ──> its line in data_dir/recordings_folders ──> each request needs the mark from then on
//! ```

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::config::{Config, StorePlace};

/// Name of the mark.
pub(super) const NAME: &str = ".cordboard-recordings";
/// Content of the mark.
pub(super) const TEXT: &[u8] =
    b"Cordboard puts files into this folder. It uses the folder only while this file is here: a folder \
without it may be a mount point whose disk is missing.\n";
/// The file in `data_dir` with the folders that have a mark, one a line.
pub(crate) const NOTE: &str = "recordings_folders";

/// The mark of a folder, and whether it is needed.
#[derive(Clone, Debug)]
pub(super) struct Marker {
    folder: PathBuf,
    note: PathBuf,
    /// Whether the folder was used before. Clones share it.
    is_needed: Arc<AtomicBool>,
}

impl Marker {
    /// The mark of this folder; `data_dir` has the note of folders that were used before.
    pub(super) fn of(folder: &Path, data_dir: &Path) -> Self {
        let (folder, note) = (folder.to_owned(), data_dir.join(NOTE));
        let is_needed = noted(&note).lines().any(|line| *line == *folder.to_string_lossy());
        Self { folder, note, is_needed: Arc::new(is_needed.into()) }
    }

    /// Whether the folder was used before, so that it has to have its mark.
    pub(super) fn is_needed(&self) -> bool {
        self.is_needed.load(Ordering::Relaxed)
    }

    /// Notes that the folder has its mark. Without room for the note it is needed until the end of this process: files are put there anyway, and moved
    /// recordings make room.
    pub(super) fn note(&self) {
        self.is_needed.store(true, Ordering::Relaxed);
        let (before, folder) = (noted(&self.note), self.folder.to_string_lossy());
        // Recordings and the warehouse may have the same folder.
        if before.lines().any(|line| *line == *folder) {
            return;
        }
        let lines = format!("{before}{folder}\n");
        if let Err(cause) = fs::write(&self.note, lines) {
            let note = self.note.display();
            tracing::warn!(%note, %cause, "the folder can't be noted: after a restart, nobody notices if it is not mounted");
        }
    }

    /// The fault of a folder without its mark.
    fn found(&self) -> String {
        format!(
            "the folder {} has no file {NAME}, which Cordboard has put there at its first use",
            self.folder.display()
        )
    }

    /// The remedy, for the operator.
    fn fix(&self) -> String {
        format!(
            "mount its disk; if this is the right folder all the same, make that file: touch {}",
            self.folder.join(NAME).display()
        )
    }

    /// The error of a request if the mark is missing. Its kind is not that of a missing recording.
    pub(super) fn missing(&self) -> io::Error {
        io::Error::other(format!("{}: {}", self.found(), self.fix()))
    }
}

/// The text of the note; empty if there is none.
fn noted(note: &Path) -> String {
    fs::read_to_string(note).unwrap_or_default()
}

/// Returns what is wrong with a folder for recordings or the warehouse and how to mend it, if it was used before and has no mark. Blocks.
pub(crate) fn missing_mark(place: &StorePlace, config: &Config) -> Option<(String, String)> {
    let StorePlace::Folder(folder) = place else { return None };
    let marker = Marker::of(folder, &config.data_dir);
    let is_missing = marker.is_needed() && matches!(folder.join(NAME).try_exists(), Ok(false));
    is_missing.then(|| (marker.found(), marker.fix()))
}
