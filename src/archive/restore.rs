//! An installation out of a file, into an empty database and a folder: all of it, or nothing.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};

use flate2::read::GzDecoder;
use serde::de::DeserializeOwned;
use tar::{Archive, Entry};

use super::{ArchiveContents, ArchiveError, FORMAT, KEYS, MANIFEST, Manifest, RECORDINGS, SEAL, bring_up};
use crate::store::copying::Filling;
use crate::store::{StoreError, StoreSettings, Unknown};

/// Bytes of a member that is JSON: a chunk of rows, whose last row may be large.
const JSON_BYTES_MAX: u64 = 256 << 20;

/// Below `data_dir`: where files wait until all is read.
const WAITING: &str = "restoring";

/// Reads an archive into the database of `settings` and the folder `data_dir`. `tell` hears of each table that has begun.
///
/// # Errors
/// The archive is none, not whole, or of a newer version; or the database is not empty, or the disk is full. The database is as empty as
/// before, unless it is [`ArchiveError::OfOldVersion`].
pub fn restore(
    settings: &StoreSettings,
    data_dir: &Path,
    from: impl Read,
    mut tell: impl FnMut(&str),
) -> Result<ArchiveContents, ArchiveError> {
    let waiting = data_dir.join(WAITING);
    clear(&waiting)?;
    // Everything that needs space is done before anything is in its place.
    let prepared = take_in(settings, &waiting, from, &mut tell)
        .and_then(|(filling, held)| Ok((filling.prepare()?, held)))
        .map_err(untouched);
    let done = prepared.and_then(|(prepared, held)| {
        // Before the rows count: whoever is killed in between restores once more, and a database without its key would be refused then.
        let counts = place(&waiting, data_dir).and_then(|()| Ok(prepared.finish()?));
        counts.map(|()| held).map_err(|cause| ArchiveError::Unfinished(Box::new(cause)))
    });
    let cleared = clear(&waiting);
    let held = done?;
    bring_up(settings)?;
    cleared.map(|()| held)
}

/// The error of a restore that has changed nothing: its text says so.
fn untouched(error: ArchiveError) -> ArchiveError {
    match error {
        ArchiveError::Bad(_) => error,
        error => ArchiveError::NotRestored(Box::new(error)),
    }
}

/// Removes a folder, where it is.
fn clear(folder: &Path) -> Result<(), ArchiveError> {
    if folder.exists() { fs::remove_dir_all(folder).map_err(ArchiveError::at(folder)) } else { Ok(()) }
}

/// Reads all of it: rows into a transaction that nobody has committed, files into a folder aside.
fn take_in(
    settings: &StoreSettings,
    waiting: &Path,
    from: impl Read,
    tell: &mut impl FnMut(&str),
) -> Result<(Filling, ArchiveContents), ArchiveError> {
    let mut archive = Archive::new(GzDecoder::new(from));
    let mut members = archive.entries()?;
    let mut next = || members.next().transpose().map_err(|error| bad(error.to_string()));

    let first = next()?.ok_or_else(|| bad("it is empty"))?;
    if name_of(&first)? != MANIFEST {
        return Err(bad(format!("it does not begin with {MANIFEST}")));
    }
    let manifest: Manifest = json(first)?;
    if manifest.format != FORMAT {
        return Err(bad(format!("it has the form {}, which this version does not know", manifest.format)));
    }
    let mut filling = Filling::begin(settings, &manifest.migrations).map_err(|error| match error {
        StoreError::Newer(unknown) => {
            StoreError::Newer(Unknown { needs: Some(manifest.version.clone()), ..unknown })
        }
        error => error,
    })?;
    let mut rows: BTreeMap<String, u64> =
        manifest.tables.iter().map(|table| (table.name.clone(), 0)).collect();
    let mut files = 0;
    while let Some(mut member) = next()? {
        let name = name_of(&member)?;
        if name == SEAL {
            let seal: ArchiveContents = json(member)?;
            let held = ArchiveContents { rows, files };
            return if seal == held { Ok((filling, held)) } else { Err(bad("it has less than it says")) };
        }
        let mut parts = name.splitn(3, '/');
        match (parts.next(), parts.next(), parts.next()) {
            (Some("tables"), Some(table), Some(_)) => {
                let table = manifest.tables.iter().find(|known| known.name == table);
                let table = table.ok_or_else(|| bad(format!("{name} belongs to no table")))?;
                let count = rows.entry(table.name.clone()).or_default();
                if *count == 0 {
                    tell(&table.name);
                }
                let text = text(member)?;
                *count += filling.put(table, &text)?;
            }
            (Some("files"), Some(_), _) => {
                let name = name.strip_prefix("files/").and_then(safe);
                let path = waiting.join(name.ok_or_else(|| bad("a file has a name that leads elsewhere"))?);
                write(&mut member, &path)?;
                files += 1;
            }
            _ => return Err(bad(format!("{name} is no part of a backup"))),
        }
    }
    Err(bad("it ends too early"))
}

