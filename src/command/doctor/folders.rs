//! Checks whether the folders can be written, and whether there is space for recordings.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use rustix::fs::{Access, access, statvfs};

use super::Check;
use crate::boot::recordings_dir;
use crate::config::{Config, Database};
use crate::private_files::{self, TooOpen};

/// Bytes of an hour of one call's recording: two tracks of 16-bit samples at 8 kHz.
const RECORDING_BYTES_PER_HOUR: u64 = 2 * 2 * 8_000 * 3_600;

/// Space for less than this many hours of recording is a failure: one busy morning fills it.
const RECORDING_HOURS_MIN: u64 = 8;

/// Less space than this for everything but recordings is a failure, in bytes.
const RECORDS_BYTES_MIN: u64 = 500_000_000;

const DATA_DIR_SPACE: &str = "free space of data_dir";
const DATABASE_SPACE: &str = "free space of database";

/// Bytes that are written to try a folder. A full disk may still accept an empty file.
const TRIAL_BYTES: usize = 4_096;

/// The time that the file system gave a new file, and the machine's time at that moment.
#[derive(Clone, Copy, Debug)]
pub(super) struct FileClock {
    pub(super) file_time: SystemTime,
    pub(super) written_at: SystemTime,
}

/// Checks the data folder and, if it is another one, the database's folder. A file that is written there shows the file system's time.
pub(super) fn examine(config: &Config) -> (Vec<Check>, Option<FileClock>) {
    let (check, file_clock) = examine_folder("data folder", "data_dir", &config.data_dir);
    let mut checks = vec![check];
    if let Database::Sqlite(file) = config.database() {
        let database_folder = parent_of(&file);
        if database_folder != config.data_dir {
            checks.push(examine_folder("database folder", "DATABASE_URL", database_folder).0);
        }
    }
    checks.extend(examine_recordings(config));
    checks.push(examine_readers(config));
    checks.extend(examine_prompts(config));
    checks.extend(examine_space(config));
    (checks, file_clock)
}

fn examine_folder(subject: &'static str, setting: &str, folder: &Path) -> (Check, Option<FileClock>) {
    let shown = folder.display();
    let bad = |error: io::Error| {
        let found = format!("{shown} can't be written: {error}");
        let fix = format!("give this user the folder (`chown`), or set {setting} to another");
        Check::bad(subject, found, fix)
    };
    if folder.is_dir() {
        return match try_folder(folder) {
            Ok(file_clock) => (Check::good(subject, format!("{shown} can be written")), Some(file_clock)),
            Err(error) => (bad(error), None),
        };
    }
    if folder.exists() {
        let found = format!("{shown} is not a folder");
        return (Check::bad(subject, found, format!("set {setting} to a folder")), None);
    }
    let check = match access(nearest_folder(folder), Access::WRITE_OK | Access::EXEC_OK) {
        Ok(()) => Check::good(subject, format!("{shown} will be made")),
        Err(error) => bad(error.into()),
    };
    (check, None)
}

/// Checks the folder of recordings, which may be a disk of its own, or a link to one: with another owner, no call is recorded. Returns nothing if
/// there is none yet, because the start makes it in the data folder.
fn examine_recordings(config: &Config) -> Option<Check> {
    let (subject, folder) = ("recordings folder", recordings_dir(config));
    fs::symlink_metadata(&folder).ok()?;
    if folder.is_dir() {
        return Some(examine_folder(subject, "data_dir", &folder).0);
    }
    let found = format!("{} is not a folder, or a link to none", folder.display());
    Some(Check::bad(subject, found, "mount the disk that it leads to, or remove it".to_owned()))
}

/// Checks whether other users of this machine can read what is kept.
fn examine_readers(config: &Config) -> Check {
    let subject = "private files";
    let shown = config.data_dir.display();
    match private_files::too_open(config) {
        Ok(open) => match open.first() {
            None => Check::good(subject, format!("no other user of this machine can read {shown}")),
            Some(TooOpen { path, mode, is_ours }) => {
                let found = format!(
                    "other users of this machine can read {} files and folders, for example {} ({mode:04o})",
                    open.len(),
                    path.display()
                );
                let fix = match is_ours {
                    true => format!(
                        "start Cordboard, which makes them private, or run `chmod -R go= {}`",
                        open_places(config)
                    ),
                    // Its group has to keep its permissions: this user may be in it.
                    false => format!("have its owner, another user, run `chmod o= {}`", path.display()),
                };
                Check::bad(subject, found, fix)
            }
        },
        Err(error) => Check::bad(
            subject,
            format!("{shown} can't be listed: {error}"),
            "run doctor as the user that Cordboard runs as".to_owned(),
        ),
    }
}

/// Returns the folders for the fix: the data folder, and that of a database elsewhere.
fn open_places(config: &Config) -> String {
    match config.database() {
        Database::Sqlite(file) if !private_files::is_inside(&file, &config.data_dir) => {
            format!("{} {}*", config.data_dir.display(), file.display())
        }
        _ => config.data_dir.display().to_string(),
    }
}

