//! Strangers on the ports of switches: how long the server waits for them, and which it closes at their first bytes. `tests/faults` tests what crowds
//! of them cost.

use std::net::SocketAddr;
use std::time::Duration;

use cordboard_test_support::audiosocket::{Message, kind};
use socket2::SockRef;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use crate::book::Book;
use crate::calls::assert_even;
use crate::hearing::assert_heard;
use crate::world::{Setting, World, world};

const SECOND: Duration = Duration::from_secs(1);
/// A connection has 5 s to identify its call.
const HANDSHAKE: Duration = Duration::from_secs(5);

const SETTINGS: [Setting<'static>; 1] = [("calls.meet_timeout_s", "1")];

/// A client that is not a switch.
struct Peer {
    stream: TcpStream,
    connected_at: Instant,
}

impl Peer {
    async fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        Self { stream, connected_at: Instant::now() }
    }

    /// A client that sends this.
    async fn who_says(address: SocketAddr, bytes: &[u8]) -> Self {
        let mut peer = Self::connect(address).await;
        peer.send(bytes).await;
        peer
    }

    /// Sends bytes; it does not matter if the server has closed.
    async fn send(&mut self, bytes: &[u8]) {
        let _ = self.stream.write_all(bytes).await;
    }

    /// The server's bytes until it has closed the connection, and when that is, counted from the connection.
    async fn end(&mut self) -> (Vec<u8>, Duration) {
        let mut said = Vec::new();
        // A reset ends it as well.
        let _ = self.stream.read_to_end(&mut said).await;
        (said, self.connected_at.elapsed())
    }
}

/// Strangers attack while a caller is on the telephone, who notices nothing; nothing is left open.
fn undisturbed_by(attack: impl AsyncFnOnce(&World)) {
    world(&SETTINGS, async |world| {
        let uuid = Uuid::from_u128(1);
        let witness = world.caller(uuid).await;
        sleep(SECOND).await;
        attack(world).await;
        let id = world.call_of(uuid).await["id"].as_str().unwrap().to_owned();
        world.wait_said(&id, "greeting").await;
        let report = witness.report();
        assert_even(&report);
        assert_heard(&report.heard(), "greeting");
        witness.hang_up();
        world.ended(uuid).await;
        world.balanced().await;
    });
}

fn uuid_message() -> Vec<u8> {
    Message { kind: kind::UUID, payload: Uuid::from_u128(0xBAD).as_bytes().to_vec() }.to_bytes()
}

/// The request of `mod_audio_stream`.
fn request() -> Vec<u8> {
    let head = "Host:pbx\r\nUpgrade:websocket\r\nConnection:upgrade\r\nSec-WebSocket-Version:13\r\n\
                Sec-WebSocket-Key:AT4y8LZ9v21yyXBA/s5UdQ==\r\n\r\n";
    format!("GET /{} HTTP/1.1\r\n{head}", Uuid::from_u128(0xBAD)).into_bytes()
}

/// A FreeSWITCH's answer to `connect`, as far as the server reads it.
fn channel(mode: &str) -> Vec<u8> {
    format!(
        "Event-Name: CHANNEL_DATA\nUnique-ID: {}\nAnswer-State: ringing\nContent-Type: command/reply\n\
         Reply-Text: %2BOK%0A\n{mode}\n\n",
        Uuid::from_u128(0xBAD)
    )
    .into_bytes()
}

/// The ports to which switches connect, and what a switch sends first.
fn ports(world: &World) -> [(SocketAddr, Vec<u8>); 3] {
    let addresses = world.addresses;
    [
        (addresses.audiosocket, uuid_message()),
        (addresses.esl, channel("Socket-Mode: async\nControl: full")),
        (addresses.audio_stream, request()),
    ]
}

/// A connection that sends nothing, a half of what it has to send, or a byte each second.
#[test]
fn a_connection_unidentified_after_five_seconds_is_closed() {
    undisturbed_by(async |world| {
        let mut waiting = Vec::new();
        for (address, whole) in ports(world) {
            waiting.push(Peer::connect(address).await);
            waiting.push(Peer::who_says(address, &whole[..whole.len() / 2]).await);
        }
        let mut dripping = Vec::new();
        for (address, whole) in ports(world) {
            dripping.push((Peer::connect(address).await, whole));
        }
        for place in 0..5 {
            for (peer, whole) in &mut dripping {
                peer.send(&whole[place..=place]).await;
            }
            if place < 4 {
                sleep(SECOND).await;
            }
        }
        // A caller may be as slow as they like after their UUID.
        let mut slow_caller = Peer::who_says(world.addresses.audiosocket, &uuid_message()).await;
        for mut peer in waiting.into_iter().chain(dripping.into_iter().map(|(peer, _)| peer)) {
            let (_, after) = peer.end().await;
            assert_eq!(after, HANDSHAKE);
        }
        slow_caller.send(&[0x10]).await;
    });
}

/// The count of a port's connections with this outcome.
fn outcome(port: &str, outcome: &str) -> String {
    format!("cordboard_{port}_connections_total{{outcome=\"{outcome}\"}}")
}

