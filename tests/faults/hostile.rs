//! Strangers on the AudioSocket port, while somebody else is on the telephone.

use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant};

use cordboard_test_support::audiosocket::{Message, kind};
use rand::rngs::StdRng;
use rand::{Rng as _, RngCore as _, SeedableRng as _};

use crate::listening::Witness;
use crate::peer::{Peer, ServersEnd, hello};
use crate::stage::{Stage, crowd};

/// Whoever says a UUID is a caller, so there is room for all of them; and an interrupted call waits 1 s for its return,
/// so that leftovers are told from it within the limit.
const SETTINGS: [(&str, &str); 2] = [("calls.max", "2000"), ("calls.meet_timeout_s", "1")];
/// A connection has 5 s to say whose it is.
pub(crate) const HANDSHAKE: Duration = Duration::from_secs(5);
/// What a busy machine adds to a time-out.
pub(crate) const SLACK: Duration = Duration::from_secs(3);
/// Within this time a connection is closed whose first bytes are wrong already.
pub(crate) const AT_ONCE: Duration = Duration::from_secs(1);

/// Lets strangers loose on the AudioSocket port.
fn under_attack(attack: impl FnOnce(&Stage, SocketAddr)) {
    undisturbed_by(|stage| attack(stage, stage.server.addresses().audiosocket));
}

/// Lets strangers loose while a caller hears the greeting; the caller notices nothing, and nothing is left behind.
pub(crate) fn undisturbed_by(attack: impl FnOnce(&Stage)) {
    let stage = Stage::open(&SETTINGS);
    let before = stage.held();
    let witness = Witness::join(&stage);
    attack(&stage);
    // Who calls now is greeted as ever.
    let newcomer = Witness::join(&stage);
    witness.heard_undisturbed();
    newcomer.heard_undisturbed();
    stage.wait_nothing_left(before);
    stage.close();
}

/// The same bytes in every run of a seed.
pub(crate) fn random_bytes(seed: u64) -> Vec<u8> {
    let mut random = StdRng::seed_from_u64(seed);
    let mut bytes = vec![0; random.random_range(1..2_000)];
    random.fill_bytes(&mut bytes);
    bytes
}

/// Ends connections in all the ways there are, by turns.
pub(crate) fn end_somehow(peer: Peer, turn: u64) {
    match turn % 3 {
        0 => peer.finish(),
        1 => peer.reset(),
        _ => drop(peer),
    }
}

#[test]
fn random_bytes_instead_of_a_uuid() {
    under_attack(|_, address| {
        for seed in 0..crowd(3_000) as u64 {
            let mut peer = Peer::connect(address);
            peer.send(&random_bytes(seed));
            end_somehow(peer, seed);
        }
    });
}

#[test]
fn random_bytes_behind_a_uuid() {
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
fn half_messages() {
    under_attack(|_, address| {
        let uuid = hello();
        let audio = Message::audio(8000, &[1_000; 160]).to_bytes();
        for cut in 0..uuid.len() {
            let mut peer = Peer::connect(address);
            peer.send(&uuid[..cut]);
            end_somehow(peer, cut as u64);
        }
        for cut in (0..audio.len()).step_by(20) {
            let mut peer = Peer::with_uuid(address);
            peer.send(&audio);
            peer.send(&audio[..cut]);
            end_somehow(peer, cut as u64 / 20);
        }
    });
}

#[test]
fn a_byte_a_second() {
    under_attack(|_, address| {
        let uuid = hello();
        let mut peers: Vec<Peer> = (0..20).map(|_| Peer::connect(address)).collect();
        // A caller may be as slow as it likes, once its UUID is there.
        let mut slow_caller = Peer::with_uuid(address);
        let began = Instant::now();
        for byte in &uuid[..5] {
            for peer in &mut peers {
                peer.send(&[*byte]);
            }
            assert!(slow_caller.send(&[0x10]), "the slow caller was dropped");
            thread::sleep(Duration::from_secs(1));
        }
        for mut peer in peers {
            let (_, after) = peer.wait_end();
            assert!(after >= HANDSHAKE && after < HANDSHAKE + SLACK, "closed after {after:?}");
        }
        assert!(began.elapsed() < HANDSHAKE + SLACK);
        slow_caller.finish();
    });
}

#[test]
fn a_crowd_that_says_nothing() {
    let silent = crowd(10_000);
    under_attack(|stage, address| {
        let mut peers: Vec<Peer> = (0..silent).map(|_| Peer::connect(address)).collect();
        // They are all still there when somebody calls.
        let newcomer = Witness::join(stage);
        for peer in &mut peers {
            let (end, after) = peer.wait_end();
            assert!(end == ServersEnd::Fin && after < HANDSHAKE + SLACK, "{end:?} after {after:?}");
        }
        newcomer.heard_undisturbed();
    });
}

#[test]
fn oversized_messages() {
    under_attack(|_, address| {
        let oversized = |kind: u8| Message { kind, payload: vec![b'1'; 65_535] }.to_bytes();
        for kind in [kind::UUID, kind::DTMF, kind::AUDIO_8K, 0x18, 0x42, kind::ERROR, kind::HANGUP] {
            // As a first message it is none of an Asterisk's, and its header says so.
            let mut stranger = Peer::connect(address);
            stranger.send(&oversized(kind));
            assert!(stranger.wait_end().1 < AT_ONCE, "{kind:#04x}");

            let mut caller = Peer::with_uuid(address);
            for _ in 0..10 {
                caller.send(&oversized(kind));
            }
            caller.finish();
        }
    });
}

#[test]
fn a_wrong_first_message() {
    under_attack(|_, address| {
        let uuid_of = |length: usize| Message { kind: kind::UUID, payload: vec![7; length] }.to_bytes();
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
        ];
        for first in first_messages {
            let mut peer = Peer::connect(address);
            peer.send(&first);
            let (_, after) = peer.wait_end();
            assert!(after < AT_ONCE, "{first:?} was closed after {after:?}");
        }
    });
}

#[test]
fn resets_in_the_middle() {
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
fn port_scanners() {
    under_attack(|_, address| {
        for turn in 0..crowd(20_000) as u64 {
            end_somehow(Peer::connect(address), turn);
        }
    });
}

#[test]
fn a_caller_that_never_reads() {
    under_attack(|_, address| {
        let audio = Message::audio(8000, &[0; 160]).to_bytes();
        let mut deaf = Peer::with_small_buffer(address);
        deaf.send(&hello());
        let began = Instant::now();
        // The server gives up once nothing was taken for 2 s; what fits in the kernel's buffers comes before.
        while deaf.send(&audio) {
            assert!(began.elapsed() < Duration::from_secs(25), "the server still writes to who never reads");
            thread::sleep(Duration::from_millis(20));
        }
    });
}

#[test]
fn more_of_everything_than_anybody_has() {
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
