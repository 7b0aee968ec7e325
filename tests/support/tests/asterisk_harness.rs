//! The harness itself with the real Asterisk: calls by AMI and by SIP, without Cordboard.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where it fails")]

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use cordboard_test_support::ami::{Ami, AmiError, Mark, Originate};
use cordboard_test_support::asterisk::{AmiUser, Asterisk, AsteriskSetup, PackageRoot};
use cordboard_test_support::audio::{babble, share_heard};
use cordboard_test_support::baresip::Baresip;
use cordboard_test_support::sip::{Codec, HungUpBy, SipCall, SipError};
use cordboard_test_support::waiting::wait_until;

const LIMIT: Duration = Duration::from_secs(15);

/// Nothing listens there: these tests need no Cordboard.
fn nowhere() -> SocketAddr {
    ([127, 0, 0, 1], 9).into()
}

fn asterisk() -> Asterisk {
    Asterisk::start(&AsteriskSetup::new(nowhere(), nowhere(), "token")).unwrap()
}

fn echo_comes_back(codec: Codec) {
    let asterisk = asterisk();
    let call = SipCall::dial(asterisk.sip(), "human", "5551234", codec, LIMIT).unwrap();
    let speech = babble(7, Duration::from_secs(2), codec.rate());
    call.say(&speech);
    call.wait_said(LIMIT).unwrap();
    // When it was said, the last word is still on its way back.
    let with_the_echo = speech.length() + Duration::from_millis(200);
    wait_until("the echo of the last word", LIMIT, || (call.heard().length() >= with_the_echo).then_some(()))
        .unwrap();
    call.hang_up().unwrap();
    assert_eq!(call.ended(), Some(HungUpBy::Caller));

    let heard = share_heard(&call.heard(), &speech).unwrap();
    assert!(heard.heard > 0.8, "{heard:?}");
}

/// A call to a phone that answers, as a server would request it.
fn asks_for_a_call(ami: &Ami, id: &str) -> Result<(), AmiError> {
    ami.originate(&Originate {
        channel: "Local/human@outside/n",
        place: ("people", "tone"),
        caller: "5551234",
        variables: &[],
        channel_id: id,
    })
}

/// The keys that Asterisk received from telephones.
fn pressed(ami: &Ami, mark: Mark) -> String {
    ami.since(mark)
        .iter()
        .filter(|message| message.event() == "DTMFEnd" && message.is("Direction", "Received"))
        .filter_map(|message| message.get("Digit").map(str::to_owned))
        .collect()
}

#[test]
fn a_second_start_is_quick() {
    PackageRoot::obtain().unwrap();
    let started = Instant::now();
    let asterisk = asterisk();
    assert_eq!(asterisk.ami().unwrap().channels().unwrap(), []);
    // 0.3 s when the machine is idle; it is busy where other suites run at the same time. Unpacking from scratch takes longer.
    assert!(started.elapsed() < Duration::from_secs(30), "{:?}", started.elapsed());
}

#[test]
fn a_sip_caller_hears_an_echo_in_narrowband() {
    echo_comes_back(Codec::Pcmu);
}

#[test]
fn a_sip_caller_hears_an_echo_in_wideband() {
    echo_comes_back(Codec::Linear16k);
}

#[test]
fn digits_of_a_sip_caller_arrive_once_each() {
    let asterisk = asterisk();
    let ami = asterisk.ami().unwrap();
    let mark = ami.mark();
    let call = SipCall::dial(asterisk.sip(), "human", "5551234", Codec::Pcmu, LIMIT).unwrap();
    for key in "15#".chars() {
        call.press(key);
    }
    call.wait_said(LIMIT).unwrap();
    ami.wait_event(mark, LIMIT, "DTMFEnd", &[("Digit", "#"), ("Direction", "Received")]).unwrap();
    assert_eq!(pressed(&ami, mark), "15#");
}

#[test]
fn a_baresip_caller_speaks_hears_presses_keys_and_hangs_up() {
    let asterisk = asterisk();
    let ami = asterisk.ami().unwrap();
    let mark = ami.mark();
    let speech = babble(11, Duration::from_secs(2), 8000);
    let mut phone = Baresip::start(&PackageRoot::obtain().unwrap(), "5554321", &speech).unwrap();
    phone.dial(asterisk.sip(), "human", LIMIT).unwrap();
    for key in ['4', '2'] {
        phone.press(key).unwrap();
        let digit = key.to_string();
        ami.wait_event(mark, LIMIT, "DTMFEnd", &[("Digit", &digit), ("Direction", "Received")]).unwrap();
    }
    phone.wait_said();
    phone.hang_up().unwrap();
    ami.wait_event(mark, LIMIT, "Hangup", &[("CallerIDNum", "5554321")]).unwrap();
    assert_eq!(pressed(&ami, mark), "42");

    // The keys cut holes into the echo.
    let heard = share_heard(&phone.heard(LIMIT).unwrap(), &speech).unwrap();
    assert!(heard.heard >= 0.4, "{heard:?}");
}

