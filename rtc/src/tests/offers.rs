use std::net::SocketAddr;
use std::time::{Duration, Instant};

use super::peer::{PEER, hub, settings};
use crate::crypto::Certificate;
use crate::peer::Peer;
use crate::{Hub, HubSettings, NoConnection, OFFER_BYTES_MAX, OfferFault, OurAddress, Remote, Transport};

fn offer() -> String {
    Peer::there(Instant::now(), Transport::Udp).offer().unwrap()
}

fn refused(offer: &str) -> OfferFault {
    match hub().offer(Instant::now(), offer) {
        Err(NoConnection::Offer(fault)) => fault,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_answer_says_what_browsers_need() {
    let (_, answer) = hub().offer(Instant::now(), &offer()).unwrap();
    for line in [
        "a=ice-lite",
        "a=setup:passive",
        "a=rtcp-mux",
        "a=sendrecv",
        "a=rtpmap:111 opus/48000/2",
        "a=rtpmap:110 telephone-event/48000",
        "useinbandfec=1",
        "a=fingerprint:sha-256 ",
        " udp ",
        " tcp ",
        "198.51.100.1 3478 typ host",
        "typ host tcptype passive",
    ] {
        assert!(answer.contains(line), "{line} in {answer}");
    }
}

#[test]
fn each_address_is_announced_and_answers_from_its_own_socket() {
    let [public, own, v6]: [SocketAddr; 3] =
        ["198.51.100.1:3478", "10.0.0.1:3478", "[2001:db8::1]:3478"].map(|at| at.parse().unwrap());
    let addresses = vec![
        OurAddress { at: public, socket: 0 },
        OurAddress { at: own, socket: 1 },
        OurAddress { at: v6, socket: 2 },
    ];
    for (reached, socket) in [(public, 0), (own, 1)] {
        let settings = HubSettings { addresses: addresses.clone(), ..settings() };
        let mut now = Instant::now();
        let mut hub = Hub::new(settings, Certificate::generate().unwrap());
        let mut peer = Peer::there(now, Transport::Udp);
        let (_, answer) = hub.offer(now, &peer.offer().unwrap()).unwrap();
        for named in ["198.51.100.1 3478 typ host", "10.0.0.1 3478 typ host", "2001:db8::1 3478 typ host"] {
            assert_eq!(answer.matches(named).count(), 2, "{named}, by UDP and TCP, in {answer}");
        }
        peer.accept(&answer).unwrap();
        let from = Remote::udp(PEER.into()).through(socket);
        for _ in 0..1_600 {
            peer.tick(now).unwrap();
            // Only one of the addresses leads from the peer's network to the server.
            while let Some(datagram) = peer.next_datagram() {
                if datagram.to.at == reached {
                    hub.receive(now, from, &datagram.bytes);
                }
            }
            hub.tick(now);
            while let Some(datagram) = hub.next_datagram() {
                assert_eq!(datagram.to, from);
                peer.receive(now, Remote::udp(reached), &datagram.bytes).unwrap();
            }
            now += Duration::from_millis(5);
        }
        assert!(peer.is_connected(), "at {reached}");
    }
}

#[test]
fn addresses_that_a_browser_hides_are_accepted() {
    let hidden =
        "a=candidate:1 1 udp 2113937151 4f4bd3d1-2b1c-4d0c-9d2a-0f6d2c3b4a5e.local 50000 typ host\r\n";
    let offer = offer().replace("a=rtcp-mux\r\n", &format!("a=rtcp-mux\r\n{hidden}"));
    assert!(offer.contains(".local"));
    assert!(hub().offer(Instant::now(), &offer).is_ok());
}

/// An offer like aiortc's: one certificate by three hashes.
#[test]
fn fingerprints_by_other_hashes_are_accepted() {
    let others =
        format!("a=fingerprint:sha-384 {}\r\na=fingerprint:sha-512 AA\r\na=fingerprint:sha-256", "AA:BB");
    let offer = offer().replacen("a=fingerprint:sha-256", &others, 1);
    assert!(hub().offer(Instant::now(), &offer).is_ok(), "{offer}");
}

/// The offer of Firefox 153. Its telephone events are at 8,000 Hz, which do not match Opus, and the answer has none.
#[test]
fn the_offer_of_firefox_is_answered() {
    let offer = include_str!("firefox.sdp").replace('\n', "\r\n");
    let (_, answer) = hub().offer(Instant::now(), &offer).unwrap();
    for line in [
        "m=audio 9 UDP/TLS/RTP/SAVPF 109\r\n",
        "a=rtpmap:109 opus/48000/2",
        "a=setup:passive",
        "m=application 9 ",
    ] {
        assert!(answer.contains(line), "{line} in {answer}");
    }
    assert!(!answer.contains("telephone-event"), "{answer}");
}

/// An offer may claim foreign addresses as its own: nothing is sent there, and no name is looked up.
#[test]
fn nothing_is_sent_to_addresses_that_an_offer_names() {
    let hosts = [
        "127.0.0.1",
        "10.0.0.1",
        "192.168.1.255",
        "169.254.169.254",
        "224.0.0.251",
        "255.255.255.255",
        "0.0.0.0",
        "::1",
        "ff02::fb",
        "fe80::1",
        "4f4bd3d1-2b1c-4d0c-9d2a-0f6d2c3b4a5e.local",
        "metadata.example.com",
    ];
    let candidates: String = (1..=600)
        .map(|number| (number, hosts[number % hosts.len()]))
        .map(|(number, host)| format!("a=candidate:{number} 1 udp 2113937151 {host} {number} typ host\r\n"))
        .collect();
    let offer = offer().replacen("a=rtcp-mux\r\n", &format!("a=rtcp-mux\r\n{candidates}"), 1);
    assert!(offer.contains("metadata.example.com"));
    let (mut hub, began) = (hub(), Instant::now());
    hub.offer(began, &offer).unwrap();
    for ms in (0..9_000).step_by(20) {
        hub.tick(began + Duration::from_millis(ms));
        assert_eq!(hub.next_datagram(), None, "{ms}");
    }
    assert_eq!(hub.count(), 1);
}

/// Candidates are left out by line. A carriage return inside a line does not begin another one.
#[test]
fn a_candidate_inside_another_line_is_ignored() {
    let hidden = "a=mid:x\ra=candidate:1 1 udp 2113937151 192.0.2.1 50000 typ host\r\n";
    let offer = offer().replacen("a=rtcp-mux\r\n", &format!("a=rtcp-mux\r\n{hidden}"), 1);
    let (mut hub, began) = (hub(), Instant::now());
    let _ = hub.offer(began, &offer);
    hub.tick(began + Duration::from_secs(1));
    assert_eq!(hub.next_datagram(), None);
}

#[test]
fn an_offer_of_ten_thousand_lines_is_refused_unread() {
    for line in ["a=x\r\n", "a=x\n", "\r\n", "a=ssrc:1 cname:a\n"] {
        let lines = OFFER_BYTES_MAX / line.len();
        let long = line.repeat(lines.min(10_000) - 200);
        let offer = format!("{}{}", offer(), &long[..long.len().min(OFFER_BYTES_MAX - 4_000)]);
        let fault = refused(&offer);
        assert!(matches!(fault, OfferFault::TooManyLines { most: 1_000, .. }), "{fault:?}");
    }
}

#[test]
fn refused_offers_get_a_reason() {
    let offer = offer();
    assert_eq!(
        refused(&"a".repeat(OFFER_BYTES_MAX + 1)),
        OfferFault::TooLarge { bytes: OFFER_BYTES_MAX + 1 }
    );
    let tracks = format!("{offer}{}", "m=video 9 UDP/TLS/RTP/SAVPF 96\r\n".repeat(50));
    assert_eq!(refused(&tracks), OfferFault::TooManyTracks { tracks: 52 });
    assert_eq!(refused("v=0\r\n"), OfferFault::NoAudio);
    assert_eq!(refused(&offer.replace("m=audio", "m=video")), OfferFault::NoAudio);
    assert_eq!(refused(&offer.replace("opus/48000/2", "pcmu/8000")), OfferFault::NoOpus);
    assert_eq!(refused(&offer.replace("a=fingerprint:", "a=finger:")), OfferFault::NoFingerprint);
    assert_eq!(refused(&offer.replace("sha-256", "sha-1")), OfferFault::BadFingerprint);
    let short = offer.replace("a=fingerprint:sha-256 ", "a=fingerprint:sha-256 AA:");
    assert_eq!(refused(&short), OfferFault::BadFingerprint, "33 bytes");
    assert_eq!(refused(&offer.replace("a=ice-pwd:", "a=ice:")), OfferFault::NoIce);
    assert!(matches!(refused("hello"), OfferFault::Malformed(_)));
    assert!(refused("v=0\r\n").to_string().contains("add an audio track"));
}
