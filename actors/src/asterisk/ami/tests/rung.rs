//! Phones that are rung while channels are listed, and while the connection is away.

use cordboard_schema::agent::PhoneNow;
use cordboard_schema::switch::HandoffFailure;

use super::*;
use crate::messages::{Dial, DialledFor};

impl Desk {
    /// Rings somebody for the call, who is to be joined with its caller.
    fn ring(&mut self) -> String {
        let (call, phone) = (self.call.clone(), Phone::at(&"people,2001,1".parse().unwrap(), None));
        self.take(ToSwitch::Ring {
            handoff: EffectId(1),
            channel: PERSON,
            phone,
            caller_number: None,
            timeout_ms: 20_000,
            call,
        });
        self.asked("Originate")
    }

    /// Rings somebody outside.
    fn ring_outside(&mut self) {
        let target = serde_json::json!({ "dial": "number", "number": "+49301234" });
        let (call, target) = (self.call.clone(), serde_json::from_value(target).unwrap());
        self.take(ToSwitch::Ring {
            handoff: EffectId(1),
            channel: PERSON,
            phone: Phone::of(&target, None),
            caller_number: None,
            timeout_ms: 20_000,
            call,
        });
    }

    fn rings(&mut self) {
        self.say(&newchannel(&person(), "PJSIP/2001-1", 5));
    }

    /// Makes a call; the id of the action.
    fn dials(&mut self) -> String {
        self.dial(DialledFor::Call);
        self.asked("Originate")
    }

    fn dial(&mut self, wanted_for: DialledFor) {
        let target = serde_json::json!({ "dial": "number", "number": "+49301234" });
        let dial = Dial {
            channel: AUDIO,
            target: serde_json::from_value(target).unwrap(),
            from: None,
            timeout_ms: 20_000,
            variables: Default::default(),
            detects_mailbox: false,
            wanted_for,
            call: self.call.clone(),
        };
        self.take(ToSwitch::Dial(Box::new(dial)));
    }

    fn later(&mut self, ms: u64) {
        self.now = self.now + ms;
        self.asterisk.tick(self.now);
    }

    /// The connection is back, and the switch is about to say which channels it has.
    fn back(&mut self) {
        self.sign_in();
        self.say("Event: FullyBooted");
    }
}

fn row(channel: Uuid, state: u32) -> String {
    let id = AmiValue::channel_of_ours(channel);
    format!("Channel: PJSIP/x-1\nUniqueid: {id}\nChannelState: {state}")
}

/// The list was made before the channel was, and comes behind the order to make it.
#[test]
fn a_list_that_is_older_than_a_ring_does_not_end_it() {
    let mut desk = Desk::up();
    desk.asterisk.list_channels(desk.now);
    let list = desk.asked("CoreShowChannels");
    let originate = desk.ring();
    desk.say(&format!("Response: Success\nActionID: {list}\nEventList: start"));
    desk.say(&format!("Event: CoreShowChannelsComplete\nActionID: {list}\nEventList: Complete"));
    desk.say(&answer(&originate, "Message: Originate successfully queued"));
    assert!(desk.facts().is_empty(), "nobody knows yet");
    desk.rings();
    desk.say(&format!("Event: OriginateResponse\nActionID: {originate}\nResponse: Success\nReason: 4"));
    assert_eq!(desk.kinds(), ["handoff_ringing", "handoff_accepted"]);
}

