//! The shipped dialplan (`deploy/asterisk`) in the real Asterisk: every way through it, with a stand-in that can answer anything and die at any
//! moment.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where it fails")]

mod stand_in;

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::time::{Duration, Instant};

use cordboard_test_support::asterisk::{Asterisk, AsteriskSetup};
use cordboard_test_support::audio::{Sound, Span, silence};
use cordboard_test_support::sip::{Codec, HungUpBy, SipCall};
use cordboard_test_support::waiting::wait_until;

use self::stand_in::{Death, StandIn, Talk};

const LIMIT: Duration = Duration::from_secs(20);
const SECOND: Duration = Duration::from_secs(1);
/// The voices: Cordboard, Cordboard after its restart, the ringing tone, the person.
const FIRST_HZ: f64 = 600.0;
const SECOND_HZ: f64 = 850.0;
const RINGING_HZ: f64 = 440.0;
const PERSON_HZ: f64 = 425.0;

fn asterisk(audiosocket: SocketAddr, api: SocketAddr, resume_window: Duration) -> Asterisk {
    let mut setup = AsteriskSetup::new(audiosocket, api, "dialplan-token");
    setup.resume_window = resume_window;
    Asterisk::start(&setup).unwrap()
}

fn asterisk_for(stand_in: &StandIn) -> Asterisk {
    asterisk(stand_in.audiosocket, stand_in.api, 4 * SECOND)
}

fn dial(asterisk: &Asterisk, number: &str) -> SipCall {
    SipCall::dial(asterisk.sip(), number, "+15551234", Codec::Pcmu, LIMIT).unwrap()
}

/// How long a tone is heard, measured in steps of 100 ms.
fn time_of_tone(sound: &Sound, frequency_hz: f64) -> Duration {
    let step = SECOND / 10;
    let steps = sound.length().as_millis() / step.as_millis();
    let is_tone = |index: &u128| {
        let start = step * u32::try_from(*index).unwrap();
        let part = sound.part(Span { start, end: start + step });
        part.rms() > 500.0 && part.tone_share(frequency_hz) > 0.9
    };
    step * u32::try_from((0..steps).filter(is_tone).count()).unwrap()
}

fn wait_for_tone(call: &SipCall, frequency_hz: f64) {
    wait_until(&format!("{frequency_hz} Hz in the caller's ear"), LIMIT, || {
        let heard = time_of_tone(&call.heard(), frequency_hz) >= SECOND / 2;
        assert!(heard || call.ended().is_none(), "the call ended before {frequency_hz} Hz was heard");
        heard.then_some(())
    })
    .unwrap();
}

/// Addresses at which nothing listens.
fn nobody() -> (SocketAddr, SocketAddr) {
    let free = || TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap();
    (free(), free())
}

#[test]
fn a_call_is_announced_and_ends_when_cordboard_says_hangup() {
    let stand_in = StandIn::start(FIRST_HZ, &[Talk::For(SECOND)], &["hangup"]);
    let asterisk = asterisk_for(&stand_in);
    let call = dial(&asterisk, "100");
    assert_eq!(call.wait_ended(LIMIT).unwrap(), HungUpBy::OtherSide);

    assert!(time_of_tone(&call.heard(), FIRST_HZ) >= SECOND * 8 / 10);
    let [leg] = &stand_in.legs()[..] else { panic!("{:?}", stand_in.legs()) };
    assert_eq!(leg.first_audio, Some((0x10, 320)));
    let uuid = leg.uuid;
    let requests = stand_in.requests();
    let [expect, next] = &requests[..] else { panic!("{requests:?}") };
    let announced = expect
        .strip_prefix(&format!("GET /api/v1/calls/expect?uuid={uuid}&from=%2B15551234&to=100&uniqueid="))
        .and_then(|rest| rest.strip_suffix("&tells_lack=1 HTTP/1.1 Authorization: Bearer dialplan-token"));
    let is_id = |id: &str| !id.is_empty() && id.chars().all(|c| c.is_ascii_digit() || c == '.');
    assert!(announced.is_some_and(is_id), "{expect}");
    assert_eq!(*next, format!("GET /api/v1/calls/{uuid}/next HTTP/1.1 Authorization: Bearer dialplan-token"));
}

#[test]
fn again_brings_the_same_uuid_back() {
    let stand_in = StandIn::start(FIRST_HZ, &[Talk::For(SECOND), Talk::For(SECOND)], &["again", "hangup"]);
    let asterisk = asterisk_for(&stand_in);
    let call = dial(&asterisk, "100");
    call.wait_ended(LIMIT).unwrap();
    let legs = stand_in.legs();
    assert_eq!(legs.len(), 2);
    assert_eq!(legs[0].uuid, legs[1].uuid);
    assert!(call.heard().length() < 3 * SECOND, "no pause between: {:?}", call.heard().length());
}

