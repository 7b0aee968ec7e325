//! Writes an installation into a file, also while a server runs.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::Path;

use chrono::{DateTime, Utc};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde::Serialize;
use serde_json::Value;
use tar::{Builder, Header};

use super::{
    ArchiveContents, ArchiveError, FORMAT, MANIFEST, Manifest, RECORDINGS, SEAL, SMALL_FILES,
    is_waiting_report,
};
use crate::recordings::{opus_of_wav, stem};
use crate::store::StoreSettings;
use crate::store::copying::{Contents, Table};
use crate::web::WAITING_REPORTS;

/// Writes the database of `settings` and the files of `data_dir` to `to`, with `made_at` as the time of the backup. The rows are a consistent
/// snapshot, and only recordings of its calls are copied: those of later calls would have no row, so nothing would ever delete them. `progress` is
/// called for each finished table.
///
/// # Errors
/// If it fails, nothing that was written to `to` is valid.
pub fn back_up(
    settings: &StoreSettings,
    data_dir: &Path,
    with_recordings: bool,
    made_at: DateTime<Utc>,
    to: impl Write,
    mut progress: impl FnMut(&str, u64),
) -> Result<ArchiveContents, ArchiveError> {
    // They come before the snapshot: one that is journalled from now on is deleted, and the snapshot may not have its row.
    let reports = waiting_reports(data_dir)?;
    let mut contents = Contents::open(settings)?;
    let mut archive = Archive::to(to, made_at);
    let tables = contents.tables.clone();
    archive.json(
        MANIFEST,
        &Manifest {
            format: FORMAT,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            made_at: made_at.to_rfc3339(),
            migrations: contents.migrations.clone(),
            tables: tables.clone(),
        },
    )?;
    let mut held = ArchiveContents::default();
    let mut recordings = Recordings::default();
    for table in &tables {
        let rows = archive.table(&mut contents, table, |json| match with_recordings {
            true => recordings.note(table, json),
            false => Ok(()),
        })?;
        held.rows.insert(table.name.clone(), rows);
        progress(&table.name, rows);
    }
    // Copying files may take hours. While a snapshot is open, SQLite keeps everything that is written in the meantime next to its file.
    drop(contents);
    for name in SMALL_FILES {
        held.files += archive.file(&data_dir.join(name), name)?;
    }
    for (name, report) in &reports {
        archive.member(&format!("files/{name}"), report.len() as u64, report.as_slice())?;
        held.files += 1;
    }
    if with_recordings {
        held.files += archive.folder(&data_dir.join(RECORDINGS), RECORDINGS, &recordings)?;
    }
    archive.json(SEAL, &held)?;
    archive.end()?;
    Ok(held)
}

/// Returns the reports that wait for the ends of their calls, with their names below `data_dir`. They are short, and there are at most 1,000.
fn waiting_reports(data_dir: &Path) -> Result<Vec<(String, Vec<u8>)>, ArchiveError> {
    let mut reports = Vec::new();
    for file in Members::in_folder(&data_dir.join(WAITING_REPORTS))?.files {
        let name = format!("{WAITING_REPORTS}/{}", file.to_string_lossy());
        let path = data_dir.join(&name);
        if is_waiting_report(Path::new(&name))
            && let Some(report) = there(fs::read(&path)).map_err(ArchiveError::at(&path))?
        {
            reports.push((name, report));
        }
    }
    Ok(reports)
}

/// A gzipped tar that is being written.
pub(crate) struct Archive<W: Write> {
    tar: Builder<GzEncoder<W>>,
    /// When it was made, in Unix seconds. All members get this time.
    made_s: u64,
}

impl<W: Write> Archive<W> {
    /// Makes an empty archive whose members get this time.
    pub(crate) fn to(to: W, made_at: DateTime<Utc>) -> Self {
        let made_s = u64::try_from(made_at.timestamp()).unwrap_or_default();
        Self { tar: Builder::new(GzEncoder::new(to, Compression::default())), made_s }
    }

    /// Adds a file of this length.
    pub(crate) fn member(&mut self, name: &str, bytes: u64, from: impl Read) -> io::Result<()> {
        let mut header = Header::new_gnu();
        header.set_size(bytes);
        header.set_mode(0o600);
        header.set_mtime(self.made_s);
        self.tar.append_data(&mut header, name, from)
    }

    /// Adds a value as JSON.
    pub(crate) fn json(&mut self, name: &str, value: &impl Serialize) -> Result<(), ArchiveError> {
        let text = serde_json::to_vec(value).map_err(io::Error::from)?;
        Ok(self.member(name, text.len() as u64, text.as_slice())?)
    }

    /// Adds all rows of a table. `note` gets each chunk of them, too.
    fn table(
        &mut self,
        contents: &mut Contents,
        table: &Table,
        mut note: impl FnMut(&str) -> Result<(), ArchiveError>,
    ) -> Result<u64, ArchiveError> {
        let mut part = 0_u64;
        contents.read(table, |json| {
            note(json)?;
            part += 1;
            let name = format!("tables/{}/{part:06}.json", table.name);
            self.member(&name, json.len() as u64, json.as_bytes()).map_err(ArchiveError::from)
        })
    }

