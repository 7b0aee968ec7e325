//! Crowds of strangers on the AudioSocket port during a live call: what the process holds afterwards. How long the server waits for one, and which
//! are closed at once, is in `tests/virtual/strangers.rs`.

use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant};

use cordboard_test_support::audiosocket::{Message, kind};
use rand::rngs::StdRng;
use rand::{Rng as _, RngCore as _, SeedableRng as _};

use crate::listening::Witness;
use crate::peer::{Peer, ServersEnd, hello};
use crate::stage::{Stage, crowd};

/// Every UUID is a caller, so there is room for all of them. An interrupted call waits 1 s for its return, so that leftovers can be distinguished
/// from it within the limit.
const SETTINGS: [(&str, &str); 2] = [("calls.max", "2000"), ("calls.meet_timeout_s", "1")];
/// A connection has 5 s to send its UUID.
pub(crate) const HANDSHAKE: Duration = Duration::from_secs(5);
/// Delay that a busy machine adds to a timeout.
pub(crate) const SLACK: Duration = Duration::from_secs(3);

/// Lets strangers loose on the AudioSocket port.
fn under_attack(attack: impl FnOnce(&Stage, SocketAddr)) {
    undisturbed_by(|stage| attack(stage, stage.server.addresses().audiosocket));
}

/// Lets strangers loose while a caller hears the greeting. The caller notices nothing, and nothing is left over.
pub(crate) fn undisturbed_by(attack: impl FnOnce(&Stage)) {
    let stage = Stage::open(&SETTINGS);
    let before = stage.held();
    let witness = Witness::join(&stage);
    attack(&stage);
    // A new caller is greeted as usual.
    let newcomer = Witness::join(&stage);
    witness.heard_undisturbed();
    newcomer.heard_undisturbed();
    stage.wait_nothing_left(before);
    stage.close();
}

/// Returns the same bytes in every run of a seed.
pub(crate) fn random_bytes(seed: u64) -> Vec<u8> {
    let mut random = StdRng::seed_from_u64(seed);
    let mut bytes = vec![0; random.random_range(1..2_000)];
    random.fill_bytes(&mut bytes);
    bytes
}

/// Ends connections in all possible ways, by turns.
pub(crate) fn end_somehow(peer: Peer, turn: u64) {
    match turn % 3 {
        0 => peer.finish(),
        1 => peer.reset(),
        _ => drop(peer),
    }
}

#[test]
fn random_bytes_instead_of_a_uuid_leave_nothing_behind() {
    under_attack(|_, address| {
        for seed in 0..crowd(3_000) as u64 {
            let mut peer = Peer::connect(address);
            peer.send(&random_bytes(seed));
            end_somehow(peer, seed);
        }
    });
}

#[test]
fn random_bytes_after_a_uuid_leave_nothing_behind() {
    under_attack(|_, address| {
        for seed in 0..crowd(400) as u64 {
            let mut peer = Peer::with_uuid(address);
            for part in 0..5 {
                peer.send(&random_bytes(1_000_000 + 5 * seed + part));
            }
            end_somehow(peer, seed);
        }
    });
}

#[test]
fn silent_crowds_leave_nothing_behind() {
    let silent = crowd(10_000);
    under_attack(|stage, address| {
        let mut peers: Vec<Peer> = (0..silent).map(|_| Peer::connect(address)).collect();
        // They are all still connected when a caller calls.
        let newcomer = Witness::join(stage);
        for peer in &mut peers {
            let (end, after) = peer.wait_end();
            assert!(end == ServersEnd::Fin && after < HANDSHAKE + SLACK, "{end:?} after {after:?}");
        }
        newcomer.heard_undisturbed();
    });
}

#[test]
fn resets_in_the_middle_leave_nothing_behind() {
    under_attack(|_, address| {
        let audio = Message::audio(8000, &[1_000; 160]).to_bytes();
        for turn in 0..crowd(400) {
            let mut peer = Peer::connect(address);
            peer.send(&hello()[..turn % 19]);
            peer.reset();

            let mut peer = Peer::with_uuid(address);
            peer.send(&audio[..turn % audio.len()]);
            peer.reset();
        }
        // While its call is being greeted.
        let mut listener = Peer::with_uuid(address);
        for _ in 0..25 {
            listener.send(&audio);
            thread::sleep(Duration::from_millis(20));
        }
        listener.reset();
    });
}

#[test]
fn port_scanners_leave_nothing_behind() {
    under_attack(|_, address| {
        for turn in 0..crowd(20_000) as u64 {
            end_somehow(Peer::connect(address), turn);
        }
    });
}

#[test]
fn a_caller_that_never_reads_is_given_up() {
    under_attack(|_, address| {
        let audio = Message::audio(8000, &[0; 160]).to_bytes();
        let mut deaf = Peer::with_small_buffer(address);
        deaf.send(&hello());
        let began = Instant::now();
        // The server gives up after nothing was read for 2 s; before that the kernel's buffers fill.
        while deaf.send(&audio) {
            assert!(
                began.elapsed() < Duration::from_secs(25),
                "the server still writes to a client that never reads"
            );
            thread::sleep(Duration::from_millis(20));
        }
    });
}

#[test]
fn excessive_input_of_every_kind_is_survived() {
    under_attack(|_, address| {
        let fault = Message { kind: kind::ERROR, payload: vec![1] }.to_bytes();
        let mut complainer = Peer::with_uuid(address);
        complainer.send(&fault.repeat(20_000));
        let digit = Message { kind: kind::DTMF, payload: b"5".to_vec() }.to_bytes();
        let mut presser = Peer::with_uuid(address);
        presser.send(&digit.repeat(20_000));
        // Twenty minutes at once.
        let second = Message::audio(8000, &[500; 160]).to_bytes().repeat(50);
        let mut talker = Peer::with_uuid(address);
        for _ in 0..1_200 {
            talker.send(&second);
        }
        for peer in [complainer, presser, talker] {
            peer.finish();
        }
    });
}
