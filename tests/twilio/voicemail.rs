//! Messages that callers leave with Twilio.

use cordboard_test_support::book::{Book, text};
use cordboard_test_support::server::Token;
use cordboard_test_support::twilio::Account;
use cordboard_test_support::twilio_rest::{Rest, Trouble};
use serde_json::json;

use crate::house::{FROM, House, OTHER_TOKEN, TO, sid};

pub(crate) const RECORDING: &str = "RE66666666666666666666666666666666";

/// So many ms of a telephone's silence.
pub(crate) fn wav(ms: u32) -> Vec<u8> {
    let length = ms * 16;
    let mut wav = b"RIFF".to_vec();
    wav.extend((36 + length).to_le_bytes());
    wav.extend(b"WAVEfmt ");
    for (value, bytes) in [(16, 4), (1, 2), (1, 2), (8_000, 4), (16_000, 4), (2, 2), (16, 2_u32)] {
        wav.extend(&u32::to_le_bytes(value)[..bytes as usize]);
    }
    wav.extend(b"data");
    wav.extend(length.to_le_bytes());
    wav.resize(wav.len() + length as usize, 0);
    wav
}

/// Twilio says that the message can be fetched.
#[track_caller]
fn recorded(house: &House, number: u32, status: &str) {
    let mut fields = Account::fields(&sid(number), FROM, TO, "completed");
    let more = [("RecordingSid", RECORDING), ("RecordingStatus", status), ("RecordingDuration", "3")];
    fields.extend(more.map(|(name, value)| (name.to_owned(), value.to_owned())));
    assert_eq!(house.account().post("/twilio/recording", &fields).unwrap().status, 204);
}

fn closed_house() -> House {
    closed_house_with(&[])
}

fn closed_house_with(settings: &[(&str, &str)]) -> House {
    let house = House::open(settings);
    house.rest().sounds(wav(3_250));
    house.is_closed();
    house.has_number(json!({ "closed": { "do": "voicemail", "text": "Leave a message." } }));
    house
}

#[test]
fn a_message_is_the_recording_of_a_missed_call_and_kept_once_however_often_it_is_told() {
    let house = closed_house();
    let answer = house.rings(1);
    assert!(answer.contains("<Say language=\"en-US\">Leave a message.</Say><Record"), "{answer}");
    assert!(
        answer.contains("recordingStatusCallback=\"https://calls.example.com/twilio/recording\""),
        "{answer}"
    );
    let thanks = house.asked("/twilio/recorded", 1, &[]);
    assert!(thanks.contains("<Say language=\"en-US\">Your message is saved."), "{thanks}");
    recorded(&house, 1, "in-progress");
    for _ in 0..3 {
        recorded(&house, 1, "completed");
    }
    house.is_over(1, "completed");
    let id = house.wait("the call", || house.id_of(1));
    let row = house.ended(&id);
    assert_eq!((row["hangup_cause"].as_str(), &row["answered_at"]), (Some("closed_hours"), &json!(null)));
    let length = house.wait("the message", || Book::call(&house, &id)["recording_ms"].as_u64());
    assert_eq!(length, 3_250);
    let sound = house.ask(&format!("/api/v1/calls/{id}/recording"));
    assert_eq!(sound.body, wav(3_250));
    recorded(&house, 1, "completed");
    assert_eq!(house.events_of(&id, "voicemail_left").len(), 1);
    assert_eq!(house.event(&id, "voicemail_left")["recording"], RECORDING);
    let [activity] = &house.activities(&id)[..] else { panic!("{:?}", house.activities(&id)) };
    assert_eq!(text(&activity["title"]), format!("Message from {FROM}, 3.0 s"));
    assert_eq!(house.rest().came("GET", "/Recordings/").len(), 1, "fetched once");
    house.close();
}

