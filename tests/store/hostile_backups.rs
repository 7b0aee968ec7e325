//! Malicious backups: nothing of them is restored, nothing is written outside the folder, and the error says why.

use std::fs;
use std::io::{Cursor, Read, Write};
use std::path::Path;

use chrono::DateTime;
use cordboard::archive::{back_up, restore};
use cordboard::store::{Store, StoreSettings};
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use tar::{Archive, Builder, EntryType, Header};

use crate::sqlite::room::settings_at;

/// A member of an archive, as it is written.
struct Member {
    name: Vec<u8>,
    kind: EntryType,
    bytes: Vec<u8>,
}

impl Member {
    fn file(name: &str, bytes: impl Into<Vec<u8>>) -> Self {
        Self { name: name.into(), kind: EntryType::Regular, bytes: bytes.into() }
    }
}

/// Returns the members of a backup of a new installation.
fn honest() -> Vec<Member> {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("secret.key"), "key").unwrap();
    let settings = at(folder.path());
    drop(Store::open(&settings).unwrap());
    let mut file = Vec::new();
    let at = DateTime::from_timestamp(1_795_000_000, 0).unwrap();
    back_up(&settings, folder.path(), false, at, &mut file, |_, _| ()).unwrap();
    let mut archive = Archive::new(GzDecoder::new(file.as_slice()));
    let members = archive.entries().unwrap().map(|member| {
        let mut member = member.unwrap();
        let name = member.path().unwrap().to_str().unwrap().to_owned();
        let mut bytes = Vec::new();
        member.read_to_end(&mut bytes).unwrap();
        Member::file(&name, bytes)
    });
    members.collect()
}

fn at(folder: &Path) -> StoreSettings {
    settings_at(&folder.join("cordboard.db").display().to_string())
}

fn header(member: &Member, bytes: u64) -> Header {
    let mut header = Header::new_gnu();
    header.as_mut_bytes()[..member.name.len()].copy_from_slice(&member.name);
    header.set_entry_type(member.kind);
    header.set_size(bytes);
    header.set_cksum();
    header
}

fn written(members: &[Member]) -> Vec<u8> {
    let mut tar = Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for member in members {
        tar.append(&header(member, member.bytes.len() as u64), member.bytes.as_slice()).unwrap();
    }
    tar.into_inner().unwrap().finish().unwrap()
}

/// Returns the honest backup with another member before its seal.
fn with(member: Member) -> Vec<u8> {
    let mut members = honest();
    members.insert(members.len() - 1, member);
    written(&members)
}

/// Returns the honest backup with the member of this name replaced.
fn with_other(name: &str, bytes: impl Into<Vec<u8>>) -> Vec<u8> {
    let mut members = honest();
    let member = members.iter_mut().find(|member| member.name == name.as_bytes()).unwrap();
    member.bytes = bytes.into();
    written(&members)
}

/// Returns the reason for the refusal. Nothing of the backup is left, inside or outside the folder.
fn refused(what: &str, file: impl Read) -> String {
    let around = tempfile::tempdir().unwrap();
    let data = around.path().join("a/data");
    fs::create_dir_all(&data).unwrap();
    let Err(fault) = restore(&at(&data), &data, file, |_| ()) else { panic!("{what} was restored") };
    let said = fault.to_string();
    let names = |folder: &Path| -> Vec<_> {
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect()
    };
    assert_eq!(names(&data), Vec::<std::ffi::OsString>::new(), "{what}");
    assert_eq!(names(&around.path().join("a")), ["data"], "{what}");
    assert_eq!(names(around.path()), ["a"], "{what}");
    assert!(said.ends_with("nothing was restored"), "{what}: {said}");
    assert!(said.len() < 1_000 && !said.contains(char::is_control), "{what}: {said:?}");
    said
}

#[test]
fn an_honest_backup_made_of_the_same_members_is_restored() {
    let data = tempfile::tempdir().unwrap();
    restore(&at(data.path()), data.path(), written(&honest()).as_slice(), |_| ()).unwrap();
    assert_eq!(fs::read_to_string(data.path().join("secret.key")).unwrap(), "key");
}

#[test]
fn files_are_only_written_where_backups_have_files() {
    for name in [
        "files/../../x",
        "files//etc/cordboard-was-here",
        "/etc/cordboard-was-here",
        "files/recordings/../../../x",
        "files/cordboard.db",
        "files/recordings",
        "../x",
        "files/recordings/\x1b]0;title\x07.wav",
    ] {
        refused(name, with(Member::file(name, "harm")).as_slice());
    }
}

#[test]
fn links_devices_and_sparse_files_are_refused() {
    for kind in [
        EntryType::Symlink,
        EntryType::Link,
        EntryType::Directory,
        EntryType::Fifo,
        EntryType::Char,
        EntryType::GNUSparse,
        EntryType::XHeader,
        EntryType::XGlobalHeader,
        EntryType::GNULongLink,
    ] {
        let member = Member { name: "files/recordings/a.wav".into(), kind, bytes: Vec::new() };
        let said = refused(&format!("{kind:?}"), with(member).as_slice());
        assert!(said.contains("files/recordings/a.wav is not a plain file"), "{said}");
    }
}

/// The bytes of a gzip with a header and `bytes` zeros.
fn bomb(member: &Member, bytes: u64) -> impl Read {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(header(member, bytes).as_bytes()).unwrap();
    let zeros = vec![0; 1 << 20];
    (0..bytes >> 20).for_each(|_| gzip.write_all(&zeros).unwrap());
    Cursor::new(gzip.finish().unwrap())
}