/// For a FreeSWITCH that plays prompts, checks whether another user can read them.
fn examine_prompts(config: &Config) -> Option<Check> {
    if config.switches.freeswitch.servers.is_empty() {
        return None;
    }
    let folder = config.prompts_dir();
    let (subject, shown) = ("prompts for switches", folder.display());
    if !private_files::is_for_switches(config) {
        let found = format!(
            "{shown} can be read by this user only: if FreeSWITCH runs as another user, set freeswitch.prompts_dir to a folder \
             outside of the data folder"
        );
        return Some(Check::good(subject, found));
    }
    Some(match private_files::is_open_to_readers(&folder) {
        Ok(true) => Check::good(subject, format!("{shown} can be read by FreeSWITCH as any user")),
        Ok(false) => {
            let found = format!("{shown} can't be read by FreeSWITCH as another user");
            Check::bad(subject, found, format!("run `chmod -R a+rX {shown}`"))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Check::good(subject, format!("{shown} will be made"))
        }
        Err(error) => {
            let fix = "set freeswitch.prompts_dir to a folder that this user can read".to_owned();
            Check::bad(subject, format!("{shown} can't be checked: {error}"), fix)
        }
    })
}

/// Checks the space for recordings. Their folder may be a link to another disk, and an SQLite file may be on a third one: each disk is checked once.
fn examine_space(config: &Config) -> Vec<Check> {
    let folders = [recordings_dir(config), config.data_dir.clone()].map(|folder| nearest_folder(&folder));
    let [sound, records] = &folders;
    let device = |folder: &Path| fs::metadata(folder).map(|about| about.dev()).ok();
    let mut checks = vec![space_of(sound, "free space", judge_space)];
    if device(sound) != device(records) {
        checks.push(space_of(records, DATA_DIR_SPACE, judge_records_space));
    }
    if let Database::Sqlite(file) = config.database() {
        // SQLite keeps its own files next to the file that a link leads to.
        let file = file.canonicalize().unwrap_or(file);
        let database = nearest_folder(parent_of(&file));
        if [sound, records].iter().all(|checked| device(checked) != device(&database)) {
            checks.push(space_of(&database, DATABASE_SPACE, judge_database_space));
        }
    }
    checks
}

fn space_of(folder: &Path, subject: &'static str, judge: fn(u64) -> Check) -> Check {
    match statvfs(folder) {
        Ok(stat) => judge(stat.f_bavail.saturating_mul(stat.f_frsize)),
        Err(error) => Check::bad(
            subject,
            format!("the file system does not report its free space: {error}"),
            format!(
                "set {} to a local disk",
                if subject == DATABASE_SPACE { "DATABASE_URL" } else { "data_dir" }
            ),
        ),
    }
}

fn judge_records_space(free_bytes: u64) -> Check {
    let found = format!("{} MB, for everything but recordings", free_bytes / 1_000_000);
    judge_small_space(free_bytes, DATA_DIR_SPACE, found, "data_dir")
}

fn judge_database_space(free_bytes: u64) -> Check {
    let found = format!("{} MB, for the journal of calls and all records", free_bytes / 1_000_000);
    judge_small_space(free_bytes, DATABASE_SPACE, found, "DATABASE_URL")
}

/// Judges the space of a disk that has no recordings.
fn judge_small_space(free_bytes: u64, subject: &'static str, found: String, setting: &str) -> Check {
    if free_bytes >= RECORDS_BYTES_MIN {
        Check::good(subject, found)
    } else {
        let wanted = RECORDS_BYTES_MIN / 1_000_000;
        Check::bad(subject, found, format!("free at least {wanted} MB, or set {setting} to a larger disk"))
    }
}

fn judge_space(free_bytes: u64) -> Check {
    let subject = "free space";
    let hours = free_bytes / RECORDING_BYTES_PER_HOUR;
    let found = format!("{} MB, for {hours} hours of recorded calls", free_bytes / 1_000_000);
    if hours >= RECORDING_HOURS_MIN {
        Check::good(subject, found)
    } else {
        let wanted = RECORDING_HOURS_MIN * RECORDING_BYTES_PER_HOUR / 1_000_000;
        Check::bad(subject, found, format!("free at least {wanted} MB, or set data_dir to a larger disk"))
    }
}

/// Writes a file into a folder and removes it again.
fn try_folder(folder: &Path) -> io::Result<FileClock> {
    let path = folder.join(format!(".cordboard-doctor-{}", std::process::id()));
    let file = OpenOptions::new().write(true).create_new(true).open(&path)?;
    let written = write_trial(file);
    fs::remove_file(&path)?;
    written
}

fn write_trial(mut file: File) -> io::Result<FileClock> {
    file.write_all(&[0; TRIAL_BYTES])?;
    file.sync_all()?;
    Ok(FileClock { file_time: file.metadata()?.modified()?, written_at: SystemTime::now() })
}

/// Returns the folder, or its nearest ancestor that exists.
fn nearest_folder(folder: &Path) -> PathBuf {
    let existing = folder.ancestors().find(|ancestor| ancestor.is_dir());
    existing.map_or_else(|| PathBuf::from("."), Path::to_path_buf)
}

