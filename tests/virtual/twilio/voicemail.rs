//! Messages that callers leave with Twilio.

use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::TimeDelta;
use cordboard_actors::world as calendar;
use cordboard_test_support::book::text;
use cordboard_test_support::server::Token;
use cordboard_test_support::twilio::Account;
use cordboard_test_support::twilio_rest::{Rest, Trouble};
use serde_json::json;
use tokio::time::sleep;

use super::setup::{FROM, OTHER_TOKEN, Setup, TO, TOKEN, sid};
use crate::suites::book::{Book as _, wait_for};
use crate::world::{Setting, Stage, virtually};

pub(crate) const RECORDING: &str = "RE66666666666666666666666666666666";

/// A telephone's silence of this many ms.
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

/// A caller leaves a message while the folder of recordings has another name. Returns the call, the folder and its other name.
async fn left_without_folder(setup: &Setup, folder: &Path) -> (String, PathBuf, PathBuf) {
    setup.rings(1).await;
    setup.asked("/twilio/recorded", 1, &[]).await;
    let (recordings, aside) = (folder.join("data/recordings"), folder.join("aside"));
    std::fs::rename(&recordings, &aside).unwrap();
    recorded(setup, 1, "completed").await;
    let id = setup.wait("the call", async || setup.id_of(1).await).await;
    (id, recordings, aside)
}

/// Twilio reports that the message can be fetched.
async fn recorded(setup: &Setup, number: u32, status: &str) {
    let mut fields = Account::fields(&sid(number), FROM, TO, "completed");
    let more = [("RecordingSid", RECORDING), ("RecordingStatus", status), ("RecordingDuration", "3")];
    fields.extend(more.map(|(name, value)| (name.to_owned(), value.to_owned())));
    assert_eq!(setup.account().post("/twilio/recording", &fields).await.unwrap().status, 204);
}

async fn closed_house() -> Setup {
    closed(Setup::open(&[]).await).await
}

async fn closed(setup: Setup) -> Setup {
    setup.rest().sounds(wav(3_250));
    setup.is_closed().await;
    setup.has_number(json!({ "closed": { "do": "voicemail", "text": "Leave a message." } })).await;
    setup
}

/// The time within which a server asks Twilio once more for messages that were not reported, and fetches them: it asks every ten minutes.
const ASKED_AGAIN: Duration = Duration::from_secs(610);

