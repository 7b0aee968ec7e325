//! Rows of a process that is killed, closed or dropped.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};
use std::time::Duration;

use cordboard::store::{After, DatabaseState, Reads, Store, StoreSettings, check, query};
use cordboard_schema::ids::CallId;

use super::room::{Room, call, folded, journal, settings_at};
use crate::entries::Conversation;

/// Commits of the child before it is killed.
const COMMITS: usize = 20;

#[actix::test]
async fn a_killed_process_keeps_committed_entries_with_matching_rows() {
    const CHILD: &str = "CORDBOARD_TEST_KILLED";
    if let Ok(database) = std::env::var(CHILD) {
        talk_for_ever(&settings_at(&database)).await;
    }
    let room = Room::new();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", &here("a_killed_process_keeps_committed_entries_with_matching_rows")])
        .arg("--nocapture")
        .env(CHILD, room.place())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let mut committed: Vec<u64> = Vec::new();
    let mut id: Option<CallId> = None;
    // The last lines are those that it printed while it was killed.
    for line in lines {
        match line.rsplit_once(' ') {
            Some((text, word)) if text.ends_with("call") => id = Some(word.parse().unwrap()),
            Some(("committed", seq)) => committed.push(seq.parse().unwrap()),
            _ => {}
        }
        if committed.len() == COMMITS {
            child.kill().unwrap();
        }
    }
    child.wait().unwrap();

    let id = id.unwrap();
    assert_eq!(check(&room.settings()).unwrap(), DatabaseState::Current, "doctor can check what is left");
    let replayed = Reads::open(&room.settings()).unwrap().run_blocking(|connection| {
        let owner = query::first_organization(connection)?.unwrap();
        query::journal(connection, owner, id, After::WHOLE)
    });

    let store = room.store();
    let entries = journal(&store, id);
    assert_eq!(replayed.unwrap(), entries, "replay can read what is left, without a server");
    let (kept, promised) = (entries.len() as u64, *committed.last().unwrap());
    assert!(kept >= promised, "{kept} entries were kept, but {promised} were committed");
    assert!(entries.iter().map(|entry| entry.seq).eq(1..=kept), "the journal has a gap");
    assert_eq!(call(&store, id), Some(folded(&entries)));
}

/// Returns the name of a test of this module, as `--exact` takes it.
fn here(test: &str) -> String {
    let (_, module) = module_path!().split_once("::").unwrap();
    format!("{module}::{test}")
}

/// Journals entries until the process is killed, commits at intervals, and prints which are committed.
async fn talk_for_ever(settings: &StoreSettings) -> ! {
    let store = Store::open(settings).unwrap();
    let mut said = Conversation::new(store.organization_id());
    println!("call {}", said.call_id);
    store.journal(said.live());
    loop {
        let mut newest = 0;
        for _ in 0..5 {
            let entry = said.said("and another thing");
            newest = entry.seq;
            store.journal(vec![entry]);
        }
        store.commit().await.unwrap();
        println!("committed {newest}");
        std::io::stdout().flush().unwrap();
    }
}

#[actix::test]
async fn a_closed_store_has_written_everything_and_accepts_nothing() {
    let room = Room::new();
    let store = room.store();
    let mut said = Conversation::new(store.organization_id());
    store.journal(said.live());
    let health = store.close(Duration::from_secs(5)).await;
    assert_eq!((health.waiting, health.lost, health.fault), (0, 0, None));
    assert_eq!(journal(&store, said.call_id).len(), 5);

    store.journal(vec![said.said("too late")]);
    assert_eq!(store.health().lost, 1);
    assert!(store.commit().await.is_err());
}

#[actix::test]
async fn a_store_closed_under_a_lock_tells_its_losses() {
    let room = Room::new();
    let store = room.store();
    let mut said = Conversation::new(store.organization_id());
    let locked = room.lock();
    store.journal(said.live());
    // It ends although the lock is held throughout.
    let health = store.close(Duration::from_millis(400)).await;
    assert_eq!(health.lost, 5);
    locked.release();
}
