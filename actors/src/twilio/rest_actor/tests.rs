//! The actor of an account: how long it lives, and the room events that it keeps.

use std::sync::{Arc, Weak};
use std::time::Duration;

use cordboard_schema::event::Fact;
use cordboard_schema::ids::{CallId, EffectId, OutsideId};
use cordboard_schema::outbound::DialProgress;
use cordboard_schema::switch::HandoffFailure;
use cordboard_schema::wire::twilio::{CallStatus, ConferenceEvent, ConferenceEventKind, StatusEvent};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use super::{TwilioActor, TwilioSettings};
use crate::line::{CallLine, CallMailbox, SwitchLine, TwilioLine};
use crate::messages::{AwaitedDial, Phone, ToCall, ToSwitch, ToTwilio};
use crate::outside_access::{AddressGuard, OutsideAccess};
use crate::twilio::{RestAccess, RestSecret};

const ACCOUNT: &str = "AC11111111111111111111111111111111";
/// Longer than the actor takes to notice that it is no longer used.
const SOON: Duration = Duration::from_secs(20);

/// Returns the lines to an actor, and a reference that lives as long as the actor does.
fn started() -> (SwitchLine, TwilioLine, Weak<()>) {
    started_with("https://localhost:1")
}

/// The same, with the API at this address.
fn started_with(base_url: &str) -> (SwitchLine, TwilioLine, Weak<()>) {
    let life = Arc::new(());
    let lives = Arc::downgrade(&life);
    let guard = AddressGuard::new(move |_| Arc::strong_count(&life) > 0);
    let settings = TwilioSettings {
        name: "twilio".to_owned(),
        access: RestAccess {
            base_url: base_url.to_owned(),
            account: ACCOUNT.parse().unwrap(),
            user: ACCOUNT.to_owned(),
            secret: RestSecret::new("tiger-77"),
        },
        public_base: "https://calls.example.com".to_owned(),
        caller_id: Some("+15550100001".parse().unwrap()),
        sip_domain: Some("pbx.example.com".to_owned()),
        meter: Default::default(),
        way: OutsideAccess { guard: Some(guard), ..OutsideAccess::anywhere().unwrap() },
    };
    let (switch, line) = TwilioActor::start(settings).unwrap();
    (switch, line, lives)
}

/// A report about a party of this person's room.
fn room_event(person: Uuid, kind: ConferenceEventKind, label: &str) -> ConferenceEvent {
    ConferenceEvent {
        conference: format!("CF{}", "1".repeat(32)).parse().unwrap(),
        room: format!("cb-{person}"),
        kind,
        call: Some(format!("CA{}", "1".repeat(32)).parse().unwrap()),
        label: Some(label.to_owned()),
        sequence: Some(1),
        muted: false,
        hold: false,
        coaching: false,
        reason: None,
    }
}

