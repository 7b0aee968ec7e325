//! A person sends the caller on from their own phone, as an Asterisk's events report it.

use cordboard_test_support::ami::{AmiPort, Manner};
use tokio::time::sleep;
use uuid::Uuid;

use super::link::{beside, ms};
use crate::book::Book;
use crate::world::virtually;

const AUDIO: Uuid = Uuid::from_u128(1);
/// Channels, by their ids and names.
const CALLER: (&str, &str) = ("1795157377.0", "PJSIP/trunk-1");
const PERSON: (&str, &str) = ("1795157380.4", "PJSIP/2001-1");
const NEXT: (&str, &str) = ("1795157390.7", "PJSIP/2002-1");

/// An event of a channel.
fn event(kind: &str, (id, name): (&str, &str), more: &str) -> String {
    format!("Event: {kind}\nChannel: {name}\nChannelState: 6\nUniqueid: {id}\nLinkedid: {id}\n{more}")
}

/// The caller's channel as a list shows it, while its dialplan dials this.
fn dialling(what: &str) -> String {
    let (id, name) = CALLER;
    format!(
        "Channel: {name}\nChannelState: 6\nUniqueid: {id}\nLinkedid: {id}\nApplication: Dial\nApplicationData: {what}"
    )
}

/// The caller and another party enter this bridge, or leave it.
fn both(port: &AmiPort, kind: &str, bridge: &str, other: (&str, &str)) {
    for channel in [other, CALLER] {
        port.say(&event(kind, channel, &format!("BridgeUniqueid: {bridge}")));
    }
}

/// The dialplan rings the next person, and meanwhile the connection to the switch is lost and restored.
#[test]
fn a_caller_sent_on_by_phone_has_the_next_person() {
    virtually(async || {
        let port = AmiPort::open_here(Manner::Whole).await.unwrap();
        port.has(&[dialling(&format!("AudioSocket/127.0.0.1:9092/{AUDIO}/c(slin),,g"))]);
        beside(&port, async |server| {
            sleep(ms(1_000)).await;
            let caller = server.caller(AUDIO).await;
            let id = server.call_of(AUDIO).await["id"].as_str().unwrap().to_owned();
            server.event(&id, "control_attached").await;
            port.say(&event("Newchannel", PERSON, "Exten: 2001"));
            both(&port, "BridgeEnter", "b2", PERSON);
            server.event(&id, "bridged").await;
            caller.hang_up();

            let (transferer, transferee) = (PERSON.0, CALLER.0);
            port.say(&format!(
                "Event: BlindTransfer\nResult: Success\nTransfererUniqueid: {transferer}\nTransfereeUniqueid: {transferee}\nExtension: 2002"
            ));
            both(&port, "BridgeLeave", "b2", PERSON);
            port.say(&event("Hangup", PERSON, "Cause: 16"));
            port.has(&[dialling("PJSIP/2002")]);
            sleep(ms(10_000)).await;
            port.cut();
            server.wait_events(&id, "control_attached", 2).await;
            sleep(ms(10_000)).await;
            assert_eq!(server.row(&id).await["state"], "live");
            assert_eq!(server.events_of(&id, "unbridged").await.len(), 0);
            let is_moved = port.acted().iter().any(|acted| acted.action.is("Action", "Redirect"));
            assert!(!is_moved, "the caller was taken away from the next person");

            port.say(&event("Newchannel", NEXT, "Exten: 2002"));
            both(&port, "BridgeEnter", "b3", NEXT);
            server.wait_events(&id, "bridged", 2).await;
            sleep(ms(1_000)).await;
            both(&port, "BridgeLeave", "b3", NEXT);
            port.say(&event("Hangup", CALLER, "Cause: 16"));
            assert_eq!(server.ending(&id).await, ("normal_clearing".into(), "switch".into()));
        })
        .await;
    });
}
