//! Strangers on the two ports of a FreeSWITCH, control links and audio WebSockets, while somebody else is on the telephone.

use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant};

use cordboard_test_support::server::Token;
use cordboard_test_support::waiting::wait_until;
use uuid::Uuid;

use crate::hostile::{AT_ONCE, HANDSHAKE, SLACK, end_somehow, random_bytes, undisturbed_by};
use crate::listening::Witness;
use crate::peer::Peer;
use crate::stage::{Stage, crowd};

fn both_ports(stage: &Stage) -> [SocketAddr; 2] {
    let addresses = stage.server.addresses();
    [addresses.esl, addresses.audio_stream]
}

/// What the server counts of a port's connections that ended so.
fn counted(stage: &Stage, port: &str, outcome: &str) -> u64 {
    let answer = stage.server.get("/metrics", Token::None).unwrap();
    let name = format!("cordboard_{port}_connections_total{{outcome=\"{outcome}\"}} ");
    let count = answer.text().lines().find_map(|line| line.strip_prefix(&name)?.parse().ok());
    count.unwrap_or_else(|| panic!("no {name}"))
}

/// Waits until so many of a port's connections ended in one of the ways: each is counted once it is closed.
fn await_counted(stage: &Stage, port: &str, outcomes: &[&str], expected: u64) {
    let all = || outcomes.iter().map(|outcome| counted(stage, port, outcome)).sum::<u64>();
    wait_until(&format!("{port}: {expected} {outcomes:?}"), SLACK, || (all() == expected).then_some(()))
        .unwrap_or_else(|error| panic!("{error}, {} now", all()));
}

/// What `mod_audio_stream` asks.
fn request(uuid: Uuid) -> Vec<u8> {
    let head = "Host:pbx\r\nUpgrade:websocket\r\nConnection:upgrade\r\nSec-WebSocket-Version:13\r\n\
                Sec-WebSocket-Key:AT4y8LZ9v21yyXBA/s5UdQ==\r\n\r\n";
    format!("GET /{uuid} HTTP/1.1\r\n{head}").into_bytes()
}

/// What a FreeSWITCH answers to `connect`, as far as the server reads it.
fn channel(uuid: Uuid, mode: &str) -> Vec<u8> {
    format!(
        "Event-Name: CHANNEL_DATA\nUnique-ID: {uuid}\nAnswer-State: ringing\nContent-Type: command/reply\n\
         Reply-Text: %2BOK%0A\n{mode}\n\n"
    )
    .into_bytes()
}

#[test]
fn random_bytes_on_both_ports() {
    undisturbed_by(|stage| {
        for address in both_ports(stage) {
            for seed in 0..crowd(2_000) as u64 {
                let mut peer = Peer::connect(address);
                peer.send(&random_bytes(seed));
                end_somehow(peer, seed);
            }
        }
    });
}

#[test]
fn crowds_that_say_nothing_on_both_ports() {
    let silent = crowd(2_000);
    undisturbed_by(|stage| {
        for (address, port) in both_ports(stage).into_iter().zip(["esl", "audio_stream"]) {
            let mut peers: Vec<Peer> = (0..silent).map(|_| Peer::connect(address)).collect();
            // They are all still there when somebody calls.
            let newcomer = Witness::join(stage);
            for peer in &mut peers {
                let (_, after) = peer.wait_end();
                assert!(after < HANDSHAKE + SLACK, "{port}: {after:?}");
            }
            newcomer.heard_undisturbed();
            await_counted(stage, port, &["silent", "no_room"], silent as u64);
        }
    });
}

#[test]
fn halves_of_a_first_message() {
    undisturbed_by(|stage| {
        let [esl, audio_stream] = both_ports(stage);
        let uuid = Uuid::new_v4();
        for (address, whole) in
            [(esl, channel(uuid, "Socket-Mode: async\nControl: full")), (audio_stream, request(uuid))]
        {
            for cut in (0..whole.len()).step_by(7) {
                let mut peer = Peer::connect(address);
                peer.send(&whole[..cut]);
                end_somehow(peer, cut as u64 / 7);
            }
            // One that stays away in the middle of it is not waited for.
            let mut peer = Peer::connect(address);
            peer.send(&whole[..whole.len() / 2]);
            let (_, after) = peer.wait_end();
            assert!(after >= HANDSHAKE && after < HANDSHAKE + SLACK, "closed after {after:?}");
        }
    });
}

