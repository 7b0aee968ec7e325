//! A crash under load must not become a loop of crashes. A start that resumes calls says so in a file until they have survived for a while. If
//! several starts in a row have died before that, the next one resumes no calls and ends them properly.

use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{fs, io};

use cordboard_schema::limits::{RESUME_SETTLED_MS, RESUME_STARTS_MAX};
use tracing::{error, warn};

use crate::store::Resume;

/// The file's name in the data folder.
const FILE: &str = "resuming";

/// A start that resumes calls. If it ends properly, the calls were not the cause: dropping it removes the file.
pub(super) struct Resuming {
    path: PathBuf,
    /// Consecutive starts that did not survive it.
    before: u32,
}

impl Resuming {
    /// Begins to resume calls, and notes it in the data folder. Blocks. If the folder can't be written, for example on a full disk, starts are not
    /// counted.
    pub(super) fn begin(data_dir: &Path) -> Self {
        let path = data_dir.join(FILE);
        let before =
            fs::read_to_string(&path).ok().and_then(|text| text.trim().parse().ok()).unwrap_or(0_u32);
        if let Err(cause) = fs::write(&path, before.saturating_add(1).to_string()) {
            warn!(path = %path.display(), %cause, "the file can't be written: starts that die of their calls are not counted");
        }
        Self { path, before }
    }

    /// Which calls are resumed.
    pub(super) fn what(&self) -> Resume {
        if self.before < RESUME_STARTS_MAX {
            return Resume::default();
        }
        error!(
            starts = self.before,
            "several starts in a row have resumed calls and died at once: the open calls are ended, so that the server can take new ones"
        );
        Resume::Nothing { because: format!("{} starts that resumed it have died at once", self.before) }
    }

    /// Forgets this start once its calls have survived for a while, or at once if there are none.
    pub(super) fn settle(&self, calls: usize) {
        if calls == 0 {
            return forget(&self.path);
        }
        let path = self.path.clone();
        actix::spawn(async move {
            tokio::time::sleep(Duration::from_millis(RESUME_SETTLED_MS)).await;
            forget(&path);
        });
    }
}

impl Drop for Resuming {
    fn drop(&mut self) {
        forget(&self.path);
    }
}

fn forget(path: &Path) {
    match fs::remove_file(path) {
        Err(cause) if cause.kind() != io::ErrorKind::NotFound => {
            warn!(path = %path.display(), %cause, "the file can't be removed: the next start may think that this one died");
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn starts_that_keep_dying_stop_resuming_until_one_ends_cleanly() {
        let folder = tempfile::tempdir().unwrap();
        for _ in 0..RESUME_STARTS_MAX {
            let resuming = Resuming::begin(folder.path());
            assert_eq!(resuming.what(), Resume::default());
            // Like a killed process: no destructor runs.
            std::mem::forget(resuming);
        }
        let resuming = Resuming::begin(folder.path());
        assert!(matches!(resuming.what(), Resume::Nothing { .. }));
        drop(resuming);
        assert_eq!(Resuming::begin(folder.path()).what(), Resume::default());
        fs::write(folder.path().join(FILE), "many").unwrap();
        assert_eq!(Resuming::begin(folder.path()).what(), Resume::default());
    }

    #[test]
    fn a_start_without_calls_is_not_counted() {
        let folder = tempfile::tempdir().unwrap();
        let resuming = Resuming::begin(folder.path());
        resuming.settle(0);
        assert!(!folder.path().join(FILE).exists());
        std::mem::forget(resuming);
    }
}
