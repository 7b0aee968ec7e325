//! Broken and hostile peers.

use std::time::Duration;

use cordboard_actors::messages::ChannelAction;
use cordboard_schema::event::Fact;
use cordboard_schema::limits::ESL_CONTROL_BODY_BYTES_MAX;
use rand::rngs::SmallRng;
use rand::{Rng, RngCore, SeedableRng};
use tokio::io::AsyncWriteExt;

use crate::esl_stage::{Stage, done, soon, until};
use crate::esl_switch::{OK, api_response, event, event_of, stream_event};
use crate::virtual_time::virtually;

#[actix::test]
async fn unreadable_bytes_end_the_link_once_with_a_reason() {
    let mut stage = Stage::open();
    let too_long = format!("Content-Length: {}\n\n", ESL_CONTROL_BODY_BYTES_MAX + 1);
    for bytes in ["Content-Length: many\n\n", too_long.as_str(), "Content-Length: 99999999999999999999\n\n"] {
        let (mut freeswitch, mut call) = stage.control().await;
        freeswitch.say(&event("CHANNEL_ANSWER", "")).await;
        assert_eq!(call.fact().await, Fact::ChannelAnswered);
        freeswitch.say(bytes).await;
        let (reason, facts) = call.lost().await;
        assert!(reason.starts_with("FreeSWITCH sent something that can't be decoded"), "{reason}");
        assert_eq!(facts, []);
        assert_eq!(freeswitch.next_command().await, None, "closed");
    }
    until("all sockets closed", || stage.live.now() == 0).await;
}

#[actix::test]
async fn endless_headers_are_not_kept() {
    let mut stage = Stage::open();
    let (mut freeswitch, mut call) = stage.control().await;
    let endless = async { while freeswitch.stream.write_all(&[b'x'; 4_096]).await.is_ok() {} };
    let (lost, ()) = tokio::join!(call.lost(), soon("the end", endless));
    assert!(lost.0.contains("header block"), "{}", lost.0);
}

#[actix::test]
async fn random_bytes_end_only_their_own_link() {
    let mut stage = Stage::open();
    let (mut other, mut other_call) = stage.control().await;
    let mut random = SmallRng::seed_from_u64(0x5eed);
    for _ in 0..50 {
        let mut bytes = vec![0; random.random_range(1..20_000)];
        random.fill_bytes(&mut bytes);
        let (mut freeswitch, mut call) = stage.control().await;
        // The server may have closed the connection before the last byte.
        let _ = freeswitch.stream.write_all(&bytes).await;
        let _ = freeswitch.stream.shutdown().await;
        let (_, facts) = call.lost().await;
        assert_eq!(facts, []);
    }
    other.say(&event("CHANNEL_ANSWER", "")).await;
    assert_eq!(other_call.fact().await, Fact::ChannelAnswered);
    until("one socket", || stage.live.now() == 1).await;
}

#[actix::test]
async fn events_of_another_channel_are_dropped() {
    let mut stage = Stage::open();
    let (mut freeswitch, mut call) = stage.control().await;
    let stranger = "877691cb-003c-4716-bafd-580c95eab91b";
    for name in ["CHANNEL_HANGUP", "CHANNEL_HANGUP_COMPLETE", "CHANNEL_ANSWER", "CHANNEL_HOLD"] {
        freeswitch.say(&event_of(stranger, name, "Hangup-Cause: USER_BUSY")).await;
    }
    freeswitch.say(&event_of(stranger, "DTMF", "DTMF-Digit: 1\nDTMF-Duration: 800")).await;
    freeswitch.say(&event_of("not-a-uuid", "CHANNEL_HANGUP", "Hangup-Cause: USER_BUSY")).await;
    freeswitch.say(&event("CHANNEL_UNHOLD", "")).await;
    assert_eq!(call.fact().await, Fact::Unheld, "the first event that is ours");
}

#[actix::test]
async fn answers_to_nothing_settle_nothing() {
    let mut stage = Stage::open();
    let (mut freeswitch, mut call) = stage.control().await;
    freeswitch.say(&OK.repeat(100)).await;
    freeswitch.say(&event("CHANNEL_ANSWER", "")).await;
    assert_eq!(call.fact().await, Fact::ChannelAnswered);
    call.act(1, ChannelAction::SendDtmf(vec![cordboard_schema::digit::Digit::ONE]));
    freeswitch.command().await;
    freeswitch.say(&api_response("+OK sent\n")).await;
    assert_eq!(call.fact().await, done(1));
}

#[test]
fn chunks_that_cannot_be_played_are_ignored() {
    virtually(async {
        let mut stage = Stage::open();
        let (mut freeswitch, mut call) = stage.control().await;
        let bodies = [
            "no json",
            "{}",
            r#"{"file":"/tmp/a.r8"}"#,
            r#"{"file":"/tmp/a.r8","chunk":"1"}"#,
            r#"{"file":"/tmp/a.r8\n\napi shutdown","chunk":1}"#,
            r#"{"file":"${system(reboot)}","chunk":1}"#,
        ];
        for body in bodies {
            freeswitch.say(&stream_event("play", body)).await;
        }
        freeswitch.say(&event("CHANNEL_ANSWER", "")).await;
        assert_eq!(call.fact().await, Fact::ChannelAnswered);
        assert!(freeswitch.hears_nothing_for(Duration::from_millis(50)).await, "nothing is played");
    });
}

#[actix::test]
async fn events_after_a_flood_of_keys_are_seen() {
    let mut stage = Stage::open();
    let (mut freeswitch, mut call) = stage.control().await;
    freeswitch.say(&event("DTMF", "DTMF-Digit: 1\nDTMF-Duration: 800").repeat(1_000)).await;
    freeswitch.say(&event("CHANNEL_UNHOLD", "")).await;
    while call.fact().await != Fact::Unheld {}
}

#[actix::test]
async fn an_event_with_a_wrong_length_is_still_an_event() {
    let mut stage = Stage::open();
    let (mut freeswitch, mut call) = stage.control().await;
    let wire = stream_event("connect", "{}").replace("Content-Length: 2\n", "Content-Length: 9\n");
    freeswitch.say(&wire).await;
    freeswitch.say(&event("CHANNEL_HOLD", "")).await;
    assert_eq!(call.fact().await, Fact::Held);
}