#[test]
fn names_and_lists_that_unpack_to_gigabytes_are_refused() {
    let named = |name: &str, kind| Member { name: name.into(), kind, bytes: Vec::new() };
    for (member, says) in [
        (named("././@LongLink", EntryType::GNULongName), "more than 4096 bytes"),
        (named("manifest.json", EntryType::Regular), "more than 1048576 bytes"),
        (named("a", EntryType::XHeader), "a is not a plain file"),
    ] {
        let said = refused(says, bomb(&member, 64 << 20));
        assert!(said.contains(says), "{said}");
    }
    // The header declares far more than any disk has.
    let endless = header(&Member::file("manifest.json", ""), 1 << 62);
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(endless.as_bytes()).unwrap();
    refused("a length of 2^62", gzip.finish().unwrap().as_slice());
}

#[test]
fn rows_far_larger_in_memory_than_text_are_refused() {
    let name = "tables/organizations/000001.json";
    for (what, rows) in [
        ("rows", format!("[{}]", vec!["[1]"; 501].join(","))),
        ("a wide row", format!("[[{}]]", vec!["1"; 257].join(","))),
        ("lists in a row", format!("[[{}]]", vec!["[1,1,1,1]"; 200].join(","))),
        ("depth", "[".repeat(1_000_000)),
    ] {
        let said = refused(what, with_other(name, rows).as_slice());
        assert!(said.contains("a row of organizations can't be read"), "{what}: {said}");
    }
    // The text of a row is not repeated in the error.
    let said = refused(
        "a text as a row",
        with_other(name, format!("[\"\\u001b[2J{}\"]", "x".repeat(100_000))).as_slice(),
    );
    assert!(said.contains("a row of organizations can't be read"), "{said}");
}

#[test]
fn a_manifest_of_another_kind_or_version_is_named() {
    let members = honest();
    let honest_text = String::from_utf8(members[0].bytes.clone()).unwrap();
    let manifest = |change: &dyn Fn(&mut serde_json::Value)| {
        let mut value = serde_json::from_str(&honest_text).unwrap();
        change(&mut value);
        with_other("manifest.json", value.to_string())
    };
    let said = refused("form", manifest(&|value| value["format"] = 2.into()).as_slice());
    assert!(said.contains("the format 2"), "{said}");
    let newer = manifest(&|value| {
        value["version"] = "99.0.0".into();
        value["migrations"].as_array_mut().unwrap().push("29991231000000".into());
    });
    let said = refused("newer", newer.as_slice());
    assert!(said.contains("Cordboard 99.0.0 made them"), "{said}");
    for (what, place) in
        [("a table", "/tables/0/name"), ("a column", "/tables/0/columns/0/name"), ("a version", "/version")]
    {
        for name in ["x\"; DROP TABLE users; --", "\u{1b}[2J", "x".repeat(1_000).as_str()] {
            let change = |value: &mut serde_json::Value| *value.pointer_mut(place).unwrap() = name.into();
            let said = refused(what, manifest(&change).as_slice());
            assert!(said.contains("names that no database of Cordboard has"), "{said}");
        }
    }
    refused("another table", manifest(&|value| value["tables"][0]["name"] = "elsewhere".into()).as_slice());
}

#[test]
fn a_wrong_or_misplaced_seal_is_refused() {
    for rows in ["{\"rows\":{},\"files\":1}", "{\"rows\":{\"calls\":18446744073709551615},\"files\":1}"] {
        let said = refused(rows, with_other("seal.json", rows).as_slice());
        assert!(said.contains("other rows or files than its seal says"), "{said}");
    }
    let mut members = honest();
    members.push(Member::file("files/admin_token", "token"));
    let said = refused("after the seal", written(&members).as_slice());
    assert!(said.contains("after its seal"), "{said}");
}

#[test]
fn changed_bytes_are_noticed_in_recordings_too() {
    let recording = Member::file("files/recordings/a.wav", vec![7; 100_000]);
    let mut members = honest();
    members.insert(members.len() - 1, recording);
    // Bytes that are not compressed can be changed without breaking anything except the checksum.
    let mut tar = Builder::new(GzEncoder::new(Vec::new(), Compression::none()));
    for member in &members {
        let bytes = match member.name.as_slice() {
            b"seal.json" => {
                let mut seal: serde_json::Value = serde_json::from_slice(&member.bytes).unwrap();
                seal["files"] = 2.into();
                seal.to_string().into_bytes()
            }
            _ => member.bytes.clone(),
        };
        tar.append(&header(member, bytes.len() as u64), bytes.as_slice()).unwrap();
    }
    let file = tar.into_inner().unwrap().finish().unwrap();
    let data = tempfile::tempdir().unwrap();
    restore(&at(data.path()), data.path(), file.as_slice(), |_| ()).unwrap();
    let sevens = file.windows(64).position(|bytes| bytes == [7; 64]).unwrap();
    let mut changed = file.clone();
    changed[sevens + 32] = 8;
    let said = refused("a changed byte", changed.as_slice());
    assert!(said.contains("checksum"), "{said}");
    refused("no checksum", &file[..file.len() - 8]);
}

#[test]
fn an_encrypted_file_is_refused_with_the_right_command() {
    let said = refused("encrypted", &b"age-encryption.org/v1\n-> X25519 abc\n"[..]);
    assert!(said.contains("age -d FILE | cordboard restore -"), "{said}");
    refused("nothing", &b""[..]);
}
