//! The connection itself: how it is opened, refused, lost, and reconnected.

use cordboard_schema::event::Fact;
use tokio::time::Instant;

use crate::switch_stage::{CALLER, Stage, captured, dump};
use crate::virtual_time::virtually;

#[actix::test]
async fn it_signs_in_and_subscribes_to_its_events() {
    let stage = Stage::open().await;
    let mut peer = stage.connection().await;
    let before = stage.shown().await;
    assert!(!before.is_connected);
    assert_eq!(before.fault.as_deref(), Some("not connected yet"));

    peer.sign_in().await;
    peer.take_opening().await;
    peer.send(b"Content-Length: 98\nContent-Type: text/event-plain\n\nEvent-Name: HEARTBEAT\nSession-Count: 3\nMax-Sessions: 1000\nUptime-msec: 5000\nX-Filler: aaaaaaaaaaaaa\n\n").await;
    while stage.shown().await.channels.is_none() {
        tokio::task::yield_now().await;
    }
    let shown = stage.shown().await;
    assert!(shown.is_connected);
    assert_eq!((shown.name.as_str(), shown.fault, shown.channels), ("pbx1", None, Some(3)));
    assert!(stage.meter.figures().is_connected);
}

#[test]
fn a_wrong_password_is_explained_and_retried_after_a_minute() {
    virtually(async {
        let stage = Stage::open().await;
        let mut peer = stage.connection().await;
        let refused_at = Instant::now();
        peer.send(&captured("in_auth_bad2")).await;
        peer.until_left().await;
        let fault = stage.shown().await.fault.unwrap();
        assert!(fault.contains("freeswitch.servers.NAME.password"), "{fault}");

        let second = stage.connection().await;
        assert_eq!(refused_at.elapsed().as_millis(), 60_000);
        drop(second);
    });
}

#[test]
fn a_refused_address_is_explained_and_retried_after_a_minute() {
    virtually(async {
        let stage = Stage::open().await;
        let mut peer = stage.connection().await;
        let refused_at = Instant::now();
        peer.send(&captured("in_rude_rejection")).await;
        peer.until_left().await;
        let fault = stage.shown().await.fault.unwrap();
        assert!(fault.contains("apply-inbound-acl"), "{fault}");
        stage.connection().await;
        assert_eq!(refused_at.elapsed().as_millis(), 60_000);
    });
}

#[actix::test]
async fn a_real_switchs_reply_to_a_good_password_is_understood() {
    let stage = Stage::open().await;
    let mut peer = stage.connection().await;
    // As it was received, cut anywhere: the request, the acceptance, answers, the goodbye.
    for byte in captured("in_auth_ok") {
        peer.send(&[byte]).await;
    }
    peer.close();
    let mut again = stage.connection().await;
    assert_eq!(stage.shown().await.losses, 1);
    again.sign_in().await;
    again.take_opening().await;
}

#[test]
fn a_silent_peer_is_left_after_five_seconds() {
    virtually(async {
        let stage = Stage::open().await;
        let peer = stage.connection().await;
        let began = Instant::now();
        peer.until_left().await;
        assert_eq!(began.elapsed().as_millis(), 5_000);
        assert!(stage.shown().await.fault.unwrap().contains("did not answer in 5000 ms"));
    });
}

#[actix::test]
async fn peers_other_than_event_sockets_are_left_at_once() {
    for nonsense in [
        &b"HTTP/1.1 400 Bad Request\r\n\r\n"[..],
        b"\x00\x01\x02\x03\xff\xfe garbage without a colon\n",
        b"Content-Type: api/response\nContent-Length: 99999999999999999999\n\n",
        b"Content-Type: api/response\nContent-Length: many\n\n",
    ] {
        let stage = Stage::open().await;
        let mut peer = stage.connection().await;
        peer.send(nonsense).await;
        peer.until_left().await;
        let shown = stage.shown().await;
        assert!(!shown.is_connected && shown.fault.is_some(), "{shown:?}");
        // The actor does not give up because of that.
        stage.connected().await;
    }
}

#[actix::test]
async fn a_lost_connection_is_reported_and_reconnected() {
    let stage = Stage::open().await;
    let mut peer = stage.connected().await;
    let mut call = stage.watching_call(&mut peer).await;
    peer.close();
    let lost = call.fact().await;
    assert!(matches!(lost, Fact::ControlLost { .. }), "{lost:?}");

    let mut peer = stage.reconnected().await;
    peer.expect(&format!("api uuid_dump {CALLER} json")).await;
    peer.api(&dump(CALLER, &[("Answer-State", "answered")])).await;
    assert!(matches!(call.fact().await, Fact::ControlAttached { .. }));
    assert!(call.has_no_message());
    assert_eq!(stage.shown().await.losses, 1);
    assert_eq!(stage.meter.figures().losses, 1);
}

#[test]
fn retries_come_soon_and_wait_longer_each_time() {
    virtually(async {
        let stage = Stage::open().await;
        stage.connection().await.close();
        for whole in [250, 500] {
            let before = Instant::now();
            stage.connection().await.close();
            // Randomly up to a half shorter.
            let waited = before.elapsed();
            assert!((whole / 2..=whole).contains(&waited.as_millis()), "{whole}: {waited:?}");
        }
        assert!(stage.shown().await.fault.is_some());
    });
}

#[actix::test]
async fn a_switch_that_shuts_down_is_retried_soon() {
    let stage = Stage::open().await;
    let mut peer = stage.connected().await;
    let bye = "The system is being shut down.\n";
    let notice = format!("Content-Type: text/disconnect-notice\nContent-Length: {}\n\n{bye}", bye.len());
    peer.send(notice.as_bytes()).await;
    peer.until_left().await;
    assert!(stage.shown().await.fault.unwrap().contains("The system is being shut down."));
    stage.reconnected().await;
}
