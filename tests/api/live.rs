//! The live view: server-sent events, as pages and programs see them.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use cordboard_schema::audio::SampleRate;
use cordboard_schema::call::LegKind;
use cordboard_schema::dialplan::NextStep;
use cordboard_schema::event::{Decision, Fact};
use cordboard_schema::ids::{CallId, LegId};
use cordboard_schema::limits::LIVE_CLIENTS_MAX;
use cordboard_schema::permission::Role;
use cordboard_schema::supervision::{SupervisionEnd, SupervisionMode, SupervisorRequest};
use cordboard_schema::switch::HandoffFailure;
use cordboard_test_support::control::Program;
use serde_json::{Value, json};

use crate::entries::Conversation;
use crate::floor::Person;
use crate::people::{bearer, owner};
use crate::setup::{ADMIN, Setup};

pub(crate) use cordboard_test_support::live::Viewer;

const POLICY: &str = "/api/v1/supervision-policy";

fn open(setup: &Setup, query: &str) -> Viewer {
    open_as(setup, query, ADMIN)
}

pub(crate) fn open_as(setup: &Setup, query: &str, token: &str) -> Viewer {
    Viewer::open(setup.address, query, token)
}

/// Returns the kinds of the next entries up to one of that kind, and the last row sent before or right after it.
fn until(viewer: &mut Viewer, kind: &str) -> Vec<String> {
    let mut kinds = Vec::new();
    while kinds.last().is_none_or(|last| last != kind) {
        let event = viewer.event();
        if event["kind"] == "entry" {
            kinds.push(event["entry"]["kind"].as_str().unwrap().to_owned());
        }
    }
    kinds
}

/// Returns a call's row as the live view reports it: without notes and tags.
fn row(setup: &Setup, id: CallId) -> Value {
    let mut row = setup.json(&format!("/api/v1/calls/{id}"));
    // These are not reported live.
    for (field, value) in [("tags", json!([])), ("judge_micros", json!(0))] {
        assert_eq!(row.as_object_mut().and_then(|row| row.remove(field)), Some(value));
    }
    row
}

#[test]
fn a_live_view_begins_with_a_snapshot_before_all_events() {
    let setup = Setup::open();
    let mut before = Conversation::new(setup.store.organization_id());
    setup.store.journal(before.live());
    let held = before.entry(Decision::HoldBegan);
    let since = held.at.to_rfc3339();
    setup.store.journal(vec![held]);
    let mut over = Conversation::new(setup.store.organization_id());
    setup.store.journal(over.live());
    setup.store.journal(over.ended(NextStep::Hangup));

    let mut viewer = open(&setup, "");
    let snapshot = viewer.event();
    assert_eq!((&snapshot["kind"], &snapshot["seq"]), (&json!("snapshot"), &json!(1)));
    let calls = snapshot["calls"].as_array().unwrap();
    assert_eq!(calls.len(), 1, "{calls:?}");
    assert_eq!(calls[0], row(&setup, before.call_id));
    assert_eq!(calls[0]["held_since"], json!(since));

    let said = before.said("is somebody looking?");
    setup.store.journal(vec![said]);
    let event = viewer.event();
    assert_eq!((&event["kind"], &event["seq"]), (&json!("entry"), &json!(2)));
    assert_eq!(event["entry"]["call_id"], before.call_id.to_string());
    assert_eq!((&event["entry"]["seq"], &event["entry"]["kind"]), (&json!(7), &json!("caller_said")));
    assert_eq!(event["entry"]["text"], "is somebody looking?");

    setup.store.journal(before.ended(NextStep::Hangup));
    let events: Vec<Value> = (0..3).map(|_| viewer.event()).collect();
    assert_eq!(events[1]["entry"]["kind"], "ended");
    assert_eq!((&events[2]["kind"], &events[2]["call"]["state"]), (&json!("call"), &json!("ended")));
    assert_eq!(events[2]["seq"], 5, "without gaps");
    setup.store.journal(vec![before.entry(Fact::RecordingFinished { duration_ms: 4_000 })]);
    assert_eq!(viewer.event()["entry"]["kind"], "recording_finished");
    assert_eq!(viewer.event()["call"]["recording_ms"], 4_000, "entries after the end are reported, too");

    let mut new = Conversation::new(setup.store.organization_id());
    setup.store.journal(new.live());
    let started: Vec<Value> = (0..2).map(|_| viewer.event()).collect();
    assert_eq!(started[0]["entry"]["kind"], "call_started");
    assert_eq!(
        (&started[1]["call"]["id"], &started[1]["call"]["state"]),
        (&json!(new.call_id.to_string()), &json!("waiting"))
    );
}