#[test]
fn a_baresip_caller_is_hung_up() {
    let asterisk = asterisk();
    let ami = asterisk.ami().unwrap();
    let mark = ami.mark();
    let speech = babble(11, Duration::from_secs(2), 8000);
    let mut phone = Baresip::start(&PackageRoot::obtain().unwrap(), "5554321", &speech).unwrap();
    phone.dial(asterisk.sip(), "listens", LIMIT).unwrap();
    let answered = ami.wait_event(mark, LIMIT, "Newchannel", &[("CallerIDNum", "5554321")]).unwrap();
    phone.wait_said();
    ami.hangup(answered.get("Uniqueid").unwrap()).unwrap();
    phone.wait_closed(LIMIT).unwrap();
    let listened = asterisk.recording(&asterisk.folder().join("spool/monitor/listened.wav"), LIMIT).unwrap();
    assert!(share_heard(&listened, &speech).unwrap().heard >= 0.8);
}

#[test]
fn the_switch_hangs_up_and_refuses() {
    let asterisk = asterisk();
    let ami = asterisk.ami().unwrap();
    let mark = ami.mark();
    let call = SipCall::dial(asterisk.sip(), "operator", "5551234", Codec::Pcmu, LIMIT).unwrap();
    let answered = ami.wait_event(mark, LIMIT, "UserEvent", &[("UserEvent", "OperatorAnswered")]).unwrap();
    assert_eq!(answered.get("CallerIDNum"), Some("5551234"));
    ami.hangup(answered.get("Uniqueid").unwrap()).unwrap();
    assert_eq!(call.wait_ended(LIMIT).unwrap(), HungUpBy::OtherSide);

    let busy = SipCall::dial(asterisk.sip(), "busy", "5551234", Codec::Pcmu, LIMIT).unwrap_err();
    assert!(matches!(busy, SipError::Refused { status: 486, .. }), "{busy}");
}

#[test]
fn local_channels_play_a_file_and_record_what_they_hear() {
    let asterisk = asterisk();
    let speech = babble(9, Duration::from_secs(2), 8000);
    speech.write_wav(&asterisk.folder().join("speech.wav")).unwrap();
    let file = |name: &str| asterisk.folder().join(name).display().to_string();
    let ami = asterisk.ami().unwrap();
    let mark = ami.mark();
    ami.originate(&Originate {
        channel: "Local/human@outside/n",
        place: ("people", "speaks"),
        caller: "5551234",
        variables: &[("SPEECH", &file("speech")), ("HEARD", &file("heard"))],
        channel_id: "speaker",
    })
    .unwrap();
    ami.wait_event(mark, LIMIT, "UserEvent", &[("UserEvent", "Spoken")]).unwrap();
    ami.hangup("speaker").unwrap();
    ami.wait_event(mark, LIMIT, "Hangup", &[("Uniqueid", "speaker")]).unwrap();
    let heard = asterisk.recording(&asterisk.folder().join("heard.wav"), LIMIT).unwrap();
    // If the caller hangs up at their last word, they miss the echo of that word.
    assert!(share_heard(&heard, &speech).unwrap().heard >= 0.8);
}

#[test]
fn each_control_user_has_its_own_rights_and_events() {
    let asterisk = asterisk();
    let login = |user: AmiUser| Ami::connect(asterisk.ami_address(), user.name, user.secret).unwrap();
    let (server, poor, deaf) = (login(AmiUser::SERVER), login(AmiUser::POOR), login(AmiUser::DEAF));
    server.wait_fully_booted(LIMIT).unwrap();
    poor.wait_fully_booted(LIMIT).unwrap();

    let refused = asks_for_a_call(&poor, "poor-call").unwrap_err();
    assert!(
        matches!(&refused, AmiError::Refused { reason, .. } if reason == "Permission denied"),
        "{refused}"
    );
    asks_for_a_call(&server, "server-call").unwrap();
    asks_for_a_call(&deaf, "deaf-call").unwrap();
    for ami in [&server, &poor, &deaf] {
        for id in ["server-call", "deaf-call"] {
            ami.wait_event(Mark::START, LIMIT, "Newchannel", &[("Uniqueid", id)]).unwrap();
        }
    }
    let told: Vec<String> =
        deaf.since(Mark::START).iter().map(|message| message.event().to_owned()).collect();
    assert!(!told.iter().any(|event| event == "FullyBooted" || event == "UserEvent"), "{told:?}");
}
