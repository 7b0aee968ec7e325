//! The telephones behind the real Asterisk: how it treats each manner, and what is heard at both ends.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where it fails")]

use std::net::SocketAddr;
use std::time::Duration;

use cordboard_test_support::ami::{Ami, Mark, Message};
use cordboard_test_support::asterisk::{Asterisk, AsteriskSetup, HOLD_MUSIC_HZ};
use cordboard_test_support::audio::{SILENCE_RMS, Sound, Span, tone};
use cordboard_test_support::sip::{Codec, HungUpBy, Manner, PhoneCall, PhoneEnd, Phones, Says, SipCall};
use cordboard_test_support::waiting::wait_until;

const LIMIT: Duration = Duration::from_secs(15);
/// Asterisk's own tone, of the extension `tone`.
const MILLIWATT_HZ: f64 = 1004.0;
/// Callers who are answered first and then hear what a telephone plays before its answer.
const ANSWERED_FIRST: &str = "[outside](+)
exten => early,1,Answer()
 same => n,Dial(PJSIP/2001,20)";

/// One Asterisk with telephones that can be dialled, and a control connection. The telephones hang up first.
struct Setup {
    phones: Phones,
    ami: Ami,
    asterisk: Asterisk,
}

fn setup() -> Setup {
    let nowhere = SocketAddr::from(([127, 0, 0, 1], 9));
    let phones = Phones::start().unwrap();
    let mut setup = AsteriskSetup::new(nowhere, nowhere, "token");
    setup.phones = Some(phones.address());
    setup.extra_dialplan = ANSWERED_FIRST.to_owned();
    let asterisk = Asterisk::start(&setup).unwrap();
    Setup { phones, ami: asterisk.ami().unwrap(), asterisk }
}

/// Asterisk's report on a call that it was asked to make.
#[derive(Debug, PartialEq)]
struct Outcome {
    response: String,
    reason: String,
    dial_status: String,
    cause: String,
}

impl Setup {
    /// Makes Asterisk dial; an answered telephone hears [`MILLIWATT_HZ`].
    fn originate(&self, channel: &str, id: &str, timeout_ms: &str) {
        let headers = [
            ("Channel", channel),
            ("Context", "people"),
            ("Exten", "tone"),
            ("Priority", "1"),
            ("CallerID", "\"Front Desk\" <5550100>"),
            ("Timeout", timeout_ms),
            ("Async", "true"),
            ("ChannelId", id),
        ];
        self.ami.action("Originate", &headers).unwrap();
    }

    fn originate_and_wait(&self, channel: &str, id: &str, timeout_ms: &str, is_dial_ended: bool) -> Outcome {
        let mark = self.ami.mark();
        self.originate(channel, id, timeout_ms);
        let response = self.ami.wait_event(mark, LIMIT, "OriginateResponse", &[]).unwrap();
        let hangup = self.ami.wait_event(mark, LIMIT, "Hangup", &[("Uniqueid", id)]).unwrap();
        if is_dial_ended {
            self.ami.wait_event(mark, LIMIT, "DialEnd", &[("DestUniqueid", id)]).unwrap();
        }
        let ended = self.ami.since(mark).into_iter().find(|message| message.event() == "DialEnd");
        let text = |message: &Message, name: &str| message.get(name).unwrap_or_default().to_owned();
        Outcome {
            response: text(&response, "Response"),
            reason: text(&response, "Reason"),
            dial_status: ended.map(|ended| text(&ended, "DialStatus")).unwrap_or_default(),
            cause: text(&hangup, "Cause"),
        }
    }

    fn dial(&self, extension: &str) -> SipCall {
        SipCall::dial(self.asterisk.sip(), extension, "5551234", Codec::Pcmu, LIMIT).unwrap()
    }

    /// A caller and a telephone that talk to each other.
    fn talking(&self, number: &str) -> (SipCall, PhoneCall) {
        self.phones.will(number, Manner::answers());
        let caller = self.dial(number);
        let phone = self.phones.wait_invite(number, LIMIT).unwrap();
        phone.wait_answered(LIMIT).unwrap();
        hears("the caller the telephone", 440.0, || caller.heard());
        (caller, phone)
    }

    fn device_state(&self, device: &str) -> String {
        let variable = format!("DEVICE_STATE({device})");
        let answer = self.ami.action("Getvar", &[("Variable", &variable)]).unwrap();
        answer.get("Value").unwrap().to_owned()
    }

    fn wait_device_state(&self, mark: Mark, device: &str, state: &str) {
        self.ami
            .wait_event(mark, LIMIT, "DeviceStateChange", &[("Device", device), ("State", state)])
            .unwrap();
    }
}

