//! An installation into a file, beside a server that runs.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::Path;

use chrono::{DateTime, Utc};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde::Serialize;
use tar::{Builder, Header};

use super::{ArchiveContents, ArchiveError, FORMAT, KEYS, MANIFEST, Manifest, RECORDINGS, SEAL};
use crate::store::StoreSettings;
use crate::store::copying::{Contents, Table};

/// Writes the database of `settings`, and the files of `data_dir`, to `to`; it says that it was made at `made_at`. The rows are those of
/// one moment. `tell` hears of each table that is done.
///
/// # Errors
/// Nothing that was written to `to` counts.
pub fn back_up(
    settings: &StoreSettings,
    data_dir: &Path,
    with_recordings: bool,
    made_at: DateTime<Utc>,
    to: impl Write,
    mut tell: impl FnMut(&str, u64),
) -> Result<ArchiveContents, ArchiveError> {
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
    for table in &tables {
        let rows = archive.table(&mut contents, table)?;
        held.rows.insert(table.name.clone(), rows);
        tell(&table.name, rows);
    }
    // Files may take hours: an SQLite keeps all that is written meanwhile beside its file for as long as this moment is read.
    drop(contents);
    for name in KEYS {
        held.files += archive.file(&data_dir.join(name), name)?;
    }
    if with_recordings {
        held.files += archive.folder(&data_dir.join(RECORDINGS), RECORDINGS)?;
    }
    archive.json(SEAL, &held)?;
    archive.end()?;
    Ok(held)
}

/// A gzipped tar that is being written.
pub(crate) struct Archive<W: Write> {
    tar: Builder<GzEncoder<W>>,
    /// When it was made, in seconds of Unix: the time of every member.
    made_s: u64,
}

impl<W: Write> Archive<W> {
    /// An empty one, all of whose members are of that time.
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

    fn table(&mut self, contents: &mut Contents, table: &Table) -> Result<u64, ArchiveError> {
        let mut part = 0_u64;
        contents.read(table, |json| {
            part += 1;
            let name = format!("tables/{}/{part:06}.json", table.name);
            self.member(&name, json.len() as u64, json.as_bytes()).map_err(ArchiveError::from)
        })
    }

    /// A file of `data_dir`, as long as it is now: a recording that is being written grows. Says how many that is; one that has gone is none.
    fn file(&mut self, path: &Path, name: &str) -> Result<u64, ArchiveError> {
        let failed = ArchiveError::at(path);
        let Some(file) = there(File::open(path)).map_err(&failed)? else { return Ok(0) };
        let bytes = file.metadata().map_err(&failed)?.len();
        // One that has become shorter meanwhile is filled up: a member has the length that its header says.
        self.member(&format!("files/{name}"), bytes, file.chain(io::repeat(0)).take(bytes))?;
        Ok(1)
    }

    fn folder(&mut self, path: &Path, name: &str) -> Result<u64, ArchiveError> {
        let failed = ArchiveError::at(path);
        let Some(entries) = there(fs::read_dir(path)).map_err(&failed)? else { return Ok(0) };
        let mut files = 0;
        for entry in entries {
            let entry = entry.map_err(&failed)?;
            let kind = entry.file_type().map_err(&failed)?;
            let name = format!("{name}/{}", entry.file_name().to_string_lossy());
            // Links are not followed: what they lead to is none of ours.
            if kind.is_dir() {
                files += self.folder(&entry.path(), &name)?;
            } else if kind.is_file() {
                files += self.file(&entry.path(), &name)?;
            }
        }
        Ok(files)
    }

    /// Writes its end.
    pub(crate) fn end(self) -> Result<(), ArchiveError> {
        self.tar.into_inner()?.finish()?.flush()?;
        Ok(())
    }
}

/// The opened file; none where there is no such file or folder.
fn there<T>(opened: io::Result<T>) -> io::Result<Option<T>> {
    match opened {
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(None),
        opened => opened.map(Some),
    }
}
