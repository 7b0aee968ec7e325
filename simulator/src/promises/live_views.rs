//! A page's live view shows all live calls of its organization, as in their journals, and none that is over; also after each loss of its connection,
//! when it begins with a snapshot.

use super::Complaints;
use super::told::{Fault, Told, Truth};
use crate::evidence::Evidence;
use crate::parties::follower::Followed;
use crate::plan::FollowerKind;

const NUMBERS: &str = "a live view begins with a snapshot, and its events are numbered without a gap";

/// Time from a page's request until it shows everything, in ms.
const SETTLES_MS: u64 = 1_000;

pub(super) fn check(evidence: &Evidence, complaints: &mut Complaints) {
    for (follower, log) in evidence.plan.followers.iter().zip(&evidence.followers) {
        if follower.kind != FollowerKind::Page {
            continue;
        }
        let lives = evidence.lives.iter();
        let truths: Vec<Truth<'_>> =
            lives.map(|life| Truth::of(evidence, life, follower.organization)).collect();
        let whose = format!("the live view of organization {}", follower.organization);
        for connection in &log.connections {
            let life_ended_ms = evidence.lives[connection.life].ended_ms;
            for (promise, how) in faults(connection, &truths[connection.life], life_ended_ms) {
                complaints.add(promise, &whose, how);
            }
        }
    }
}

/// Returns the faults of a connection.
fn faults<'a>(connection: &Followed, truth: &'a Truth<'a>, life_ended_ms: u64) -> Vec<Fault> {
    let mut told = Told::nothing(truth, false);
    for ((at_ms, message), number) in connection.told.iter().zip(1_u64..) {
        let kind = message["kind"].as_str().unwrap_or_default();
        if message["seq"] != number || (number == 1) != (kind == "snapshot") {
            told.fault(NUMBERS, format!("event {number} of the connection is {message}"));
        }
        match (kind, message["calls"].as_array()) {
            ("snapshot", Some(calls)) => told.snapshot(connection.asked_ms, *at_ms, calls),
            ("entry", None) => told.entry(&message["entry"]),
            ("call", None) => told.call(&message["call"]),
            _ => told.fault(NUMBERS, format!("{message} was not requested")),
        }
    }
    let ended_ms = connection.ended_ms.unwrap_or(life_ended_ms);
    if !connection.told.is_empty() && connection.asked_ms + SETTLES_MS <= ended_ms {
        told.rests(ended_ms);
    }
    told.faults
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::told::histories::{END, foreign, journal, messages, truth, view};
    use super::super::told::{ENTRIES, LIVE, OWN, ROWS};
    use super::*;

    /// A view from the beginning of the world.
    fn whole() -> Vec<Value> {
        let mut events = vec![json!({ "kind": "snapshot", "calls": [] })];
        events.extend(messages(&journal(), false));
        events
    }

    fn connection(events: Vec<Value>, ended_ms: u64) -> Followed {
        let number = |(seq, mut event): (u64, Value)| {
            event["seq"] = json!(seq);
            (0, event)
        };
        let told = (1..).zip(events).map(number).collect();
        Followed { told, ended_ms: Some(ended_ms), ..Followed::default() }
    }

    fn broken(connection: &Followed) -> Vec<&'static str> {
        let journal = journal();
        let truth = truth(&journal);
        let mut all: Vec<&str> =
            faults(connection, &truth, 10_000).into_iter().map(|(promise, _)| promise).collect();
        all.dedup();
        all
    }

    #[test]
    fn a_view_that_shows_live_calls_is_right() {
        assert_eq!(broken(&connection(whole(), 9_000)), [] as [&str; 0]);
        // In the middle of the call, which had reached entry 9 a second before.
        assert_eq!(broken(&connection(whole()[..1 + 2 * 9].to_vec(), 2_950)), [] as [&str; 0]);
    }

    #[test]
    fn a_finished_call_that_is_still_shown_is_reported() {
        let mut lacks_end = whole();
        lacks_end.pop();
        assert_eq!(broken(&connection(lacks_end, 9_000)), [LIVE, ROWS]);
        let over = json!({ "kind": "snapshot", "calls": [view(&journal(), 21)] });
        assert!(broken(&connection(vec![over], 9_000)).contains(&LIVE));
    }

    #[test]
    fn a_view_that_differs_from_the_journal_is_reported() {
        let mut wrong = whole();
        wrong[2]["call"]["direction"] = json!("outbound");
        assert_eq!(broken(&connection(wrong, 9_000)), [ROWS]);
        // An unreported change of the row: the call is answered by then.
        let rows = |event: &Value| event["kind"] == "call" && event["call"]["last_seq"].as_u64() > Some(1);
        let mut stale: Vec<Value> = whole().into_iter().filter(|event| !rows(event)).collect();
        stale.truncate(1 + 1 + 9);
        assert_eq!(broken(&connection(stale, 2_950)), [ROWS]);
    }

    #[test]
    fn gaps_and_calls_of_others_are_reported() {
        let mut lacks = whole();
        lacks.drain(5..7);
        assert!(broken(&connection(lacks, 9_000)).contains(&ENTRIES));
        let mut short = whole();
        short.truncate(2 * END as usize - 3);
        assert!(broken(&connection(short, 9_000)).contains(&ENTRIES));
        let mut numbers = connection(whole(), 9_000);
        numbers.told.remove(3);
        assert!(broken(&numbers).contains(&NUMBERS));
        let journal = journal();
        let found = faults(&connection(whole(), 9_000), &foreign(&journal), 10_000);
        assert!(!found.is_empty() && found.iter().all(|(promise, _)| *promise == OWN));
    }
}