/// Waits until the last 300 ms of what is heard are this tone.
fn hears(who: &str, frequency_hz: f64, heard: impl Fn() -> Sound) {
    let last = Duration::from_millis(300);
    wait_until(&format!("{who}: {frequency_hz} Hz"), LIMIT, || {
        let heard = heard();
        let end = heard.length();
        let part = heard.part(Span { start: end.checked_sub(last)?, end });
        (part.rms() > SILENCE_RMS && part.tone_share(frequency_hz) > 0.9).then_some(())
    })
    .unwrap();
}

fn refused(dial_status: &str, cause: &str) -> Outcome {
    Outcome {
        response: "Failure".to_owned(),
        reason: "0".to_owned(),
        dial_status: dial_status.to_owned(),
        cause: cause.to_owned(),
    }
}

#[test]
fn each_way_to_refuse_has_its_status_and_its_cause() {
    let setup = setup();
    for (number, manner, dial_status, cause) in [
        ("2001", Manner::Busy, "BUSY", "17"),
        ("2002", Manner::Declines, "NOANSWER", "21"),
        ("2003", Manner::NotFound, "NOANSWER", "1"),
        ("2004", Manner::Unavailable, "NOANSWER", "19"),
        ("2005", Manner::Congested, "CONGESTION", "34"),
    ] {
        setup.phones.will(number, manner);
        let outcome = setup.originate_and_wait(&format!("PJSIP/{number}"), number, "30000", true);
        assert_eq!(outcome, refused(dial_status, cause), "{number}");
        let call = setup.phones.wait_invite(number, LIMIT).unwrap();
        assert_eq!(call.wait_ended(LIMIT).unwrap(), PhoneEnd::Refused);
        assert_eq!(setup.phones.rings(number), 1);
    }
    // A number that no test has set, over the trunk.
    let unknown = setup.originate_and_wait("PJSIP/4930901820@trunk", "unknown", "30000", true);
    assert_eq!(unknown, refused("NOANSWER", "1"));
    assert_eq!(setup.phones.rings("4930901820"), 1);
}

#[test]
fn nobody_answers_in_time_whether_it_rings_or_not() {
    let setup = setup();
    setup.phones.will("2001", Manner::Rings);
    setup.phones.will("2002", Manner::Dead);
    for number in ["2001", "2002"] {
        let outcome = setup.originate_and_wait(&format!("PJSIP/{number}"), number, "1200", false);
        assert_eq!(outcome, Outcome { reason: "3".to_owned(), ..refused("", "19") }, "{number}");
        // A dead telephone counts as called once, although the INVITE is repeated.
        assert_eq!(setup.phones.rings(number), 1);
    }
    let ringing = setup.phones.wait_invite("2001", LIMIT).unwrap();
    assert_eq!(ringing.wait_ended(LIMIT).unwrap(), PhoneEnd::Cancelled);
    assert_eq!(setup.phones.wait_invite("2002", LIMIT).unwrap().ended(), None);
}

#[test]
fn unregistered_and_unknown_telephones_cannot_be_dialled() {
    let setup = setup();
    for channel in ["PJSIP/2099", "PJSIP/2777"] {
        let mark = setup.ami.mark();
        setup.originate(channel, "nobody", "30000");
        let response = setup.ami.wait_event(mark, LIMIT, "OriginateResponse", &[]).unwrap();
        assert_eq!((response.get("Response"), response.get("Reason")), (Some("Failure"), Some("0")));
        assert!(setup.ami.since(mark).iter().all(|message| message.event() != "Newchannel"), "{channel}");
    }
    let states = ["2001", "2099", "2777"].map(|number| setup.device_state(&format!("PJSIP/{number}")));
    assert_eq!(states, ["NOT_INUSE", "UNAVAILABLE", "INVALID"]);
}

