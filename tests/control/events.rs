//! Events: which are sent, in which order, and what a reconnecting program gets.

use cordboard_schema::dialplan::NextStep;
use cordboard_schema::ids::OrganizationId;
use cordboard_test_support::control::Program;
use serde_json::{Value, json};

use crate::entries::Conversation;
use crate::program;
use crate::setup::Setup;

fn subscribe(program: &mut Program, topics: &[&str]) -> Value {
    program.done(json!({ "command": "subscribe", "topics": topics }))
}

fn seq(event: &Value) -> u64 {
    event["seq"].as_u64().unwrap()
}

fn conversation(setup: &Setup) -> Conversation {
    Conversation::new(setup.store.organization_id())
}

#[test]
fn a_snapshot_comes_first_and_then_events_in_order() {
    let setup = Setup::open();
    let mut before = conversation(&setup);
    setup.journal(before.live());
    let mut program = program(&setup);
    let subscribed = subscribe(&mut program, &["calls"]);
    assert_eq!(subscribed["resumed"], false);
    let snapshot = program.event();
    assert_eq!(
        (&snapshot["kind"], &snapshot["topics"], &snapshot["seq"]),
        (&json!("snapshot"), &json!(["calls"]), &subscribed["seq"])
    );
    // Tags and the judge's cost are not part of live events.
    let mut row = setup.json(&format!("/api/v1/calls/{}", before.call_id));
    let fields = row.as_object_mut().unwrap();
    ["tags", "judge_micros"].iter().for_each(|field| drop(fields.remove(*field)));
    assert_eq!(snapshot["calls"], json!([row]));

    setup.store.journal(before.ended(NextStep::Hangup));
    let events: Vec<Value> = (0..3).map(|_| program.event()).collect();
    let kinds: Vec<&str> = events.iter().map(|event| event["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["entry", "entry", "call"]);
    assert_eq!(events[1]["entry"]["kind"], "ended");
    assert_eq!(events[2]["call"]["state"], "ended");
    assert!(events.iter().all(|event| event["at"].as_str().unwrap().ends_with('Z')));
    let numbers: Vec<u64> = events.iter().map(seq).collect();
    assert_eq!(numbers, [seq(&snapshot) + 1, seq(&snapshot) + 2, seq(&snapshot) + 3]);
}

#[test]
fn only_subscribed_events_are_sent() {
    let setup = Setup::open();
    let mut said = conversation(&setup);
    setup.journal(said.live());
    let (mut words, mut rows) = (program(&setup), program(&setup));
    subscribe(&mut words, &["transcripts"]);
    subscribe(&mut rows, &["calls"]);
    assert_eq!(words.event()["calls"], Value::Null);
    rows.event();
    let line = said.said("a table for two");
    let place = line.seq;
    setup.store.journal(vec![line]);
    setup.store.journal(said.ended(NextStep::Hangup));
    let told = words.event();
    assert_eq!((&told["kind"], &told["call_id"]), (&json!("transcript"), &json!(said.call_id)));
    let line = &told["line"];
    assert_eq!(
        (&line["seq"], &line["role"], &line["text"], &line["interrupted"]),
        (&json!(place), &json!("caller"), &json!("a table for two"), &json!(false))
    );
    assert_eq!(rows.event()["entry"]["kind"], "caller_said");

    // Only the words: the next event is the next line, though the call has ended in between.
    let mut other = conversation(&setup);
    setup.store.journal(other.live());
    let next = words.event();
    assert_eq!((&next["kind"], &next["line"]["text"]), (&json!("transcript"), &json!("Hello, this is")));
    assert_eq!(next["line"]["interrupted"], true);

    words.done(json!({ "command": "unsubscribe" }));
    setup.store.journal(vec![other.said("does anybody hear me?")]);
    rows.event_of("call");
    words.done(json!({ "command": "listExtensions" }));
    setup.store.journal(vec![other.said("no?")]);
    // One line was being sent when the program unsubscribed; events after it are not sent.
    subscribe(&mut words, &["calls"]);
    let mut passed = words.event();
    while passed["kind"] == "transcript" {
        assert_ne!(passed["line"]["text"], "does anybody hear me?");
        assert_ne!(passed["line"]["text"], "no?");
        passed = words.event();
    }
    assert_eq!(passed["kind"], "snapshot", "a new subscription starts with a snapshot");
}

#[test]
fn calls_of_other_organizations_are_not_reported() {
    let setup = Setup::open();
    let mut program = program(&setup);
    subscribe(&mut program, &["calls", "transcripts"]);
    assert_eq!(program.event()["calls"], json!([]));
    let mut foreign = Conversation::new(OrganizationId(uuid::Uuid::now_v7()));
    let mut own = conversation(&setup);
    setup.store.journal(vec![foreign.started()]);
    setup.store.journal(vec![own.started()]);
    assert_eq!(program.event()["entry"]["call_id"], own.call_id.to_string());
}

#[test]
fn actors_and_metrics_come_at_once_and_on_every_change() {
    let setup = Setup::open();
    let mut program = program(&setup);
    subscribe(&mut program, &["actors", "metrics"]);
    assert_eq!(program.event()["kind"], "snapshot");
    let first = [program.event(), program.event()];
    assert_eq!((&first[0]["kind"], &first[1]["kind"]), (&json!("actors"), &json!("metrics")));
    assert_eq!(first[0]["actors"]["registry"]["restarts"], 1);
    assert_eq!(first[1]["metrics"]["cordboard_calls_live"], json!(0.0));
    setup.answers.lock().unwrap().census.calls = 3;
    let mut told = program.event_of("metrics");
    while told["metrics"]["cordboard_calls_live"] != json!(3.0) {
        told = program.event_of("metrics");
    }
    assert!(seq(&told) > seq(&first[1]));
}

#[test]
fn a_reconnecting_client_gets_missed_events_exactly_once() {
    let setup = Setup::open();
    let mut said = conversation(&setup);
    setup.journal(said.live());
    let mut watcher = program(&setup);
    subscribe(&mut watcher, &["calls", "transcripts"]);
    let mut program = program(&setup);
    subscribe(&mut program, &["calls", "transcripts"]);
    let mut got = vec![program.event()];
    watcher.event();
    setup.store.journal(vec![said.said("before")]);
    got.extend([program.event(), program.event()]);
    drop(program);

    setup.store.journal(vec![said.said("meanwhile"), said.said("and again")]);
    let seen: Vec<Value> = (0..6).map(|_| watcher.event()).collect();
    let mut back = crate::program(&setup);
    let after = seq(got.last().unwrap());
    let topics = ["calls", "transcripts"];
    let resumed = back.done(json!({ "command": "subscribe", "topics": topics, "after": after }));
    assert_eq!(resumed, json!({ "resumed": true, "seq": seq(&seen[5]) }));
    setup.store.journal(vec![said.said("afterwards")]);
    got.extend((0..6).map(|_| back.event()));
    let afterwards: Vec<Value> = (0..2).map(|_| watcher.event()).collect();
    assert_eq!(got[1..], [seen, afterwards].concat(), "like a client that never left");
    let again = back.done(json!({ "command": "subscribe", "topics": topics, "after": seq(&got[8]) }));
    assert_eq!(again, json!({ "resumed": true, "seq": seq(&got[8]) }), "nothing was missed");
}

#[test]
fn clients_returning_late_or_from_elsewhere_get_a_snapshot() {
    let setup = Setup::open();
    let mut said = conversation(&setup);
    setup.journal(said.live());
    let mut program = program(&setup);
    let now = subscribe(&mut program, &["calls"])["seq"].as_u64().unwrap();
    program.event();
    for after in [0, 17, now - 1, now + 1, u64::MAX] {
        let subscribed = program.done(json!({ "command": "subscribe", "topics": ["calls"], "after": after }));
        assert_eq!(subscribed["resumed"], false, "{after}");
        assert_eq!(program.event()["kind"], "snapshot");
    }
    // More than the 4,096 events that are kept.
    let mut line = 0;
    for _ in 0..50 {
        setup.store.journal((0..100).map(|_| said.said("and so on")).collect());
        for _ in 0..100 {
            line = seq(&program.event_of("entry"));
        }
    }
    assert!(line > now + 5_000);
    let late = program.done(json!({ "command": "subscribe", "topics": ["calls"], "after": now }));
    assert_eq!(late["resumed"], false);
    assert_eq!(program.event()["kind"], "snapshot");
    let in_time = program.done(json!({ "command": "subscribe", "topics": ["calls"], "after": line - 4_000 }));
    assert_eq!(in_time["resumed"], true);
    // Every other number belongs to a line, which was not subscribed to.
    let missed: Vec<u64> = (0..2_000).map(|_| seq(&program.event())).collect();
    assert!(missed.iter().all(|seq| *seq > line - 4_000) && missed.is_sorted());
}
