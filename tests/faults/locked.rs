//! The database is locked by another process: calls continue, the journal waits, and a dialplan gets no wrong answer. How long a dialplan waits for
//! it: `tests/virtual/database_away.rs`.

use std::time::Duration;

use cordboard_test_support::audiosocket::{Caller, LegEnd};
use cordboard_test_support::waiting::wait_until;
use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, SqliteConnection};
use uuid::Uuid;

use crate::listening::{heard_length, wait_heard};
use crate::stage::{LIMIT, Stage};

/// How long a server that ends waits for the database.
const JOURNAL_CLOSE_WAIT: Duration = Duration::from_secs(10);

/// A stranger's lock on the database of a server; released when dropped.
struct Locked(SqliteConnection);

impl Locked {
    fn by_stranger(stage: &Stage) -> Self {
        let database = stage.server.data_folder().join("cordboard.db");
        let mut connection = SqliteConnection::establish(database.to_str().unwrap()).unwrap();
        connection.batch_execute("PRAGMA busy_timeout = 5000; BEGIN EXCLUSIVE").unwrap();
        Self(connection)
    }

    fn release(mut self) {
        self.0.batch_execute("COMMIT").unwrap();
    }
}

fn greeted(stage: &Stage) -> (Uuid, Caller) {
    let uuid = Uuid::new_v4();
    let caller = stage.caller(uuid);
    wait_until("the first sound", LIMIT, || caller.heard().first_sound()).unwrap();
    (uuid, caller)
}

#[test]
fn calls_continue_while_the_database_is_locked() {
    let stage = Stage::open(&[]);
    let before = stage.held();
    let (stays, staying) = greeted(&stage);
    let (leaves, leaving) = greeted(&stage);
    stage.wait_call(leaves, "a live call", |call| call["state"] == "live");

    let locked = Locked::by_stranger(&stage);
    leaving.hang_up();
    assert_eq!(stage.next(leaves).status, 503);
    stage.wait_not_ready("locked");
    // A caller who is there hears all of the greeting again; a new caller is greeted.
    let mark = heard_length(&staying);
    staying.press('#');
    let (comes, coming) = greeted(&stage);
    wait_heard(&staying, "greeting", mark);
    coming.press('5');
    wait_heard(&coming, "unknown_key", Duration::ZERO);
    for caller in [&staying, &coming] {
        assert_eq!((caller.ended(), caller.report().violations), (None, vec![]));
    }

    locked.release();
    let told = wait_until("an answer to the dialplan", LIMIT, || {
        Some(stage.next(leaves)).filter(|answer| answer.status == 200)
    });
    assert_eq!(told.unwrap().text(), "hangup");
    stage.wait_ready();
    drop((staying, coming));
    for (uuid, digits) in [(stays, vec!["#"]), (leaves, vec![]), (comes, vec!["5"])] {
        let call = stage.wait_ended(uuid);
        let journal = stage.journal(&call);
        let pressed: Vec<&str> = journal
            .iter()
            .filter(|entry| entry["kind"] == "dtmf")
            .map(|entry| entry["digit"].as_str().unwrap())
            .collect();
        assert_eq!(pressed, digits);
    }
    stage.wait_nothing_left(before);
    stage.close();
}

#[test]
fn a_stopping_server_does_not_wait_forever() {
    let mut stage = Stage::open(&[]);
    let (uuid, caller) = greeted(&stage);
    let call = stage.wait_call(uuid, "a live call", |call| call["state"] == "live");
    let locked = Locked::by_stranger(&stage);
    stage.server.terminate().unwrap();
    wait_until("a drain", LIMIT, || stage.readiness().1.contains("draining").then_some(())).unwrap();
    stage.server.terminate().unwrap();
    assert_eq!(caller.wait_ended(LIMIT).unwrap().0, LegEnd::Hangup);
    let status = stage.server.wait_ended(JOURNAL_CLOSE_WAIT + LIMIT).unwrap();
    assert_eq!(status.code(), Some(1), "an end with lost rows is not a success");
    assert!(stage.server.log().contains("could not be stored"), "rows were lost without a log line");

    // In the journal the call looks like one that a process left open.
    locked.release();
    stage.server.restart().unwrap();
    let found = stage.wait_call(uuid, "an interruption", |call| call["state"] == "interrupted");
    assert_eq!(found["id"], call["id"]);
    stage.journal(&found);
    stage.close();
}