#[test]
fn a_telephone_shows_its_caller_hears_them_and_hangs_up() {
    let setup = setup();
    let after = Duration::from_millis(300);
    setup.phones.will("2001", Manner::Answers { after, says: Says::Tone(600) });
    let mark = setup.ami.mark();
    setup.originate("PJSIP/2001", "called", "30000");
    let phone = setup.phones.wait_invite("2001", LIMIT).unwrap();
    assert_eq!((phone.number(), phone.caller(), phone.caller_name()), ("2001", "5550100", "Front Desk"));
    setup.wait_device_state(mark, "PJSIP/2001", "RINGING");
    setup.ami.wait_event(mark, LIMIT, "OriginateResponse", &[("Response", "Success")]).unwrap();
    assert!(phone.answered_at().is_some());
    hears("the telephone", MILLIWATT_HZ, || phone.heard());
    assert_eq!(setup.device_state("PJSIP/2001"), "INUSE");

    phone.hang_up().unwrap();
    assert_eq!(phone.ended(), Some(PhoneEnd::HungUpHere));
    setup.ami.wait_event(mark, LIMIT, "HangupRequest", &[("Uniqueid", "called")]).unwrap();
    let hangup = setup.ami.wait_event(mark, LIMIT, "Hangup", &[("Uniqueid", "called")]).unwrap();
    assert!(["0", "16"].contains(&hangup.get("Cause").unwrap()), "{hangup:?}");
    // What was heard remains.
    assert!(phone.heard().tone_share(MILLIWATT_HZ) > 0.8);
}

#[test]
fn a_ringing_telephone_is_answered_declined_or_given_up() {
    let setup = setup();
    setup.phones.will("2001", Manner::Rings);
    let mark = setup.ami.mark();
    setup.originate("PJSIP/2001", "given-up", "30000");
    let given_up = setup.phones.wait_invite("2001", LIMIT).unwrap();
    setup.wait_device_state(mark, "PJSIP/2001", "RINGING");
    setup.ami.hangup("given-up").unwrap();
    assert_eq!(given_up.wait_ended(LIMIT).unwrap(), PhoneEnd::Cancelled);

    let mark = setup.ami.mark();
    setup.originate("PJSIP/2001", "declined", "30000");
    let declined = setup.phones.wait_invite("2001", LIMIT).unwrap();
    declined.hang_up().unwrap();
    let hangup = setup.ami.wait_event(mark, LIMIT, "Hangup", &[("Uniqueid", "declined")]).unwrap();
    assert_eq!((hangup.get("Cause"), declined.ended()), (Some("21"), Some(PhoneEnd::Refused)));

    setup.originate("PJSIP/2001", "picked-up", "30000");
    let picked_up = setup.phones.wait_invite("2001", LIMIT).unwrap();
    picked_up.answer(&Says::default()).unwrap();
    hears("the telephone", MILLIWATT_HZ, || picked_up.heard());
    setup.ami.hangup("picked-up").unwrap();
    assert_eq!(picked_up.wait_ended(LIMIT).unwrap(), PhoneEnd::HungUpByOther);
    assert_eq!(setup.phones.rings("2001"), 3);
}

#[test]
fn a_telephone_that_hangs_up_by_itself_ends_the_call() {
    let setup = setup();
    setup.phones.will("2001", Manner::AnswersAndHangsUp { after: Duration::from_millis(300) });
    let mark = setup.ami.mark();
    setup.originate("PJSIP/2001", "short", "30000");
    setup.ami.wait_event(mark, LIMIT, "DialEnd", &[("DialStatus", "ANSWER")]).unwrap();
    setup.ami.wait_event(mark, LIMIT, "HangupRequest", &[("Uniqueid", "short")]).unwrap();
    let phone = setup.phones.wait_invite("2001", LIMIT).unwrap();
    assert_eq!(phone.wait_ended(LIMIT).unwrap(), PhoneEnd::HungUpHere);
}

#[test]
fn both_sides_are_heard_and_either_hangs_up() {
    let setup = setup();
    let (caller, phone) = setup.talking("2001");
    assert_eq!(phone.caller(), "5551234");
    caller.say(&tone(800.0, 8000.0, Duration::from_secs(2), 8000));
    hears("the telephone the caller", 800.0, || phone.heard());
    phone.say(&tone(950.0, 8000.0, Duration::from_secs(2), 8000));
    hears("the caller what is said once", 950.0, || caller.heard());
    phone.wait_said(LIMIT).unwrap();
    hears("the caller what is said all the time", 440.0, || caller.heard());
    phone.hang_up().unwrap();
    assert_eq!(caller.wait_ended(LIMIT).unwrap(), HungUpBy::OtherSide);

    let (caller, phone) = setup.talking("2002");
    caller.hang_up().unwrap();
    assert_eq!(phone.wait_ended(LIMIT).unwrap(), PhoneEnd::HungUpByOther);
}

