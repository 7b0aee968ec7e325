//! Ends of legs: each is reported once, and the dialplan goes on.

use std::io::{self, Write};
use std::net::Shutdown;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use actix::Arbiter;
use cordboard_actors::asterisk::refuse;
use cordboard_actors::media::{Pace, Port, plug};
use cordboard_actors::messages::ToLeg;
use cordboard_schema::audio::{Frame, SampleRate};
use cordboard_schema::call::LegEnd;
use cordboard_schema::ids::{ItemId, LegId};
use cordboard_schema::wire::audiosocket::Message;
use socket2::SockRef;
use tokio::io::AsyncWriteExt;
use tokio::time::Instant;

use crate::asterisk::{Asterisk, audio_message, message, samples, uuid_message};
use crate::stage::{Stage, soon, until};
use crate::virtual_time::virtually;

const RATE: SampleRate = SampleRate::HZ_8000;

#[test]
fn a_hang_up_is_reported_at_once() {
    virtually(async {
        let mut stage = Stage::open();
        for _ in 0..20 {
            let (mut asterisk, mut call) = stage.leg().await;
            asterisk.say(RATE, 1).await;
            call.joined().await;
            let began = Instant::now();
            asterisk.stream.shutdown().await.unwrap();
            let left = call.left().await;
            assert_eq!(began.elapsed(), Duration::ZERO);
            assert_eq!(left.0, LegEnd::Closed);
            asterisk.ends().await.unwrap();
        }
        until("closed sockets", || stage.live.now() == 0).await;
    });
}

#[actix::test]
async fn hanging_up_mid_message_or_before_audio_closes_the_leg() {
    let mut stage = Stage::open();
    let frame = audio_message(RATE, 1);
    for sent in [&frame[..0], &frame[..1], &frame[..3], &frame[..322]] {
        let (mut asterisk, mut call) = stage.leg().await;
        asterisk.send(sent).await;
        asterisk.hang_up().await;
        assert_eq!(call.left().await.0, LegEnd::Closed, "after {} bytes", sent.len());
    }
}

/// Asterisk does not do this, but a peer that sends it means it.
#[actix::test]
async fn a_peer_that_sends_hang_up_has_left() {
    let mut stage = Stage::open();
    let (mut asterisk, mut call) = stage.leg().await;
    asterisk.send(&message(0x00, &[])).await;
    assert_eq!(call.left().await.0, LegEnd::Closed);
    asterisk.ends().await.unwrap();
}

#[actix::test]
async fn a_reset_is_a_broken_leg() {
    let mut stage = Stage::open();
    for frames in [0, 1] {
        let (mut asterisk, mut call) = stage.leg().await;
        for _ in 0..frames {
            asterisk.say(RATE, 1).await;
            call.joined().await;
        }
        asterisk.reset();
        assert_eq!(call.left().await.0, LegEnd::Broken, "after {frames} frames");
    }
    until("closed sockets", || stage.live.now() == 0).await;
}

/// An Asterisk that has closed answers our next frame with a reset; the order of the two must not matter.
#[actix::test]
async fn hanging_up_and_then_refusing_audio_closes_the_leg() {
    let mut stage = Stage::open();
    for _ in 0..5 {
        let (mut asterisk, mut call) = stage.leg().await;
        asterisk.say(RATE, 1).await;
        call.joined().await;
        let _frame = asterisk.hears().await;
        // This thread also runs the leg: while it sleeps the FIN arrives, and then the time of two frames passes.
        asterisk.stream.shutdown().await.unwrap();
        drop(asterisk);
        std::thread::sleep(Duration::from_millis(45));
        assert_eq!(call.left().await.0, LegEnd::Closed);
    }
}