#[test]
fn a_byte_a_second_on_both_ports() {
    undisturbed_by(|stage| {
        let mut slow: Vec<(Peer, Vec<u8>)> = both_ports(stage)
            .into_iter()
            .zip([channel(Uuid::new_v4(), ""), request(Uuid::new_v4())])
            .map(|(address, said)| (Peer::connect(address), said))
            .collect();
        for place in 0..5 {
            for (peer, said) in &mut slow {
                peer.send(&said[place..=place]);
            }
            // The slowness is what is tested.
            thread::sleep(Duration::from_secs(1));
        }
        for (mut peer, _) in slow {
            let (_, after) = peer.wait_end();
            assert!(after >= HANDSHAKE && after < HANDSHAKE + SLACK, "closed after {after:?}");
        }
    });
}

#[test]
fn who_is_no_freeswitch_is_closed_at_once() {
    undisturbed_by(|stage| {
        let [esl, audio_stream] = both_ports(stage);
        let uuid = Uuid::new_v4();
        let no_switch: [Vec<u8>; 6] = [
            b"GET / HTTP/1.1\r\nHost: pbx\r\n\r\n".to_vec(),
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\n".to_vec(),
            b"Content-Type: auth/request\n\n".to_vec(),
            format!("Content-Type: {}\n\n", "x".repeat(300_000)).into_bytes(),
            channel(uuid, "Socket-Mode: static\nControl: full"),
            b"Event-Name: CHANNEL_DATA\nUnique-ID: none\nContent-Type: command/reply\n\n".to_vec(),
        ];
        for said in &no_switch {
            let mut peer = Peer::connect(esl);
            peer.send(said);
            let (_, after) = peer.wait_end();
            assert!(after < AT_ONCE, "{:?} was closed after {after:?}", String::from_utf8_lossy(&said[..20]));
        }
        await_counted(stage, "esl", &["not_freeswitch"], 5);
        await_counted(stage, "esl", &["not_async_full"], 1);
        assert_eq!(counted(stage, "esl", "arrived"), 0);

        let no_stream = [
            (b"SSH-2.0-OpenSSH_9.9\r\n".to_vec(), "400"),
            (b"GET / HTTP/1.1\r\nHost: pbx\r\n\r\n".to_vec(), "404"),
            (format!("GET /{uuid} HTTP/1.1\r\nHost: pbx\r\n\r\n").into_bytes(), "426"),
            (format!("POST /{uuid} HTTP/1.1\r\nHost: pbx\r\n\r\n").into_bytes(), "400"),
            (format!("GET /{uuid} HTTP/1.1\r\nX: {}", "x".repeat(9_000)).into_bytes(), "431"),
        ];
        for (said, status) in &no_stream {
            let mut peer = Peer::connect(audio_stream);
            peer.send(said);
            peer.finish();
            let answer = String::from_utf8_lossy(&peer.read_to_end()).into_owned();
            assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{answer}");
        }
        await_counted(stage, "audio_stream", &["bad_request"], no_stream.len() as u64);
        assert_eq!(counted(stage, "audio_stream", "arrived"), 0);
    });
}

#[test]
fn channels_that_say_who_they_are_and_then_nothing() {
    undisturbed_by(|stage| {
        let esl = stage.server.addresses().esl;
        let began = Instant::now();
        let peers: Vec<Peer> = (0..crowd(500))
            .map(|_| {
                let mut peer = Peer::connect(esl);
                peer.send(&channel(Uuid::new_v4(), "Socket-Mode: async\nControl: full"));
                peer
            })
            .collect();
        let newcomer = Witness::join(stage);
        newcomer.heard_undisturbed();
        println!("{} silent channels for {:?}", peers.len(), began.elapsed());
        for (turn, peer) in peers.into_iter().enumerate() {
            end_somehow(peer, turn as u64);
        }
    });
}
