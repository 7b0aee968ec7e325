//! A program that only follows events at the control socket gets each entry of its calls once and in order, over losses of its connection and of the
//! server: after a loss it gets what it missed, or a snapshot instead, and nothing false (`docs/control-socket.md`).

use super::Complaints;
use super::told::{Fault, Told, Truth};
use crate::evidence::Evidence;
use crate::parties::follower::Followed;
use crate::plan::FollowerKind;

const RESUMED: &str = "a program that comes back gets what it missed, or a snapshot instead";
const NUMBERS: &str = "the numbers of a control socket's events grow";

/// Time from a program's request until it has what it missed, in ms.
const SETTLES_MS: u64 = 1_000;

pub(super) fn check(evidence: &Evidence, complaints: &mut Complaints) {
    let ends: Vec<u64> = evidence.lives.iter().map(|life| life.ended_ms).collect();
    for (follower, log) in evidence.plan.followers.iter().zip(&evidence.followers) {
        if follower.kind != FollowerKind::Program {
            continue;
        }
        let lives = evidence.lives.iter();
        let truths: Vec<Truth<'_>> =
            lives.map(|life| Truth::of(evidence, life, follower.organization)).collect();
        let whose = format!("the program that follows organization {}", follower.organization);
        for (promise, how) in faults(&log.connections, &truths, &ends) {
            complaints.add(promise, &whose, how);
        }
    }
}