/// Returns the folder of a file. A bare name is in the working directory.
fn parent_of(file: &Path) -> &Path {
    match file.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::super::Outcome;
    use super::*;

    fn check_of(data_dir: PathBuf) -> (Check, Option<FileClock>) {
        examine_folder("data folder", "data_dir", &data_dir)
    }

    #[test]
    fn a_folder_is_tried_and_left_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let (check, file_clock) = check_of(folder.path().to_owned());
        assert!(!check.is_bad(), "{check:?}");
        assert!(file_clock.is_some());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_missing_folder_is_not_created() {
        let folder = tempfile::tempdir().unwrap();
        let missing = folder.path().join("a/b");
        let (check, _) = check_of(missing.clone());
        assert!(
            matches!(&check.outcome, Outcome::Good { found } if found.ends_with("will be made")),
            "{check:?}"
        );
        assert!(!missing.exists());
    }

    #[test]
    fn a_place_that_cannot_be_a_folder_is_bad() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "x").unwrap();
        let (check, _) = check_of(file);
        assert!(matches!(&check.outcome, Outcome::Bad { fix, .. } if fix.contains("data_dir")), "{check:?}");
        // /proc accepts no files, from any user.
        let (check, _) = check_of(PathBuf::from("/proc"));
        assert!(check.is_bad(), "{check:?}");
    }

    #[test]
    fn a_recordings_folder_that_cannot_be_written_is_bad() {
        let folder = tempfile::tempdir().unwrap();
        let config = Config { data_dir: folder.path().to_owned(), ..Config::default() };
        let recordings = recordings_dir(&config);
        assert_eq!(examine_recordings(&config), None, "the start makes it");
        let unmounted = folder.path().join("unmounted");
        // No user can write in /proc.
        for (target, what) in
            [(Path::new("/proc"), "can't be written"), (unmounted.as_path(), "a link to none")]
        {
            symlink(target, &recordings).unwrap();
            let check = examine_recordings(&config).unwrap();
            assert!(check.is_bad() && format!("{check:?}").contains(what), "{check:?}");
            fs::remove_file(&recordings).unwrap();
        }
        fs::create_dir(&recordings).unwrap();
        assert!(!examine_recordings(&config).unwrap().is_bad());
        assert_eq!(fs::read_dir(&recordings).unwrap().count(), 0);
    }

    #[test]
    fn a_database_in_another_folder_gets_its_own_row() {
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config { data_dir: folder.path().to_owned(), ..Config::default() };
        let subjects =
            |config: &Config| examine(config).0.iter().map(|check| check.subject).collect::<Vec<_>>();
        assert_eq!(subjects(&config), ["data folder", "private files", "free space"]);
        let elsewhere = tempfile::tempdir().unwrap();
        config.database_url = Some(Database::Sqlite(elsewhere.path().join("elsewhere.db")));
        assert_eq!(subjects(&config), ["data folder", "database folder", "private files", "free space"]);
        assert_eq!(parent_of(Path::new("elsewhere.db")), Path::new("."));
    }

    #[test]
    fn recordings_on_another_disk_are_judged_by_its_space() {
        let subjects = |config: &Config| {
            examine_space(config).into_iter().map(|check| check.subject).collect::<Vec<_>>()
        };
        let folder = tempfile::tempdir().unwrap();
        let config = Config { data_dir: folder.path().to_owned(), ..Config::default() };
        assert_eq!(subjects(&config), ["free space"]);
        // On Linux, this is never on the disk of another folder.
        symlink("/proc", recordings_dir(&config)).unwrap();
        assert_eq!(subjects(&config), ["free space", "free space of data_dir"]);
        assert!(examine_space(&config)[0].is_bad(), "it has no space");
        assert!(judge_records_space(499_999_999).is_bad() && !judge_records_space(500_000_000).is_bad());
    }

    #[test]
    fn a_database_on_another_disk_is_judged_by_its_space() {
        let (folder, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        // On Linux, this is never on the disk of another folder.
        symlink("/proc", elsewhere.path().join("disk")).unwrap();
        let at = |file: &str| {
            let database_url = Some(Database::Sqlite(elsewhere.path().join(file)));
            examine_space(&Config { data_dir: folder.path().to_owned(), database_url, ..Config::default() })
        };
        assert_eq!(at("calls.db").len(), 1, "its disk is checked for recordings");
        symlink("/proc/version", elsewhere.path().join("link.db")).unwrap();
        for file in ["disk/calls.db", "link.db"] {
            let checks = at(file);
            let Outcome::Bad { fix, .. } = &checks[1].outcome else { panic!("it has no space") };
            assert!(fix.contains("free at least 500 MB, or set DATABASE_URL"), "{fix}");
        }
    }

    #[test]
    fn too_little_space_is_reported_with_the_space_needed() {
        assert!(!judge_space(100_000_000_000).is_bad());
        let Outcome::Bad { found, fix } = judge_space(300_000_000).outcome else {
            panic!("300 MB are too little")
        };
        assert_eq!(found, "300 MB, for 2 hours of recorded calls");
        assert!(fix.contains("921 MB"), "{fix}");
    }
}