/// Its end was reported to nobody meanwhile.
#[test]
fn a_ring_that_is_gone_when_the_connection_is_back_has_failed() {
    for (row, told) in [
        (None, Fact::HandoffFailed { handoff: EffectId(1), failure: HandoffFailure::Timeout }),
        (Some(6), Fact::HandoffAccepted { handoff: EffectId(1) }),
    ] {
        let mut desk = Desk::up();
        desk.ring();
        desk.rings();
        desk.facts();
        desk.asterisk.lost(WireFault::Ended, desk.now);
        desk.sign_in();
        desk.say("Event: FullyBooted");
        let row =
            row.map(|state| format!("Channel: PJSIP/2001-1\nUniqueid: {}\nChannelState: {state}", person()));
        desk.list(&row.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(desk.facts(), [told]);
    }
}

/// Asterisk runs the dialplan of who has answered beside its word that they have.
#[test]
fn who_is_called_has_answered_also_where_their_audio_is_told_of_first() {
    let mut desk = Desk::up();
    let originate = desk.dials();
    let (id, audio) = (AmiValue::channel_of_ours(AUDIO).to_string(), "AudioSocket/127.0.0.1:9092-1");
    desk.say(&newchannel(&id, "PJSIP/trunk-1", 6));
    desk.say(&newchannel("2.2", audio, 6));
    desk.say(&bridge("BridgeEnter", "b2", &id, "PJSIP/trunk-1"));
    desk.say(&bridge("BridgeEnter", "b2", "2.2", audio));
    desk.say(&format!("Event: OriginateResponse\nActionID: {originate}\nResponse: Success\nReason: 4"));
    assert_eq!(desk.kinds(), ["dial_answered"]);
}

/// Whether an agent whose phone is gone may come back depends on it.
#[test]
fn who_puts_their_phone_down_is_told_from_one_whose_phone_is_gone() {
    let (ringing, id) = (EffectId(7), AmiValue::channel_of_ours(AUDIO).to_string());
    let failed =
        PhoneNow::Failed { failure: HandoffFailure::Declined, cause: Some(HangupCause::normal_clearing()) };
    for (word, now) in [("HangupRequest", PhoneNow::PutDown), ("SoftHangupRequest", failed)] {
        let mut desk = Desk::up();
        desk.dial(DialledFor::Phone(ringing));
        let originate = desk.asked("Originate");
        desk.say(&newchannel(&id, "PJSIP/2001-1", 6));
        desk.say(&format!("Event: OriginateResponse\nActionID: {originate}\nResponse: Success\nReason: 4"));
        desk.facts();
        desk.say(&hangup(word, &id, 16));
        desk.say(&hangup("Hangup", &id, 16));
        assert_eq!(desk.facts(), [Fact::PhoneTold { ringing, now }], "{word}");
    }
}

/// The order to hang it up can be given to nobody meanwhile.
#[test]
fn a_ring_that_is_taken_back_while_the_connection_is_away_is_hung_up_behind_that() {
    let mut desk = Desk::up();
    desk.ring();
    desk.rings();
    desk.asterisk.lost(WireFault::Ended, desk.now);
    desk.take(ToSwitch::StopRinging { channel: PERSON });
    desk.later(60_000);
    desk.facts();
    desk.back();
    desk.list(&[&row(PERSON, 5)]);
    let (_, hangup) = desk.action("Hangup");
    assert!(hangup.contains(&format!("Channel: {}", person())), "{hangup}");
    desk.later(5_000);
    assert!(desk.asterisk.dialled.is_empty(), "it is not kept without end");
    assert!(desk.facts().is_empty(), "nobody waits for it");
}

#[test]
fn who_answers_while_the_connection_is_away_is_not_given_up() {
    let mut desk = Desk::up();
    desk.dials();
    desk.say(&newchannel(&AmiValue::channel_of_ours(AUDIO).to_string(), "PJSIP/trunk-1", 5));
    assert_eq!(desk.kinds(), ["dial_progress"]);
    desk.asterisk.lost(WireFault::Ended, desk.now);
    desk.later(60_000);
    assert_eq!(desk.kinds(), Vec::<&str>::new(), "nobody knows yet");
    desk.back();
    desk.list(&[&row(AUDIO, 6)]);
    assert_eq!(desk.kinds(), ["dial_answered"]);
}

#[test]
fn who_rings_still_when_the_connection_is_back_has_a_little_time_left() {
    let mut desk = Desk::up();
    desk.dials();
    desk.asterisk.lost(WireFault::Ended, desk.now);
    desk.later(60_000);
    desk.back();
    desk.list(&[&row(AUDIO, 5)]);
    assert_eq!(desk.kinds(), Vec::<&str>::new());
    desk.later(5_000);
    assert_eq!(desk.kinds(), ["dial_failed"]);
    desk.action("Hangup");
}

#[test]
fn nobody_is_kept_without_end_where_the_connection_never_comes_back() {
    let mut desk = Desk::up();
    desk.dials();
    desk.ring();
    desk.take(ToSwitch::StopRinging { channel: PERSON });
    desk.asterisk.lost(WireFault::Ended, desk.now);
    desk.later(25_000 + 600_000 - 1);
    assert_eq!(desk.kinds(), Vec::<&str>::new());
    desk.later(1);
    assert_eq!(desk.kinds(), ["dial_failed"]);
    assert!(desk.asterisk.dialled.is_empty());
}

#[test]
fn who_is_rung_is_not_kept_without_end_where_the_switch_refuses_to_list_its_channels() {
    let mut desk = Desk::up();
    desk.dials();
    desk.ring();
    desk.asterisk.lost(WireFault::Ended, desk.now);
    desk.take(ToSwitch::StopRinging { channel: PERSON });
    desk.later(60_000);
    desk.back();
    desk.refuse_lists();
    let (id, hangup) = desk.action("Hangup");
    assert!(hangup.contains(&format!("Channel: {}", person())), "{hangup}");
    desk.say(&answer(&id, "Message: Channel Hungup"));
    desk.later(5_000);
    assert_eq!(desk.kinds(), ["dial_failed"]);
    // The call's own channel is hung up, and so far it is kept.
    desk.later(5_000);
    assert!(desk.asterisk.dialled.is_empty());
}

/// Without a link nothing can be called, and without a user's right to nothing may.
#[test]
fn who_can_not_be_called_for_want_of_a_way_is_told_of_the_way() {
    let why = |desk: &mut Desk| match &desk.facts()[..] {
        [Fact::DialFailed { failure, .. }] => failure.as_str().to_owned(),
        facts => panic!("{facts:?}"),
    };
    let mut desk = Desk::up();
    let originate = desk.dials();
    desk.say(&format!("Response: Error\nActionID: {originate}\nMessage: Permission denied"));
    assert_eq!(why(&mut desk), "trunk");

    let mut desk = Desk::up();
    desk.asterisk.lost(WireFault::Ended, desk.now);
    desk.facts();
    desk.dial(DialledFor::Call);
    assert_eq!(why(&mut desk), "trunk");
}

#[test]
fn a_person_with_a_number_outside_is_rung_over_the_trunk_or_not_at_all() {
    let mut desk = Desk::up();
    desk.ring_outside();
    let (_, originate) = desk.action("Originate");
    assert!(originate.contains("Channel: PJSIP/+49301234@trunk"), "{originate}");
    let mut inside = Desk::up();
    inside.asterisk.settings.trunk = None;
    inside.ring_outside();
    let failed = Fact::HandoffFailed { handoff: EffectId(1), failure: HandoffFailure::Trunk };
    assert_eq!(inside.facts(), [failed]);
}
