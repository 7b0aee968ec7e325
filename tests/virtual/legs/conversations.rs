//! Talking: the greeting, an answer, an interruption, a recording of both.

use std::time::Duration;

use cordboard_test_support::audio::Span;
use cordboard_test_support::book::Channel;
use cordboard_test_support::ear::{share_of, speech, words};
use tokio::time::sleep;

use super::kind::{Kind, for_every_kind};
use super::stage::Stage;
use crate::book::{Book, ms};
use crate::hearing::{assert_heard, assert_whole, falls_silent};
use crate::suites::handoff::Party;
use crate::world::when;

for_every_kind!(
    the_greeting_is_heard_out_and_recorded,
    the_caller_is_answered,
    the_assistant_stops_where_the_caller_speaks,
);

async fn the_greeting_is_heard_out_and_recorded(kind: Kind) {
    let stage = Stage::open(kind).await;
    let call = stage.call().await;
    stage.wait_said(&call.id, "greeting").await;
    call.line.hang_up();
    assert_eq!(stage.left(&call).await["leg_kind"], kind.leg_kind());
    assert_heard(&call.line.heard(), "greeting");
    assert_heard(&stage.recording(&call.id, Channel::CallersEar).await, "greeting");
    stage.close().await;
}

async fn the_caller_is_answered(kind: Kind) {
    let stage = Stage::open(kind).await;
    let call = stage.call().await;
    stage.wait_said(&call.id, "greeting").await;
    let said = speech("message_text");
    call.line.says(&said).await;
    stage.wait_events(&call.id, "item_started", 2).await;
    let journal = stage.journal(&call.id).await;
    println!("{:?} {:?}", stage.times_of(&call.id, "item_started").await, when(&journal, "speech_stopped"));
    call.line.hang_up();
    stage.left(&call).await;
    let transcript = stage.transcript(&call.id).await;
    assert_eq!((&transcript[0]["role"], &transcript[1]["role"]), (&"assistant".into(), &"caller".into()));
    assert_whole(&stage.recording(&call.id, Channel::Caller).await, &said);
    stage.close().await;
}

/// Into the middle of the greeting, which lasts for 8 s.
async fn the_assistant_stops_where_the_caller_speaks(kind: Kind) {
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

    let heard = call.line.heard();
    let greeting = share_of(&heard, "greeting");
    let silent = falls_silent(&heard, greeting.until.saturating_sub(Duration::from_millis(100)), Duration::from_millis(200));
    let heard_ms = ms(&barge_in["heard_ms"]);
    println!("spoke {spoke:?}, barge-in {stopped:?}; heard {:?}, journal {heard_ms:?}", silent - greeting.at);
    let cut = heard.part(Span { start: greeting.at, end: silent });
    println!("{:?}", cut.length());
    let said = &stage.transcript(&call.id).await[0];
    let (cut, whole) = (said["text"].as_str().unwrap(), words("greeting"));
    assert!(said["interrupted"] == true, "{said}");
    assert!(whole.starts_with(cut) && !cut.is_empty() && cut.len() < whole.len(), "{cut:?}");
    stage.close().await;
}
