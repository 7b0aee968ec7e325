//! Sound that a switch plays over our own connection.

use cordboard_actors::messages::{ChannelAction, GivenBy, Listening, PlaybackEvent, ToCall, ToSwitch};
use cordboard_schema::event::{Fact, PlayedEnd};
use cordboard_schema::ids::EffectId;
use cordboard_schema::switch::ControlLink;

use crate::switch_stage::{CALLER, Call, Peer, Stage};
use crate::switch_watching::listening_call;

/// A call whose channel is reached only over our connection.
async fn playing() -> (Stage, Peer, Call) {
    let stage = Stage::open().await;
    let mut peer = stage.connected().await;
    let mut call = listening_call(&stage, &mut peer, &[("Answer-State", "early")]).await;
    assert_eq!(call.fact().await, Fact::Unheld);
    (stage, peer, call)
}

async fn playback(call: &mut Call) -> PlaybackEvent {
    match call.next_message().await {
        ToCall::Playback(event) => event,
        other => panic!("{other:?}"),
    }
}

/// The audio module has a chunk, which the switch is ordered to play, and accepts.
async fn is_played(peer: &mut Peer, chunk: u64) {
    is_asked_for(peer, chunk).await;
    peer.reply("+OK").await;
}

/// The same, but it is unknown whether the switch has read the order.
async fn is_asked_for(peer: &mut Peer, chunk: u64) {
    let body = format!("{{\"file\":\"/tmp/{chunk}.r8\",\"sampleRate\":8000,\"chunk\":{chunk}}}");
    let length = body.len().to_string();
    let headers = [("Event-Subclass", "mod_audio_stream%3A%3Aplay"), ("Content-Length", length.as_str())];
    peer.event_with_body("CUSTOM", CALLER, &headers, &body).await;
    let play = peer.command().await;
    assert_eq!(
        play,
        format!(
            "sendmsg {CALLER}\ncall-command: execute\nexecute-app-name: playback\n\
             execute-app-arg: /tmp/{chunk}.r8\nevent-lock: true\nEvent-UUID: chunk-{chunk}"
        )
    );
}

async fn begins(peer: &mut Peer, chunk: u64) {
    peer.event("PLAYBACK_START", CALLER, &[("Playback-File-Path", &format!("/tmp/{chunk}.r8"))]).await;
}

async fn ends(peer: &mut Peer, chunk: u64, status: &str, heard_ms: u64) {
    let (file, heard) = (format!("/tmp/{chunk}.r8"), heard_ms.to_string());
    let stop = [
        ("Playback-File-Path", file.as_str()),
        ("Playback-Status", status),
        ("variable_playback_ms", heard.as_str()),
    ];
    peer.event("PLAYBACK_STOP", CALLER, &stop).await;
    let id = format!("chunk-{chunk}");
    let end = [
        ("Application", "playback"),
        ("Application-UUID", id.as_str()),
        ("Application-Response", "FILE PLAYED"),
    ];
    peer.event("CHANNEL_EXECUTE_COMPLETE", CALLER, &end).await;
}

#[actix::test]
async fn chunks_are_played_in_order_and_their_ends_reported() {
    let (_stage, mut peer, mut call) = playing().await;
    for chunk in [1, 2] {
        is_played(&mut peer, chunk).await;
    }
    begins(&mut peer, 1).await;
    ends(&mut peer, 1, "done", 500).await;
    assert_eq!(playback(&mut call).await, PlaybackEvent::Began { chunk: 1 });
    let ended = PlaybackEvent::Ended { chunk: 1, heard_ms: 500, end: PlayedEnd::Finished };
    assert_eq!(playback(&mut call).await, ended);
}

#[actix::test]
async fn sound_is_taken_once_the_switch_reports_its_chunks() {
    let stage = Stage::open().await;
    let mut peer = stage.connected().await;
    let mut call = stage.watching_call(&mut peer).await;
    stage.tell(ToSwitch::TakeSound { channel: CALLER });
    stage.tell(ToSwitch::Listen { channel: CALLER, listening: Listening::Inbound });
    peer.expect(&format!("filter Unique-ID {CALLER}")).await;
    peer.expect(&format!("api uuid_dump {CALLER} json")).await;
    assert!(call.has_no_message(), "a chunk that comes now would not be reported");
    peer.reply("+OK").await;
    assert_eq!(playback(&mut call).await, PlaybackEvent::Handed);
    stage.tell(ToSwitch::TakeSound { channel: CALLER });
    assert_eq!(playback(&mut call).await, PlaybackEvent::Handed, "it still reports");
}

#[actix::test]
async fn sound_of_another_link_is_stopped_and_reported() {
    let (stage, mut peer, mut call) = playing().await;
    let action = ChannelAction::StopPlayback { next_chunk: 9, given_by: GivenBy::AnotherLink };
    let effect = EffectId(0);
    stage.tell(ToSwitch::Act { channel: CALLER, effect, action, call: call.line.clone() });
    peer.expect(&format!("api uuid_break {CALLER} all")).await;
    peer.api("+OK\n").await;
    assert!(matches!(call.fact().await, Fact::ActionDone { .. }));
    ends(&mut peer, 7, "break", 120).await;
    let ended = PlaybackEvent::Ended { chunk: 7, heard_ms: 120, end: PlayedEnd::Cleared };
    assert_eq!(playback(&mut call).await, ended);
    assert_eq!(playback(&mut call).await, PlaybackEvent::Emptied);
    is_played(&mut peer, 9).await;
}

#[actix::test]
async fn a_lost_link_reports_which_chunks_the_switch_has() {
    let (_stage, mut peer, mut call) = playing().await;
    is_played(&mut peer, 1).await;
    is_asked_for(&mut peer, 2).await;
    peer.close();
    assert_eq!(playback(&mut call).await, PlaybackEvent::Given { chunk: 1 });
    assert!(matches!(call.fact().await, Fact::ControlLost { link: ControlLink::Inbound, .. }));
}

#[actix::test]
async fn a_link_that_took_over_plays_alone() {
    let (stage, mut peer, mut call) = playing().await;
    is_played(&mut peer, 1).await;
    is_asked_for(&mut peer, 2).await;
    stage.tell(ToSwitch::Listen { channel: CALLER, listening: Listening::Outbound });
    peer.expect(&format!("filter delete Unique-ID {CALLER}")).await;
    assert_eq!(playback(&mut call).await, PlaybackEvent::Given { chunk: 1 }, "the second is unknown");
    peer.reply("+OK").await;
    peer.reply("+OK").await;
    begins(&mut peer, 1).await;
    peer.close();
    assert!(matches!(call.fact().await, Fact::ControlLost { link: ControlLink::Inbound, .. }));
}
