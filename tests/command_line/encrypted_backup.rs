//! Backups that are encrypted: by a passphrase and for a key, read by us and by the tool `age`, and by nobody else.

use std::fs;
use std::path::Path;

use cordboard_test_support::age::age;

use super::{cordboard, stderr, stdout, store_a_call};

const SECRET: &str = "the key of this installation";

/// A folder with an installation of one call.
fn installation() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    store_a_call(folder.path());
    fs::write(folder.path().join("cordboard-data/secret.key"), SECRET).unwrap();
    folder
}

fn done(folder: &Path, arguments: &[&str]) {
    let output = cordboard(folder, arguments, &[]);
    assert!(output.status.success(), "{arguments:?}: {}", stderr(&output));
}

/// What it says where it does not restore; and nothing is there then.
fn refused(folder: &Path, data_dir: &str, arguments: &[&str]) -> String {
    let output = cordboard(folder, arguments, &[("CORDBOARD_DATA_DIR", data_dir)]);
    assert_eq!(output.status.code(), Some(1), "{arguments:?}: {}", stdout(&output));
    for file in ["cordboard.db", "secret.key"] {
        assert!(!folder.join(data_dir).join(file).exists(), "{arguments:?}: {file}");
    }
    stderr(&output)
}

#[test]
fn a_backup_is_opened_by_its_passphrase_and_by_no_other() {
    let from = installation();
    let folder = from.path();
    fs::write(folder.join("right"), "correct horse battery staple\n").unwrap();
    fs::write(folder.join("wrong"), "correct horse battery stable\n").unwrap();
    fs::write(folder.join("empty"), "\n").unwrap();
    done(folder, &["backup", "--passphrase-file", "right", "backup.age"]);
    let bytes = fs::read(folder.join("backup.age")).unwrap();
    assert!(bytes.starts_with(b"age-encryption.org/v1\n-> scrypt "));

    let wrong = refused(folder, "other", &["restore", "--passphrase-file", "wrong", "backup.age"]);
    assert!(wrong.contains("does not open the backup"), "{wrong}");
    assert!(wrong.contains("nothing was restored"), "{wrong}");
    let none = refused(folder, "other", &["restore", "backup.age"]);
    assert!(
        none.contains("the backup is encrypted: name its --passphrase-file or --identity-file"),
        "{none}"
    );
    let empty = refused(folder, "other", &["restore", "--passphrase-file", "empty", "backup.age"]);
    assert!(empty.contains("empty is empty; write a passphrase into it"), "{empty}");

    // A byte of the rows; and one that was cut off.
    let mut changed = bytes.clone();
    let middle = changed.len() / 2;
    changed[middle] ^= 1;
    for damaged in [changed.as_slice(), &bytes[..middle]] {
        fs::write(folder.join("damaged.age"), damaged).unwrap();
        let said = refused(folder, "other", &["restore", "--passphrase-file", "right", "damaged.age"]);
        assert!(said.contains("this is no whole backup of Cordboard"), "{said}");
    }

    done(folder, &["restore", "--check", "--passphrase-file", "right", "backup.age"]);
    let restore = ["restore", "--passphrase-file", "right", "backup.age"];
    let restored = cordboard(folder, &restore, &[("CORDBOARD_DATA_DIR", "other")]);
    assert!(restored.status.success(), "{}", stderr(&restored));
    assert_eq!(fs::read_to_string(folder.join("other/secret.key")).unwrap(), SECRET);
    assert!(folder.join("other/cordboard.db").exists());
}

#[test]
fn a_backup_for_a_key_is_one_of_the_tool_age_both_ways() {
    let from = installation();
    let folder = from.path();
    let tool = |program: &str, arguments: &[&str]| {
        let output = age(folder, program, arguments).unwrap();
        assert!(output.status.success(), "{program} {arguments:?}: {}", stderr(&output));
        stdout(&output)
    };
    for name in ["key.txt", "strange.txt"] {
        tool("age-keygen", &["-o", name]);
    }
    let recipient = tool("age-keygen", &["-y", "key.txt"]);
    let recipient = recipient.trim();

    done(folder, &["backup", "--encrypt-to", recipient, "ours.age"]);
    tool("age", &["-d", "-i", "key.txt", "-o", "opened.tar.gz", "ours.age"]);
    done(folder, &["restore", "--check", "opened.tar.gz"]);
    done(folder, &["restore", "--check", "--identity-file", "key.txt", "ours.age"]);
    tool("age", &["-r", recipient, "-o", "theirs.age", "opened.tar.gz"]);
    done(folder, &["restore", "--check", "--identity-file", "key.txt", "theirs.age"]);

    let strange = refused(folder, "other", &["restore", "--identity-file", "strange.txt", "ours.age"]);
    assert!(strange.contains("does not open the backup"), "{strange}");
    // Somebody could have put it in the place of the encrypted one.
    let open = refused(folder, "other", &["restore", "--identity-file", "key.txt", "opened.tar.gz"]);
    assert!(open.contains("the backup is not encrypted"), "{open}");
    let no_key = refused(folder, "other", &["restore", "--identity-file", "opened.tar.gz", "ours.age"]);
    assert!(no_key.contains("opened.tar.gz"), "{no_key}");
    let mistyped = cordboard(folder, &["backup", "--encrypt-to", "age1abc", "mistyped.age"], &[]);
    assert_eq!(mistyped.status.code(), Some(2));
    assert!(
        stderr(&mistyped).contains("a recipient is the public key of age-keygen"),
        "{}",
        stderr(&mistyped)
    );
    assert!(!folder.join("mistyped.age").exists());
}