/// Returns the faults of connections, given the truth and the end of each life.
fn faults<'a>(connections: &[Followed], truths: &'a [Truth<'a>], ends: &[u64]) -> Vec<Fault> {
    let mut faults = Vec::new();
    // The last life, and the program's knowledge at its end.
    let mut before: Option<(usize, Told<'a>)> = None;
    for connection in connections {
        let life = connection.life;
        let Some(resumed) = connection.resumed else {
            if !connection.told.is_empty() {
                faults.push((
                    RESUMED,
                    format!("events arrived without an answer to the request at {} ms", connection.asked_ms),
                ));
            }
            continue;
        };
        let known = before.take().filter(|(known, _)| resumed && *known == life);
        let mut told = match known {
            Some((_, told)) => told,
            None if resumed => {
                let after = connection.after;
                faults.push((
                    RESUMED,
                    format!("at {} ms it resumed after {after:?} of another life", connection.asked_ms),
                ));
                continue;
            }
            None => Told::nothing(&truths[life], true),
        };
        take(connection, &mut told);
        let ended_ms = connection.ended_ms.unwrap_or(ends[life]);
        let has_begun = resumed || !connection.told.is_empty();
        if has_begun && connection.asked_ms + SETTLES_MS <= ended_ms {
            told.rests(ended_ms);
        }
        faults.append(&mut told.faults);
        // Without the snapshot that was due it knows nothing, and the next connection shows that.
        before = has_begun.then_some((life, told));
    }
    faults
}

/// Takes what arrived over an answered connection.
fn take(connection: &Followed, told: &mut Told<'_>) {
    let resumed = connection.resumed == Some(true);
    let had = connection.after.filter(|_| resumed);
    let mut newest = had;
    for (place, (at_ms, message)) in connection.told.iter().enumerate() {
        let (seq, kind) = (message["seq"].as_u64(), message["kind"].as_str().unwrap_or_default());
        if had.is_some() && seq <= had {
            // It may arrive again, and is then dropped.
            continue;
        }
        if seq <= newest {
            told.fault(NUMBERS, format!("{message} came after {newest:?}"));
        }
        newest = seq.max(newest);
        if (place == 0 && !resumed) != (kind == "snapshot") {
            told.fault(
                RESUMED,
                format!("at {at_ms} ms, event {place} of the connection, resumed {resumed}: {message}"),
            );
        }
        match (kind, message["calls"].as_array()) {
            ("snapshot", Some(calls)) => told.snapshot(connection.asked_ms, *at_ms, calls),
            ("entry", None) => told.entry(&message["entry"]),
            ("call", None) => told.call(&message["call"]),
            ("transcript", None) => told.line(message),
            _ => told.fault(RESUMED, format!("{message} was not requested")),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::told::histories::{END, LINE, foreign, journal, killed, messages, truth, view};
    use super::super::told::{ENTRIES, LINES, LIVE, OWN, ROWS};
    use super::*;

    /// Numbers events, from one on, each at the moment of the world at which its entry was written.
    fn numbered(events: Vec<Value>, first: u64) -> Vec<(u64, Value)> {
        let mut at_ms = 0;
        let number = |(seq, mut event): (u64, Value)| {
            event["seq"] = json!(seq);
            at_ms = event["entry"]["seq"].as_u64().map_or(at_ms, |entry| entry * 200);
            (at_ms, event)
        };
        (first..).zip(events).map(number).collect()
    }

    fn snapshot(calls: &[Value]) -> Value {
        json!({ "kind": "snapshot", "topics": ["calls", "transcripts"], "calls": calls })
    }

    /// A connection from the beginning of the world, with an empty snapshot and everything that follows.
    fn whole() -> Followed {
        let mut events = vec![snapshot(&[])];
        events.extend(messages(&journal(), true));
        Followed {
            resumed: Some(false),
            told: numbered(events, 70),
            ended_ms: Some(9_000),
            ..Followed::default()
        }
    }

    /// The same over two connections: lost after `cut` messages, and resumed.
    fn in_two(cut: usize) -> [Followed; 2] {
        let Followed { told, .. } = whole();
        let (first, second) = told.split_at(cut);
        let (lost_ms, seq) = (first[cut - 1].0, first[cut - 1].1["seq"].as_u64());
        [
            Followed { told: first.to_vec(), ended_ms: Some(lost_ms), ..whole() },
            Followed { told: second.to_vec(), asked_ms: lost_ms, after: seq, resumed: Some(true), ..whole() },
        ]
    }

    /// Returns the promises that a history breaks.
    fn broken(connections: &[Followed]) -> Vec<&'static str> {
        let journal = journal();
        let truths = [truth(&journal)];
        let mut all: Vec<&str> =
            faults(connections, &truths, &[10_000]).into_iter().map(|(promise, _)| promise).collect();
        all.dedup();
        all
    }

    /// Returns the place of an entry's message.
    fn place(seq: u64) -> usize {
        whole().told.iter().position(|(_, event)| event["entry"]["seq"] == seq).unwrap()
    }

    #[test]
    fn a_true_history_is_right_at_every_cut() {
        assert_eq!(broken(&[whole()]), [] as [&str; 0]);
        for cut in 1..whole().told.len() {
            assert_eq!(broken(&in_two(cut)), [] as [&str; 0], "cut after {cut}");
            // The last ones may arrive again, and the answer may never arrive.
            let [first, mut second] = in_two(cut);
            second.told.insert(0, first.told[cut - 1].clone());
            let unanswered = Followed { told: Vec::new(), resumed: None, ..second.clone() };
            assert_eq!(broken(&[first, unanswered, second]), [] as [&str; 0], "cut after {cut}");
        }
    }

    #[test]
    fn gaps_and_repetitions_are_reported() {
        let without = |at: usize| {
            let mut lacks = whole();
            lacks.told.remove(at);
            broken(&[lacks])
        };
        // Its row and the next entry arrive.
        let found = without(place(LINE));
        assert!([ROWS, LINES, ENTRIES].iter().all(|promise| found.contains(promise)), "{found:?}");
        assert_eq!(without(place(LINE) - 1), [LINES]);
        let mut twice = whole();
        let mut again = twice.told[place(4)].clone();
        again.1["seq"] = json!(999);
        twice.told.push(again);
        assert!(broken(&[twice]).contains(&ENTRIES));
        let mut swapped = whole();
        swapped.told.swap(place(4), place(5));
        assert!(broken(&[swapped]).contains(&NUMBERS));
        // An entry that was missed over a loss also leaves a gap.
        let [first, mut second] = in_two(place(9));
        second.told.drain(..2);
        assert!(broken(&[first, second]).contains(&ENTRIES));
    }

    #[test]
    fn missing_entries_are_reported() {
        let mut cut_short = whole();
        cut_short.told.truncate(place(END - 1));
        let found = broken(&[cut_short]);
        assert!(found.contains(&ENTRIES) && found.contains(&LIVE), "{found:?}");
        let nothing = Followed { told: whole().told[..1].to_vec(), ..whole() };
        assert_eq!(broken(&[nothing]), [ENTRIES]);
    }

    #[test]
    fn false_entries_and_foreign_calls_are_reported() {
        let mut wrong = whole();
        wrong.told[place(5)].1["entry"]["kind"] = json!("answered_by_nobody");
        assert_eq!(broken(&[wrong]), [ENTRIES]);
        let journal = journal();
        let truths = [foreign(&journal)];
        assert!(faults(&[whole()], &truths, &[10_000]).iter().all(|(promise, _)| *promise == OWN));
    }

    #[test]
    fn a_snapshot_shows_live_calls_as_they_are() {
        let journal = journal();
        // It arrives in the middle of the call, and everything after it.
        let with = |view: &[Value], from: usize| {
            let mut events = vec![snapshot(view)];
            events.extend(messages(&journal, true).split_off(place(from as u64 + 1) - 1));
            let mut told = numbered(events, 900);
            told[0].0 = 3_000;
            Followed { told, asked_ms: 3_000, ..whole() }
        };
        let right = view(&journal, 15);
        assert_eq!(broken(&[with(std::slice::from_ref(&right), 15)]), [] as [&str; 0]);
        let mut other = right.clone();
        other["state"] = json!("waiting");
        assert_eq!(broken(&[with(&[other], 15)]), [ROWS]);
        assert!(broken(&[with(&[], 15)]).contains(&LIVE));
        assert!(broken(&[with(&[right], 16)]).contains(&ENTRIES));
        let over = view(&journal, 21);
        assert!(
            broken(&[Followed { told: numbered(vec![snapshot(&[over])], 900), ..whole() }]).contains(&LIVE)
        );
    }

    #[test]
    fn no_follower_resumes_after_events_of_another_process() {
        let journal = journal();
        let [first, second] = in_two(place(9));
        let second = Followed { life: 1, ..second };
        let truths = [killed(&journal[..8]), truth(&journal)];
        let found = faults(&[first.clone(), second.clone()], &truths, &[10_000, 20_000]);
        assert_eq!(found.iter().map(|(promise, _)| *promise).collect::<Vec<_>>(), [RESUMED]);
        let without = Followed { resumed: Some(false), ..second };
        let found = faults(&[first, without], &truths, &[10_000, 20_000]);
        assert!(found.iter().any(|(promise, _)| *promise == RESUMED), "no snapshot came");
    }

    #[test]
    fn a_killed_process_may_have_sent_more_than_it_stored() {
        let journal = journal();
        let told = whole().told[..place(10)].to_vec();
        let followed = [Followed { told, ended_ms: Some(1_850), ..whole() }];
        assert_eq!(faults(&followed, &[killed(&journal[..8])], &[1_850]), [] as [Fault; 0]);
        assert_ne!(faults(&followed, &[truth(&journal[..8])], &[1_850]), [] as [Fault; 0]);
        // A snapshot of its last moments may show an end that is not on disk, and what came after that.
        let events = vec![snapshot(&[]), whole().told[place(END)].1.clone()];
        let mut told = numbered(events, 900);
        told[0].0 = 9_900;
        let last = [Followed { told, asked_ms: 9_900, ended_ms: None, ..whole() }];
        assert_eq!(faults(&last, &[killed(&journal[..8])], &[10_000]), [] as [Fault; 0]);
    }
}
