//! Nobody redirects a peer's sound to themselves, or silences it: by forging the peer's address, by replaying its checks from elsewhere, or by
//! packets of another source.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::time::Duration;

use str0m::ice::StunMessage;

use super::path::Conditions;
use super::peer::{Call, SERVER};
use super::speech::{likeness, speech};
use crate::crypto::hmac_sha1;
use crate::offer::credentials;
use crate::peer::Peer;
use crate::stun::{answered, is_request, is_stun};
use crate::voice::FRAME_SAMPLES;
use crate::{Happening, Remote, Transport};

const CLEAN: Conditions = Conditions { loss_percent: 0, jitter_ms: 0 };

/// Both sides say the same, with an action before each frame, and each hears the other. (To the codec, a steady tone is silence.)
fn assert_undisturbed_by(call: &mut Call, mut attack: impl FnMut(&mut Call)) {
    (call.heard, call.heard_there) = (Vec::new(), Vec::new());
    let speech = speech();
    let said = speech.chunks_exact(FRAME_SAMPLES).map(Some).chain([None; 50]);
    for frame in said {
        attack(call);
        call.frame(frame, frame);
    }
    let (here, there) = (likeness(&speech, &call.heard), likeness(&speech, &call.heard_there));
    assert!(here > 0.88 && there > 0.88, "{here} {there}");
    assert_eq!(call.happened, [Happening::Connected]);
}

/// A success response signed with this password; unsigned without one.
pub(super) fn answer_of(question: &[u8], password: Option<&str>, at: SocketAddr) -> Vec<u8> {
    let transaction = StunMessage::parse(question).unwrap().trans_id();
    let mut answer = vec![0; 200];
    let reply = StunMessage::binding_reply(transaction, at);
    let length = reply.to_bytes(password.map(str::as_bytes), &mut answer, hmac_sha1).unwrap();
    answer.truncate(length);
    answer
}

/// A user with a token of their own forges the address of another user's peer on their checks.
#[test]
fn a_question_with_a_peers_address_takes_over_no_connection() {
    let mut call = Call::begin(CLEAN, 1);
    call.connect();
    let mut attacker = Peer::there(call.now(), Transport::Udp);
    let (_, answer) = call.hub.offer(call.now(), &attacker.offer().unwrap()).unwrap();
    attacker.accept(&answer).unwrap();
    let mut asked = 0;
    assert_undisturbed_by(&mut call, |call| {
        let (now, from) = (call.now(), call.from);
        for bytes in attacker.sends(now) {
            asked += usize::from(is_request(&bytes));
            call.hub.receive(now, from, &bytes);
        }
    });
    assert!(asked > 1, "{asked} questions");
}

/// A peer that has vanished, and another one behind the same router that gets its port.
#[test]
fn an_address_is_whose_peer_answers_there_last() {
    let mut call = Call::begin(CLEAN, 1);
    call.connect();
    // Until its channel is up, too, so that nothing is in transit.
    for _ in 0..50 {
        call.frame(None, None);
    }
    let mut next = Peer::there(call.now(), Transport::Udp);
    let (id, answer) = call.hub.offer(call.now(), &next.offer().unwrap()).unwrap();
    next.accept(&answer).unwrap();
    (call.peer, call.id) = (next, id);
    call.happened.clear();
    call.connect();
    assert_undisturbed_by(&mut call, |_| {});
    assert_eq!(call.hub.count(), 2);
}

/// An attacker who sees the peer's checks sends each once more, from their own address and before the peer's own arrives. They see ours to them, and
/// answer.
#[test]
fn a_question_repeated_from_elsewhere_draws_only_questions_there() {
    let mut call = Call::begin(CLEAN, 1);
    let elsewhere = Remote::udp(SocketAddr::from(([192, 0, 2, 66], 6_000)));
    let (mut bytes_in, mut bytes_out) = (0, 0);
    let mut overhear = |call: &mut Call| {
        let now = call.now();
        for bytes in call.peer.sends(now) {
            if is_request(&bytes) {
                bytes_in += bytes.len();
                call.hub.receive(now, elsewhere, &bytes);
            }
            call.up.put(call.now_ms, call.from.at, bytes);
        }
        while let Some(datagram) = call.hub.next_datagram() {
            if datagram.to == elsewhere {
                bytes_out += datagram.bytes.len();
                assert!(is_request(&datagram.bytes), "nothing but questions");
                for password in [None, Some(""), Some("the attacker does not know the password")] {
                    let answer = answer_of(&datagram.bytes, password, elsewhere.at);
                    bytes_in += answer.len();
                    call.hub.receive(now, elsewhere, &answer);
                }
            } else {
                call.down.put(call.now_ms, SERVER.into(), datagram.bytes);
            }
        }
    };
    for _ in 0..100 {
        overhear(&mut call);
        call.frame(None, None);
    }
    assert!(call.peer.is_connected(), "{:?}", call.happened);
    assert_undisturbed_by(&mut call, &mut overhear);
    assert!(bytes_out > 0 && bytes_out <= bytes_in, "{bytes_out} bytes out, {bytes_in} in");
}