#[test]
fn a_view_of_one_call_shows_no_other() {
    let setup = Setup::open();
    let (mut one, mut other) =
        (Conversation::new(setup.store.organization_id()), Conversation::new(setup.store.organization_id()));
    setup.journal(one.live());
    setup.journal(other.live());
    let mut viewer = open(&setup, &format!("?call_id={}", one.call_id));
    let mut all = open(&setup, "");
    assert_eq!(viewer.event()["calls"].as_array().unwrap().len(), 1);
    assert_eq!(all.event()["calls"].as_array().unwrap().len(), 2);
    setup.journal(vec![other.said("not for you"), one.said("for you")]);
    let event = viewer.event();
    assert_eq!(
        (&event["seq"], &event["entry"]["text"]),
        (&json!(2), &json!("for you")),
        "numbers have no gaps"
    );
    assert_eq!(until(&mut all, "caller_said").len(), 1);
    setup.get("/api/v1/live?call_id=17").problem(400);
    setup.get("/api/v1/live?calls=17").problem(400);
}

#[test]
fn a_client_that_does_not_read_is_cut_off_alone() {
    let setup = Setup::open();
    let mut said = Conversation::new(setup.store.organization_id());
    setup.journal(said.live());
    let mut sleeper = TcpStream::connect(setup.address).unwrap();
    write!(
        sleeper,
        "GET /api/v1/live HTTP/1.1\r\nConnection: close\r\nAuthorization: Bearer {ADMIN}\r\n\r\n"
    )
    .unwrap();
    let mut reader = open(&setup, "");
    reader.event();
    // More than the kernel's buffers and the queue hold.
    let text = "x".repeat(20_000);
    let began = Instant::now();
    for _ in 0..2_500 {
        setup.store.journal(vec![said.said(&text)]);
        reader.event();
    }
    let mut got = Vec::new();
    sleeper.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    sleeper.read_to_end(&mut got).unwrap();
    assert!(got.len() < 2_500 * text.len(), "nothing was cut off");
    assert!(began.elapsed() < Duration::from_secs(60));
}

#[test]
fn viewers_are_limited_and_their_places_become_free() {
    let setup = Setup::open();
    let mut viewers: Vec<Viewer> = (0..LIVE_CLIENTS_MAX).map(|_| open(&setup, "")).collect();
    viewers.iter_mut().for_each(|viewer| assert_eq!(viewer.event()["kind"], "snapshot"));
    let refused = setup.get("/api/v1/live");
    assert_eq!(refused.problem_code(503), "unavailable");
    assert!(refused.header("retry-after").is_some());
    viewers.clear();
    let mut said = Conversation::new(setup.store.organization_id());
    setup.store.journal(said.live());
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        // The server notices that a client is gone when it writes to it.
        setup.store.journal(vec![said.said("hello?")]);
        let mut stream = TcpStream::connect(setup.address).unwrap();
        write!(stream, "GET /api/v1/live HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {ADMIN}\r\n\r\n")
            .unwrap();
        let mut status = String::new();
        BufReader::new(stream).read_line(&mut status).unwrap();
        if status.contains("200") {
            break;
        }
        assert!(Instant::now() < deadline, "{status}");
    }
}

#[test]
fn a_server_that_stops_ends_its_live_views() {
    let setup = Setup::open();
    let mut viewer = open(&setup, "");
    viewer.event();
    let began = Instant::now();
    drop(setup);
    assert!(began.elapsed() < Duration::from_secs(5), "it took {:?}", began.elapsed());
    // The connection may be closed or broken off.
    let _ = viewer.rest();
}

#[test]
fn offered_agents_are_named_at_once() {
    let setup = Setup::open();
    let [ada, grace] = ["Ada", "Grace"].map(|name| Person::of(&setup, name, Role::Agent));
    let mut said = Conversation::new(setup.store.organization_id());
    setup.store.journal(said.live());
    setup.store.journal(vec![said.passed(ada.user_id(), HandoffFailure::NoAnswer)]);
    let mut viewer = open(&setup, "");
    let seen = |call: &Value| -> Vec<(Value, Value)> {
        let agents = call["agents"].as_array().unwrap().iter();
        agents.map(|agent| (agent["name"].clone(), agent["outcome"].clone())).collect()
    };
    let missed = (json!("Ada"), json!("missed"));
    assert_eq!(seen(&viewer.event()["calls"][0]), std::slice::from_ref(&missed));
    setup.journal(said.joined(grace.user_id()));
    for outcome in ["accepted", "talking"] {
        assert_eq!(viewer.event()["kind"], "entry");
        assert_eq!(seen(&viewer.event()["call"]), [missed.clone(), (json!("Grace"), json!(outcome))]);
    }
    let whole = open(&setup, "").event();
    assert_eq!(whole["calls"][0], row(&setup, said.call_id));
}

