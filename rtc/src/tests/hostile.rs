//! Whatever comes, nothing panics, and nothing is sent to whom nobody knows.

use std::time::Instant;

use proptest::collection::vec;
use proptest::prelude::*;

use super::path::Conditions;
use super::peer::{Call, Peer, hub};
use crate::stun::question;
use crate::{Jitter, Playing};

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
        let (_, answer) = hub.offer(now, &Peer::new(now).offer()).unwrap();
        let (ours, _) = crate::offer::credentials(&answer).unwrap();
        let stranger = "192.0.2.1:9".parse().unwrap();
        for datagram in &datagrams {
            hub.receive(now, stranger, datagram);
        }
        hub.receive(now, stranger, &question([1; 12], &ours, "them", "not the password of this connection"));
        prop_assert_eq!(hub.next_datagram(), None);
        prop_assert_eq!(hub.count(), 1);
    }

    #[test]
    fn datagrams_of_a_peer_break_nothing(datagrams in vec(any_datagram(), 1..40)) {
        let mut call = Call::begin(Conditions { loss_percent: 0, jitter_ms: 0 }, 1);
        call.connect();
        let (now, from) = (call.now(), call.peer.address);
        for datagram in &datagrams {
            call.hub.receive(now, from, datagram);
        }
        call.frame(None, None);
        prop_assert_eq!(call.hub.count(), 1, "{:?}", call.happened);
    }

    #[test]
    fn offers_break_nothing(at in 0.0..1.0_f64, length in 0_usize..40, instead in "\\PC{0,20}") {
        let mut offer = Peer::new(Instant::now()).offer();
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
