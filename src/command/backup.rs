//! `cordboard backup`, `restore` and `move`: write an installation into a file, read it back, and copy it between databases.

use std::ffi::OsStr;
use std::fs::{self, File, TryLockError};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use chrono::Utc;
use clap::Args;
use rustix::process::geteuid;

use super::terminal::{print, print_notice};
use crate::archive::{self, ArchiveContents, ArchiveError};
use crate::boot::{lock_database, lock_folder, make_folder};
use crate::config::{Config, Database};
use crate::durable_rename::rename_durably;
use crate::error::CommandError;
use crate::private_files::is_inside;
use crate::store::StoreSettings;

/// Stands for standard input or standard output on the command line.
const STREAM: &str = "-";

/// Prefix of the folders in which backups are checked. The process id follows it.
const SCRATCH: &str = "check-";

#[derive(Debug, Args)]
#[command(after_help = "\
It can run alongside the server, with SQLite and PostgreSQL: the rows are a consistent snapshot. The file holds \
secret.key and the tokens of data_dir, so protect it as you protect those, or encrypt it.

Examples:
  cordboard backup /backup/monday.tar.gz
  cordboard backup --recordings /backup/all.tar.gz
  cordboard backup - | age -p > monday.tar.gz.age")]
pub(super) struct BackupArguments {
    /// The file to write, or - for standard output
    file: PathBuf,

    /// Include the recordings of calls
    #[arg(long)]
    recordings: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
The server must be stopped, and the database must be empty: an SQLite file that does not exist, or a PostgreSQL database without \
records. Everything is restored, or nothing. A backup of an older version is migrated to this one. A backup of SQLite can be \
restored into PostgreSQL, and the other way round.

Examples:
  cordboard restore --check monday.tar.gz
  CORDBOARD_DATA_DIR=/srv/cordboard cordboard restore monday.tar.gz
  age -d monday.tar.gz.age | cordboard restore -")]
pub(super) struct RestoreArguments {
    /// The backup, or - for standard input
    file: PathBuf,

