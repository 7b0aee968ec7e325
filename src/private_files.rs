//! Keeps the server's files private: only its user can read the database, recordings, tokens and keys.
//!
//! New files are private because the process requests that ([`keep`]). The start corrects those of an older version ([`mend`]). A path that a setting
//! names may be a link, for example to a larger disk: its target is protected there. Links inside the folders are never followed, because anyone who
//! can write in a folder could otherwise change the permissions of a file elsewhere.
//!
//! The prompts that FreeSWITCH reads are the exception. If `freeswitch.prompts_dir` is outside of the data folder, everyone can read that folder,
//! because the switch usually runs as another user ([`open_to_readers`]).

use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags, fchmod, fstat, open};
use rustix::process::{geteuid, umask};

use crate::config::{Config, Database};

/// Permissions that group and others must not have.
const OTHERS: u32 = 0o077;

/// The same for what belongs to another user: this process may use it as a member of its group, as a volume of Kubernetes (`fsGroup`).
const STRANGERS: u32 = 0o007;

/// The same for a folder of another user, which is the root of such a volume: Kubernetes leaves it open to readers, and nobody in the pod may change it.
/// They see names there. The files below it have their own permissions.
const STRANGERS_IN_FOLDER: u32 = 0o002;

/// Permissions of a folder that everyone can read.
const OPEN_FOLDER: u32 = 0o755;

/// Permissions of a file that everyone can read.
const OPEN_FILE: u32 = 0o644;

/// A file or folder that others may read or write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TooOpen {
    /// Its path.
    pub path: PathBuf,
    /// Its permissions, such as `0o644`.
    pub mode: u32,
    /// Whether this process may change them.
    pub is_ours: bool,
}

/// Files and folders of an older version that were corrected.
#[derive(Debug, Default)]
pub struct Mended {
    /// How many are private now that were not before.
    pub mended: usize,
    /// Those that could not be changed, and why.
    pub failed: Vec<(PathBuf, io::Error)>,
}

/// Makes new files of this process readable only by its user from now on.
pub fn keep() {
    umask(Mode::from_raw_mode(OTHERS));
}

/// Makes private what others can read: the data folder with its contents, and a database elsewhere.
///
/// # Errors
/// Fails if a folder can't be listed. A file that can't be changed is named in the result.
pub fn mend(config: &Config) -> io::Result<Mended> {
    let mut done = Mended::default();
    for TooOpen { path, .. } in too_open(config)? {
        match close(&path) {
            Ok(()) => done.mended += 1,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => done.failed.push((path, error)),
        }
    }
    Ok(done)
}

/// Returns files of the data folder, and of a database elsewhere, that others may read or write.
///
/// # Errors
/// Fails if a folder can't be listed.
pub fn too_open(config: &Config) -> io::Result<Vec<TooOpen>> {
    let mut found = Vec::new();
    let mut folders = Vec::new();
    examine(&end_of(&config.data_dir)?, &mut found, &mut folders)?;
    if let Database::Sqlite(file) = config.database()
        && !is_inside(&file, &config.data_dir)
    {
        // SQLite's own files are next to the target of a link, too.
        let file = end_of(&file)?;
        for end in ["", "-wal", "-shm", "-journal", ".lock"] {
            let mut name = file.clone().into_os_string();
            name.push(end);
            examine(Path::new(&name), &mut found, &mut Vec::new())?;
        }
    }
    let top = folders.clone();
    while let Some(folder) = folders.pop() {
        let entries = match fs::read_dir(&folder) {
            // The server has written nothing there. It is root's `lost+found`, if the data folder is a disk of its own.
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied && !top.contains(&folder) => {
                continue;
            }
            entries => entries?,
        };
        for entry in entries {
            examine(&entry?.path(), &mut found, &mut folders)?;
        }
    }
    Ok(found)
}

/// Returns the target of a path that a setting names, or the path itself if nothing is there.
fn end_of(named: &Path) -> io::Result<PathBuf> {
    match fs::canonicalize(named) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(named.to_owned()),
        found => found,
    }
}