    /// Adds a file of `data_dir` with its current length, because a recording that is being written grows. Returns the number of files: 0 if the file
    /// is gone.
    fn file(&mut self, path: &Path, name: &str) -> Result<u64, ArchiveError> {
        let failed = ArchiveError::at(path);
        let Some(file) = there(File::open(path)).map_err(&failed)? else { return Ok(0) };
        let bytes = file.metadata().map_err(&failed)?.len();
        // If it has become shorter in the meantime it is padded, because a member must have the length in its header.
        self.member(&format!("files/{name}"), bytes, file.chain(io::repeat(0)).take(bytes))?;
        Ok(1)
    }

    /// Adds the files of a folder that belong to these recordings.
    fn folder(&mut self, path: &Path, name: &str, known: &Recordings) -> Result<u64, ArchiveError> {
        let mut members = Members::in_folder(path)?;
        members.files.retain(|file| known.have(&file.to_string_lossy()));
        let mut files = 0;
        for folder in &members.folders {
            let name = format!("{name}/{}", folder.to_string_lossy());
            files += self.folder(&path.join(folder), &name, known)?;
        }
        files += self.files(path, name, &members.files)?;
        Ok(files)
    }

    /// Adds these files of a folder. A recording that became Opus since they were listed is added in that form: copying a folder may take hours.
    fn files(&mut self, path: &Path, name: &str, listed: &BTreeSet<OsString>) -> Result<u64, ArchiveError> {
        let mut files = 0;
        for file in listed {
            let shown = file.to_string_lossy();
            let mut added = self.file(&path.join(file), &format!("{name}/{shown}"))?;
            if added == 0
                && let Some(encoded) = opus_of_wav(&shown)
                // One that was listed is added by its own name, and no member may be there twice.
                && !listed.contains(OsStr::new(&encoded))
            {
                added = self.file(&path.join(&encoded), &format!("{name}/{encoded}"))?;
            }
            files += added;
        }
        Ok(files)
    }

    /// Writes the end of the archive.
    pub(crate) fn end(self) -> Result<(), ArchiveError> {
        self.tar.into_inner()?.finish()?.flush()?;
        Ok(())
    }
}

/// The recordings of which a snapshot of the database has rows.
#[derive(Default)]
struct Recordings {
    /// Names of their files without endings: the form may change while the backup is written.
    stems: BTreeSet<String>,
}

impl Recordings {
    /// Notes the files that these rows name, if they are of the table of recordings.
    fn note(&mut self, table: &Table, rows: &str) -> Result<(), ArchiveError> {
        let file = table.columns.iter().position(|column| column.name == "file");
        let Some(file) = file.filter(|_| table.name == RECORDINGS) else { return Ok(()) };
        let rows: Vec<Vec<Value>> = serde_json::from_str(rows).map_err(io::Error::from)?;
        let names = rows.iter().filter_map(|row| row.get(file)?.as_str());
        self.stems.extend(names.map(|name| stem(name).to_owned()));
        Ok(())
    }

    /// Whether the file of this name, in any form, is of one of them.
    fn have(&self, name: &str) -> bool {
        self.stems.contains(stem(name))
    }
}

/// The names in a folder at one moment. Links are left out, because their targets don't belong to the installation.
#[derive(Default)]
struct Members {
    folders: BTreeSet<OsString>,
    files: BTreeSet<OsString>,
}

impl Members {
    /// Lists a folder, which may not exist.
    fn in_folder(path: &Path) -> Result<Self, ArchiveError> {
        let failed = ArchiveError::at(path);
        let mut found = Self::default();
        let Some(entries) = there(fs::read_dir(path)).map_err(&failed)? else { return Ok(found) };
        for entry in entries {
            let entry = entry.map_err(&failed)?;
            let kind = entry.file_type().map_err(&failed)?;
            if kind.is_dir() {
                found.folders.insert(entry.file_name());
            } else if kind.is_file() {
                found.files.insert(entry.file_name());
            }
        }
        Ok(found)
    }
}

/// Returns the opened file; none if the file or folder does not exist.
fn there<T>(opened: io::Result<T>) -> io::Result<Option<T>> {
    match opened {
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(None),
        opened => opened.map(Some),
    }
}

#[cfg(test)]
mod tests {
    use flate2::read::GzDecoder;

    use super::*;

    #[test]
    fn a_recording_that_becomes_opus_meanwhile_is_backed_up() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for name in ["a.unsettled", "a.wav", "b.opus", "b.wav", "c.wav", "d.wav"] {
            fs::write(at(name), name).unwrap();
        }
        let listed = Members::in_folder(folder.path()).unwrap();
        fs::rename(at("a.wav"), at("a.opus")).unwrap();
        for gone in ["a.unsettled", "b.wav", "c.wav"] {
            fs::remove_file(at(gone)).unwrap();
        }
        let mut written = Vec::new();
        let mut archive = Archive::to(&mut written, DateTime::from_timestamp(1_795_000_000, 0).unwrap());
        let files = archive.files(folder.path(), RECORDINGS, &listed.files).unwrap();
        archive.end().unwrap();
        let names: Vec<String> = tar::Archive::new(GzDecoder::new(written.as_slice()))
            .entries()
            .unwrap()
            .map(|member| member.unwrap().path().unwrap().display().to_string())
            .collect();
        let expected = ["a.opus", "b.opus", "d.wav"].map(|name| format!("files/recordings/{name}"));
        assert_eq!((files, names), (3, expected.to_vec()));
    }
}
