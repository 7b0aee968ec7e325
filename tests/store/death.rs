//! Rows of a process that is killed, closed or dropped.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use cordboard::store::{After, DatabaseState, Reads, Store, StoreSettings, check, query};
use cordboard_schema::ids::CallId;

use super::room::{Room, call, folded, journal, settings_at};
use crate::entries::Conversation;

/// The store's promise about a killed process.
const LOST_MS_MAX: u64 = 200;

#[actix::test]
async fn a_killed_process_loses_less_than_200_ms_and_the_row_fits_the_journal() {
    const CHILD: &str = "CORDBOARD_TEST_KILLED";
    if let Ok(database) = std::env::var(CHILD) {
        talk_for_ever(&settings_at(&database));
    }
    let room = Room::new();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", &here("a_killed_process_loses_less_than_200_ms_and_the_row_fits_the_journal")])
        .arg("--nocapture")
        .env(CHILD, room.place())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let mut told: Vec<(Instant, u64)> = Vec::new();
    let mut id: Option<CallId> = None;
    for line in lines {
        match line.rsplit_once(' ') {
            Some((text, word)) if text.ends_with("call") => id = Some(word.parse().unwrap()),
            Some(("journalled", seq)) => told.push((Instant::now(), seq.parse().unwrap())),
            _ => {}
        }
        if told.first().is_some_and(|(first, _)| first.elapsed() > Duration::from_millis(1_500)) {
            break;
        }
    }
    child.kill().unwrap();
    let killed_at = Instant::now();
    child.wait().unwrap();

    let id = id.unwrap();
    assert_eq!(check(&room.settings()).unwrap(), DatabaseState::Current, "doctor looks at what is left");
    let replayed = Reads::open(&room.settings()).unwrap().run_blocking(|connection| {
        let owner = query::first_organization(connection)?.unwrap();
        query::journal(connection, owner, id, After::WHOLE)
    });

    let store = room.store();
    let entries = journal(&store, id);
    assert_eq!(replayed.unwrap(), entries, "replay reads what is left, without a server");
    let promised = told.iter().rev().find(|(at, _)| killed_at - *at > Duration::from_millis(LOST_MS_MAX));
    let (kept, promised) = (entries.len() as u64, promised.unwrap().1);
    assert!(kept >= promised, "{kept} entries were kept, but {promised} were older than {LOST_MS_MAX} ms");
    assert!(entries.iter().map(|entry| entry.seq).eq(1..=kept), "the journal has a gap");
    assert_eq!(call(&store, id), Some(folded(&entries)));
}

/// The name of a test of this module, as `--exact` takes it.
fn here(test: &str) -> String {
    let (_, module) = module_path!().split_once("::").unwrap();
    format!("{module}::{test}")
}

/// One entry every 2 ms, and a line on stdout for each, until the process is killed.
fn talk_for_ever(settings: &StoreSettings) -> ! {
    let store = Store::open(settings).unwrap();
    let mut said = Conversation::new(store.organization_id());
    println!("call {}", said.call_id);
    store.journal(said.live());
    loop {
        let entry = said.said("and another thing");
        let seq = entry.seq;
        store.journal(vec![entry]);
        println!("journalled {seq}");
        std::io::stdout().flush().unwrap();
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[actix::test]
async fn a_store_that_is_closed_has_written_everything_and_takes_no_more() {
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
async fn a_store_that_is_closed_while_the_database_is_locked_ends_in_its_time_and_says_what_is_lost() {
    let room = Room::new();
    let store = room.store();
    let mut said = Conversation::new(store.organization_id());
    let locked = room.lock();
    store.journal(said.live());
    let began = Instant::now();
    let health = store.close(Duration::from_millis(400)).await;
    assert!(began.elapsed() < Duration::from_secs(3), "closing took {:?}", began.elapsed());
    assert_eq!(health.lost, 5);
    locked.release();
}