/// An API that answers requests by their paths; returns its address.
async fn api(answer: impl Fn(&str) -> (&'static str, Value) + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    actix_rt::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut asked: Vec<u8> = Vec::new();
            while !asked.ends_with(b"\r\n\r\n")
                && stream.read_buf(&mut asked).await.is_ok_and(|length| length > 0)
            {}
            let asked = String::from_utf8_lossy(&asked).into_owned();
            let (status, body) = answer(asked.split(' ').nth(1).unwrap_or_default());
            let (body, kind) = (body.to_string(), "Content-Type: application/json");
            let length = body.len();
            let answer = format!(
                "HTTP/1.1 {status}\r\n{kind}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
            );
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    format!("http://{address}")
}

/// An API where a caller is alone in the room of this person; returns its address.
async fn api_of_lone_caller(person: Uuid) -> String {
    let digits = "1".repeat(32);
    api(move |path| {
        if path.ends_with("/Participants/agent.json") {
            ("404 Not Found", json!({ "code": 20404, "message": "No.", "status": 404 }))
        } else if path.contains("/Conferences.json") {
            let own = json!({
                "sid": format!("CF{digits}"), "friendly_name": format!("cb-{person}"), "status": "in-progress",
            });
            ("200 OK", json!({ "conferences": [own] }))
        } else {
            ("200 OK", json!({ "sid": format!("CA{digits}"), "status": "in-progress" }))
        }
    })
    .await
}

async fn ended(lives: &Weak<()>) {
    let ended = async {
        while lives.strong_count() > 0 {
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(SOON, ended).await.unwrap();
}

#[actix::test]
async fn an_unused_account_has_no_actor() {
    let (switch, line, lives) = started();
    drop(line);
    let (channel, call_id) = (Uuid::from_u128(1), CallId(Uuid::from_u128(2)));
    let (call, mut mailbox) = CallLine::open();
    // While one of its lines is held it has an actor: the call gets the report that there is a link.
    assert!(switch.tell(ToSwitch::Watch { channel, call_id, held_from: None, phone_holds: false, call }));
    timeout(SOON, mailbox.recv()).await.unwrap().unwrap();
    assert!(lives.strong_count() > 0);
    assert!(switch.tell(ToSwitch::Unwatch { channel }));
    drop(switch);
    ended(&lives).await;
}

#[actix::test]
async fn callers_in_the_room_before_the_person_rings_are_joined() {
    let (switch, line, _lives) = started();
    let (person, channel) = (Uuid::from_u128(7), Uuid::from_u128(1));
    let caller_came = room_event(person, ConferenceEventKind::Joined, "caller");
    line.tell(ToTwilio::RoomReported { person, event: Box::new(caller_came) }).unwrap();
    let (call, mut mailbox) = CallLine::open();
    // Once it has answered this it has handled all reports before it.
    let call_id = CallId(Uuid::from_u128(2));
    assert!(switch.tell(ToSwitch::Watch {
        channel,
        call_id,
        held_from: None,
        phone_holds: false,
        call: call.clone()
    }));
    timeout(SOON, mailbox.recv()).await.unwrap().unwrap();
    let phone = Phone::at(&"internal,2001,1".parse().unwrap(), None);
    let (handoff, timeout_ms) = (EffectId(1), 20_000);
    assert!(switch.tell(ToSwitch::Ring {
        handoff,
        channel: person,
        phone,
        caller_number: None,
        timeout_ms,
        call
    }));
    let answered = StatusEvent {
        call: format!("CA{}", "2".repeat(32)).parse().unwrap(),
        parent: None,
        status: CallStatus::InProgress,
        sequence: Some(2),
        duration_s: None,
        sip_code: None,
        error_code: None,
        answered_by: None,
    };
    let mut facts = Vec::new();
    for _ in 0..20 {
        // The person may become known a moment later; the same report twice counts once.
        let event = Box::new(answered.clone());
        line.tell(ToTwilio::PersonReported { person, event }).unwrap();
        if let Ok(Some(ToCall::Fact(fact))) = timeout(Duration::from_millis(50), mailbox.recv()).await {
            assert!(!matches!(fact, Fact::HandoffFailed { .. }), "{fact:?}");
            facts.push(fact);
        }
    }
    let bridged = Fact::Bridged { other: person.to_string() };
    assert!(facts.contains(&Fact::HandoffAccepted { handoff }) && facts.contains(&bridged), "{facts:?}");
}

#[actix::test]
async fn a_person_leaving_before_the_restarted_call_reports_is_noticed() {
    let (switch, line, _lives) = started();
    let (person, channel) = (Uuid::from_u128(7), Uuid::from_u128(1));
    let event = Box::new(room_event(person, ConferenceEventKind::Left, "agent"));
    line.tell(ToTwilio::RoomReported { person, event }).unwrap();
    let (watching, mut watched) = CallLine::open();
    // Once it has answered this it has handled the report before it.
    let call_id = CallId(Uuid::from_u128(2));
    let watch = ToSwitch::Watch { channel, call_id, held_from: None, phone_holds: false, call: watching };
    assert!(switch.tell(watch));
    timeout(SOON, watched.recv()).await.unwrap().unwrap();
    let (call, mut mailbox) = CallLine::open();
    let handoff = EffectId(1);
    assert!(switch.tell(ToSwitch::WithPerson { channel, handoff, person, is_joined: true, call }));
    let told = timeout(SOON, mailbox.recv()).await.unwrap();
    assert!(matches!(told, Some(ToCall::Fact(Fact::Unbridged))), "{told:?}");
}

#[actix::test]
async fn a_person_who_left_during_a_restart_is_missed() {
    let person = Uuid::from_u128(7);
    let (switch, _line, _lives) = started_with(&api_of_lone_caller(person).await);
    let (call, mut mailbox) = CallLine::open();
    let (channel, handoff) = (Uuid::from_u128(1), EffectId(1));
    assert!(switch.tell(ToSwitch::WithPerson { channel, handoff, person, is_joined: true, call }));
    let told = timeout(SOON, mailbox.recv()).await.unwrap();
    assert!(matches!(told, Some(ToCall::Fact(Fact::Unbridged))), "{told:?}");
}

/// The state of the call whose name at Twilio has these digits.
fn status_event(digit: &str, status: CallStatus) -> StatusEvent {
    StatusEvent {
        call: format!("CA{}", digit.repeat(32)).parse().unwrap(),
        parent: None,
        status,
        sequence: Some(1),
        duration_s: None,
        sip_code: None,
        error_code: None,
        answered_by: None,
    }
}

/// The channel of the call that a process that died has made.
const AWAITED: Uuid = Uuid::from_u128(1);

/// Has the actor await the answer of that call, and returns what its call is told.
fn awaiting(switch: &SwitchLine, is_to_extension: bool, name: Option<OutsideId>) -> CallMailbox {
    let (call, mailbox) = CallLine::open();
    let (channel, timeout_ms, detects_mailbox) = (AWAITED, 30_000, false);
    let dial = AwaitedDial { channel, timeout_ms, detects_mailbox, is_to_extension, name, call };
    assert!(switch.tell(ToSwitch::AwaitDialled(Box::new(dial))));
    mailbox
}

/// A process that died has made it.
#[actix::test]
async fn an_awaited_call_is_reported_and_not_made_again() {
    let (asked, mut requests) = mpsc::unbounded_channel();
    let url = api(move |path| {
        let _ = asked.send(path.to_owned());
        ("200 OK", json!({ "sid": format!("CA{}", "2".repeat(32)), "status": "completed" }))
    })
    .await;
    let (switch, line, _lives) = started_with(&url);
    let mut mailbox = awaiting(&switch, false, None);
    let channel = AWAITED;
    let event = Box::new(status_event("2", CallStatus::Ringing));
    line.tell(ToTwilio::CallReported { channel, event, is_awaited: true }).unwrap();
    let told = timeout(SOON, mailbox.recv()).await.unwrap();
    let progress = DialProgress::Ringing;
    assert!(
        matches!(&told, Some(ToCall::Fact(fact)) if *fact == Fact::DialProgress { progress }),
        "{told:?}"
    );
    assert!(switch.tell(ToSwitch::StopDialling { channel }));
    // This is the first request: it is not made again.
    let ended = timeout(SOON, requests.recv()).await.unwrap().unwrap();
    assert!(ended.ends_with(&format!("/Calls/CA{}.json", "2".repeat(32))), "{ended}");
}

/// Its last callback came to no process.
#[actix::test]
async fn an_awaited_call_that_ended_meanwhile_is_missed() {
    let sid = format!("CA{}", "2".repeat(32));
    let answer = json!({ "sid": sid, "status": "no-answer" });
    let url = api(move |_| ("200 OK", answer.clone())).await;
    let (switch, _line, _lives) = started_with(&url);
    let mut mailbox = awaiting(&switch, false, Some(OutsideId::twilio(&sid.parse().unwrap())));
    let told = timeout(SOON, mailbox.recv()).await.unwrap();
    let failure = HandoffFailure::NoAnswer;
    assert!(
        matches!(&told, Some(ToCall::Fact(Fact::DialFailed { failure: own, .. })) if *own == failure),
        "{told:?}"
    );
}

/// Of an outside number the same report means that nobody has answered.
#[actix::test]
async fn an_awaited_extension_out_of_reach_is_unavailable() {
    for (is_to_extension, failure) in [(true, HandoffFailure::Unavailable), (false, HandoffFailure::NoAnswer)]
    {
        let (switch, line, _lives) = started_with(&api(|_| ("200 OK", json!({}))).await);
        let mut mailbox = awaiting(&switch, is_to_extension, None);
        let event = Box::new(StatusEvent { sip_code: Some(480), ..status_event("2", CallStatus::Failed) });
        line.tell(ToTwilio::CallReported { channel: AWAITED, event, is_awaited: true }).unwrap();
        let told = timeout(SOON, mailbox.recv()).await.unwrap();
        assert!(
            matches!(&told, Some(ToCall::Fact(Fact::DialFailed { failure: own, .. })) if *own == failure),
            "{told:?}"
        );
    }
}

#[actix::test]
async fn a_call_that_nobody_waits_for_any_more_is_ended() {
    let (asked, mut requests) = mpsc::unbounded_channel();
    let url = api(move |path| {
        let _ = asked.send(path.to_owned());
        ("200 OK", json!({ "sid": format!("CA{}", "2".repeat(32)), "status": "completed" }))
    })
    .await;
    let (_switch, line, _lives) = started_with(&url);
    let report = |digit: &str, status, is_awaited| {
        let event = Box::new(status_event(digit, status));
        line.tell(ToTwilio::CallReported { channel: Uuid::from_u128(1), event, is_awaited }).unwrap();
    };
    report("3", CallStatus::Ringing, true);
    report("4", CallStatus::InProgress, false);
    report("5", CallStatus::Completed, false);
    report("2", CallStatus::Initiated, false);
    let ended = timeout(SOON, requests.recv()).await.unwrap().unwrap();
    assert!(ended.ends_with(&format!("/Calls/CA{}.json", "2".repeat(32))), "{ended}");
}
