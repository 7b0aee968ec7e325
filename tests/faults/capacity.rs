//! As many calls as `calls.max` says, however many come at once.

use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Duration;

use cordboard_test_support::audiosocket::{Caller, LegEnd};
use cordboard_test_support::server::Token;
use cordboard_test_support::waiting::wait_until;
use uuid::Uuid;

use crate::listening::{assert_greeted, wait_heard};
use crate::stage::{LIMIT, RATE, Stage};

const CALLS_MAX: usize = 8;
const ARRIVALS: usize = 4 * CALLS_MAX;

/// All of them connect at the same moment.
fn arrive_at_once(stage: &Stage) -> Vec<(Uuid, Caller)> {
    let address = stage.server.addresses().audiosocket;
    let start = Arc::new(Barrier::new(ARRIVALS));
    let arriving: Vec<_> = (0..ARRIVALS)
        .map(|_| {
            let start = Arc::clone(&start);
            thread::spawn(move || {
                let uuid = Uuid::new_v4();
                start.wait();
                (uuid, Caller::connect(address, uuid, RATE).unwrap())
            })
        })
        .collect();
    arriving.into_iter().map(|caller| caller.join().unwrap()).collect()
}

#[test]
fn never_one_call_too_many() {
    let stage = Stage::open(&[
        ("calls.max", &CALLS_MAX.to_string()),
        ("extensions.operator", "internal,2001,1"),
        ("calls.fallback_extension", "operator"),
    ]);
    let before = stage.held();
    let callers = arrive_at_once(&stage);
    let is_settled =
        |caller: &Caller| caller.ended().is_some() || caller.report().heard().first_sound().is_some();
    wait_until("an answer to every caller", LIMIT, || {
        callers.iter().all(|(_, caller)| is_settled(caller)).then_some(())
    })
    .unwrap();
    let (refused, admitted): (Vec<_>, Vec<_>) =
        callers.into_iter().partition(|(_, caller)| caller.ended().is_some());
    assert_eq!((admitted.len(), refused.len()), (CALLS_MAX, ARRIVALS - CALLS_MAX));
    stage.wait_calls(CALLS_MAX as u64);
    stage.wait_not_ready("calls.max");

    // Their dialplans go on to somebody else, and the callers are on record.
    for (uuid, caller) in &refused {
        assert_eq!(caller.ended(), Some(LegEnd::Hangup));
        let report = caller.report();
        assert_eq!((report.frames.len(), report.violations), (0, vec![]));
        let next = stage.next(*uuid);
        assert_eq!((next.status, next.text().as_str()), (200, "goto internal,2001,1"));
        let row = stage.wait_ended(*uuid);
        assert_eq!((&row["hangup_cause"], &row["hangup_by"]), (&"no_capacity".into(), &"server".into()));
    }
    let announced =
        stage.server.get(&format!("/api/v1/calls/expect?uuid={}", Uuid::new_v4()), Token::Dialplan);
    assert_eq!(announced.unwrap().status, 503);

    // Those who were admitted are served, and a place that becomes free is taken.
    for (_, caller) in &admitted {
        wait_heard(caller, "greeting", Duration::ZERO);
        assert_greeted(&caller.report().heard());
    }
    admitted[0].1.hang_up();
    stage.wait_calls(CALLS_MAX as u64 - 1);
    let next_caller = stage.caller(Uuid::new_v4());
    stage.wait_calls(CALLS_MAX as u64);
    assert_eq!(next_caller.ended(), None);

    drop((admitted, refused, next_caller));
    stage.wait_nothing_left(before);
    stage.wait_ready();
    stage.close();
}
