//! A backup that is encrypted in a pipe, as docs/operations.md describes: with `age`.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};

use cordboard_test_support::age::age;

use super::{cordboard, stderr, store_a_call};

const SECRET: &str = "the key of this installation";

#[test]
fn a_backup_piped_through_encryption_can_be_restored() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    store_a_call(folder);
    fs::write(folder.join("cordboard-data/secret.key"), SECRET).unwrap();
    let made = age(folder, "age-keygen").unwrap().args(["-o", "key.txt"]).output().unwrap();
    assert!(made.status.success(), "{}", stderr(&made));
    let public = age(folder, "age-keygen").unwrap().args(["-y", "key.txt"]).output().unwrap();
    let recipient = String::from_utf8(public.stdout).unwrap();

    let mut backup = own(folder, &["backup", "-"]).stdout(Stdio::piped()).spawn().unwrap();
    let encrypted = age(folder, "age")
        .unwrap()
        .args(["-r", recipient.trim(), "-o", "monday.tar.gz.age"])
        .stdin(backup.stdout.take().unwrap())
        .output()
        .unwrap();
    assert!(encrypted.status.success(), "{}", stderr(&encrypted));
    assert!(backup.wait().unwrap().success());
    let bytes = fs::read(folder.join("monday.tar.gz.age")).unwrap();
    assert!(bytes.starts_with(b"age-encryption.org/v1\n"));
    let unread = cordboard(folder, &["restore", "--check", "monday.tar.gz.age"], &[]);
    assert_eq!(unread.status.code(), Some(1));

    let mut opened = age(folder, "age")
        .unwrap()
        .args(["-d", "-i", "key.txt"])
        .stdin(File::open(folder.join("monday.tar.gz.age")).unwrap())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let restored = own(folder, &["restore", "-"])
        .env("CORDBOARD_DATA_DIR", "other")
        .stdin(opened.stdout.take().unwrap())
        .output()
        .unwrap();
    assert!(restored.status.success(), "{}", stderr(&restored));
    assert!(opened.wait().unwrap().success());
    assert_eq!(fs::read_to_string(folder.join("other/secret.key")).unwrap(), SECRET);
    assert!(folder.join("other/cordboard.db").exists());
}

/// The binary with an empty environment, ready for its pipes.
fn own(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cordboard"));
    command.args(arguments).current_dir(folder).env_clear();
    command
}
