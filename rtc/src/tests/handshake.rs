//! A DTLS handshake is with the address that has answered a signed check. Datagrams from others do not break it.

use std::net::SocketAddr;

use super::path::Conditions;
use super::peer::{Call, SERVER};
use crate::stun::is_request;
use crate::{Happening, Remote};

const CLEAN: Conditions = Conditions { loss_percent: 0, jitter_ms: 0 };

/// Records that break a handshake that accepts them: a piece of another first message, a ChangeCipherSpec, a fatal alert.
const RECORDS: [&[u8]; 3] = [
    &[22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 13, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 7],
    &[20, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 1],
    &[21, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 2, 0, 2, 2, 40],
];

fn is_established_despite(call: &mut Call, mut attack: impl FnMut(&mut Call)) {
    for _ in 0..100 {
        attack(call);
        call.frame(None, None);
    }
    assert!(call.peer.is_connected(), "{:?}", call.happened);
    assert_eq!(call.happened, [Happening::Connected]);
}

/// An attacker sees the peer's check and sends it from their own address as well, followed by records. They can't answer ours.
#[test]
fn records_from_an_unanswering_address_are_not_taken() {
    let mut call = Call::begin(CLEAN, 1);
    let elsewhere = Remote::udp(SocketAddr::from(([192, 0, 2, 66], 6_000)));
    is_established_despite(&mut call, |call| {
        let now = call.now();
        for bytes in call.peer.sends(now) {
            if is_request(&bytes) {
                call.hub.receive(now, elsewhere, &bytes);
            }
            call.up.put(call.now_ms, call.from.at, bytes);
        }
        for record in RECORDS {
            call.hub.receive(now, elsewhere, record);
        }
        while let Some(datagram) = call.hub.next_datagram() {
            if datagram.to == elsewhere {
                assert!(is_request(&datagram.bytes), "nothing but questions");
            } else {
                call.down.put(call.now_ms, SERVER.into(), datagram.bytes);
            }
        }
    });
}

/// An attacker forges the peer's address on records, before the peer has answered there.
#[test]
fn records_with_the_peers_address_count_only_after_its_answer() {
    let mut call = Call::begin(CLEAN, 1);
    let asked = |_| {
        call.now_ms += 20;
        let now = call.now();
        call.peer.sends(now).into_iter().find(|bytes| is_request(bytes))
    };
    let question = (0..100).find_map(asked).unwrap();
    let (now, from) = (call.now(), call.from);
    call.hub.receive(now, from, &question);
    for record in RECORDS {
        call.hub.receive(now, from, record);
    }
    is_established_despite(&mut call, |_| {});
}
