//! The actor of an account: how long it lives, and the room events that it keeps.

use std::sync::{Arc, Weak};
use std::time::Duration;

use cordboard_schema::event::Fact;
use cordboard_schema::ids::{CallId, EffectId};
use cordboard_schema::wire::twilio::{CallStatus, ConferenceEvent, ConferenceEventKind, StatusEvent};
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use super::{TwilioActor, TwilioSettings};
use crate::line::{CallLine, SwitchLine, TwilioLine};
use crate::messages::{Phone, ToCall, ToSwitch, ToTwilio};
use crate::outside_access::{AddressGuard, OutsideAccess};
use crate::twilio::{RestAccess, RestSecret};

const ACCOUNT: &str = "AC11111111111111111111111111111111";
/// Longer than the actor takes to notice that it is no longer used.
const SOON: Duration = Duration::from_secs(20);

/// Returns the lines to an actor, and a reference that lives as long as the actor does.
fn started() -> (SwitchLine, TwilioLine, Weak<()>) {
    let life = Arc::new(());
    let lives = Arc::downgrade(&life);
    let guard = AddressGuard::new(move |_| Arc::strong_count(&life) > 0);
    let settings = TwilioSettings {
        name: "twilio".to_owned(),
        access: RestAccess {
            base_url: "https://localhost:1".to_owned(),
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
    let caller_came = ConferenceEvent {
        conference: format!("CF{}", "1".repeat(32)).parse().unwrap(),
        room: format!("cb-{person}"),
        kind: ConferenceEventKind::Joined,
        call: Some(format!("CA{}", "1".repeat(32)).parse().unwrap()),
        label: Some("caller".to_owned()),
        sequence: Some(1),
        muted: false,
        hold: false,
        coaching: false,
        reason: None,
    };
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