#[test]
fn a_caller_sent_to_a_telephone_talks_to_it() {
    let setup = setup();
    setup.phones.will("2001", Manner::answers());
    let mark = setup.ami.mark();
    let caller = setup.dial("operator");
    let operator = [("UserEvent", "OperatorAnswered")];
    let channel = setup.ami.wait_event(mark, LIMIT, "UserEvent", &operator).unwrap();
    let uniqueid = channel.get("Uniqueid").unwrap();
    let place = [("Channel", uniqueid), ("Context", "people"), ("Exten", "2001"), ("Priority", "1")];
    setup.ami.action("Redirect", &place).unwrap();
    let phone = setup.phones.wait_invite("2001", LIMIT).unwrap();
    assert_eq!(phone.caller(), "5551234");
    hears("the caller the telephone", 440.0, || caller.heard());
    caller.hang_up().unwrap();
    assert_eq!(phone.wait_ended(LIMIT).unwrap(), PhoneEnd::HungUpByOther);
}

#[test]
fn early_media_is_heard_before_the_answer() {
    let setup = setup();
    let (early, after) = (Says::Tone(620), Duration::from_secs(2));
    setup.phones.will("2001", Manner::EarlyMedia { early, after, says: Says::default() });
    let caller = setup.dial("early");
    let phone = setup.phones.wait_invite("2001", LIMIT).unwrap();
    hears("the caller the announcement", 620.0, || caller.heard());
    assert_eq!(phone.answered_at(), None);
    hears("the caller the answer", 440.0, || caller.heard());
    assert!(phone.answered_at().is_some());
}

#[test]
fn a_key_at_a_telephone_arrives_once() {
    let setup = setup();
    setup.phones.will("2001", Manner::answers());
    let mark = setup.ami.mark();
    // Between two telephones Asterisk passes packets through and reports no key.
    setup.originate("PJSIP/2001", "presses", "30000");
    let phone = setup.phones.wait_invite("2001", LIMIT).unwrap();
    hears("the telephone", MILLIWATT_HZ, || phone.heard());
    for key in ['5', '#'] {
        phone.press(key);
    }
    setup.ami.wait_event(mark, LIMIT, "DTMFEnd", &[("Digit", "#"), ("Direction", "Received")]).unwrap();
    let pressed: String = setup
        .ami
        .since(mark)
        .iter()
        .filter(|message| message.event() == "DTMFEnd" && message.is("Uniqueid", "presses"))
        .filter_map(|message| message.get("Digit").map(str::to_owned))
        .collect();
    assert_eq!(pressed, "5#");
}

#[test]
fn a_caller_on_hold_hears_music_until_taken_back() {
    let setup = setup();
    let mark = setup.ami.mark();
    let (caller, phone) = setup.talking("2001");
    phone.hold().unwrap();
    let hold = setup.ami.wait_event(mark, LIMIT, "Hold", &[]).unwrap();
    assert!(hold.get("Channel").unwrap().starts_with("PJSIP/2001-"), "{hold:?}");
    hears("the caller the music", HOLD_MUSIC_HZ, || caller.heard());
    phone.unhold().unwrap();
    setup.ami.wait_event(mark, LIMIT, "Unhold", &[]).unwrap();
    hears("the caller the telephone", 440.0, || caller.heard());
    caller.say(&tone(800.0, 8000.0, Duration::from_secs(2), 8000));
    hears("the telephone the caller", 800.0, || phone.heard());
}

#[test]
fn a_call_is_parked_with_music() {
    let setup = setup();
    setup.phones.will("2001", Manner::answers());
    let mark = setup.ami.mark();
    setup.originate("PJSIP/2001", "parked", "30000");
    let phone = setup.phones.wait_invite("2001", LIMIT).unwrap();
    hears("the telephone", MILLIWATT_HZ, || phone.heard());
    setup.ami.action("Park", &[("Channel", "parked"), ("Timeout", "60000")]).unwrap();
    setup.ami.wait_event(mark, LIMIT, "ParkedCall", &[("ParkeeUniqueid", "parked")]).unwrap();
    hears("the telephone the music", HOLD_MUSIC_HZ, || phone.heard());
}

#[test]
fn a_crash_ends_all_calls_and_telephones_ring_again() {
    let mut setup = setup();
    let (ami_address, sip) = (setup.asterisk.ami_address(), setup.asterisk.sip());
    let (_caller, _phone) = setup.talking("2001");
    setup.asterisk.restart().unwrap();
    assert_eq!((setup.asterisk.ami_address(), setup.asterisk.sip()), (ami_address, sip));
    setup.ami = setup.asterisk.ami().unwrap();
    assert_eq!(setup.ami.channels().unwrap(), []);
    let (caller, phone) = setup.talking("2001");
    caller.hang_up().unwrap();
    assert_eq!(phone.wait_ended(LIMIT).unwrap(), PhoneEnd::HungUpByOther);
}