/// Adds a file or folder to `found` if others may read it, and a folder to those that are still to be listed.
fn examine(path: &Path, found: &mut Vec<TooOpen>, folders: &mut Vec<PathBuf>) -> io::Result<()> {
    let about = match fs::symlink_metadata(path) {
        Ok(about) => about,
        // It was removed a moment ago, or never existed.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    let kind = about.file_type();
    if !kind.is_dir() && !kind.is_file() {
        return Ok(());
    }
    let mode = about.permissions().mode() & 0o7777;
    let me = geteuid();
    let is_ours = me.is_root() || about.uid() == me.as_raw();
    let too_much = match (is_ours, kind.is_dir()) {
        (true, _) => OTHERS,
        (false, true) => STRANGERS_IN_FOLDER,
        (false, false) => STRANGERS,
    };
    if mode & too_much != 0 {
        found.push(TooOpen { path: path.to_owned(), mode, is_ours });
    }
    if kind.is_dir() {
        folders.push(path.to_owned());
    }
    Ok(())
}

/// Removes the permissions of group and others. A file that has become a link in the meantime is left alone.
fn close(path: &Path) -> io::Result<()> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = open(path, flags, Mode::empty())?;
    let mode = Mode::from_raw_mode(fstat(&file)?.st_mode);
    Ok(fchmod(&file, mode.difference(Mode::from_raw_mode(OTHERS)))?)
}

/// Returns whether a switch of another user reads its prompts here: in a folder outside of the data folder.
pub fn is_for_switches(config: &Config) -> bool {
    !is_inside(&config.prompts_dir(), &config.data_dir)
}

/// Returns whether a path is inside a folder, regardless of how both are written.
pub fn is_inside(path: &Path, folder: &Path) -> bool {
    let absolute = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    absolute(path).starts_with(absolute(folder))
}

/// Creates a folder that everyone may read, in spite of [`keep`], and its missing parents.
///
/// # Errors
/// Fails if the folder can't be created.
pub fn make_open_folder(folder: &Path) -> io::Result<()> {
    let missing: Vec<&Path> = folder.ancestors().take_while(|above| !above.exists()).collect();
    fs::create_dir_all(folder)?;
    missing
        .into_iter()
        .filter(|above| !above.as_os_str().is_empty())
        .try_for_each(|above| set(above, OPEN_FOLDER))
}

/// Returns whether everyone may read the contents of a folder.
///
/// # Errors
/// Fails if it does not exist, or can't be checked.
pub fn is_open_to_readers(folder: &Path) -> io::Result<bool> {
    const ENTER_AND_LIST: u32 = 0o005;
    Ok(fs::metadata(folder)?.permissions().mode() & ENTER_AND_LIST == ENTER_AND_LIST)
}

/// Lets everyone read a new file.
///
/// # Errors
/// Fails if its permissions can't be changed.
pub fn open_to_readers(file: &Path) -> io::Result<()> {
    set(file, OPEN_FILE)
}