/// Sends audio as fast as it is accepted, on a non-blocking handle.
fn talk(mut stream: std::net::TcpStream, is_over: &AtomicBool) -> io::Result<()> {
    let message = audio_message(RATE, 1);
    let mut sent = 0;
    while !is_over.load(Ordering::Relaxed) {
        match stream.write(&message[sent..]) {
            Ok(more) => sent = (sent + more) % message.len(),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => std::thread::yield_now(),
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

#[actix::test]
async fn a_released_leg_that_keeps_talking_gets_message_and_fin() {
    let mut stage = Stage::open();
    for _ in 0..5 {
        let (mut asterisk, mut call) = stage.leg().await;
        // A second handle to the socket sends audio from another thread.
        let stream = asterisk.second_handle();
        let is_over = Arc::new(AtomicBool::new(false));
        let talking = std::thread::spawn({
            let is_over = Arc::clone(&is_over);
            move || talk(stream, &is_over)
        });
        call.joined().await;
        call.order(ToLeg::Release);
        assert!(asterisk.is_released().await, "the dialplan goes on after 00 00 00");
        is_over.store(true, Ordering::Relaxed);
        talking.join().unwrap().expect("no reset while Asterisk talks");
        asterisk.hang_up().await;
        assert_eq!(call.left().await.0, LegEnd::Released);
    }
    until("closed sockets", || stage.live.now() == 0).await;
}

#[test]
fn a_released_leg_closes_a_lingering_peer_after_a_second() {
    virtually(async {
        let mut stage = Stage::open();
        let (mut asterisk, mut call) = stage.leg().await;
        let began = Instant::now();
        call.order(ToLeg::Release);
        call.order(ToLeg::Release);
        assert!(asterisk.is_released().await);
        assert_eq!(call.left().await.0, LegEnd::Released);
        assert_eq!(began.elapsed().as_millis(), 1_000);
        until("closed sockets", || stage.live.now() == 0).await;
    });
}

#[test]
fn queued_sound_is_not_played_after_a_release() {
    virtually(async {
        let mut stage = Stage::open();
        let (mut asterisk, mut call) = stage.leg().await;
        asterisk.say(RATE, 1).await;
        let port = call.joined().await;
        let assistant = Port::new(LegId(2), RATE, Pace::Flowing);
        plug(&assistant.mouth, &port.ear);
        assistant.mouth.speak(Some(ItemId(1)), Frame::pcm(RATE, vec![5; 80_000]));
        while samples(&asterisk.hears().await)[0] == 0 {}
        call.order(ToLeg::Release);
        let mut frames_after = 0;
        while let Some(Message::Audio(_)) = asterisk.receive().await {
            frames_after += 1;
        }
        assert_eq!(frames_after, 0, "of 500 frames");
    });
}

#[actix::test]
async fn a_leg_whose_call_is_gone_is_released() {
    let mut stage = Stage::open();
    let (mut asterisk, mut call) = stage.leg().await;
    call.leg = None;
    assert!(asterisk.is_released().await);
    asterisk.hang_up().await;
    assert_eq!(call.left().await.0, LegEnd::Released);
}

#[actix::test]
async fn a_leg_whose_thread_ends_leaves_and_closes_its_socket() {
    let mut stage = Stage::open();
    let arbiter = Arbiter::new();
    let mut asterisk = Asterisk::connect(stage.address).await;
    let mut call = stage.start_leg_on(&arbiter).await;
    asterisk.say(RATE, 1).await;
    call.joined().await;
    arbiter.stop();
    assert_eq!(call.left().await.0, LegEnd::Broken);
    let _ = asterisk.ends().await;
    until("closed sockets", || stage.live.now() == 0).await;
}

/// One test, because the limit applies to the whole process.
#[test]
fn refused_connections_end_in_order_up_to_a_bound() {
    virtually(async {
        let mut stage = Stage::open();
        let mut asterisk = Asterisk::connect_silently(stage.address).await;
        asterisk.send(&[uuid_message(), audio_message(RATE, 1), audio_message(RATE, 1)].concat()).await;
        refuse(stage.arrival().await);
        assert!(asterisk.is_released().await);
        asterisk.hang_up().await;

        let mut peers = Vec::new();
        for _ in 0..300 {
            peers.push(Asterisk::connect(stage.address).await);
            refuse(stage.arrival().await);
        }
        let mut released = 0;
        for peer in &mut peers {
            released += usize::from(peer.is_released().await);
        }
        assert_eq!(released, 256);
    });
}

/// The failed write may be the first sign of a hang-up.
#[actix::test]
async fn a_failed_write_waits_for_the_peers_last_message() {
    let mut stage = Stage::open();
    for how in [LegEnd::Closed, LegEnd::Broken] {
        let mut asterisk = Asterisk::connect(stage.address).await;
        let (mut call, our_socket) = stage.start_leg_with_its_socket().await;
        asterisk.say(RATE, 1).await;
        call.joined().await;
        our_socket.shutdown(Shutdown::Write).unwrap();
        // On a clock that jumps: the leg writes within 20 ms, and the peer's message arrives 20 ms later.
        tokio::time::pause();
        tokio::time::sleep(Duration::from_millis(40)).await;
        match how {
            LegEnd::Closed => asterisk.hang_up().await,
            _ => asterisk.reset(),
        }
        assert_eq!(call.left().await.0, how);
        tokio::time::resume();
    }
}

/// A peer that accepts no audio must not be waited for, and keys still count meanwhile.
#[actix::test]
async fn a_peer_not_reading_is_heard_until_its_leg_breaks() {
    let mut stage = Stage::open();
    let (mut asterisk, mut call) = stage.leg().await;
    SockRef::from(&asterisk.stream).set_recv_buffer_size(4_096).unwrap();
    let began = Instant::now();
    let mut sent = 0;
    let mut pace = tokio::time::interval(Duration::from_millis(20));
    // 384 kB a second soon fill the kernel's buffers.
    let broken = loop {
        pace.tick().await;
        let frame = audio_message(SampleRate::HZ_192000, 1);
        if soon("room to send", asterisk.stream.write_all(&frame)).await.is_err() {
            break began.elapsed();
        }
        let key = message(0x03, b"1");
        if sent % 50 == 0 && soon("room to send", asterisk.stream.write_all(&key)).await.is_err() {
            break began.elapsed();
        }
        sent += 1;
        assert!(sent < 1_000, "never broken");
    };
    println!("broken after {broken:?}");
    let (how, digits) = call.left().await;
    assert_eq!(how, LegEnd::Broken);
    assert!(digits.len() >= 3, "keys from the time in which nothing could be written: {digits:?}");
    until("closed sockets", || stage.live.now() == 0).await;
}
