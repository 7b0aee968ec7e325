//! The disk that holds an SQLite file is full: calls hardly notice.

use std::process::Command;

use cordboard_actors::messages::StoreFault;
use cordboard_schema::event::JournalEntry;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::entries::Conversation;
use crate::sqlite::room::{Room, eventually, journal};

/// A limit on the size of files simulates a full disk. The kernel's signal for it (SIGXFSZ) is ignored, so a write fails as it does on a full disk.
/// The limit applies to the process, so the test runs in a process of its own.
#[actix::test]
async fn a_full_disk_delays_the_journal_but_loses_nothing() {
    const CHILD: &str = "CORDBOARD_TEST_FULL_DISK";
    if std::env::var_os(CHILD).is_some() {
        return fill_the_disk().await;
    }
    let child = Command::new("sh")
        .args(["-c", "trap '' XFSZ; exec \"$@\"", "sh"])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "disk::a_full_disk_delays_the_journal_but_loses_nothing"])
        .args(["--nocapture"])
        .env(CHILD, "1")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&child.stdout).into_owned() + &String::from_utf8_lossy(&child.stderr);
    assert!(child.status.success() && said.contains("the disk was full"), "{said}");
}

async fn fill_the_disk() {
    let room = Room::new();
    let store = room.store();
    let mut said = Conversation::new(store.organization_id());
    let mut entries = said.live();
    store.journal(entries.clone());
    store.commit().await.unwrap();

    let unlimited = getrlimit(Resource::Fsize);
    let wal = format!("{}-wal", room.place());
    let full = std::fs::metadata(wal).unwrap().len();
    setrlimit(Resource::Fsize, Rlimit { current: Some(full), ..unlimited }).unwrap();
    let more: Vec<JournalEntry> = (0..50).map(|n| said.said(&"word ".repeat(n))).collect();
    store.journal(more.clone());
    assert_eq!(store.commit().await, Err(StoreFault::TimedOut));
    let health = store.health();
    assert_eq!((health.waiting, health.lost), (50, 0));
    println!("the disk was full: {}", health.fault.unwrap());

    setrlimit(Resource::Fsize, unlimited).unwrap();
    eventually("the journal is written", || store.health().waiting == 0);
    entries.extend(more);
    assert_eq!(journal(&store, said.call_id), entries);
    assert_eq!(store.health().fault, None);
}
