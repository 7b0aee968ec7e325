//! No input causes a panic, and nothing is sent to unknown addresses.

use std::time::Instant;

use proptest::collection::vec;
use proptest::prelude::*;

use super::path::Conditions;
use super::peer::{Call, SERVER, hub};
use super::takeover::answer_of;
use crate::peer::Peer;
use crate::stun::{answered, is_request, question};
use crate::{Happening, Jitter, NoConnection, Playing, Remote, Transport};

const CLEAN: Conditions = Conditions { loss_percent: 0, jitter_ms: 0 };

/// A peer with a certificate that the offer does not name is not the one that the offer's sender has admitted.
#[test]
fn a_certificate_that_is_not_the_offers_makes_no_connection() {
    let of_somebody_else = |offer: String| {
        let line = offer.lines().find(|line| line.starts_with("a=fingerprint:")).unwrap().to_owned();
        let (rest, last) = line.split_at(line.len() - 2);
        let other = if last == "00" { "01" } else { "00" };
        offer.replace(&line, &format!("{rest}{other}"))
    };
    let mut call = Call::begin_with(Transport::Udp, of_somebody_else, CLEAN, 1);
    for _ in 0..600 {
        call.frame(Some(&[1_000; 480]), None);
    }
    assert!(!call.happened.contains(&Happening::Connected), "{:?}", call.happened);
    assert!(call.heard.iter().all(|sample| *sample == 0));
    assert_eq!(call.hub.count(), 0, "it is forgotten when its time is over");
}

/// Replayed SRTP packets (RFC 3711, section 3.3.2) are heard once, and counted once.
#[test]
fn packets_that_are_sent_once_more_are_heard_once() {
    let heard_with = |copies: usize| {
        let mut call = Call::begin(CLEAN, 1);
        call.connect();
        for _ in 0..50 {
            call.frame(None, None);
        }
        call.copies = copies;
        let (sent, received) = (call.up.packets, call.quality().jitter.received);
        for frame in super::speech::speech().chunks_exact(480) {
            call.frame(Some(frame), None);
        }
        for _ in 0..5 {
            call.frame(None, None);
        }
        let quality = call.quality().jitter;
        assert_eq!(
            quality.received - received,
            call.up.packets - sent,
            "{copies} copies of each: {quality:?}"
        );
        assert_eq!((quality.lost, quality.late), (0, 0), "{copies} copies of each");
    };
    heard_with(1);
    heard_with(3);
}

/// Checks from a hundred thousand addresses that know no password: nothing is sent, and nothing is kept of them.
#[test]
fn a_flood_of_questions_costs_no_answer_and_no_memory() {
    let mut hub = hub();
    let now = Instant::now();
    let (_, answer) = hub.offer(now, &Peer::there(now, Transport::Udp).offer().unwrap()).unwrap();
    let (ours, _) = crate::offer::credentials(&answer).unwrap();
    for n in 0..100_000_u32 {
        let [_, a, b, c] = n.to_be_bytes();
        let from = Remote::udp((([10, a, b, c]), 4_000).into());
        hub.receive(now, from, &question([1; 12], &ours, "them", "not the password of this connection"));
        assert!(!hub.knows(from));
    }
    assert_eq!(hub.next_datagram(), None);
    assert_eq!(hub.count(), 1);
}