fn set(path: &Path, mode: u32) -> io::Result<()> {
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{chown, symlink};
    use std::thread;

    use rustix::fs::{CWD, FileType, mknodat};
    use rustix::process::Uid;
    use rustix::thread::set_thread_uid;

    use super::*;

    fn mode_of(path: &Path) -> u32 {
        fs::symlink_metadata(path).unwrap().permissions().mode() & 0o777
    }

    fn write(path: &Path, mode: u32) {
        fs::write(path, "x").unwrap();
        set(path, mode).unwrap();
    }

    /// A data folder left by an older version, and a file elsewhere to which a link in it leads.
    fn older(folder: &Path) -> Config {
        let data_dir = folder.join("data");
        fs::create_dir_all(data_dir.join("recordings")).unwrap();
        for open in [&data_dir, &data_dir.join("recordings")] {
            set(open, 0o755).unwrap();
        }
        for name in ["cordboard.db", "cordboard.db-wal", "cordboard.db-shm", "recordings/a.wav"] {
            write(&data_dir.join(name), 0o644);
        }
        write(&data_dir.join("hook.sh"), 0o755);
        fs::create_dir(folder.join("elsewhere")).unwrap();
        set(&folder.join("elsewhere"), 0o755).unwrap();
        write(&folder.join("elsewhere/page.html"), 0o644);
        symlink(folder.join("elsewhere"), data_dir.join("linked")).unwrap();
        symlink(folder.join("elsewhere/page.html"), data_dir.join("page.html")).unwrap();
        Config { data_dir, ..Config::default() }
    }

    #[test]
    fn files_left_open_are_closed_and_links_are_ignored() {
        let folder = tempfile::tempdir().unwrap();
        let config = older(folder.path());
        assert_eq!(too_open(&config).unwrap().len(), 7);
        let done = mend(&config).unwrap();
        assert_eq!((done.mended, done.failed.len()), (7, 0));
        assert!(too_open(&config).unwrap().is_empty());
        let data = &config.data_dir;
        assert_eq!((mode_of(data), mode_of(&data.join("recordings"))), (0o700, 0o700));
        assert_eq!(
            (mode_of(&data.join("cordboard.db-wal")), mode_of(&data.join("recordings/a.wav"))),
            (0o600, 0o600)
        );
        assert_eq!(mode_of(&data.join("hook.sh")), 0o700, "its owner may still run it");
        let elsewhere = folder.path().join("elsewhere");
        assert_eq!((mode_of(&elsewhere), mode_of(&elsewhere.join("page.html"))), (0o755, 0o644));
        assert_eq!(mend(&config).unwrap().mended, 0, "nothing is left to do");
    }

    /// As systemd sets up the folder of a service with its own user, and as an operator does whose disk became too small.
    #[test]
    fn a_link_that_a_setting_names_is_followed() {
        let folder = tempfile::tempdir().unwrap();
        let kept = older(folder.path());
        let (data_dir, database) = (folder.path().join("named"), folder.path().join("named.db"));
        symlink(&kept.data_dir, &data_dir).unwrap();
        let elsewhere = folder.path().join("elsewhere");
        for name in ["calls.db", "calls.db-wal"] {
            write(&elsewhere.join(name), 0o644);
        }
        symlink(elsewhere.join("calls.db"), &database).unwrap();
        let config = Config { data_dir, database_url: Some(Database::Sqlite(database)), ..Config::default() };
        assert_eq!(too_open(&config).unwrap().len(), 9);
        let done = mend(&config).unwrap();
        assert_eq!((done.mended, done.failed.len()), (9, 0));
        assert_eq!((mode_of(&kept.data_dir), mode_of(&elsewhere.join("calls.db-wal"))), (0o700, 0o600));
        assert_eq!((mode_of(&elsewhere), mode_of(&elsewhere.join("page.html"))), (0o755, 0o644));
        assert!(too_open(&config).unwrap().is_empty());
    }

    #[test]
    fn a_file_that_has_become_a_link_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("page.html");
        write(&file, 0o644);
        let link = folder.path().join("link");
        symlink(&file, &link).unwrap();
        assert!(close(&link).is_err());
        assert_eq!(mode_of(&file), 0o644);
    }

    /// Another user who can write in the folder replaces a file by a pipe: opening it for reading would wait for its other end.
    #[test]
    fn a_pipe_delays_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let data_dir = folder.path().to_owned();
        set(&data_dir, 0o700).unwrap();
        let pipe = data_dir.join("pipe");
        mknodat(CWD, pipe.as_path(), FileType::Fifo, Mode::from_raw_mode(0o644), 0).unwrap();
        set(&pipe, 0o644).unwrap();
        write(&data_dir.join("behind.wav"), 0o644);
        let config = Config { data_dir, ..Config::default() };
        let done = mend(&config).unwrap();
        assert_eq!((done.mended, done.failed.len()), (1, 0), "a pipe is not a kept file");
        assert_eq!((mode_of(&pipe), mode_of(&config.data_dir.join("behind.wav"))), (0o644, 0o600));
        assert!(close(&pipe).is_ok(), "it has become one in the meantime");
    }

    #[test]
    fn other_permission_bits_stay() {
        let folder = tempfile::tempdir().unwrap();
        let config = Config { data_dir: folder.path().join("data"), ..Config::default() };
        fs::create_dir(&config.data_dir).unwrap();
        set(&config.data_dir, 0o2750).unwrap();
        for (name, mode) in [("kept", 0o400), ("read.wav", 0o440), ("run", 0o711), ("written", 0o602)] {
            write(&config.data_dir.join(name), mode);
        }
        assert_eq!(mend(&config).unwrap().mended, 4);
        let rights = |name: &str| mode_of(&config.data_dir.join(name));
        assert_eq!(["kept", "read.wav", "run", "written"].map(rights), [0o400, 0o400, 0o700, 0o600]);
        let folder_mode = fs::metadata(&config.data_dir).unwrap().permissions().mode() & 0o7777;
        assert_eq!(folder_mode, 0o2700);
    }

    #[test]
    fn a_database_elsewhere_is_closed_and_its_folder_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let other = folder.path().join("other");
        fs::create_dir(&other).unwrap();
        set(&other, 0o755).unwrap();
        write(&other.join("calls.db"), 0o644);
        write(&other.join("calls.db-wal"), 0o644);
        write(&other.join("neighbour"), 0o644);
        let config = Config {
            data_dir: folder.path().join("data"),
            database_url: Some(Database::Sqlite(other.join("calls.db"))),
            ..Config::default()
        };
        assert_eq!(mend(&config).unwrap().mended, 2);
        assert_eq!((mode_of(&other.join("calls.db")), mode_of(&other.join("calls.db-wal"))), (0o600, 0o600));
        assert_eq!((mode_of(&other), mode_of(&other.join("neighbour"))), (0o755, 0o644));
    }

    /// As on a disk of its own, which root has made, and which is given to the server's group. Others may look into it, but not write there.
    #[test]
    fn folders_of_another_user_stay_as_they_are() {
        // Only root can give files away.
        if !geteuid().is_root() {
            return;
        }
        // The folder for files of the tests may be open to root alone.
        let folder = tempfile::tempdir_in("/tmp").unwrap();
        set(folder.path(), 0o755).unwrap();
        let data_dir = folder.path().join("data");
        let (lost, old) = (data_dir.join("lost+found"), data_dir.join("old.wav"));
        fs::create_dir_all(&lost).unwrap();
        set(&lost, 0o700).unwrap();
        set(&data_dir, 0o2775).unwrap();
        write(&old, 0o644);
        let server = Uid::from_raw(65_534);
        chown(&old, Some(server.as_raw()), None).unwrap();
        let mended = || {
            let config = Config { data_dir: data_dir.clone(), ..Config::default() };
            let by_server = thread::spawn(move || {
                // Only this thread becomes the server's user. It stays in root's group.
                set_thread_uid(server).unwrap();
                mend(&config)
            });
            by_server.join().unwrap().unwrap()
        };
        let done = mended();
        assert_eq!((done.mended, done.failed.len()), (1, 0));
        assert_eq!((mode_of(&data_dir), mode_of(&lost), mode_of(&old)), (0o775, 0o700, 0o600));
        set(&data_dir, 0o777).unwrap();
        assert_eq!(mended().failed.len(), 1, "everybody may write there");
    }

    #[test]
    fn a_missing_data_folder_is_no_fault() {
        let folder = tempfile::tempdir().unwrap();
        let config = Config { data_dir: folder.path().join("data"), ..Config::default() };
        assert!(too_open(&config).unwrap().is_empty());
    }

    #[test]
    fn a_folder_for_switches_and_its_new_parents_are_open() {
        let folder = tempfile::tempdir().unwrap();
        set(folder.path(), 0o700).unwrap();
        let prompts = folder.path().join("srv/prompts");
        make_open_folder(&prompts).unwrap();
        assert_eq!((mode_of(&prompts), mode_of(&folder.path().join("srv"))), (0o755, 0o755));
        assert_eq!(mode_of(folder.path()), 0o700, "existing folders stay as they are");
        assert!(is_open_to_readers(&prompts).unwrap());
        assert!(!is_open_to_readers(folder.path()).unwrap());
    }
}
