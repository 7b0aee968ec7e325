//! How legs over audio WebSockets end: reported once, and the switch is never kept waiting.

use std::time::Duration;

use cordboard_actors::messages::ToLeg;
use cordboard_schema::call::LegEnd;
use socket2::SockRef;
use tokio::io::AsyncWriteExt;
use tokio::time::Instant;

use crate::leg_call::until;
use crate::stream_module::{CHANNEL, Module, request};
use crate::stream_stage::{Speaker, Stage};
use crate::virtual_time::virtually;

#[test]
fn a_goodbye_is_reported_answered_and_tcp_closed_at_once() {
    virtually(async {
        let mut stage = Stage::open();
        for _ in 0..20 {
            let (mut module, mut call, _port) = stage.joined_leg().await;
            let began = Instant::now();
            module.say_goodbye().await;
            assert_eq!(call.left().await.0, LegEnd::Closed);
            assert_eq!(module.goodbye().await, 1_000);
            module.ends().await;
            assert_eq!(began.elapsed(), Duration::ZERO);
        }
        until("closed sockets", || stage.live.now() == 0).await;
    });
}

#[actix::test]
async fn a_switch_that_closes_silently_has_left() {
    let mut stage = Stage::open();
    for has_joined in [false, true] {
        let (mut module, mut call) = stage.leg().await;
        if has_joined {
            module.say(1).await;
            call.joined().await;
        }
        module.stream.shutdown().await.unwrap();
        assert_eq!(call.left().await.0, LegEnd::Closed);
    }
}

#[actix::test]
async fn a_reset_is_a_broken_leg() {
    let mut stage = Stage::open();
    let (module, mut call, _port) = stage.joined_leg().await;
    SockRef::from(&module.stream).set_linger(Some(Duration::ZERO)).unwrap();
    drop(module);
    assert_eq!(call.left().await.0, LegEnd::Broken);
}

#[actix::test]
async fn a_release_says_goodbye_and_closes_once_it_is_answered() {
    let mut stage = Stage::open();
    let (mut module, mut call, _port) = stage.joined_leg().await;
    call.order(ToLeg::Release);
    assert_eq!(module.goodbye().await, 1_000);
    module.say_goodbye().await;
    module.ends().await;
    assert_eq!(call.left().await.0, LegEnd::Released);
}

/// A switch that does not answer the close frame waits until TCP is closed. The leg closes it after 200 ms.
#[test]
fn an_unanswered_goodbye_is_waited_for_200_ms() {
    virtually(async {
        let mut stage = Stage::open();
        let (mut module, mut call, _port) = stage.joined_leg().await;
        let began = Instant::now();
        call.order(ToLeg::Release);
        assert_eq!(module.goodbye().await, 1_000);
        module.ends().await;
        assert_eq!(call.left().await.0, LegEnd::Released);
        assert_eq!(began.elapsed().as_millis(), 200);
    });
}

#[actix::test]
async fn a_call_that_drops_its_leg_releases_it() {
    let mut stage = Stage::open();
    let (mut module, mut call, _port) = stage.joined_leg().await;
    call.leg = None;
    assert_eq!(module.goodbye().await, 1_000);
    module.say_goodbye().await;
    assert_eq!(call.left().await.0, LegEnd::Released);
    until("closed sockets", || stage.live.now() == 0).await;
}

/// It reports that it plays, and reads nothing.
#[actix::test]
async fn a_switch_that_reads_nothing_is_a_broken_leg() {
    let mut stage = Stage::open();
    let mut module = Module::connect_with_little_room(stage.address).await;
    module.send(&request(&format!("/{CHANNEL}"))).await;
    let mut call = stage.start_leg().await;
    module.say(1).await;
    let port = call.joined().await;
    let speaker = Speaker::plugged(&port);
    speaker.says(1, 100_000);
    let line = call.leg.clone().unwrap();
    let mut pace = tokio::time::interval(Duration::from_millis(20));
    let began = Instant::now();
    for chunk in 1.. {
        pace.tick().await;
        if line.left().is_some() {
            break;
        }
        (chunk..chunk + 16).for_each(|chunk| call.finished(chunk, 200));
        assert!(began.elapsed() < Duration::from_secs(15), "the leg still exists");
    }
    assert_eq!(line.left(), Some(LegEnd::Broken));
    assert_eq!(call.left().await.0, LegEnd::Broken);
}