/// An attacker who sees the server's check, and forges the peer's address on their answers, causes at most as many signature verifications as the
/// peer may send datagrams in a second. The peer's own answer counts within that limit.
#[test]
fn forged_answers_are_verified_up_to_a_limit() {
    let is_accepted_after = |forged: usize| {
        let mut call = Call::begin(CLEAN, 1);
        let server = Remote::udp(SERVER.into());
        let asked = (0..400).find_map(|_| {
            call.now_ms += 5;
            let now = call.now();
            for bytes in call.peer.sends(now) {
                call.hub.receive(now, call.from, &bytes);
            }
            std::iter::from_fn(|| call.hub.next_datagram()).find(|datagram| is_request(&datagram.bytes))
        });
        let (now, asked) = (call.now(), asked.unwrap().bytes);
        while call.hub.next_datagram().is_some() {}
        let unasked = question([9; 12], "them", "us", "password");
        for _ in 0..10_000 {
            call.hub.receive(now, call.from, &answer_of(&unasked, Some("not the peer's"), call.from.at));
        }
        let answer = answer_of(&asked, Some("not the peer's"), call.from.at);
        for _ in 0..forged {
            call.hub.receive(now, call.from, &answer);
        }
        call.peer.receive(now, server, &asked).unwrap();
        let answers = call.peer.sends(now).into_iter().filter(|bytes| answered(bytes).is_some());
        answers.for_each(|bytes| call.hub.receive(now, call.from, &bytes));
        // The peer's question, which was kept until then, is answered.
        call.hub.next_datagram().is_some()
    };
    assert!(is_accepted_after(0) && is_accepted_after(999));
    assert!(!is_accepted_after(1_000));
}

#[test]
fn offers_that_never_connect_leave_room_when_their_time_ends() {
    let mut hub = hub();
    let now = Instant::now();
    let offer = Peer::there(now, Transport::Udp).offer().unwrap();
    let answered = (0..1_000).filter(|_| hub.offer(now, &offer).is_ok()).count();
    assert_eq!((answered, hub.count()), (20, 20));
    assert!(matches!(hub.offer(now, &offer), Err(NoConnection::Full)));
    let later = now + std::time::Duration::from_secs(10);
    hub.tick(later);
    assert_eq!(hub.count(), 0);
    assert!(hub.offer(later, &offer).is_ok());
}

/// An overheard offer that is sent again makes a connection of its own, which only the sender's keys can finish.
#[test]
fn a_repeated_offer_takes_nothing_from_the_first() {
    let mut call = Call::begin(CLEAN, 1);
    let overheard = Peer::there(call.now(), Transport::Udp).offer().unwrap();
    let (first, answer) = call.hub.offer(call.now(), &overheard).unwrap();
    let (second, again) = call.hub.offer(call.now(), &overheard).unwrap();
    assert_ne!(first, second);
    assert_ne!(crate::offer::credentials(&answer), crate::offer::credentials(&again));
    call.connect();
    assert_eq!(call.hub.count(), 3);
}

/// Ten thousand packets, each a 48,000th of a second after the previous one: only 240 of them are kept.
#[test]
fn packets_that_are_closer_than_any_sound_are_not_kept() {
    let mut jitter = Jitter::new();
    for number in 0..10_000 {
        jitter.put(0, number, 48_000 + number, &[1 << 3, 1, 2]);
    }
    let figures = jitter.figures();
    assert_eq!((figures.received, figures.shortened), (10_000, 10_000 - 240));
}

/// A sender whose timestamps stand still during silence does not count as a slow network.
#[test]
fn a_pause_with_standing_timestamps_makes_nothing_wait_longer() {
    let mut jitter = Jitter::new();
    let mut now_ms = 0;
    for part in 0..2 {
        for number in part * 50..(part + 1) * 50 {
            now_ms += 20;
            jitter.put(now_ms, number, number * 960, &[1 << 3, 1, 2]);
            jitter.take(now_ms);
            assert_eq!(jitter.figures().wait_ms, 40, "packet {number}");
        }
        for _ in 0..250 {
            now_ms += 20;
            jitter.take(now_ms);
        }
    }
}

