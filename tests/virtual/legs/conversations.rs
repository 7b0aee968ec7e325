//! Conversations: the greeting, an answer, an interruption, a recording of both.

use std::time::Duration;

use cordboard_test_support::audio::{Span, find};
use cordboard_test_support::book::Channel;
use cordboard_test_support::ear::{prompt, share_of, speech, words};
use tokio::time::sleep;

use super::kind::{Kind, for_every_kind};
use super::stage::Stage;
use crate::book::{Book, ms};
use crate::hearing::{assert_heard, assert_whole};
use crate::suites::handoff::Party;
use crate::world::{virtually, when};

/// From this score on a sound counts as found: the server's resampling from 16 to 8 kHz differs from ours.
const FOUND: f64 = 0.85;
/// The time from the call until the caller hears something.
const FIRST_SOUND_MAX: Duration = Duration::from_secs(1);
/// How much of what was heard last is compared.
const PIECE: Duration = Duration::from_millis(400);

for_every_kind!(the_greeting_is_heard_and_the_caller_answered);

/// If the server plays the sound itself, it knows to the sample what was heard.
#[test]
fn the_assistant_stops_where_the_caller_speaks() {
    for kind in [Kind::AudioSocket, Kind::Websocket, Kind::Unicast] {
        virtually(async || stops_where_the_caller_speaks(kind).await);
    }
}

/// Both are recorded whole.
async fn the_greeting_is_heard_and_the_caller_answered(kind: Kind) {
    let stage = Stage::open(kind).await;
    let came = stage.server.passed();
    let call = stage.comes().await;
    stage.wait("the first sound", async || call.line.heard().first_sound()).await;
    let waited = stage.server.passed() - came;
    assert!(waited <= FIRST_SOUND_MAX, "{waited:?} until the first sound");
    stage.wait_said(&call.id, "greeting").await;
    let said = speech("message_text");
    call.line.says(&said).await;
    stage.wait_events(&call.id, "item_started", 2).await;
    let journal = stage.journal(&call.id).await;
    assert_eq!(stage.times_of(&call.id, "item_started").await[1], when(&journal, "speech_stopped"));
    call.line.hang_up();
    assert_eq!(stage.left(&call).await["leg_kind"], kind.leg_kind());
    assert_heard(&call.line.heard(), "greeting");
    assert_heard(&stage.recording(&call.id, Channel::CallersEar).await, "greeting");
    let transcript = stage.transcript(&call.id).await;
    assert_eq!((&transcript[0]["role"], &transcript[1]["role"]), (&"assistant".into(), &"caller".into()));
    assert_whole(&stage.recording(&call.id, Channel::Caller).await, &said);
    stage.close().await;
}

/// Into the middle of the greeting, which lasts for 8 s.
async fn stops_where_the_caller_speaks(kind: Kind) {
    let stage = Stage::open(kind).await;
    let call = stage.call().await;
    stage.wait("the first sound", async || call.line.heard().first_sound()).await;
    sleep(Duration::from_secs(2)).await;
    let spoke = stage.server.passed();
    call.line.say(&speech("interruption"));
    let barge_in = stage.event(&call.id, "barge_in").await;
    let stopped = stage.times_of(&call.id, "barge_in").await[0];
    stage.wait_events(&call.id, "item_started", 2).await;
    call.line.hang_up();
    stage.left(&call).await;

    assert_eq!(Some(stopped - spoke), kind.notices_speech_after(), "{kind:?}");

    // Exactly the part of the greeting was heard that is in the journal, and nothing after it.
    let heard = call.line.heard();
    let (begun, heard_for) = (share_of(&heard, "greeting").at, ms(&barge_in["heard_ms"]));
    let last = Span { start: heard_for.saturating_sub(PIECE), end: heard_for };
    let found = find(&heard, &prompt("greeting").resampled(heard.rate).part(last)).unwrap();
    assert!(
        found.score > FOUND && found.at.abs_diff(begun + last.start) < Duration::from_millis(1),
        "{found:?}"
    );
    let end = found.at + PIECE;
    let after = heard.part(Span { start: end, end: end + Duration::from_millis(200) });
    assert!(after.rms() < 1.0, "{}", after.rms());
    let said = &stage.transcript(&call.id).await[0];
    let (cut, whole) = (said["text"].as_str().unwrap(), words("greeting"));
    assert!(said["interrupted"] == true, "{said}");
    assert!(whole.starts_with(cut) && !cut.is_empty() && cut.len() < whole.len(), "{cut:?}");
    stage.close().await;
}
