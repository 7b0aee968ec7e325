//! Crowds of strangers on the two ports of a FreeSWITCH, control links and audio WebSockets, during a live call. How long the server waits for one,
//! and which are closed at once, is in `tests/virtual/strangers.rs`.

use std::net::SocketAddr;
use std::time::Instant;

use cordboard_test_support::server::Token;
use cordboard_test_support::waiting::wait_until;
use uuid::Uuid;

use crate::hostile::{HANDSHAKE, SLACK, end_somehow, random_bytes, undisturbed_by};
use crate::listening::Witness;
use crate::peer::Peer;
use crate::stage::{Stage, crowd};

fn both_ports(stage: &Stage) -> [SocketAddr; 2] {
    let addresses = stage.server.addresses();
    [addresses.esl, addresses.audio_stream]
}

/// Returns the server's count of a port's connections that ended in this way.
fn counted(stage: &Stage, port: &str, outcome: &str) -> u64 {
    let answer = stage.server.get("/metrics", Token::None).unwrap();
    let name = format!("cordboard_{port}_connections_total{{outcome=\"{outcome}\"}} ");
    let count = answer.text().lines().find_map(|line| line.strip_prefix(&name)?.parse().ok());
    count.unwrap_or_else(|| panic!("no {name}"))
}

/// Waits until `expected` connections of a port have ended in one of these ways: each is counted once it is closed.
fn await_counted(stage: &Stage, port: &str, outcomes: &[&str], expected: u64) {
    let all = || outcomes.iter().map(|outcome| counted(stage, port, outcome)).sum::<u64>();
    wait_until(&format!("{port}: {expected} {outcomes:?}"), SLACK, || (all() == expected).then_some(()))
        .unwrap_or_else(|error| panic!("{error}, {} now", all()));
}

/// A FreeSWITCH's answer to `connect`, as far as the server reads it.
fn channel(uuid: Uuid, mode: &str) -> Vec<u8> {
    format!(
        "Event-Name: CHANNEL_DATA\nUnique-ID: {uuid}\nAnswer-State: ringing\nContent-Type: command/reply\n\
         Reply-Text: %2BOK%0A\n{mode}\n\n"
    )
    .into_bytes()
}

#[test]
fn random_bytes_on_both_ports_leave_nothing_behind() {
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
fn silent_crowds_on_both_ports_leave_nothing_behind() {
    let silent = crowd(2_000);
    undisturbed_by(|stage| {
        for (address, port) in both_ports(stage).into_iter().zip(["esl", "audio_stream"]) {
            let mut peers: Vec<Peer> = (0..silent).map(|_| Peer::connect(address)).collect();
            // They are all still connected when a caller calls.
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
fn channels_that_fall_silent_after_connecting_are_closed() {
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