/// A sender that pauses (DTX) sends every 400 ms that silence continues. A lost packet and a late one are no pauses.
#[test]
fn a_senders_pauses_are_not_counted_as_stretched() {
    type Packets = Vec<(u64, u64, u64)>;
    // Each packet has the frame in which it arrives, its number, and the frame in which it was sent.
    let stretched_by = |packets: Packets| {
        let mut jitter = Jitter::new();
        for frame in 0..250 {
            let now_ms = frame * 20;
            for (_, number, sent) in packets.iter().filter(|packet| packet.0 == frame) {
                jitter.put(now_ms, *number, sent * 960, &[1 << 3, 1, 2]);
            }
            jitter.take(now_ms);
        }
        jitter.figures().stretched
    };
    let every = |frames: u64, numbers: u64| -> Packets {
        (0..10).map(|packet| (packet * frames, packet * numbers, packet * frames)).collect()
    };
    // The last of them has no next one yet.
    assert_eq!(stretched_by(every(20, 1)), 5, "long pauses");
    assert_eq!(stretched_by(every(4, 1)), 5, "short pauses");
    assert_eq!(stretched_by(every(20, 2)), 50, "one packet is lost in each pause");
    let late = |sent: u64| (if sent < 20 { sent } else { sent + 4 }, sent, sent);
    let stretched = stretched_by((0..40).map(late).collect());
    assert!(stretched > 5, "80 ms late: {stretched}");
}

/// A sender that restarts with lower numbers has not recovered what was lost.
#[test]
fn lower_numbers_of_a_new_sender_bring_nothing_back() {
    let mut jitter = Jitter::new();
    let mut missing = Vec::new();
    for (at, number) in [50_000, 50_002, 10, 11, 13].into_iter().enumerate() {
        let at = at as u64;
        jitter.put(at * 20, number, at * 960, &[1 << 3, 1, 2]);
        missing.push(jitter.figures().missing);
    }
    assert_eq!(missing, [0, 1, 1, 1, 2]);
}

/// The numbers of another sender may be near those of the previous one.
#[test]
fn near_numbers_of_another_sender_bring_nothing_back() {
    let mut jitter = Jitter::new();
    let mut missing = Vec::new();
    for (at, number) in [50_000, 50_002, 49_000, 49_001, 49_003].into_iter().enumerate() {
        let at = at as u64;
        if at == 2 {
            jitter.begin_with_another();
        }
        jitter.put(at * 20, number, at * 960, &[1 << 3, 1, 2]);
        missing.push(jitter.figures().missing);
    }
    assert_eq!(missing, [0, 1, 1, 1, 2]);
}

/// A sender whose numbers and timestamps jump and wrap: the result stays in bounds, and its next speech is heard.
#[test]
fn numbers_and_times_that_jump_and_wrap_are_followed() {
    let mut jitter = Jitter::new();
    let mut now_ms = 0;
    for start in [u64::from(u32::MAX) - 9_600, 1 << 40, 0, 1 << 62, 960] {
        let mut played = 0;
        for number in 0..100 {
            now_ms += 20;
            jitter.put(now_ms, start / 960 + number, start + number * 960, &[1 << 3, 1, 2]);
            match jitter.take(now_ms) {
                Playing::Packet(_) => played += 1,
                Playing::Concealed { samples } | Playing::Recovered { samples, .. } => {
                    assert!(samples <= 5_760, "{start}");
                }
                Playing::Silence => {}
            }
        }
        assert!(played > 80, "{played} of 100 packets behind {start}: {jitter:?}");
    }
}

/// Datagrams larger than any network carries, of each kind, from a stranger and from a peer.
#[test]
fn datagrams_of_65_000_bytes_break_nothing() {
    let mut call = Call::begin(CLEAN, 1);
    call.connect();
    let (now, from) = (call.now(), call.from);
    let stranger = Remote::udp("192.0.2.1:9".parse().unwrap());
    for first in [0, 1, 19, 20, 22, 23, 63, 64, 127, 128, 0x8f, 0x90, 0xbf, 0xc0, 0xff] {
        for second in [0, 1, 0x7f, 72, 0x80 | 72, 111, 0xfe, 0xff] {
            for fill in [0, 1, 0xff] {
                let mut datagram = vec![fill; 65_000];
                (datagram[0], datagram[1]) = (first, second);
                call.hub.receive(now, stranger, &datagram);
                call.hub.receive(now, from, &datagram);
            }
        }
    }
    assert!(!call.hub.knows(stranger));
    for _ in 0..50 {
        call.frame(None, None);
    }
    assert_eq!((call.hub.count(), &call.happened[..]), (1, &[Happening::Connected][..]));
}

