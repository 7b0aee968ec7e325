//! Restores an installation from a file into an empty database and a folder: all of it, or nothing.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};

use cordboard_schema::limits::{
    RESTORE_MANIFEST_BYTES_MAX, RESTORE_NAME_BYTES_MAX, RESTORE_ROWS_BYTES_MAX, RESTORE_TAIL_BYTES_MAX,
};
use flate2::read::GzDecoder;
use serde::de::DeserializeOwned;
use tar::{Archive, Entries, Entry};

use super::{
    ArchiveContents, ArchiveError, FORMAT, MANIFEST, Manifest, RECORDINGS, SEAL, SECRET_KEY, SMALL_FILES,
    bring_up, is_waiting_report,
};
use crate::store::copying::Filling;
use crate::store::{StoreError, StoreSettings, Unknown};

/// Maximum bytes of the name of a table, a column, a migration or a version.
const PLAIN_NAME_BYTES_MAX: usize = 128;

/// Maximum characters of the reason why a backup is refused.
const REASON_CHARS_MAX: usize = 300;

/// Folder below `data_dir` for files until everything is read.
const WAITING: &str = "restoring";

/// Restores an archive into the database of `settings` and the folder `data_dir`. `progress` is called at the beginning of each table.
///
/// # Errors
/// Fails if the archive is invalid, incomplete, or of a newer version, if the database is not empty, if the folder has another secret key, or if the
/// disk is full. The database is as empty as before, unless it is [`ArchiveError::OfOldVersion`].
pub fn restore(
    settings: &StoreSettings,
    data_dir: &Path,
    from: impl Read,
    mut progress: impl FnMut(&str),
) -> Result<ArchiveContents, ArchiveError> {
    let waiting = data_dir.join(WAITING);
    clear(&waiting)?;
    // Everything that needs space is done before anything is put in place.
    let prepared = take_in(settings, &waiting, from, &mut progress)
        .and_then(|taken| refuse_other_key(&waiting, data_dir).map(|()| taken))
        .and_then(|(filling, held)| Ok((filling.prepare()?, held)))
        .map_err(untouched);
    let done = prepared.and_then(|(prepared, held)| {
        // Files come before the rows count: after a crash in between the user restores again, whereas a database with rows but without its key would
        // be refused.
        let counts = place(&waiting, data_dir).and_then(|()| Ok(prepared.finish()?));
        counts.map(|()| held).map_err(|cause| ArchiveError::Unfinished(Box::new(cause)))
    });
    let cleared = clear(&waiting);
    let held = done?;
    bring_up(settings)?;
    cleared.map(|()| held)
}

/// Marks the error of a restore that has changed nothing. Its text says so.
fn untouched(error: ArchiveError) -> ArchiveError {
    match error {
        ArchiveError::Bad(_) => error,
        error => ArchiveError::NotRestored(Box::new(error)),
    }
}

/// Removes a folder if it exists.
fn clear(folder: &Path) -> Result<(), ArchiveError> {
    if folder.exists() { fs::remove_dir_all(folder).map_err(ArchiveError::at(folder)) } else { Ok(()) }
}

/// Reads the whole archive: rows into an uncommitted transaction, files into a separate folder.
fn take_in(
    settings: &StoreSettings,
    waiting: &Path,
    from: impl Read,
    progress: &mut impl FnMut(&str),
) -> Result<(Filling, ArchiveContents), ArchiveError> {
    let mut archive = Archive::new(GzDecoder::new(from));
    let taken = take_members(settings, waiting, &mut archive, progress);
    let rest = archive.into_inner();
    match taken {
        Err(ArchiveError::Bad(why)) if rest.header().is_none() => Err(bad(format!(
            "{why} (an encrypted file must be decrypted first, for example with `age -d FILE | cordboard restore -`)"
        ))),
        Err(error) => Err(error),
        Ok(taken) => check_end(rest).map(|()| taken),
    }
}

/// Reads what follows the members. It ends with the checksum of the whole archive. Without this check a recording that the disk has damaged would be
/// accepted.
fn check_end(rest: impl Read) -> Result<(), ArchiveError> {
    let mut rest = rest.take(RESTORE_TAIL_BYTES_MAX + 1);
    let read = io::copy(&mut rest, &mut io::sink()).map_err(|error| bad(error.to_string()))?;
    if read > RESTORE_TAIL_BYTES_MAX { Err(bad("there are bytes after its end")) } else { Ok(()) }
}