/// A desk never shows a silent supervisor; other reports of calls agree with that.
#[test]
fn under_a_silent_policy_agents_see_no_supervisor() {
    let setup = Setup::open();
    let mut policy = json!({
        "listen": "supervisor", "whisper": "supervisor", "barge": "supervisor", "take_over": "supervisor",
        "silent": true, "tell_caller": false,
    });
    assert_eq!(setup.send("PUT", POLICY, &policy).status, 200);
    let [ada, sam] =
        [("Ada", Role::Agent), ("Sam", Role::Supervisor)].map(|(name, role)| Person::of(&setup, name, role));
    let mut said = Conversation::new(setup.store.organization_id());
    setup.journal(said.live());
    let [mut agents, mut leads] = [&ada, &sam].map(|person| {
        let mut viewer = open_as(&setup, "", person.token.as_str().unwrap());
        assert_eq!(viewer.event()["kind"], "snapshot");
        viewer
    });
    let scopes = json!({ "name": "board", "scopes": ["calls_read", "calls_control"] });
    let made = setup.send("POST", "/api/v1/api-tokens", &scopes).json();
    let bearer = format!("Bearer {}", made["token"].as_str().unwrap());
    let mut program = Program::knock_at(setup.address, "/ws/control", &[("Authorization", &bearer)]).unwrap();
    program.done(json!({ "command": "subscribe", "topics": ["calls"] }));

    let (user_id, leg, mode) = (sam.user_id(), LegId(4), SupervisionMode::Listen);
    let wish = SupervisorRequest::Supervise { mode, silent: true, tell_caller: false };
    setup.journal(vec![
        said.entry(Fact::SupervisorAsked { user_id, wish }),
        said.entry(Fact::LegJoined { leg, leg_kind: LegKind::Web, rate: SampleRate::HZ_24000 }),
        said.entry(Decision::SupervisorJoined { user_id, leg, mode }),
        said.said("Hello?"),
    ]);
    assert_eq!(until(&mut agents, "caller_said"), ["caller_said"]);
    let whole = ["supervisor_asked", "leg_joined", "supervisor_joined", "caller_said"];
    assert_eq!(until(&mut leads, "caller_said"), whole);
    let told = loop {
        let event = program.event();
        if event["kind"] == "entry" {
            break event["entry"]["kind"].clone();
        }
    };
    assert_eq!(told, "caller_said");

    let path = format!("/api/v1/calls/{}/events", said.call_id);
    let page = |person: &Person, asked: &str| {
        let page = person.send(&setup, "GET", &format!("{path}{asked}"), &Value::Null).json();
        let entries = page["items"].as_array().unwrap();
        let kinds: Vec<String> =
            entries.iter().map(|entry| entry["kind"].as_str().unwrap().to_owned()).collect();
        (kinds, page["next_cursor"].clone())
    };
    assert!(page(&sam, "").0.ends_with(&whole.map(str::to_owned)));
    assert_eq!(page(&ada, "?after_seq=4").0, ["caller_said"; 2]);
    assert_eq!(page(&ada, "?after_seq=5&limit=2"), (Vec::new(), json!("7")), "the list continues after them");

    // A policy that shows supervisors to agents also shows the journal.
    policy["silent"] = json!(false);
    assert_eq!(setup.send("PUT", POLICY, &policy).status, 200);
    assert!(page(&ada, "").0.ends_with(&whole.map(str::to_owned)));
    setup.journal(vec![
        said.entry(Decision::SupervisorLeft { user_id, heard_ms: Some(900), how: SupervisionEnd::Left }),
        said.said("Good bye"),
    ]);
    assert_eq!(until(&mut agents, "caller_said"), ["supervisor_left", "caller_said"]);
}

/// Not only when something happens, or when the next heartbeat is due.
#[test]
fn a_view_ends_at_once_with_its_sign_in() {
    let setup = Setup::open();
    let ada = owner(&setup, "ada@example.com");
    let mut viewer = open_as(&setup, "?topics=changes", ada.as_str().unwrap());
    assert_eq!(viewer.event()["kind"], "snapshot");
    assert_eq!(bearer(&setup, "POST", "/api/v1/auth/logout", &ada, &Value::Null).status, 204);
    let rest = viewer.rest().unwrap();
    assert!(!rest.contains("still here"), "{rest}");
}

#[test]
fn a_signed_out_user_sees_nothing_more() {
    let setup = Setup::open();
    let ada = owner(&setup, "ada@example.com");
    let mut viewer = open_as(&setup, "", ada.as_str().unwrap());
    assert_eq!(viewer.event()["kind"], "snapshot");
    assert_eq!(bearer(&setup, "POST", "/api/v1/auth/logout", &ada, &Value::Null).status, 204);
    let mut said = Conversation::new(setup.store.organization_id());
    setup.journal(said.live());
    let rest = viewer.rest().unwrap();
    assert!(!rest.contains("data:"), "{rest}");
}
