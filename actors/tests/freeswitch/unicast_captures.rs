//! Captured unicasts of a real FreeSWITCH, replayed: each datagram is heard, and answered by one of its length.

use std::fs;
use std::path::Path;

use crate::leg_call::Listener;
use crate::unicast_stage::Unicast;

/// The datagrams that a FreeSWITCH sent.
fn captured(name: &str) -> Vec<Vec<u8>> {
    let file = format!("../tests/captures/freeswitch/{name}.udp.bin");
    let records = fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap();
    let (mut rest, mut datagrams) = (&records[..], Vec::new());
    while let [_, _, _, _, direction, low, high, tail @ ..] = rest {
        let (datagram, tail) = tail.split_at(usize::from(u16::from_le_bytes([*low, *high])));
        if *direction == 0 {
            datagrams.push(datagram.to_vec());
        }
        rest = tail;
    }
    datagrams
}

#[actix::test]
async fn a_real_switchs_datagrams_are_heard_and_each_answered() {
    for (name, hz) in [("uni_basic", 8_000), ("uni_l16_16k", 16_000), ("ai_call_unicast_flow.out", 8_000)] {
        let datagrams = captured(name);
        assert!(datagrams.len() > 60, "{name}: {} datagrams", datagrams.len());
        let mut unicast = Unicast::open().await;
        unicast.switch.send(&datagrams[0]).await;
        let port = unicast.call.joined().await;
        assert_eq!(port.ear.rate().hz(), hz, "{name}");
        unicast.switch.hears().await;
        let listener = Listener::plugged(&port);
        for datagram in &datagrams[1..] {
            unicast.switch.send(datagram).await;
            let said: Vec<i16> =
                datagram.as_chunks::<2>().0.iter().map(|&pair| i16::from_le_bytes(pair)).collect();
            assert_eq!(listener.hears_samples(said.len()).await, said, "{name}");
            assert_eq!(unicast.switch.hears().await, vec![0; said.len()], "{name}");
        }
    }
}