fn take_members(
    settings: &StoreSettings,
    waiting: &Path,
    archive: &mut Archive<impl Read>,
    progress: &mut impl FnMut(&str),
) -> Result<(Filling, ArchiveContents), ArchiveError> {
    let mut members = Members::of(archive)?;
    let (name, first) = members.next()?.ok_or_else(|| bad("it is empty"))?;
    if name != MANIFEST {
        return Err(bad(format!("it does not begin with {MANIFEST}")));
    }
    let manifest: Manifest = json(first)?;
    if manifest.format != FORMAT {
        return Err(bad(format!("it has the format {}, which this version does not know", manifest.format)));
    }
    if !has_plain_names(&manifest) {
        return Err(bad(format!("its {MANIFEST} has names that no database of Cordboard has")));
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
    while let Some((name, mut member)) = members.next()? {
        if name == SEAL {
            let seal: ArchiveContents = json(member)?;
            if members.next()?.is_some() {
                return Err(bad("there are members after its seal"));
            }
            let held = ArchiveContents { rows, files };
            return if seal == held {
                Ok((filling, held))
            } else {
                Err(bad("it has other rows or files than its seal says"))
            };
        }
        let mut parts = name.splitn(3, '/');
        match (parts.next(), parts.next(), parts.next()) {
            (Some("tables"), Some(table), Some(_)) => {
                let table = manifest.tables.iter().find(|known| known.name == table);
                let table = table.ok_or_else(|| bad(format!("{name} belongs to no table")))?;
                let count = rows.entry(table.name.clone()).or_default();
                if *count == 0 {
                    progress(&table.name);
                }
                let text = text(member, RESTORE_ROWS_BYTES_MAX)?;
                *count += filling.put(table, &text)?;
            }
            (Some("files"), Some(_), _) => {
                let name = name.strip_prefix("files/").and_then(safe);
                let path = waiting.join(name.ok_or_else(|| bad("a file has a name that leads elsewhere"))?);
                write(&mut member, &path)?;
                files += 1;
            }
            _ => return Err(bad(format!("{name} is not a part of a backup"))),
        }
    }
    Err(bad("it ends too early"))
}

/// Returns whether all names are such as Cordboard gives. They are shown to the user.
fn has_plain_names(manifest: &Manifest) -> bool {
    let is_plain = |name: &str| {
        name.len() <= PLAIN_NAME_BYTES_MAX
            && name.chars().all(|c| c.is_ascii_alphanumeric() || "_-.+".contains(c))
    };
    let mut names = manifest.migrations.iter().chain([&manifest.version]);
    names.all(|name| is_plain(name))
        && manifest
            .tables
            .iter()
            .all(|table| is_plain(&table.name) && table.columns.iter().all(|column| is_plain(&column.name)))
}

/// Returns the reason in one short line. It may contain text from the file, which must be made safe for a terminal.
fn bad(why: impl Into<String>) -> ArchiveError {
    ArchiveError::Bad(why.into().chars().filter(|c| !c.is_control()).take(REASON_CHARS_MAX).collect())
}

/// The members of an archive. The library's own reading of long names has no limit, and it fills sparse files up to any length.
struct Members<'a, R: Read>(Entries<'a, R>);

impl<'a, R: Read> Members<'a, R> {
    fn of(archive: &'a mut Archive<R>) -> Result<Self, ArchiveError> {
        Ok(Self(archive.entries()?.raw(true)))
    }

    /// Returns the next member with its name.
    fn next(&mut self) -> Result<Option<(String, Entry<'a, R>)>, ArchiveError> {
        let Some(mut member) = self.entry()? else { return Ok(None) };
        let mut name = name_of(&member)?;
        if member.header().entry_type().is_gnu_longname() {
            name = text(member, RESTORE_NAME_BYTES_MAX)?;
            if name.ends_with('\0') {
                name.pop();
            }
            member = self.entry()?.ok_or_else(|| bad("it ends too early"))?;
        }
        if name.chars().any(char::is_control) {
            return Err(bad("a member has a name with control characters"));
        }
        if !member.header().entry_type().is_file() {
            return Err(bad(format!("{name} is not a plain file")));
        }
        Ok(Some((name, member)))
    }

    fn entry(&mut self) -> Result<Option<Entry<'a, R>>, ArchiveError> {
        self.0.next().transpose().map_err(|error| bad(error.to_string()))
    }
}

fn name_of(member: &Entry<'_, impl Read>) -> Result<String, ArchiveError> {
    let path = member.path().map_err(|error| bad(error.to_string()))?;
    path.to_str().map(str::to_owned).ok_or_else(|| bad("a member's name is not text"))
}

fn text(member: Entry<'_, impl Read>, bytes_max: u64) -> Result<String, ArchiveError> {
    let mut text = String::new();
    let read =
        member.take(bytes_max + 1).read_to_string(&mut text).map_err(|error| bad(error.to_string()))?;
    if read as u64 > bytes_max {
        Err(bad(format!("a member has more than {bytes_max} bytes")))
    } else {
        Ok(text)
    }
}

fn json<T: DeserializeOwned>(member: Entry<'_, impl Read>) -> Result<T, ArchiveError> {
    let text = text(member, RESTORE_MANIFEST_BYTES_MAX)?;
    serde_json::from_str(&text).map_err(|error| bad(error.to_string()))
}