/// The settings of a server that may send requests to its own machine.
const OUTBOUND: [Setting<'static>; 2] = [("outbound.allow", "127.0.0.0/8"), ("outbound.plain_http", "true")];

/// A server whose caller has left a message that Twilio is too busy to deliver, and the id of their call.
async fn house_of_a_message(folder: &Path) -> (Setup, String) {
    let rest = Rest::start_here(Account::SID, Account::SID, TOKEN).unwrap();
    let setup = closed(Setup::open_at(folder, rest, &OUTBOUND).await).await;
    setup.rings(1).await;
    setup.asked("/twilio/recorded", 1, &[]).await;
    setup.rest().trouble(&[Trouble::TooMany { retry_after_s: 25 }]);
    recorded(&setup, 1, "completed").await;
    let id = setup.wait("the call", async || setup.id_of(1).await).await;
    setup.event(&id, "voicemail_left").await;
    wait_for("the question", || !setup.rest().came("GET", "/Recordings/").is_empty()).await;
    (setup, id)
}

#[test]
fn a_message_is_a_missed_calls_recording_and_kept_once() {
    virtually(async || {
        let setup = closed_house().await;
        let answer = setup.rings(1).await;
        assert!(answer.contains("<Say language=\"en-US\">Leave a message.</Say><Record"), "{answer}");
        assert!(
            answer.contains("recordingStatusCallback=\"https://calls.example.com/twilio/recording\""),
            "{answer}"
        );
        let thanks = setup.asked("/twilio/recorded", 1, &[]).await;
        assert!(thanks.contains("<Say language=\"en-US\">Your message is saved."), "{thanks}");
        recorded(&setup, 1, "in-progress").await;
        for _ in 0..3 {
            recorded(&setup, 1, "completed").await;
        }
        setup.is_over(1, "completed").await;
        let id = setup.wait("the call", async || setup.id_of(1).await).await;
        let row = setup.ended(&id).await;
        assert_eq!((row["hangup_cause"].as_str(), &row["answered_at"]), (Some("closed_hours"), &json!(null)));
        let length =
            setup.wait_written("the message", async || setup.row(&id).await["recording_ms"].as_u64()).await;
        assert_eq!(length, 3_250);
        let sound = setup.ask(&format!("/api/v1/calls/{id}/recording")).await;
        assert_eq!(sound.body, wav(3_250));
        recorded(&setup, 1, "completed").await;
        assert_eq!(setup.events_of(&id, "voicemail_left").await.len(), 1);
        assert_eq!(setup.event(&id, "voicemail_left").await["recording"], RECORDING);
        let [activity] = &setup.activities(&id).await[..] else {
            panic!("{:?}", setup.activities(&id).await)
        };
        assert_eq!(text(&activity["title"]), format!("Message from {FROM}, 3.0 s"));
        assert_eq!(setup.rest().came("GET", "/Recordings/").len(), 1, "fetched once");
        setup.close().await;
    });
}

#[test]
fn a_message_reported_before_the_caller_hangs_up_is_kept() {
    virtually(async || {
        let setup = closed_house().await;
        setup.rings(1).await;
        recorded(&setup, 1, "completed").await;
        let id = setup.wait("the call", async || setup.id_of(1).await).await;
        setup.wait_written("the message", async || setup.row(&id).await["recording_ms"].as_u64()).await;
        let thanks = setup.asked("/twilio/recorded", 1, &[]).await;
        assert!(thanks.contains("<Hangup/>") && !thanks.contains("nobody can be reached"), "{thanks}");
        assert_eq!(setup.ended(&id).await["hangup_cause"], "closed_hours");
        setup.close().await;
    });
}

#[test]
fn a_caller_who_leaves_no_message_is_a_missed_call() {
    virtually(async || {
        let setup = closed_house().await;
        setup.rings(1).await;
        setup.is_over(1, "completed").await;
        let id = setup.wait("the call", async || setup.id_of(1).await).await;
        let row = setup.ended(&id).await;
        assert_eq!(
            (row["hangup_cause"].as_str(), &row["recording_ms"]),
            (Some("closed_hours"), &json!(null))
        );
        setup.close().await;
    });
}

#[test]
fn a_rate_limited_message_is_fetched_again_when_twilio_says() {
    Stage::new().run(async |folder| {
        let (setup, id) = house_of_a_message(folder).await;
        let length =
            setup.wait_written("the message", async || setup.row(&id).await["recording_ms"].as_u64()).await;
        let asked: Vec<_> = setup.rest().came("GET", "/Recordings/").iter().map(|came| came.at).collect();
        assert_eq!((length, asked.len()), (3_250, 2));
        // Twilio has asked for 25 s, and a random spread comes on top.
        let waited = (asked[1] - asked[0]).as_millis();
        assert!((25_125..=25_250).contains(&waited), "{waited} ms");
        setup.is_over(1, "completed").await;
        setup.close().await;
    });
}

#[test]
fn the_next_server_fetches_messages_that_a_killed_one_left() {
    let mut lives = Stage::new();
    let (rest, id) = lives.run(async |folder| {
        let (setup, id) = house_of_a_message(folder).await;
        (setup.left(), id)
    });
    let rest = lives.run(async |folder| {
        let setup = Setup::open_at(folder, rest.goes_on_here().unwrap(), &OUTBOUND).await;
        let length =
            setup.wait_written("the message", async || setup.row(&id).await["recording_ms"].as_u64()).await;
        assert_eq!(length, 3_250);
        assert_eq!(setup.ask(&format!("/api/v1/calls/{id}/recording")).await.body, wav(3_250));
        assert_eq!(setup.rest().came("GET", "/Recordings/")[1].at, setup.world().began());
        setup.left()
    });
    // A message that was fetched, and one that can't be, is left alone.
    lives.run(async |folder| {
        let setup = Setup::open_at(folder, rest.goes_on_here().unwrap(), &OUTBOUND).await;
        sleep(Duration::from_secs(60)).await;
        assert_eq!(setup.rest().came("GET", "/Recordings/").len(), 2);
        setup.close().await;
    });
}

#[test]
fn a_message_reported_while_no_server_ran_is_asked_for() {
    let mut lives = Stage::new();
    let (rest, id) = lives.run(async |folder| {
        let rest = Rest::start_here(Account::SID, Account::SID, TOKEN).unwrap();
        let setup = closed(Setup::open_at(folder, rest, &OUTBOUND).await).await;
        setup.rings(1).await;
        setup.asked("/twilio/recorded", 1, &[]).await;
        let id = setup.wait("the call", async || setup.id_of(1).await).await;
        setup.ended(&id).await;
        // The next server starts later than the call ended.
        sleep(Duration::from_secs(1)).await;
        (setup.left(), id)
    });
    lives.run(async |folder| {
        let setup = Setup::open_at(folder, rest.goes_on_here().unwrap(), &OUTBOUND).await;
        setup.rest().records(&sid(1), RECORDING);
        // A report may take ten minutes: the call was over for less when this server asked first, and is not when it asks again.
        sleep(ASKED_AGAIN).await;
        let length =
            setup.wait_written("the message", async || setup.row(&id).await["recording_ms"].as_u64()).await;
        assert_eq!(length, 3_250);
        sleep(ASKED_AGAIN).await;
        assert_eq!(setup.events_of(&id, "voicemail_left").await.len(), 1);
        setup.close().await;
    });
}

#[test]
fn a_message_is_fetched_from_the_account_of_its_call() {
    let sid_of_own = "AC66666666666666666666666666666666";
    let mut lives = Stage::new();
    let (rest, own, id) = lives.run(async |folder| {
        let own = Rest::start_here(sid_of_own, sid_of_own, OTHER_TOKEN).unwrap();
        let (setup, id) = house_of_a_message(folder).await;
        // From now on the organization has an account of its own, which does not know that call.
        let settings = json!({ "account_sid": sid_of_own, "base_url": own.base_url() });
        let body = json!({ "settings": settings, "secrets": { "auth_token": OTHER_TOKEN } });
        let set = setup.server().put("/api/v1/integrations/twilio", &body, Token::Admin).await;
        assert_eq!(set.json()["unused_because"], json!(null), "{}", set.text());
        (setup.left(), own, id)
    });
    lives.run(async |folder| {
        let own = own.goes_on_here().unwrap();
        let setup = Setup::open_at(folder, rest.goes_on_here().unwrap(), &OUTBOUND).await;
        let length =
            setup.wait_written("the message", async || setup.row(&id).await["recording_ms"].as_u64()).await;
        assert_eq!((length, own.came("GET", "/").len()), (3_250, 0));
        own.finish();
        setup.close().await;
    });
}

#[test]
fn a_message_without_sound_is_journalled_by_name() {
    virtually(async || {
        let setup = closed_house().await;
        setup.rest().sounds(b"<html>Not found</html>".to_vec());
        setup.rings(1).await;
        setup.asked("/twilio/recorded", 1, &[]).await;
        recorded(&setup, 1, "completed").await;
        let id = setup.wait("the call", async || setup.id_of(1).await).await;
        assert_eq!(setup.event(&id, "voicemail_left").await["recording"], RECORDING);
        setup.event(&id, "recording_failed").await;
        // Nothing was stored, so the call has no recording. The message is known, also if Twilio reports it again.
        recorded(&setup, 1, "completed").await;
        assert_eq!(setup.events_of(&id, "voicemail_left").await.len(), 1);
        setup.close().await;
    });
}

#[test]
fn a_message_the_disk_refuses_is_refetched_with_growing_pauses() {
    Stage::new().run(async |folder| {
        let rest = Rest::start_here(Account::SID, Account::SID, TOKEN).unwrap();
        let setup = closed(Setup::open_at(folder, rest, &OUTBOUND).await).await;
        let (id, recordings, aside) = left_without_folder(&setup, folder).await;
        let asked =
            || setup.rest().came("GET", "/Recordings/").iter().map(|came| came.at).collect::<Vec<_>>();
        wait_for("three questions", || asked().len() == 3).await;
        assert_eq!(setup.row(&id).await["recording_ms"], json!(null));
        std::fs::rename(&aside, &recordings).unwrap();
        let length =
            setup.wait_written("the message", async || setup.row(&id).await["recording_ms"].as_u64()).await;
        assert_eq!(length, 3_250);
        assert!(setup.events_of(&id, "recording_failed").await.is_empty());
        let asked = asked();
        let pauses: Vec<u64> = asked.windows(2).map(|two| (two[1] - two[0]).as_secs()).collect();
        assert_eq!(pauses, [5, 10, 20]);
        setup.close().await;
    });
}

#[test]
fn a_message_fetched_after_its_calls_deletion_is_not_kept() {
    Stage::new().run(async |folder| {
        let rest = Rest::start_here(Account::SID, Account::SID, TOKEN).unwrap();
        let setup = closed(Setup::open_at(folder, rest, &OUTBOUND).await).await;
        let days =
            json!({ "recordings_days": 10, "words_days": 20, "calls_days": 30, "customers_days": null });
        assert_eq!(setup.server().put("/api/v1/retention", &days, Token::Admin).await.status, 200);
        let (id, recordings, aside) = left_without_folder(&setup, folder).await;
        setup.event(&id, "voicemail_left").await;
        calendar::set_calendar(TimeDelta::days(31));
        // The server checks every ten minutes.
        sleep(Duration::from_secs(620)).await;
        let call = setup.server().get(&format!("/api/v1/calls/{id}"), Token::Admin).await;
        assert_eq!(call.status, 404);
        let asked = || setup.rest().came("GET", "/Recordings/").len();
        let before = asked();
        std::fs::rename(&aside, &recordings).unwrap();
        // The longest pause is ten minutes.
        sleep(Duration::from_secs(620)).await;
        assert!(asked() > before);
        let names = std::fs::read_dir(&recordings).unwrap().map(|entry| entry.unwrap().file_name());
        let left: Vec<_> = names.filter(|name| name.to_string_lossy().starts_with(&id)).collect();
        assert!(left.is_empty(), "{left:?}");
        setup.close().await;
    });
}