#[test]
fn a_message_that_is_told_before_the_caller_has_hung_up_is_kept_all_the_same() {
    let house = closed_house();
    house.rings(1);
    recorded(&house, 1, "completed");
    let id = house.wait("the call", || house.id_of(1));
    house.wait("the message", || Book::call(&house, &id)["recording_ms"].as_u64());
    let thanks = house.asked("/twilio/recorded", 1, &[]);
    assert!(thanks.contains("<Hangup/>") && !thanks.contains("nobody can be reached"), "{thanks}");
    assert_eq!(house.ended(&id)["hangup_cause"], "closed_hours");
    house.close();
}

#[test]
fn a_caller_who_leaves_no_message_is_a_missed_call() {
    let house = closed_house();
    house.rings(1);
    house.is_over(1, "completed");
    let id = house.wait("the call", || house.id_of(1));
    let row = house.ended(&id);
    assert_eq!((row["hangup_cause"].as_str(), &row["recording_ms"]), (Some("closed_hours"), &json!(null)));
    house.close();
}

#[test]
fn a_message_that_a_killed_server_has_not_fetched_is_fetched_by_the_next() {
    let mut house = closed_house();
    house.rings(1);
    house.asked("/twilio/recorded", 1, &[]);
    // The sound is asked for, and Twilio has no time.
    house.rest().trouble(&[Trouble::TooMany { retry_after_s: 25 }]);
    recorded(&house, 1, "completed");
    let id = house.wait("the call", || house.id_of(1));
    house.event(&id, "voicemail_left");
    house.wait("the question", || (!house.rest().came("GET", "/Recordings/").is_empty()).then_some(()));
    house.restart();
    let length = house.wait("the message", || Book::call(&house, &id)["recording_ms"].as_u64());
    assert_eq!(length, 3_250);
    assert_eq!(house.ask(&format!("/api/v1/calls/{id}/recording")).body, wav(3_250));
    // What was fetched, and what can't be, is left alone.
    house.restart();
    assert_eq!(house.rest().came("GET", "/Recordings/").len(), 2);
    house.close();
}

#[test]
fn a_message_that_was_left_is_fetched_from_the_account_that_had_the_call() {
    let sid_of_own = "AC66666666666666666666666666666666";
    let own = Rest::start(sid_of_own, sid_of_own, OTHER_TOKEN).unwrap();
    let mut house = closed_house_with(&[("outbound.allow", "127.0.0.0/8"), ("outbound.plain_http", "true")]);
    house.rings(1);
    house.asked("/twilio/recorded", 1, &[]);
    house.rest().trouble(&[Trouble::TooMany { retry_after_s: 25 }]);
    recorded(&house, 1, "completed");
    let id = house.wait("the call", || house.id_of(1));
    house.wait("the question", || (!house.rest().came("GET", "/Recordings/").is_empty()).then_some(()));
    // From now on the organization has an account of its own, which knows nothing of that call.
    let settings = json!({ "account_sid": sid_of_own, "base_url": own.base_url() });
    let body = json!({ "settings": settings, "secrets": { "auth_token": OTHER_TOKEN } });
    let set = house.server().put("/api/v1/integrations/twilio", &body, Token::Admin).unwrap();
    assert_eq!(set.json()["unused_because"], json!(null), "{}", set.text());
    house.restart();
    let length = house.wait("the message", || Book::call(&house, &id)["recording_ms"].as_u64());
    assert_eq!((length, own.came("GET", "/").len()), (3_250, 0));
    own.finish();
    house.close();
}

#[test]
fn a_message_that_is_no_sound_is_known_by_its_name() {
    let house = closed_house();
    house.rest().sounds(b"<html>Not found</html>".to_vec());
    house.rings(1);
    house.asked("/twilio/recorded", 1, &[]);
    recorded(&house, 1, "completed");
    let id = house.wait("the call", || house.id_of(1));
    assert_eq!(house.event(&id, "voicemail_left")["recording"], RECORDING);
    house.event(&id, "recording_failed");
    house.close();
}
