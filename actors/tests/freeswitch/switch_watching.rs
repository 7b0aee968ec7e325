//! Channels whose events calls want.

use cordboard_actors::messages::{Listening, ToCall, ToSwitch};
use cordboard_schema::call::{HangupBy, HangupCause};
use cordboard_schema::digit::Digit;
use cordboard_schema::event::Fact;
use cordboard_schema::switch::{AnswerState, ChannelSeen, ControlLink, SwitchKind};

use crate::switch_stage::{CALLER, Call, PERSON, Peer, Stage, captured, dump};

/// A call that gets its channel's events over our connection, and has received everything from the dump.
pub(crate) async fn listening_call(stage: &Stage, peer: &mut Peer, headers: &[(&str, &str)]) -> Call {
    let call = stage.watching_call(peer).await;
    stage.tell(ToSwitch::Listen { channel: CALLER, listening: Listening::Inbound });
    peer.accept(&format!("filter Unique-ID {CALLER}")).await;
    peer.expect(&format!("api uuid_dump {CALLER} json")).await;
    peer.api(&dump(CALLER, headers)).await;
    call
}

#[actix::test]
async fn a_call_gets_the_state_of_its_channel() {
    let stage = Stage::open().await;
    let mut peer = stage.connected().await;
    let mut call = stage.call();
    stage.watch(&call);
    peer.expect(&format!("api uuid_dump {CALLER} json")).await;
    let person = PERSON.to_string();
    let headers = [
        ("Answer-State", "early"),
        ("variable_bridge_to", person.as_str()),
        ("variable_sip_to_host", "pbx.example"),
        ("variable_read_rate", "8000"),
        ("Caller-Caller-ID-Number", "+4930123"),
        ("Caller-Destination-Number", "5000"),
    ];
    peer.api(&dump(CALLER, &headers)).await;
    let channel = ChannelSeen {
        switch: SwitchKind::Freeswitch,
        answer_state: AnswerState::Early,
        bridged_with: Some(person),
        is_held: None,
        domain: Some("pbx.example".to_owned()),
        read_rate: Some(8_000),
        from: Some("+4930123".to_owned()),
        to: Some("5000".to_owned()),
        unrouted: None,
        unrouted_for: None,
    };
    assert_eq!(call.fact().await, Fact::ControlAttached { link: ControlLink::Inbound, channel });
    assert_eq!(stage.shown().await.calls, 1);
    stage.tell(ToSwitch::Unwatch { channel: CALLER });
    assert_eq!(stage.shown().await.calls, 0);
}

#[actix::test]
async fn the_dump_of_a_real_switch_is_understood() {
    let capture = captured("in_api");
    let text = String::from_utf8_lossy(&capture);
    let start = text.find("{\"Event-Name\":\"CHANNEL_DATA\"").unwrap();
    let end = start + text[start..].find('}').unwrap() + 1;
    let stage = Stage::open().await;
    let mut peer = stage.connected().await;
    let mut call = stage.call();
    stage.watch(&call);
    peer.expect(&format!("api uuid_dump {CALLER} json")).await;
    peer.api(&text[start..end]).await;
    let channel = ChannelSeen {
        switch: SwitchKind::Freeswitch,
        answer_state: AnswerState::Answered,
        bridged_with: None,
        is_held: None,
        domain: Some("127.0.0.1".to_owned()),
        read_rate: Some(8_000),
        from: Some("1001".to_owned()),
        to: Some("6000".to_owned()),
        unrouted: None,
        unrouted_for: None,
    };
    assert_eq!(call.fact().await, Fact::ControlAttached { link: ControlLink::Inbound, channel });
}

/// It may belong to another switch: the call knows whether the channel has a live control link.
#[actix::test]
async fn a_missing_channel_is_reported_once() {
    let stage = Stage::open().await;
    let mut peer = stage.connected().await;
    let mut call = stage.call();
    stage.watch(&call);
    peer.expect(&format!("api uuid_dump {CALLER} json")).await;
    peer.api("-ERR No such channel!\n").await;
    assert!(matches!(call.next_message().await, ToCall::NotHeldBy { server } if server == "pbx1"));
    stage.tell(ToSwitch::Listen { channel: CALLER, listening: Listening::Inbound });
    peer.accept(&format!("filter Unique-ID {CALLER}")).await;
    peer.expect(&format!("api uuid_dump {CALLER} json")).await;
    peer.api("-ERR No such channel!\n").await;
    peer.close();
    stage.reconnected().await;
    assert!(call.has_no_message());
}

#[actix::test]
async fn a_malformed_answer_does_not_end_the_call() {
    for odd in
        ["", "-ERR no reply\n", "-ERR command not found", "true", "{\"Unique", "[]", "-USAGE: <uuid>\n"]
    {
        let stage = Stage::open().await;
        let mut peer = stage.connected().await;
        let call = stage.call();
        stage.watch(&call);
        peer.expect(&format!("api uuid_dump {CALLER} json")).await;
        peer.api(odd).await;
        stage.settled().await;
        assert!(stage.shown().await.is_connected);
        assert!(call.has_no_message(), "{odd:?}");
    }
}