/// Returns a file's place below `data_dir`, if it is one where Cordboard itself puts files.
fn safe(name: &str) -> Option<PathBuf> {
    let path = Path::new(name);
    let is_plain = path.components().all(|part| matches!(part, Component::Normal(_)));
    let is_recording = path.starts_with(RECORDINGS) && path.components().count() > 1;
    let is_ours = SMALL_FILES.contains(&name) || is_recording || is_waiting_report(path);
    (is_plain && is_ours).then(|| path.to_owned())
}

fn write(member: &mut impl Read, path: &Path) -> Result<(), ArchiveError> {
    let failed = ArchiveError::at(path);
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(&failed)?;
    }
    let mut file = File::create_new(path).map_err(&failed)?;
    io::copy(member, &mut file).map(drop).map_err(|cause| match cause.kind() {
        // These errors come from reading, not from writing.
        io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => {
            bad(cause.to_string())
        }
        _ => failed(cause),
    })?;
    // A power cut must not leave a valid database without the key for its secrets.
    match is_small(path) {
        true => file.sync_all().map_err(&failed),
        false => Ok(()),
    }
}

/// Refuses a data folder with another secret key. The database that was used with that key may be anywhere, and nobody could open its secrets again.
fn refuse_other_key(waiting: &Path, data_dir: &Path) -> Result<(), ArchiveError> {
    let [new, old] = [waiting, data_dir].map(|folder| folder.join(SECRET_KEY));
    if !new.exists() || !old.exists() {
        return Ok(());
    }
    let length = |path: &Path| fs::metadata(path).map(|file| file.len()).map_err(ArchiveError::at(path));
    let read = |path: &Path| fs::read(path).map_err(ArchiveError::at(path));
    // Their lengths come first, because the backup's file may have any length. An earlier attempt has put the same key there.
    let is_same = length(&new)? == length(&old)? && read(&new)? == read(&old)?;
    if is_same { Ok(()) } else { Err(ArchiveError::OtherKey(old)) }
}

fn is_small(path: &Path) -> bool {
    path.file_name().is_some_and(|name| SMALL_FILES.iter().any(|small| name == *small))
}

/// Moves the files to their places, replacing what an earlier attempt has put there.
fn place(waiting: &Path, data_dir: &Path) -> Result<(), ArchiveError> {
    if !waiting.exists() {
        return Ok(());
    }
    for entry in fs::read_dir(waiting).map_err(ArchiveError::at(waiting))? {
        let entry = entry.map_err(ArchiveError::at(waiting))?;
        let (from, to) = (entry.path(), data_dir.join(entry.file_name()));
        if from.is_dir() {
            fs::create_dir_all(&to).map_err(ArchiveError::at(&to))?;
            place(&from, &to)?;
        } else {
            move_file(&from, &to).map_err(ArchiveError::at(&to))?;
        }
    }
    // The names of the keys must survive a power cut as well.
    File::open(data_dir).and_then(|folder| folder.sync_all()).map_err(ArchiveError::at(data_dir))
}

/// Moves a file. The folder of recordings may be on another disk, which takes a copy.
fn move_file(from: &Path, to: &Path) -> io::Result<()> {
    match fs::rename(from, to) {
        Err(cause) if cause.kind() == io::ErrorKind::CrossesDevices => fs::copy(from, to).map(drop),
        moved => moved,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_moved_to_folders_on_other_disks_too() {
        // On nearly every machine, memory is a separate disk.
        let memory = Path::new("/dev/shm");
        let aside = match memory.is_dir() {
            true => tempfile::tempdir_in(memory),
            false => tempfile::tempdir(),
        };
        let aside = aside.unwrap();
        let data_dir = tempfile::tempdir().unwrap();
        for folder in ["recordings", "recordings/2026"] {
            fs::create_dir(aside.path().join(folder)).unwrap();
        }
        fs::create_dir(data_dir.path().join("recordings")).unwrap();
        let names = ["secret.key", "recordings/a.wav", "recordings/2026/b.wav"];
        for name in names {
            fs::write(aside.path().join(name), name).unwrap();
        }
        place(aside.path(), data_dir.path()).unwrap();
        for name in names {
            assert_eq!(fs::read_to_string(data_dir.path().join(name)).unwrap(), name);
        }
    }

    #[test]
    fn files_are_restored_only_to_places_of_a_backup() {
        for name in [
            "secret.key",
            "admin_token",
            "recordings_folders",
            "recordings/a.wav",
            "recordings/2026/a.wav",
            "waiting-reports/a.json",
        ] {
            assert_eq!(safe(name), Some(PathBuf::from(name)));
        }
        for name in [
            "recordings",
            "recordings/../x",
            "/etc/passwd",
            "cordboard.db",
            "lock",
            "recordings/./../../x",
            "waiting-reports",
            "waiting-reports/a.part",
            "waiting-reports/../a.json",
            "waiting-reports/b/a.json",
            "",
        ] {
            assert_eq!(safe(name), None, "{name}");
        }
    }
}
