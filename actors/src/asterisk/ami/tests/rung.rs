//! Phones that are rung while channels are listed, and while the connection is down.

use cordboard_schema::agent::PhoneNow;
use cordboard_schema::limits::AMI_LIST_ROWS_MAX;
use cordboard_schema::switch::HandoffFailure;

use super::*;
use crate::messages::{Dial, DialledFor};

impl Bench {
    /// Rings a person for the call, who is to be joined with its caller.
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

    /// Rings an outside number.
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

    /// Makes a call. Returns the id of the action.
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

    /// Brings the connection back; the list of channels is still to come.
    fn back(&mut self) {
        self.sign_in();
        self.say("Event: FullyBooted");
    }
}

fn row(channel: Uuid, state: u32) -> String {
    let id = AmiValue::channel_of_ours(channel);
    format!("Channel: PJSIP/x-1\nUniqueid: {id}\nChannelState: {state}")
}

/// The list was made before the channel was, and arrives after the order to make it.
#[test]
fn a_list_older_than_a_ring_does_not_end_it() {
    let mut bench = Bench::up();
    bench.asterisk.list_channels(bench.now);
    let list = bench.asked("CoreShowChannels");
    let originate = bench.ring();
    bench.say(&format!("Response: Success\nActionID: {list}\nEventList: start"));
    bench.say(&format!("Event: CoreShowChannelsComplete\nActionID: {list}\nEventList: Complete"));
    bench.say(&answer(&originate, "Message: Originate successfully queued"));
    assert!(bench.facts().is_empty(), "the outcome is not known yet");
    bench.rings();
    bench.say(&format!("Event: OriginateResponse\nActionID: {originate}\nResponse: Success\nReason: 4"));
    assert_eq!(bench.kinds(), ["handoff_ringing", "handoff_accepted"]);
}