#[test]
fn a_client_that_is_no_asterisk_is_closed_at_once() {
    undisturbed_by(async |world| {
        let uuid_of = |length: usize| Message { kind: kind::UUID, payload: vec![7; length] }.to_bytes();
        let oversized = |kind: u8| Message { kind, payload: vec![b'1'; 65_535] }.to_bytes();
        let first_messages = [
            b"GET / HTTP/1.1\r\nHost: pbx\r\n\r\n".to_vec(),
            b"SSH-2.0-OpenSSH_9.9\r\n".to_vec(),
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".to_vec(),
            b"OPTIONS sip:pbx SIP/2.0\r\n\r\n".to_vec(),
            Message::audio(8000, &[0; 160]).to_bytes(),
            Message { kind: kind::DTMF, payload: b"1".to_vec() }.to_bytes(),
            Message { kind: kind::HANGUP, payload: Vec::new() }.to_bytes(),
            uuid_of(0),
            uuid_of(15),
            uuid_of(17),
            oversized(kind::UUID),
            oversized(kind::DTMF),
            oversized(kind::AUDIO_8K),
            oversized(0x18),
            oversized(0x42),
            oversized(kind::ERROR),
            oversized(kind::HANGUP),
        ];
        for first in first_messages {
            let mut peer = Peer::who_says(world.addresses.audiosocket, &first).await;
            assert_eq!(peer.end().await, (Vec::new(), Duration::ZERO), "{:?}", &first[..first.len().min(20)]);
        }
    });
}

#[test]
fn a_client_that_is_no_freeswitch_is_closed_at_once() {
    undisturbed_by(async |world| {
        let no_switch = [
            b"GET / HTTP/1.1\r\nHost: pbx\r\n\r\n".to_vec(),
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\n".to_vec(),
            b"Content-Type: auth/request\n\n".to_vec(),
            format!("Content-Type: {}\n\n", "x".repeat(300_000)).into_bytes(),
            channel("Socket-Mode: static\nControl: full"),
            b"Event-Name: CHANNEL_DATA\nUnique-ID: none\nContent-Type: command/reply\n\n".to_vec(),
        ];
        for said in &no_switch {
            let (_, after) = Peer::who_says(world.addresses.esl, said).await.end().await;
            assert_eq!(after, Duration::ZERO, "{:?}", String::from_utf8_lossy(&said[..20]));
        }
        assert_eq!(world.figure(&outcome("esl", "not_freeswitch")).await, 4);
        assert_eq!(world.figure(&outcome("esl", "odd_id")).await, 1);
        assert_eq!(world.figure(&outcome("esl", "not_async_full")).await, 1);
        assert_eq!(world.figure(&outcome("esl", "arrived")).await, 0);

        let path = Uuid::from_u128(0xBAD);
        let no_stream = [
            (b"SSH-2.0-OpenSSH_9.9\r\n".to_vec(), "400"),
            (b"GET / HTTP/1.1\r\nHost: pbx\r\n\r\n".to_vec(), "404"),
            (format!("GET /{path} HTTP/1.1\r\nHost: pbx\r\n\r\n").into_bytes(), "426"),
            (format!("POST /{path} HTTP/1.1\r\nHost: pbx\r\n\r\n").into_bytes(), "400"),
            (format!("GET /{path} HTTP/1.1\r\nX: {}", "x".repeat(9_000)).into_bytes(), "431"),
        ];
        for (said, status) in &no_stream {
            let mut peer = Peer::who_says(world.addresses.audio_stream, said).await;
            peer.stream.shutdown().await.unwrap();
            let (answer, after) = peer.end().await;
            let answer = String::from_utf8_lossy(&answer).into_owned();
            assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{answer}");
            assert_eq!(after, Duration::ZERO, "{status}");
        }
        let refused = world.figure(&outcome("audio_stream", "bad_request")).await;
        assert_eq!(refused, no_stream.len() as u64);
        assert_eq!(world.figure(&outcome("audio_stream", "arrived")).await, 0);
    });
}

/// However much of it arrived, and however the connection ended then.
#[test]
fn half_a_switchs_handshake_leaves_nothing_open() {
    undisturbed_by(async |world| {
        for (address, whole) in ports(world) {
            for (turn, cut) in (0..whole.len()).step_by(7).enumerate() {
                let mut peer = Peer::who_says(address, &whole[..cut]).await;
                match turn % 3 {
                    0 => peer.stream.shutdown().await.unwrap(),
                    1 => SockRef::from(&peer.stream).set_linger(Some(Duration::ZERO)).unwrap(),
                    _ => {}
                }
            }
        }
        // The same after a UUID, in the middle of a frame.
        let frame = Message::audio(8000, &[1_000; 160]).to_bytes();
        for cut in (0..frame.len()).step_by(20) {
            let mut peer = Peer::who_says(world.addresses.audiosocket, &uuid_message()).await;
            peer.send(&frame).await;
            peer.send(&frame[..cut]).await;
        }
    });
}

#[test]
fn oversized_messages_of_callers_end_nobody_elses_call() {
    undisturbed_by(async |world| {
        for kind in [kind::UUID, kind::DTMF, kind::AUDIO_8K, 0x18, 0x42, kind::ERROR, kind::HANGUP] {
            let oversized = Message { kind, payload: vec![b'1'; 65_535] }.to_bytes();
            let mut caller = Peer::who_says(world.addresses.audiosocket, &uuid_message()).await;
            caller.send(&oversized.repeat(3)).await;
        }
    });
}