#[test]
fn goto_reaches_an_extension_that_exists() {
    let stand_in = StandIn::start(FIRST_HZ, &[Talk::For(SECOND / 2)], &["goto people,operator,1"]);
    let asterisk = asterisk_for(&stand_in);
    let call = dial(&asterisk, "100");
    wait_for_tone(&call, PERSON_HZ);
    assert_eq!(stand_in.legs().len(), 1);
}

#[test]
fn a_returning_caller_is_a_new_call_with_one_token() {
    let stand_in = StandIn::start(FIRST_HZ, &[Talk::For(SECOND / 5); 2], &["goto reception,s,1", "hangup"]);
    let mut setup = AsteriskSetup::new(stand_in.audiosocket, stand_in.api, "dialplan-token");
    setup.extra_dialplan = "[reception]\nexten => s,1,Goto(cordboard,100,1)\n".to_owned();
    let asterisk = Asterisk::start(&setup).unwrap();
    dial(&asterisk, "100").wait_ended(LIMIT).unwrap();
    let legs = stand_in.legs();
    assert_eq!(legs.len(), 2);
    assert_ne!(legs[0].uuid, legs[1].uuid);
    for request in stand_in.requests() {
        assert_eq!(request.matches("Authorization").count(), 1, "{request}");
    }
}

#[test]
fn goto_elsewhere_reaches_the_person() {
    for answer in ["goto people,nosuchone,1", "goto nowhere,1,1", "goto a b"] {
        let stand_in = StandIn::start(FIRST_HZ, &[Talk::For(SECOND / 5)], &[answer]);
        let asterisk = asterisk_for(&stand_in);
        wait_for_tone(&dial(&asterisk, "100"), PERSON_HZ);
        assert_eq!(stand_in.legs().len(), 1, "{answer}");
    }
}

#[test]
fn an_unknown_goto_is_reported_and_the_caller_reconnected() {
    let answers = ["goto people,nosuchone,1", "again", "hangup"];
    let stand_in = StandIn::start(FIRST_HZ, &[Talk::For(SECOND / 5); 2], &answers);
    let asterisk = asterisk_for(&stand_in);
    dial(&asterisk, "100").wait_ended(LIMIT).unwrap();
    let legs = stand_in.legs();
    assert_eq!((legs.len(), legs[0].uuid), (2, legs[1].uuid));
    let uuid = legs[0].uuid;
    let asked: Vec<bool> = stand_in.requests()[1..]
        .iter()
        .map(|request| request.starts_with(&format!("GET /api/v1/calls/{uuid}/next?lacks=1 ")))
        .collect();
    assert_eq!(asked, [false, true, false]);
}

#[test]
fn an_invalid_answer_counts_as_no_answer() {
    let page = "<html lang=\"en\"><p>\"502\", (Bad) ${Gateway}, 'goto people,human,1' $[1/0]</p>\r\n</html>";
    let problem = r#"{"title": "not ready", "status": 503}"#;
    let stand_in = StandIn::start(FIRST_HZ, &[Talk::For(SECOND / 5); 3], &[page, problem, "hangup"]);
    let asterisk = asterisk_for(&stand_in);
    let call = dial(&asterisk, "100");
    assert_eq!(call.wait_ended(LIMIT).unwrap(), HungUpBy::OtherSide);
    assert_eq!(stand_in.legs().len(), 3, "{}", asterisk.log());
    assert!(time_of_tone(&call.heard(), RINGING_HZ) >= SECOND);
}

#[test]
fn endless_short_talks_end_at_the_person() {
    let stand_in = StandIn::start(FIRST_HZ, &[Talk::For(Duration::ZERO); 200], &["again"; 200]);
    let asterisk = asterisk_for(&stand_in);
    wait_for_tone(&dial(&asterisk, "100"), PERSON_HZ);
    assert_eq!(stand_in.legs().len(), 101);
}

fn survives(death: Death) {
    let stand_in = StandIn::start(FIRST_HZ, &[], &[]);
    let asterisk = asterisk(stand_in.audiosocket, stand_in.api, 15 * SECOND);
    let call = dial(&asterisk, "100");
    wait_for_tone(&call, FIRST_HZ);
    let uuid = stand_in.legs()[0].uuid;
    let (audiosocket, api) = stand_in.die(death);
    wait_for_tone(&call, RINGING_HZ);

    let back = StandIn::start_at(audiosocket, api, SECOND_HZ, &[Talk::For(SECOND)], &["hangup"]);
    wait_for_tone(&call, SECOND_HZ);
    assert_eq!(call.wait_ended(LIMIT).unwrap(), HungUpBy::OtherSide);
    assert_eq!(back.legs().iter().map(|leg| leg.uuid).collect::<Vec<_>>(), [uuid]);
}

#[test]
fn a_cordboard_dying_with_a_reset_gets_its_caller_back() {
    survives(Death::Reset);
}

