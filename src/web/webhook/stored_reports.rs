//! Reports on conversations that wait for the ends of their calls, as files in the data folder: ElevenLabs does not send a report again that was
//! accepted, so the next process finds them there.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use cordboard_schema::ids::{CallId, OrganizationId};
use cordboard_schema::wire::elevenlabs::report::ConversationReport;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::durable_rename::write_durably;

/// The folder of the reports, in the data folder.
pub(crate) const FOLDER: &str = "waiting-reports";
/// The extension of a report.
pub(crate) const REPORT: &str = "json";
/// The extension of a report that is being written.
const PART: &str = "part";

/// A report that waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct StoredReport {
    /// The organization whose own account has reported; none for the configuration's.
    pub(super) owner: Option<OrganizationId>,
    /// The organization of the call.
    pub(super) organization_id: OrganizationId,
    /// The call.
    pub(super) call_id: CallId,
    /// The report.
    pub(super) report: ConversationReport,
}

impl StoredReport {
    /// Writes it, completely or not at all. Blocks.
    pub(super) fn write(&self, data_dir: &Path) -> io::Result<()> {
        let name = self.path(data_dir);
        fs::create_dir_all(data_dir.join(FOLDER))?;
        write_durably(&name.with_extension(PART), &name, &serde_json::to_vec(self)?)
    }

    /// Deletes it: it is journalled, or given up. One that can't be deleted is known at the next start. Blocks.
    pub(super) fn delete(&self, data_dir: &Path) {
        let path = self.path(data_dir);
        if let Err(cause) = fs::remove_file(&path) {
            tracing::warn!(path = %path.display(), %cause, "a report of ElevenLabs can't be deleted");
        }
    }

    /// The reports that an earlier process left; files that are none of ours are left alone. Blocks.
    pub(super) fn all(data_dir: &Path) -> Vec<Self> {
        let entries = fs::read_dir(data_dir.join(FOLDER)).into_iter().flatten().flatten();
        let mut found = Vec::new();
        for path in entries.map(|entry| entry.path()) {
            match path.extension().and_then(|extension| extension.to_str()) {
                Some(REPORT) => match fs::read(&path).map(|json| serde_json::from_slice(&json)) {
                    Ok(Ok(report)) => found.push(report),
                    unreadable => {
                        tracing::warn!(path = %path.display(), ?unreadable, "a report of ElevenLabs can't be read");
                    }
                },
                Some(PART) => drop(fs::remove_file(&path)),
                _ => {}
            }
        }
        found
    }

    fn path(&self, data_dir: &Path) -> PathBuf {
        // ElevenLabs' ids are not names of files.
        let name = Uuid::new_v5(&self.call_id.0, self.report.conversation_id.as_bytes());
        data_dir.join(FOLDER).join(name.to_string()).with_extension(REPORT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_are_found_until_they_are_deleted() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(StoredReport::all(folder.path()), []);
        let report = |conversation: &str| StoredReport {
            owner: None,
            organization_id: OrganizationId(Uuid::from_u128(1)),
            call_id: CallId(Uuid::from_u128(2)),
            report: ConversationReport {
                conversation_id: conversation.to_owned(),
                cost_credits: Some(7),
                ..ConversationReport::default()
            },
        };
        let (one, other) = (report("../conv"), report("conv_1"));
        for stored in [&one, &other, &one] {
            stored.write(folder.path()).unwrap();
        }
        let place = folder.path().join(FOLDER);
        for (name, text) in [("a.json", "{"), ("a.part", "{"), ("letter.txt", "Dear")] {
            fs::write(place.join(name), text).unwrap();
        }
        assert_eq!(StoredReport::all(folder.path()).len(), 2);
        assert!(!place.join("a.part").exists(), "it was never complete");
        one.delete(folder.path());
        assert_eq!(StoredReport::all(folder.path()), [other]);
    }
}