/// Pieces of a ClientHello that claims 16 MB, from an address that has sent no check and, with the peer's address, after the handshake: none is
/// answered, and the call continues.
#[test]
fn pieces_of_an_endless_handshake_are_not_kept() {
    let piece = |number: u16| {
        let [high, low] = number.to_be_bytes();
        // Its record: handshake, DTLS 1.2, epoch 0, its number, and 12 bytes of head with one of content.
        let mut record = vec![22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, high, low, 0, 13];
        // A ClientHello of 16,777,215 bytes, the first of its messages, and the byte at this place of it.
        record.extend([1, 0xff, 0xff, 0xff, 0, 0, 0, high, low, 0, 0, 1, 7]);
        record
    };
    let mut call = Call::begin(CLEAN, 1);
    for number in 0..2_000 {
        let (now, from) = (call.now(), call.from);
        call.hub.receive(now, from, &piece(number));
    }
    assert_eq!(call.hub.next_datagram(), None, "nobody has asked yet");
    call.connect();
    for number in 0..2_000 {
        let (now, from) = (call.now(), call.from);
        call.hub.receive(now, from, &piece(number));
    }
    for _ in 0..100 {
        call.frame(None, None);
    }
    assert_eq!((call.hub.count(), &call.happened[..]), (1, &[Happening::Connected][..]));
}

fn any_datagram() -> impl Strategy<Value = Vec<u8>> {
    // The first byte says what it is taken for (RFC 7983).
    let kinds = prop_oneof![Just(0_u8), Just(1), Just(22), Just(23), Just(128), Just(144), any::<u8>()];
    (kinds, vec(any::<u8>(), 0..200)).prop_map(|(kind, mut rest)| {
        rest.insert(0, kind);
        rest
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn datagrams_of_strangers_are_answered_by_nothing(datagrams in vec(any_datagram(), 1..40)) {
        let mut hub = hub();
        let now = Instant::now();
        let (_, answer) = hub.offer(now, &Peer::there(now, Transport::Udp).offer().unwrap()).unwrap();
        let (ours, _) = crate::offer::credentials(&answer).unwrap();
        let stranger = Remote::udp("192.0.2.1:9".parse().unwrap());
        for datagram in &datagrams {
            hub.receive(now, stranger, datagram);
        }
        hub.receive(now, stranger, &question([1; 12], &ours, "them", "not the password of this connection"));
        prop_assert_eq!(hub.next_datagram(), None);
        prop_assert_eq!(hub.count(), 1);
    }

    #[test]
    fn datagrams_of_a_peer_break_nothing(datagrams in vec(any_datagram(), 1..40)) {
        let mut call = Call::begin(CLEAN, 1);
        call.connect();
        let (now, from) = (call.now(), call.from);
        for datagram in &datagrams {
            call.hub.receive(now, from, datagram);
        }
        call.frame(None, None);
        prop_assert_eq!(call.hub.count(), 1, "{:?}", call.happened);
    }

    #[test]
    fn offers_break_nothing(at in 0.0..1.0_f64, length in 0_usize..40, instead in "\\PC{0,20}") {
        let mut offer = Peer::there(Instant::now(), Transport::Udp).offer().unwrap();
        let start = (offer.len() as f64 * at) as usize;
        let end = (start + length).min(offer.len());
        offer.replace_range(start..end, &instead);
        let _ = hub().offer(Instant::now(), &offer);
    }

    #[test]
    fn a_jitter_buffer_holds_little_and_goes_on(
        packets in vec((any::<u16>(), any::<u32>(), any::<u8>(), 0_u64..100), 1..200),
    ) {
        let mut jitter = Jitter::new();
        let mut now_ms = 0;
        for (sequence, timestamp, toc, passed) in packets {
            now_ms += passed;
            jitter.put(now_ms, u64::from(sequence), u64::from(timestamp), &[toc, 1, 2]);
            if let Playing::Concealed { samples } | Playing::Recovered { samples, .. } = jitter.take(now_ms) {
                prop_assert!(samples <= 5_760);
            }
        }
    }
}
