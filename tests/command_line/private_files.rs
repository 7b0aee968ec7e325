//! No other user of the machine can read the binary's files.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::{FREE_PORTS, Server, cordboard, stderr, stdout};

/// Every file and folder below this one, with the permissions of group and others.
fn everything(path: &Path) -> Vec<(PathBuf, u32)> {
    let about = fs::symlink_metadata(path).unwrap();
    let mut all = vec![(path.to_owned(), about.permissions().mode() & 0o077)];
    if about.is_dir() {
        all.extend(fs::read_dir(path).unwrap().flat_map(|entry| everything(&entry.unwrap().path())));
    }
    all
}

/// A running server; it stops when the returned value is dropped.
fn started(folder: &Path, more: &[(&str, &str)]) -> Server {
    let mut server = Server(
        // The usual umask of shells, with which everybody can read new files.
        Command::new("sh")
            .args(["-c", "umask 022; exec \"$0\" serve --print-addresses", env!("CARGO_BIN_EXE_cordboard")])
            .current_dir(folder)
            .env_clear()
            .envs(FREE_PORTS)
            .envs(more.iter().copied())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap(),
    );
    let mut addresses = String::new();
    BufReader::new(server.0.stdout.take().unwrap()).read_line(&mut addresses).unwrap();
    assert!(addresses.contains("http"), "the server did not start");
    server
}

#[test]
fn only_the_servers_user_can_read_its_files() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("cordboard-data");
    drop(started(folder.path(), &[]));
    let kept = everything(&data);
    for name in ["cordboard.db", "recordings", "admin_token", "dialplan_token", "secret.key", "prompts"] {
        assert!(kept.iter().any(|(path, _)| path.ends_with(name)), "{name}: {kept:?}");
    }
    assert!(kept.iter().all(|(_, open)| *open == 0), "{kept:?}");

    // With the permissions of an older version.
    fs::write(data.join("recordings/old.wav"), "RIFF").unwrap();
    for (path, mode) in
        [("", 0o755), ("recordings", 0o755), ("recordings/old.wav", 0o644), ("cordboard.db", 0o644)]
    {
        fs::set_permissions(data.join(path), fs::Permissions::from_mode(mode)).unwrap();
    }
    let doctor = || cordboard(folder.path(), &["doctor"], &FREE_PORTS);
    let table = stdout(&doctor());
    let row = table.lines().find(|line| line.starts_with("private files")).unwrap();
    assert!(row.contains("FAILED") && row.contains("chmod -R go="), "{table}");
    drop(started(folder.path(), &[]));
    assert!(everything(&data).iter().all(|(_, open)| *open == 0), "{:?}", everything(&data));
    let table = stdout(&doctor());
    let row = table.lines().find(|line| line.starts_with("private files")).unwrap();
    assert!(row.contains("ok"), "{table}");
}

#[test]
fn prompts_outside_the_data_folder_are_readable_by_a_switch() {
    let folder = tempfile::tempdir().unwrap();
    let prompts = folder.path().join("srv/prompts");
    let named = prompts.display().to_string();
    drop(started(folder.path(), &[("CORDBOARD_FREESWITCH__PROMPTS_DIR", &named)]));
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&prompts), mode(&prompts.join("greeting.wav"))), (0o755, 0o644));
    assert_eq!(mode(&folder.path().join("cordboard-data")), 0o700);
}

#[test]
fn other_commands_leave_no_readable_files_either() {
    let folder = tempfile::tempdir().unwrap();
    for command in ["migrate", "token"] {
        assert!(cordboard(folder.path(), &[command], &[]).status.success(), "{command}");
    }
    let kept = everything(&folder.path().join("cordboard-data"));
    assert!(kept.len() > 2 && kept.iter().all(|(_, open)| *open == 0), "{kept:?}");

    // Files outside the data folder, too: a backup contains calls, tokens and keys.
    for (command, file) in [("backup", "backup.tar.gz"), ("support-bundle", "support.tar.gz")] {
        let made = cordboard(folder.path(), &[command, file], &[]);
        assert!(made.status.success(), "{command}: {}", stderr(&made));
        let made = everything(&folder.path().join(file));
        assert!(made.iter().all(|(_, open)| *open == 0), "{made:?}");
    }
    let elsewhere = tempfile::tempdir().unwrap();
    let backup = folder.path().join("backup.tar.gz").display().to_string();
    let restored = cordboard(elsewhere.path(), &["restore", &backup], &[]);
    assert!(restored.status.success(), "{}", stderr(&restored));
    let kept = everything(&elsewhere.path().join("cordboard-data"));
    assert!(kept.len() > 2 && kept.iter().all(|(_, open)| *open == 0), "{kept:?}");
}