fn bad(why: impl Into<String>) -> ArchiveError {
    ArchiveError::Bad(why.into())
}

fn name_of(member: &Entry<'_, impl Read>) -> Result<String, ArchiveError> {
    let path = member.path().map_err(|error| bad(error.to_string()))?;
    path.to_str().map(str::to_owned).ok_or_else(|| bad("a member's name is no text"))
}

fn text(member: Entry<'_, impl Read>) -> Result<String, ArchiveError> {
    let mut text = String::new();
    let read =
        member.take(JSON_BYTES_MAX + 1).read_to_string(&mut text).map_err(|error| bad(error.to_string()))?;
    if read as u64 > JSON_BYTES_MAX { Err(bad("a member is too large")) } else { Ok(text) }
}

fn json<T: DeserializeOwned>(member: Entry<'_, impl Read>) -> Result<T, ArchiveError> {
    serde_json::from_str(&text(member)?).map_err(|error| bad(error.to_string()))
}

/// A file's place below `data_dir`: one that we would have put there ourselves.
fn safe(name: &str) -> Option<PathBuf> {
    let path = Path::new(name);
    let is_plain = path.components().all(|part| matches!(part, Component::Normal(_)));
    let is_ours = KEYS.contains(&name) || (path.starts_with(RECORDINGS) && path.components().count() > 1);
    (is_plain && is_ours).then(|| path.to_owned())
}

fn write(member: &mut impl Read, path: &Path) -> Result<(), ArchiveError> {
    let failed = ArchiveError::at(path);
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(&failed)?;
    }
    let mut file = File::create_new(path).map_err(&failed)?;
    io::copy(member, &mut file).map(drop).map_err(|cause| match cause.kind() {
        // Of what is read, not of what is written.
        io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => {
            bad(cause.to_string())
        }
        _ => failed(cause),
    })?;
    // A power cut must not leave a database that counts without the key of its secrets.
    match is_key(path) {
        true => file.sync_all().map_err(&failed),
        false => Ok(()),
    }
}

fn is_key(path: &Path) -> bool {
    path.file_name().is_some_and(|name| KEYS.iter().any(|key| name == *key))
}

/// Puts the files where they belong, in the place of what an earlier try has put there.
fn place(waiting: &Path, data_dir: &Path) -> Result<(), ArchiveError> {
    if !waiting.exists() {
        return Ok(());
    }
    for entry in fs::read_dir(waiting).map_err(ArchiveError::at(waiting))? {
        let entry = entry.map_err(ArchiveError::at(waiting))?;
        let to = data_dir.join(entry.file_name());
        if entry.path().is_dir() && to.is_dir() {
            place(&entry.path(), &to)?;
        } else {
            fs::rename(entry.path(), &to).map_err(ArchiveError::at(&to))?;
        }
    }
    // The names of the keys, too, have to outlive a power cut.
    File::open(data_dir).and_then(|folder| folder.sync_all()).map_err(ArchiveError::at(data_dir))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_goes_only_where_a_backup_puts_one() {
        for name in ["secret.key", "admin_token", "recordings/a.wav", "recordings/2026/a.wav"] {
            assert_eq!(safe(name), Some(PathBuf::from(name)));
        }
        for name in [
            "recordings",
            "recordings/../x",
            "/etc/passwd",
            "cordboard.db",
            "lock",
            "recordings/./../../x",
            "",
        ] {
            assert_eq!(safe(name), None, "{name}");
        }
    }
}