    /// Only check that the backup is complete and fits this version: restore it into a temporary folder
    #[arg(long)]
    check: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
The server must be stopped. The old database stays as it is; the new one must be empty. Recordings stay in \
data_dir.

Example:
  cordboard move --to postgres://cordboard:PASSWORD@db.example/cordboard")]
pub(super) struct MoveArguments {
    /// The database to copy into: postgres://USER:PASSWORD@HOST/DATABASE, or sqlite:PATH
    #[arg(long, value_name = "DATABASE", value_parser = Database::of_argument)]
    to: Database,
}

/// Writes a backup.
pub(super) fn back_up(config: &Config, arguments: &BackupArguments) -> Result<(), CommandError> {
    let database = config.database();
    refuse_missing(&database)?;
    let settings = StoreSettings::of(database);
    let write = |to: &mut dyn Write| {
        archive::back_up(&settings, &config.data_dir, arguments.recordings, Utc::now(), to, done)
    };
    let path = &arguments.file;
    let held = write_out(path, write)?;
    match is_stream(path) {
        true => print_notice(summary(&held)),
        false => print_notice(format_args!("{}: {}", path.display(), summary(&held))),
    }
    Ok(())
}

/// Returns whether a path means standard input or output.
pub(super) fn is_stream(path: &Path) -> bool {
    path.as_os_str() == STREAM
}

/// Creates a file with this name, or writes to standard output if the path means that.
pub(super) fn write_out<T>(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> Result<T, ArchiveError>,
) -> Result<T, CommandError> {
    match is_stream(path) {
        true => write(&mut io::stdout().lock()).map_err(failed),
        false => make_whole(path, write),
    }
}

/// Refuses to copy an SQLite file that does not exist. SQLite's own error would blame its permissions.
fn refuse_missing(database: &Database) -> Result<(), CommandError> {
    match database {
        Database::Sqlite(path) if !path.exists() => Err(CommandError::Failed(format!(
            "there is no database {database}; set data_dir or DATABASE_URL to the right one"
        ))),
        _ => Ok(()),
    }
}

/// Writes a file under another name and renames it when it is complete, so that nobody finds a part of it.
fn make_whole<T>(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> Result<T, ArchiveError>,
) -> Result<T, CommandError> {
    let mut partial = path.to_owned().into_os_string();
    partial.push(".partial");
    let partial = PathBuf::from(partial);
    let is_there = || CommandError::Failed(format!("{} exists already; name another file", path.display()));
    if path.exists() {
        return Err(is_there());
    }
    // A bare name is a file in the working directory.
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.is_dir()) {
        return Err(CommandError::Failed(format!(
            "there is no folder {}; create it, or name another file",
            folder.display()
        )));
    }
    let of_file = |cause| failed(ArchiveError::at(&partial)(cause));
    let file = File::options().write(true).create(true).truncate(false).open(&partial).map_err(of_file)?;
    if !made_empty(&file, &partial).map_err(of_file)? {
        return Err(CommandError::Failed(format!(
            "another process is writing {}; wait for it, or name another file",
            path.display()
        )));
    }
    // Another process may have created it in the meantime.
    let made =
        if path.exists() { Err(is_there()) } else { write(&mut BufWriter::new(&file)).map_err(failed) };
    let kept = made.and_then(|made| {
        rename_durably(&partial, path).map_err(of_file)?;
        Ok(made)
    });
    if kept.is_err() {
        // The partial file is useless. If it can't be removed, its name says that it is partial.
        let _ = fs::remove_file(&partial);
    }
    kept
}

/// Empties a file that a killed process has left behind. Returns false if another process writes it or has just renamed it: the later of two
/// processes would write into the file that the earlier one has completed. A file system without locks allows both.
fn made_empty(file: &File, name: &Path) -> io::Result<bool> {
    if matches!(file.try_lock(), Err(TryLockError::WouldBlock)) {
        return Ok(false);
    }
    let opened = file.metadata()?;
    let is_named =
        fs::metadata(name).is_ok_and(|named| (named.dev(), named.ino()) == (opened.dev(), opened.ino()));
    if is_named && opened.len() > 0 {
        file.set_len(0)?;
    }
    Ok(is_named)
}

/// Restores a backup.
pub(super) fn restore(config: &Config, arguments: &RestoreArguments) -> Result<(), CommandError> {
    let path = &arguments.file;
    let from: Box<dyn Read> = if is_stream(path) {
        Box::new(io::stdin().lock())
    } else {
        let file = File::open(path).map_err(|cause| failed(ArchiveError::at(path)(cause)))?;
        Box::new(BufReader::new(file))
    };
    let begun = |table: &str| print_notice(format_args!("  {table}"));
    if arguments.check {
        let (scratch, _lock) = scratch_folder(&config.data_dir)?;
        let settings = StoreSettings::file(scratch.join("check.db"));
        let held = archive::restore(&settings, &scratch, from, begun).map_err(failed);
        let removed = fs::remove_dir_all(&scratch);
        print(format_args!("the backup is whole: {}\n", summary(&held?)))?;
        return removed.map_err(|cause| failed(ArchiveError::at(&scratch)(cause)));
    }
    make_folder(&config.data_dir)?;
    let _lock = lock_folder(&config.data_dir)?;
    let _database = lock_database(&config.database(), &config.data_dir)?;
    let settings = StoreSettings::of(config.database());
    let held = archive::restore(&settings, &config.data_dir, from, begun).map_err(failed)?;
    print(format_args!("restored {} into {}\n", summary(&held), config.database()))?;
    if let Some(what_to_do) = unreadable_for_owner(config) {
        print_notice(what_to_do);
    }
    Ok(())
}

/// Returns what to do where root has restored into the folder of another user, who is the server's: it could not read its key and tokens, and would not
/// start. None if the server's user has restored.
fn unreadable_for_owner(config: &Config) -> Option<String> {
    let folder = fs::canonicalize(&config.data_dir).ok()?;
    let owner = fs::metadata(&folder).ok()?;
    if !geteuid().is_root() || owner.uid() == 0 {
        return None;
    }
    Some(to_give_away(config, &folder, (owner.uid(), owner.gid())))
}

/// Returns what to do so that this user and group own what root has restored.
fn to_give_away(config: &Config, folder: &Path, (user, group): (u32, u32)) -> String {
    let file = match config.database() {
        Database::Sqlite(file) if !is_inside(&file, &config.data_dir) => format!(" {}", file.display()),
        _ => String::new(),
    };
    format!(
        "root has restored it, and the files belong to root: so that the server can read them, run\n  chown -R {user}:{group} {}{file}",
        folder.display()
    )
}

/// Copies all rows into another database.
pub(super) fn move_rows(config: &Config, arguments: &MoveArguments) -> Result<(), CommandError> {
    let (from, to) = (config.database(), arguments.to.clone());
    refuse_missing(&from)?;
    let _lock = lock_folder(&config.data_dir)?;
    let _from = lock_database(&from, &config.data_dir)?;
    let _to = match &to {
        // PostgreSQL databases are refused later, if they aren't empty.
        Database::Sqlite(path) if path.exists() => None,
        to if *to == from => None,
        to => Some(lock_database(to, &config.data_dir)?),
    };
    let [from, to] = [from, to].map(StoreSettings::of);
    let held = archive::move_rows(&from, &to, done).map_err(failed)?;
    print(format_args!(
        "copied {} rows of {} into {}. Set DATABASE_URL to it before the next start.\n",
        held.rows_total(),
        from.database,
        to.database
    ))
}

/// Reports a finished table. Empty ones are left out, because most tables of a young installation are empty.
fn done(table: &str, rows: u64) {
    if rows > 0 {
        print_notice(format_args!("  {table}: {rows} rows"));
    }
}

fn summary(held: &ArchiveContents) -> String {
    format!("{} rows of {} tables, {} files", held.rows_total(), held.rows.len(), held.files)
}

fn failed(error: ArchiveError) -> CommandError {
    CommandError::Failed(error.to_string())
}

/// Creates a folder next to the records, where there is enough space, and locks it. Removes the folders of checks that were killed.
fn scratch_folder(data_dir: &Path) -> Result<(PathBuf, File), CommandError> {
    make_folder(data_dir)?;
    for entry in fs::read_dir(data_dir).map_err(|cause| failed(ArchiveError::at(data_dir)(cause)))? {
        let path = entry.map_err(|cause| failed(ArchiveError::at(data_dir)(cause)))?.path();
        let is_of_check =
            path.file_name().and_then(OsStr::to_str).is_some_and(|name| name.starts_with(SCRATCH));
        if is_of_check && path.is_dir() && lock_folder(&path).is_ok() {
            fs::remove_dir_all(&path).map_err(|cause| failed(ArchiveError::at(&path)(cause)))?;
        }
    }
    let folder = data_dir.join(format!("{SCRATCH}{}", std::process::id()));
    fs::create_dir(&folder).map_err(|cause| failed(ArchiveError::at(&folder)(cause)))?;
    let lock = lock_folder(&folder)?;
    Ok((folder, lock))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn root_learns_to_give_restored_files_to_the_servers_user() {
        let folder = tempfile::tempdir().unwrap();
        let config = Config { data_dir: folder.path().to_owned(), ..Config::default() };
        let what_to_do = to_give_away(&config, folder.path(), (65_534, 65_533));
        let command = format!("chown -R 65534:65533 {}", folder.path().display());
        assert!(what_to_do.ends_with(&command), "{what_to_do}");
        let elsewhere = Some(Database::Sqlite(PathBuf::from("/srv/calls.db")));
        let apart = Config { database_url: elsewhere, ..config.clone() };
        let what_to_do = to_give_away(&apart, folder.path(), (65_534, 65_533));
        assert!(what_to_do.ends_with(&format!("{command} /srv/calls.db")), "{what_to_do}");
        assert_eq!(unreadable_for_owner(&config), None, "whoever has restored owns this folder");
    }

    #[test]
    fn a_missing_database_or_folder_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let config = Config { data_dir: folder.path().join("none"), ..Config::default() };
        let file = folder.path().join("backup.tar.gz");
        let refused = back_up(&config, &BackupArguments { file, recordings: false }).unwrap_err();
        assert!(refused.to_string().starts_with("there is no database "), "{refused}");
        let to = Database::Sqlite(folder.path().join("new.db"));
        let refused = move_rows(&config, &MoveArguments { to }).unwrap_err();
        assert!(refused.to_string().starts_with("there is no database "), "{refused}");
        let refused = make_whole(&folder.path().join("none/a.tar.gz"), |_| Ok(())).unwrap_err();
        assert!(refused.to_string().starts_with("there is no folder "), "{refused}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "a file was created");
    }
}