/// The same attacker sends one check ten thousand times from their own address: the peer's own are answered as before.
#[test]
fn questions_repeated_from_elsewhere_use_up_none_of_the_peers() {
    let mut call = Call::begin(CLEAN, 1);
    call.connect();
    let elsewhere = Remote::udp(SocketAddr::from(([192, 0, 2, 66], 6_000)));
    let asked = |_| {
        call.now_ms += 20;
        let now = call.now();
        call.peer.sends(now).into_iter().find(|bytes| is_request(bytes))
    };
    let question = (0..500).find_map(asked).unwrap();
    let (now, from) = (call.now(), call.from);
    for _ in 0..10_000 {
        call.hub.receive(now, elsewhere, &question);
    }
    while let Some(datagram) = call.hub.next_datagram() {
        assert!(datagram.to == from || is_request(&datagram.bytes), "nothing but questions goes there");
    }
    call.hub.receive(now, from, &question);
    let is_answer = |bytes: &[u8]| answered(bytes).is_some_and(|named| named[..] == question[8..20]);
    let mut answers = 0;
    while let Some(datagram) = call.hub.next_datagram() {
        answers += usize::from(datagram.to == from && is_answer(&datagram.bytes));
    }
    assert_eq!(answers, 1);
}

/// The same attacker sends more packets of each kind than a peer may, from their own address.
#[test]
fn packets_from_elsewhere_use_up_none_of_the_peers() {
    let mut call = Call::begin(CLEAN, 1);
    call.connect();
    let elsewhere = Remote::udp(SocketAddr::from(([192, 0, 2, 66], 6_000)));
    let asked = |_| {
        call.now_ms += 20;
        let now = call.now();
        call.peer.sends(now).into_iter().find(|bytes| is_request(bytes))
    };
    let question = (0..500).find_map(asked).unwrap();
    let (now, from) = (call.now(), call.from);
    call.hub.receive(now, from, &question);
    assert_undisturbed_by(&mut call, |call| {
        let now = call.now();
        call.hub.receive(now, elsewhere, &question);
        let answer = answer_of(&question, None, elsewhere.at);
        let packet: Vec<u8> = [0x80, 111].into_iter().chain([7; 80]).collect();
        for _ in 0..50 {
            for bytes in [&answer[..], &packet[..], &[22; 60][..]] {
                call.hub.receive(now, elsewhere, bytes);
            }
        }
    });
}

/// Unencrypted packets, each of another source, with the peer's address and the name of its track.
#[test]
fn packets_of_other_sources_do_not_silence_the_peer() {
    let mut offered = String::new();
    let keep = |offer: String| {
        offered.clone_from(&offer);
        offer
    };
    let mut call = Call::begin_with(Transport::Udp, keep, CLEAN, 1);
    call.connect();
    assert_undisturbed_by(&mut call, |_| {});
    let after = |start: &str| offered.lines().find_map(|line| line.strip_prefix(start)).unwrap();
    let mid = after("a=mid:").trim_end();
    let named = |line: &&str| line.starts_with("a=extmap:") && line.trim_end().ends_with("sdes:mid");
    let extension: u8 = offered
        .lines()
        .find(named)
        .and_then(|line| line["a=extmap:".len()..].split([' ', '/']).next()?.parse().ok())
        .unwrap();
    let mut source = 0xbad_0000_u32;
    assert_undisturbed_by(&mut call, |call| {
        source += 1;
        let mut packet = vec![0x90, 111, 0, 1, 0, 0, 0, 1];
        packet.extend(source.to_be_bytes());
        let mut extensions = vec![extension << 4 | (mid.len() - 1) as u8];
        extensions.extend(mid.bytes());
        extensions.resize(extensions.len().next_multiple_of(4), 0);
        packet.extend([0xbe, 0xde, 0, (extensions.len() / 4) as u8]);
        packet.extend(extensions);
        packet.extend([7; 60]);
        let (now, from) = (call.now(), call.from);
        call.hub.receive(now, from, &packet);
    });
}

/// A peer with ever more addresses that answers at each.
#[test]
fn a_peer_with_a_thousand_addresses_is_known_at_128() {
    let mut offered = String::new();
    let keep = |offer: String| {
        offered.clone_from(&offer);
        offer
    };
    let mut call = Call::begin_with(Transport::Udp, keep, CLEAN, 1);
    let (_, password) = credentials(&offered).unwrap();
    let asked = |_| {
        call.now_ms += 20;
        let now = call.now();
        call.peer.sends(now).into_iter().find(|bytes| is_request(bytes))
    };
    let question = (0..100).find_map(asked).unwrap();
    let mut now = call.now();
    let mut known = HashSet::new();
    for port in 1..=1_000 {
        now += Duration::from_millis(10);
        let from = Remote::udp(SocketAddr::from(([192, 0, 2, 66], port)));
        call.hub.receive(now, from, &question);
        let mut came = Vec::new();
        while let Some(datagram) = call.hub.next_datagram() {
            came.push(datagram);
        }
        let asks = came.iter().find(|datagram| datagram.to == from && is_request(&datagram.bytes)).unwrap();
        call.hub.receive(now, from, &answer_of(&asks.bytes, Some(password.as_str()), from.at));
        while let Some(datagram) = call.hub.next_datagram() {
            assert!(is_stun(&datagram.bytes));
            known.extend(answered(&datagram.bytes).map(|_| datagram.to));
        }
    }
    assert_eq!(known.len(), 128);
    assert_eq!(call.hub.count(), 1);
}