#[actix::test]
async fn a_listening_call_gets_missed_and_new_events() {
    let stage = Stage::open().await;
    let mut peer = stage.connected().await;
    let person = PERSON.to_string();
    let headers = [("Answer-State", "answered"), ("variable_bridge_to", person.as_str())];
    let mut call = listening_call(&stage, &mut peer, &headers).await;
    assert_eq!(call.fact().await, Fact::ChannelAnswered);
    assert_eq!(call.fact().await, Fact::Bridged { other: person.clone() });
    assert_eq!(call.fact().await, Fact::Unheld);

    let caller = CALLER.to_string();
    let pair = [("Bridge-A-Unique-ID", caller.as_str()), ("Bridge-B-Unique-ID", person.as_str())];
    peer.event("DTMF", CALLER, &[("DTMF-Digit", "5"), ("DTMF-Duration", "960")]).await;
    peer.event("CHANNEL_UNBRIDGE", CALLER, &pair).await;
    peer.event("CHANNEL_HOLD", CALLER, &[]).await;
    peer.event("DTMF", PERSON, &[("DTMF-Digit", "9")]).await;
    peer.event(
        "CHANNEL_HANGUP",
        CALLER,
        &[("Hangup-Cause", "USER_BUSY"), ("variable_sip_term_status", "200")],
    )
    .await;
    peer.event("CHANNEL_HANGUP_COMPLETE", CALLER, &[("Hangup-Cause", "USER_BUSY")]).await;
    let five = Digit::try_from('5').unwrap();
    assert_eq!(call.fact().await, Fact::Dtmf { leg: None, digit: five, duration_ms: Some(120) });
    assert_eq!(call.fact().await, Fact::Unbridged);
    assert_eq!(call.fact().await, Fact::Held);
    let cause = HangupCause("user_busy".to_owned());
    assert_eq!(call.fact().await, Fact::Hangup { by: HangupBy::Caller, cause });
    peer.close();
    stage.reconnected().await;
    assert!(call.has_no_message(), "a call that is over gets no reports from its connection");
}

#[actix::test]
async fn a_bridge_that_ended_unheard_is_reported() {
    let stage = Stage::open().await;
    let mut peer = stage.connected().await;
    let headers = [("Answer-State", "answered"), ("variable_last_bridge_to", "b")];
    let mut call = listening_call(&stage, &mut peer, &headers).await;
    assert_eq!(call.fact().await, Fact::ChannelAnswered);
    assert_eq!(call.fact().await, Fact::Unbridged);
}

#[actix::test]
async fn events_of_an_outbound_link_are_not_reported_twice() {
    let stage = Stage::open().await;
    let mut peer = stage.connected().await;
    let mut call = listening_call(&stage, &mut peer, &[("Answer-State", "ringing")]).await;
    assert_eq!(call.fact().await, Fact::Unheld);
    stage.tell(ToSwitch::Listen { channel: CALLER, listening: Listening::Outbound });
    peer.accept(&format!("filter delete Unique-ID {CALLER}")).await;
    peer.event("CHANNEL_ANSWER", CALLER, &[]).await;
    stage.tell(ToSwitch::Listen { channel: CALLER, listening: Listening::Inbound });
    peer.accept(&format!("filter Unique-ID {CALLER}")).await;
    peer.expect(&format!("api uuid_dump {CALLER} json")).await;
    assert!(call.has_no_message());
}

#[actix::test]
async fn listening_continues_after_a_reconnect() {
    let stage = Stage::open().await;
    let mut peer = stage.connected().await;
    let mut call = listening_call(&stage, &mut peer, &[("Answer-State", "answered")]).await;
    assert_eq!(call.fact().await, Fact::ChannelAnswered);
    assert_eq!(call.fact().await, Fact::Unheld);
    peer.close();
    assert!(matches!(call.fact().await, Fact::ControlLost { link: ControlLink::Inbound, .. }));
    let mut peer = stage.reconnected().await;
    peer.accept(&format!("filter Unique-ID {CALLER}")).await;
    peer.expect(&format!("api uuid_dump {CALLER} json")).await;
    peer.api("-ERR No such channel!\n").await;
    assert_eq!(call.fact().await, Fact::ChannelGone);
}

#[actix::test]
async fn a_gone_channels_late_hang_up_is_still_reported() {
    let stage = Stage::open().await;
    let mut peer = stage.connected().await;
    let mut call = listening_call(&stage, &mut peer, &[("Answer-State", "answered")]).await;
    assert_eq!(call.fact().await, Fact::ChannelAnswered);
    assert_eq!(call.fact().await, Fact::Unheld);
    stage.tell(ToSwitch::Listen { channel: CALLER, listening: Listening::Inbound });
    peer.expect(&format!("api uuid_dump {CALLER} json")).await;
    peer.api("-ERR No such channel!\n").await;
    assert_eq!(call.fact().await, Fact::ChannelGone);
    peer.event("CHANNEL_HANGUP", CALLER, &[("Hangup-Cause", "NORMAL_CLEARING")]).await;
    peer.event("CHANNEL_HANGUP_COMPLETE", CALLER, &[("Hangup-Cause", "NORMAL_CLEARING")]).await;
    let cause = HangupCause::normal_clearing();
    assert_eq!(call.fact().await, Fact::Hangup { by: HangupBy::Switch, cause });
    stage.settled().await;
    assert!(call.has_no_message());
}