#[test]
fn a_cordboard_dying_with_a_fin_gets_its_caller_back() {
    survives(Death::Fin);
}

#[test]
fn an_unanswered_caller_reaches_the_person_after_the_resume_window() {
    let (audiosocket, api) = nobody();
    let asterisk = asterisk(audiosocket, api, 4 * SECOND);
    let dialled = Instant::now();
    let call = dial(&asterisk, "100");
    wait_for_tone(&call, PERSON_HZ);
    assert!(dialled.elapsed() > 4 * SECOND && dialled.elapsed() < 9 * SECOND, "{:?}", dialled.elapsed());
    assert!(time_of_tone(&call.heard(), RINGING_HZ) >= SECOND);
}

#[test]
fn a_cordboard_dead_after_long_talk_leaves_callers_to_people() {
    let stand_in = StandIn::start(FIRST_HZ, &[], &[]);
    let asterisk = asterisk_for(&stand_in);
    let call = dial(&asterisk, "100");
    wait_until("a talk of 6 s", LIMIT, || {
        (time_of_tone(&call.heard(), FIRST_HZ) >= 6 * SECOND).then_some(())
    })
    .unwrap();
    stand_in.die(Death::Fin);
    wait_for_tone(&call, PERSON_HZ);
}

#[test]
fn without_a_person_the_caller_is_hung_up() {
    let (audiosocket, api) = nobody();
    let mut setup = AsteriskSetup::new(audiosocket, api, "token");
    setup.resume_window = Duration::ZERO;
    setup.person = String::new();
    let asterisk = Asterisk::start(&setup).unwrap();
    assert_eq!(dial(&asterisk, "100").wait_ended(LIMIT).unwrap(), HungUpBy::OtherSide);
}

#[test]
fn after_a_hang_up_no_next_step_is_requested() {
    let stand_in = StandIn::start(FIRST_HZ, &[], &[]);
    let asterisk = asterisk_for(&stand_in);
    let call = dial(&asterisk, "100");
    wait_for_tone(&call, FIRST_HZ);
    call.hang_up().unwrap();
    let ami = asterisk.ami().unwrap();
    wait_until("the end of all channels", LIMIT, || ami.channels().ok()?.is_empty().then_some(())).unwrap();
    assert_eq!(stand_in.requests().len(), 1, "{:?}", stand_in.requests());
}

#[test]
fn wideband_goes_through_at_16_khz() {
    let high_hz = 6000.0;
    let stand_in = StandIn::start(high_hz, &[Talk::For(SECOND)], &["hangup"]);
    let asterisk = asterisk_for(&stand_in);
    let call = SipCall::dial(asterisk.sip(), "200", "5551234", Codec::Linear16k, LIMIT).unwrap();
    call.wait_ended(LIMIT).unwrap();
    assert_eq!(stand_in.legs()[0].first_audio, Some((0x12, 640)));
    assert!(time_of_tone(&call.heard(), high_hz) >= SECOND * 8 / 10);
}

#[test]
fn the_application_goes_on_after_a_normal_end() {
    let stand_in = StandIn::start(
        FIRST_HZ,
        &[Talk::For(SECOND / 2), Talk::For(SECOND / 2)],
        &["again", "goto people,operator,1"],
    );
    let asterisk = asterisk_for(&stand_in);
    let call = dial(&asterisk, "300");
    call.say(&silence(SECOND, 8000));
    wait_for_tone(&call, PERSON_HZ);
    let legs = stand_in.legs();
    assert_eq!(legs.len(), 2);
    assert_eq!(legs[0].uuid, legs[1].uuid);
}

#[test]
fn the_application_loses_its_caller_when_cordboard_is_reset() {
    let stand_in = StandIn::start(FIRST_HZ, &[], &[]);
    let asterisk = asterisk_for(&stand_in);
    let call = dial(&asterisk, "300");
    wait_for_tone(&call, FIRST_HZ);
    stand_in.die(Death::Reset);
    assert_eq!(call.wait_ended(LIMIT).unwrap(), HungUpBy::OtherSide);
    assert_eq!(time_of_tone(&call.heard(), RINGING_HZ), Duration::ZERO);
}

#[test]
fn the_application_reconnects_a_caller_after_a_lost_server() {
    let stand_in = StandIn::start(FIRST_HZ, &[], &[]);
    let asterisk = asterisk(stand_in.audiosocket, stand_in.api, 15 * SECOND);
    let call = dial(&asterisk, "300");
    wait_for_tone(&call, FIRST_HZ);
    let (audiosocket, api) = stand_in.die(Death::Fin);
    wait_for_tone(&call, RINGING_HZ);
    let back = StandIn::start_at(audiosocket, api, SECOND_HZ, &[Talk::On], &["again"]);
    wait_for_tone(&call, SECOND_HZ);
    assert_eq!(back.legs().len(), 1);
}
