//! Streams: who may open one, what is heard on it, and what its end means.

use std::time::Duration;

use cordboard_test_support::audio::{Span, silence, tone};
use cordboard_test_support::book::Channel;
use cordboard_test_support::ear::speech;
use cordboard_test_support::twilio::{Account, Caller, Opened};
use serde_json::Value;

use super::setup::{FROM, Setup, TO, sid};
use crate::suites::book::{Book as _, until};
use crate::suites::party::Party as _;
use crate::world::{begun, virtually, when};

/// How long a server waits for a stream.
const MEET: Duration = Duration::from_secs(3);

/// Waits until the caller is released.
async fn wait_let_go(caller: &Caller) {
    until("the end of the caller's leg", async || caller.is_let_go().then_some(())).await;
}

#[test]
fn a_stream_that_twilio_did_not_sign_is_refused() {
    virtually(async || {
        let setup = Setup::open(&[]).await;
        // Webhooks with the right token, the stream's handshake with another: the first is accepted, the second is not.
        let mut account = setup.account();
        let fields = Account::fields(&sid(1), FROM, TO, "ringing");
        assert_eq!(account.post("/twilio/voice", &fields).await.unwrap().status, 200);
        account.auth_token = "another token".to_owned();
        let caller = Caller::dial_here(&account, &sid(1), FROM, TO);
        wait_let_go(&caller).await;
        assert!(caller.streams().is_empty(), "no TwiML, no stream");
        let url = "wss://calls.example.com/call";
        assert_eq!(Caller::open_stream(&account, url).await, Opened::Refused(403));
        assert_eq!(Caller::open_stream(&setup.account(), url).await, Opened::Stream);
        let id = setup.wait("the call", async || setup.id_of(1).await).await;
        let cause = setup.ended(&id).await["hangup_cause"].clone();
        assert_eq!(cause, "no_audio", "a stream without a token has no call");
        let journal = setup.journal(&id).await;
        assert_eq!(when(&journal, "ended") - when(&journal, "call_started"), MEET);
        setup.close().await;
    });
}

#[test]
fn a_redirect_is_no_hang_up() {
    virtually(async || {
        let setup = Setup::open(&[]).await;
        let (caller, id) = setup.call(1).await;
        setup.wait_says(&id, "greeting").await;
        caller.redirect();
        let row = setup.ended(&id).await;
        assert_eq!(
            (row["hangup_cause"].as_str(), row["hangup_by"].as_str()),
            (Some("call_transferred"), Some("switch"))
        );
        // How long the server waits for more reports about it.
        let journal = setup.journal(&id).await;
        assert_eq!(when(&journal, "ended") - when(&journal, "leg_left"), MEET);
        caller.finish();
        setup.close().await;
    });
}

#[test]
fn a_broken_stream_is_reopened_and_joins_the_same_call() {
    virtually(async || {
        let setup = Setup::open(&[]).await;
        let (caller, id) = setup.call(1).await;
        setup.wait_says(&id, "greeting").await;
        caller.break_stream();
        setup.wait_said(&id, "welcome_back").await;
        assert_eq!(caller.streams(), [Opened::Stream, Opened::Stream]);
        let tokens: Vec<String> = caller
            .documents()
            .iter()
            .map(|document| document.split("value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned())
            .collect();
        assert_ne!(tokens[0], tokens[1], "each stream has a token of its own");
        let journal = setup.journal(&id).await;
        let lost = when(&journal, "interrupted");
        assert_eq!((when(&journal, "resumed"), begun(&journal, "welcome_back")), (lost, lost));
        caller.hang_up();
        let row = setup.ended(&id).await;
        assert_eq!(
            (row["hangup_cause"].as_str(), row["hangup_by"].as_str()),
            (Some("normal_clearing"), Some("caller"))
        );
        assert_eq!(setup.calls().await.len(), 1);
        caller.finish();
        setup.close().await;
    });
}

/// A Twilio that has vanished closes no socket, and while nobody speaks nothing is sent that would reveal its absence.
#[test]
fn a_stream_silent_for_five_seconds_is_opened_again() {
    virtually(async || {
        let setup = Setup::open(&[]).await;
        let (caller, id) = setup.call(1).await;
        setup.wait_said(&id, "greeting").await;
        let before = setup.world().passed();
        caller.lose(5_500);
        setup.wait_said(&id, "welcome_back").await;
        assert_eq!(caller.streams(), [Opened::Stream, Opened::Stream]);
        let waited = when(&setup.journal(&id).await, "interrupted") - before;
        // The newest sound before it is in these 20 ms.
        assert!((4_980..=5_000).contains(&waited.as_millis()), "{waited:?}");
        caller.hang_up();
        let row = setup.ended(&id).await;
        assert_eq!(
            (row["hangup_cause"].as_str(), row["hangup_by"].as_str()),
            (Some("normal_clearing"), Some("caller"))
        );
        caller.finish();
        setup.close().await;
    });
}

#[test]
fn barge_in_clears_pending_sound_and_marks_the_transcript_interrupted() {
    virtually(async || {
        let setup = Setup::open(&[]).await;
        let (caller, id) = setup.call(1).await;
        setup.wait_says(&id, "greeting").await;
        until("some of the greeting", async || {
            (caller.heard().length() > Duration::from_secs(2)).then_some(())
        })
        .await;
        let spoke = setup.world().passed();
        caller.say(&speech("interruption"));
        setup.event(&id, "barge_in").await;
        let barged_in = when(&setup.journal(&id).await, "barge_in") - spoke;
        assert_eq!((barged_in.as_millis(), caller.clears()), (260, 1));
        caller.hang_up();
        setup.ended(&id).await;
        let said: &Value = &setup.transcript(&id).await[0];
        assert_eq!(said["interrupted"], true, "{said}");
        caller.finish();
        setup.close().await;
    });
}

#[test]
fn lost_sound_is_silence_of_its_length_in_the_recording() {
    virtually(async || {
        let setup = Setup::open(&[]).await;
        let (caller, id) = setup.call(1).await;
        setup.wait_said(&id, "greeting").await;
        let beep = tone(1_000.0, 8_000.0, Duration::from_millis(600), 8_000);
        caller.say(&beep);
        caller.said_all().await;
        // The time of what is said now passes, and nothing of it arrives.
        caller.lose(400);
        caller.say(&silence(Duration::from_millis(400), 8_000));
        caller.say(&beep);
        caller.said_all().await;
        caller.hang_up();
        setup.ended(&id).await;
        let recorded = setup.finished_recording(&id, Channel::Caller).await;
        let first = recorded.first_sound().unwrap();
        let words = recorded.part(Span { start: first, end: recorded.length() });
        let gap = words.silences(Duration::from_millis(300))[0];
        let (start, length) = (gap.start.as_millis(), gap.length().as_millis());
        assert_eq!((start, length), (600, 400));
        caller.finish();
        setup.close().await;
    });
}

#[test]
fn messages_that_no_twilio_sends_do_no_harm() {
    virtually(async || {
        let setup = Setup::open(&[]).await;
        let (caller, id) = setup.call(1).await;
        for odd in [
            "",
            "{",
            "[]",
            r#"{"event":"media"}"#,
            r#"{"event":"mark","mark":{"name":"cb-9-9"}}"#,
            r#"{"event":"x"}"#,
        ] {
            caller.send(odd);
        }
        setup.wait_said(&id, "greeting").await;
        caller.press('*');
        wait_let_go(&caller).await;
        assert_eq!(setup.ended(&id).await["hangup_cause"], "normal_clearing");
        caller.finish();
        setup.close().await;
    });
}