/// Its end was reported while there was no connection.
#[test]
fn a_ring_gone_after_a_reconnect_has_failed() {
    for (row, expected) in [
        (None, Fact::HandoffFailed { handoff: EffectId(1), failure: HandoffFailure::Timeout }),
        (Some(6), Fact::HandoffAccepted { handoff: EffectId(1) }),
    ] {
        let mut bench = Bench::up();
        bench.ring();
        bench.rings();
        bench.facts();
        bench.asterisk.lost(WireFault::Ended, bench.now);
        bench.sign_in();
        bench.say("Event: FullyBooted");
        let row =
            row.map(|state| format!("Channel: PJSIP/2001-1\nUniqueid: {}\nChannelState: {state}", person()));
        bench.list(&row.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(bench.facts(), [expected]);
    }
}

/// Otherwise a campaign would take every number for a wrong one.
#[test]
fn a_refused_originate_is_not_the_numbers_fault() {
    for why in ["Extension does not exist.", "Permission denied"] {
        let mut bench = Bench::up();
        let originate = bench.dials();
        bench.say(&format!("Response: Error\nActionID: {originate}\nMessage: {why}"));
        let failed = Fact::DialFailed { failure: HandoffFailure::Trunk, cause: None };
        assert_eq!(bench.facts(), [failed], "{why}");
    }
}

/// Asterisk runs the dialplan of the answering party in parallel with the report of the answer.
#[test]
fn an_answer_counts_even_when_audio_is_reported_first() {
    let mut bench = Bench::up();
    let originate = bench.dials();
    let (id, audio) = (AmiValue::channel_of_ours(AUDIO).to_string(), "AudioSocket/127.0.0.1:9092-1");
    bench.say(&newchannel(&id, "PJSIP/trunk-1", 6));
    bench.say(&newchannel("2.2", audio, 6));
    bench.say(&bridge("BridgeEnter", "b2", &id, "PJSIP/trunk-1"));
    bench.say(&bridge("BridgeEnter", "b2", "2.2", audio));
    bench.say(&format!("Event: OriginateResponse\nActionID: {originate}\nResponse: Success\nReason: 4"));
    assert_eq!(bench.kinds(), ["dial_answered"]);
}

/// Asterisk rings another phone instead, on a channel that does not have our id. Its person would wait for nobody.
#[test]
fn a_forwarding_phone_is_unavailable_and_the_other_hung_up() {
    let mut bench = Bench::up();
    bench.ring_outside();
    let (originate, lines) = bench.action("Originate");
    assert!(lines.contains("Variable: FORWARD_CONTEXT=cordboard-no-forwarding"), "{lines}");
    bench.say(&newchannel(&person(), "PJSIP/2001-1", 0));
    bench.say(&format!("Event: DialEnd\nDestUniqueid: {}\nForward: 2005\nDialStatus: CANCEL", person()));
    bench.say(&hangup("Hangup", &person(), 127));
    let failed = Fact::HandoffFailed { handoff: EffectId(1), failure: HandoffFailure::Unavailable };
    assert_eq!(bench.facts(), [failed]);
    let answered = |action: &str, id: &str| {
        format!("Event: OriginateResponse\nActionID: {action}\nResponse: Success\nReason: 4\nUniqueid: {id}")
    };
    bench.say(&answered("other-1", "8.8"));
    assert_eq!(bench.written(), "", "another program has made that channel");
    bench.say(&answered(&originate, "7.7"));
    let (_, hangup) = bench.action("Hangup");
    assert!(hangup.contains("Channel: 7.7"), "{hangup}");
}

/// Otherwise the assistant would say that the person declines.
#[test]
fn a_trunk_that_refuses_is_no_declining_person() {
    for (sip_status, failure) in [(403, HandoffFailure::Trunk), (603, HandoffFailure::Declined)] {
        let mut bench = Bench::up();
        bench.ring_outside();
        bench.say(&newchannel(&person(), "PJSIP/trunk-2", 0));
        bench.say(&format!("Event: DialEnd\nDestUniqueid: {}\nDialStatus: NOANSWER", person()));
        bench.say(&format!("{}\nTechCause: {sip_status}", hangup("Hangup", &person(), 21)));
        assert_eq!(bench.facts(), [Fact::HandoffFailed { handoff: EffectId(1), failure }], "{sip_status}");
    }
}

/// This decides whether an agent whose phone is gone may come back.
#[test]
fn hanging_up_is_distinguished_from_a_lost_phone() {
    let (ringing, id) = (EffectId(7), AmiValue::channel_of_ours(AUDIO).to_string());
    let failed =
        PhoneNow::Failed { failure: HandoffFailure::Declined, cause: Some(HangupCause::normal_clearing()) };
    for (word, now) in [("HangupRequest", PhoneNow::PutDown), ("SoftHangupRequest", failed)] {
        let mut bench = Bench::up();
        bench.dial(DialledFor::Phone(ringing));
        let originate = bench.asked("Originate");
        bench.say(&newchannel(&id, "PJSIP/2001-1", 6));
        bench.say(&format!("Event: OriginateResponse\nActionID: {originate}\nResponse: Success\nReason: 4"));
        bench.facts();
        bench.say(&hangup(word, &id, 16));
        bench.say(&hangup("Hangup", &id, 16));
        assert_eq!(bench.facts(), [Fact::PhoneTold { ringing, now }], "{word}");
    }
}

/// The order to hang it up can't be sent meanwhile.
#[test]
fn a_ring_cancelled_during_an_outage_is_hung_up_afterwards() {
    let mut bench = Bench::up();
    bench.ring();
    bench.rings();
    bench.asterisk.lost(WireFault::Ended, bench.now);
    bench.take(ToSwitch::StopRinging { channel: PERSON });
    bench.later(60_000);
    bench.facts();
    bench.back();
    bench.list(&[&row(PERSON, 5)]);
    let (_, hangup) = bench.action("Hangup");
    assert!(hangup.contains(&format!("Channel: {}", person())), "{hangup}");
    bench.later(5_000);
    assert!(bench.asterisk.dialled.is_empty(), "it is not kept forever");
    assert!(bench.facts().is_empty(), "no call waits for it");
}

#[test]
fn a_call_answered_during_an_outage_is_not_given_up() {
    let mut bench = Bench::up();
    bench.dials();
    bench.say(&newchannel(&AmiValue::channel_of_ours(AUDIO).to_string(), "PJSIP/trunk-1", 5));
    assert_eq!(bench.kinds(), ["dial_progress"]);
    bench.asterisk.lost(WireFault::Ended, bench.now);
    bench.later(60_000);
    assert_eq!(bench.kinds(), Vec::<&str>::new(), "the outcome is not known yet");
    bench.back();
    bench.list(&[&row(AUDIO, 6)]);
    assert_eq!(bench.kinds(), ["dial_answered"]);
}

/// The cut list shows nothing about the phones that are not in it: they have their time.
#[test]
fn an_answered_phone_in_a_cut_list_is_kept() {
    let mut bench = Bench::up();
    bench.dials();
    bench.ring();
    bench.asterisk.lost(WireFault::Ended, bench.now);
    bench.later(60_000);
    bench.back();
    let others = (0..AMI_LIST_ROWS_MAX)
        .map(|number| format!("Channel: PJSIP/other-1\nUniqueid: 7.{number}\nChannelState: 6"));
    let rows: Vec<String> = std::iter::once(row(AUDIO, 6)).chain(others).collect();
    bench.list(&rows.iter().map(String::as_str).collect::<Vec<&str>>());
    assert_eq!(bench.kinds(), ["dial_answered"]);
    bench.later(5_000);
    assert_eq!(bench.kinds(), ["handoff_failed"]);
}

#[test]
fn a_phone_still_ringing_after_a_reconnect_gets_extra_time() {
    let mut bench = Bench::up();
    bench.dials();
    bench.asterisk.lost(WireFault::Ended, bench.now);
    bench.later(60_000);
    bench.back();
    bench.list(&[&row(AUDIO, 5)]);
    assert_eq!(bench.kinds(), Vec::<&str>::new());
    bench.later(5_000);
    assert_eq!(bench.kinds(), ["dial_failed"]);
    bench.action("Hangup");
}

#[test]
fn no_phone_is_kept_forever_without_a_connection() {
    let mut bench = Bench::up();
    bench.dials();
    bench.ring();
    bench.take(ToSwitch::StopRinging { channel: PERSON });
    bench.asterisk.lost(WireFault::Ended, bench.now);
    bench.later(25_000 + 600_000 - 1);
    assert_eq!(bench.kinds(), Vec::<&str>::new());
    bench.later(1);
    assert_eq!(bench.kinds(), ["dial_failed"]);
    assert!(bench.asterisk.dialled.is_empty());
}

#[test]
fn no_phone_is_kept_forever_if_lists_are_refused() {
    let mut bench = Bench::up();
    bench.dials();
    bench.ring();
    bench.asterisk.lost(WireFault::Ended, bench.now);
    bench.take(ToSwitch::StopRinging { channel: PERSON });
    bench.later(60_000);
    bench.back();
    bench.refuse_lists();
    let (id, hangup) = bench.action("Hangup");
    assert!(hangup.contains(&format!("Channel: {}", person())), "{hangup}");
    bench.say(&answer(&id, "Message: Channel Hungup"));
    bench.later(5_000);
    assert_eq!(bench.kinds(), ["dial_failed"]);
    // The call's own channel is hung up, and kept until then.
    bench.later(5_000);
    assert!(bench.asterisk.dialled.is_empty());
}

/// The process that called them is dead, and the next one knows only of the channel.
#[test]
fn busy_phones_called_by_a_dead_process_are_no_goodbye() {
    let id = AmiValue::channel_of_ours(AUDIO).to_string();
    for (state, by, cause) in [(5, HangupBy::Switch, "user_busy"), (6, HangupBy::Caller, "normal_clearing")] {
        let mut bench = Bench::up();
        bench.watch();
        bench.list(&[&row(AUDIO, state)]);
        assert_eq!(bench.kinds(), ["control_attached"]);
        bench.say(&hangup("HangupRequest", &id, 17));
        bench.say(&hangup("Hangup", &id, 17));
        assert_eq!(bench.facts(), [Fact::Hangup { by, cause: HangupCause(cause.to_owned()) }]);
    }
}

/// The process that had it rung is dead, and the next one cancels it before there is a connection.
#[test]
fn phones_that_a_dead_process_rang_are_hung_up() {
    for may_list in [true, false] {
        let mut bench = Bench::open();
        bench.take(ToSwitch::StopRinging { channel: PERSON });
        bench.back();
        match may_list {
            true => bench.list(&[&row(PERSON, 5)]),
            false => bench.refuse_lists(),
        }
        let (_, hangup) = bench.action("Hangup");
        assert!(hangup.contains(&format!("Channel: {}", person())), "{hangup}");
    }
}

/// Nothing can be called without a link, and nothing may be called without the user's permission.
#[test]
fn a_call_without_link_or_permission_fails_as_trunk() {
    let why = |bench: &mut Bench| match &bench.facts()[..] {
        [Fact::DialFailed { failure, .. }] => failure.as_str().to_owned(),
        facts => panic!("{facts:?}"),
    };
    let mut bench = Bench::up();
    let originate = bench.dials();
    bench.say(&format!("Response: Error\nActionID: {originate}\nMessage: Permission denied"));
    assert_eq!(why(&mut bench), "trunk");

    let mut bench = Bench::up();
    bench.asterisk.lost(WireFault::Ended, bench.now);
    bench.facts();
    bench.dial(DialledFor::Call);
    assert_eq!(why(&mut bench), "trunk");
}

#[test]
fn an_outside_number_is_rung_over_the_trunk_only() {
    let mut bench = Bench::up();
    bench.ring_outside();
    let (_, originate) = bench.action("Originate");
    assert!(originate.contains("Channel: PJSIP/+49301234@trunk"), "{originate}");
    let mut inside = Bench::up();
    inside.asterisk.settings.trunk = None;
    inside.ring_outside();
    let failed = Fact::HandoffFailed { handoff: EffectId(1), failure: HandoffFailure::Trunk };
    assert_eq!(inside.facts(), [failed]);
}
