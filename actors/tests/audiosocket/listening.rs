//! From a connection to its UUID.

use std::time::Duration;

use cordboard_actors::asterisk::{AudioSocketListener, AudioSocketSettings, ListenerCounters};
use cordboard_actors::legs::LegSections;
use cordboard_actors::listening::HandshakeRoom;
use cordboard_actors::live_count::LiveCount;
use cordboard_actors::messages::RegistryLine;
use tokio::net::TcpStream;
use tokio::time::Instant;

use crate::asterisk::{Asterisk, UUID, uuid_message};
use crate::stage::{Stage, soon, until};
use crate::virtual_time::virtually;

#[actix::test]
async fn a_connection_arrives_with_its_uuid_and_early_bytes() {
    let mut stage = Stage::open();
    let mut asterisk = Asterisk::connect_silently(stage.address).await;
    asterisk.send(&[uuid_message(), vec![0x10, 1, 2, 3]].concat()).await;
    let arrived = stage.arrival().await;
    assert_eq!(arrived.uuid, UUID);
    assert_eq!(arrived.peer, asterisk.stream.local_addr().unwrap());
    assert_eq!(arrived.early, [0x10, 1, 2, 3]);
    assert_eq!(stage.listener.counters(), ListenerCounters { arrived: 1, ..Default::default() });
}

#[actix::test]
async fn a_uuid_may_come_byte_by_byte() {
    let mut stage = Stage::open();
    let mut asterisk = Asterisk::connect_silently(stage.address).await;
    for byte in uuid_message() {
        assert!(stage.is_without_arrivals());
        asterisk.send(&[byte]).await;
        tokio::task::yield_now().await;
    }
    assert_eq!(stage.arrival().await.uuid, UUID);
}

#[actix::test]
async fn a_peer_outside_the_allowed_networks_is_closed_at_once() {
    let stage = Stage::open_to("192.0.2.0/24");
    let mut asterisk = Asterisk::connect_silently(stage.address).await;
    asterisk.ends().await.unwrap();
    assert_eq!(stage.listener.counters(), ListenerCounters { not_allowed: 1, ..Default::default() });
    assert!(stage.is_without_arrivals());
}

#[actix::test]
async fn a_dual_stack_socket_allows_an_ipv4_loopback_peer() {
    let Ok(socket) = std::net::TcpListener::bind("[::]:0") else {
        panic!("this machine has no IPv6, which the test needs");
    };
    drop(socket);
    let settings = AudioSocketSettings {
        listen: "[::]:0".parse().unwrap(),
        allow: vec!["127.0.0.0/8".parse().unwrap()],
    };
    let mut stage = Stage::serve(AudioSocketListener::bind(settings).unwrap());
    let port = stage.address.port();
    let _asterisk = Asterisk::connect(([127, 0, 0, 1], port).into()).await;
    assert_eq!(stage.arrival().await.uuid, UUID);
}

#[actix::test]
async fn binding_a_taken_port_fails_and_port_0_picks_one() {
    let stage = Stage::open();
    assert_ne!(stage.address.port(), 0);
    let again = AudioSocketSettings { listen: stage.address, allow: Vec::new() };
    assert_eq!(AudioSocketListener::bind(again).unwrap_err().kind(), std::io::ErrorKind::AddrInUse);
}

#[test]
fn a_silent_peer_is_dropped_after_5_s_in_total() {
    virtually(async {
        let stage = Stage::open();
        let mut asterisk = Asterisk::connect_silently(stage.address).await;
        let began = Instant::now();
        // Slow loris: a byte now and then, 17 s for the UUID.
        for byte in &uuid_message()[..5] {
            asterisk.send(&[*byte]).await;
            tokio::time::sleep(Duration::from_millis(900)).await;
        }
        asterisk.ends().await.unwrap();
        assert_eq!(began.elapsed().as_millis(), 5_000);
        assert_eq!(stage.listener.counters(), ListenerCounters { silent: 1, ..Default::default() });
        assert!(stage.is_without_arrivals());
    });
}

#[test]
fn peers_other_than_asterisk_are_closed_at_once() {
    virtually(async {
        let stage = Stage::open();
        let began = Instant::now();
        for opening in
            ["GET / HTTP/1.1\r\n\r\n", "\x16\x03\x01", "\x01\x00\x11", "\x10\x01\x40", "\x00\x00\x00"]
        {
            let mut peer = Asterisk::connect_silently(stage.address).await;
            peer.send(opening.as_bytes()).await;
            // Unread bytes cause a reset; for a stranger that is fine.
            let _ = peer.ends().await;
        }
        assert_eq!(began.elapsed(), Duration::ZERO, "nobody waits for more");
        assert_eq!(stage.listener.counters(), ListenerCounters { not_asterisk: 5, ..Default::default() });
    });
}

#[actix::test]
async fn a_port_scan_is_counted_and_forgotten() {
    let mut stage = Stage::open();
    for sent in [0, 1, 18] {
        let mut scanner = Asterisk::connect_silently(stage.address).await;
        scanner.send(&uuid_message()[..sent]).await;
        drop(scanner);
    }
    until("three early ends", || stage.listener.counters().closed_early == 3).await;
    let _asterisk = Asterisk::connect(stage.address).await;
    assert_eq!(stage.arrival().await.uuid, UUID);
}

#[test]
fn closing_frees_the_port_drops_handshakes_and_leaves_legs_alone() {
    virtually(async {
        let mut stage = Stage::open();
        let mut silent = Asterisk::connect_silently(stage.address).await;
        let (mut asterisk, call) = stage.leg().await;
        let began = Instant::now();
        stage.listener.close().await;
        let refused = TcpStream::connect(stage.address).await.unwrap_err();
        assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
        silent.ends().await.unwrap();
        assert_eq!(began.elapsed(), Duration::ZERO, "dropped, not waited for");
        let _frame = asterisk.hears().await;
        // The legs still exist, and yet the port can be taken again.
        let settings = AudioSocketSettings { listen: stage.address, allow: Vec::new() };
        AudioSocketListener::bind(settings).unwrap();
        drop(call);
    });
}

#[actix::test]
async fn dropping_the_handle_closes_the_port() {
    let Stage { address, listener, .. } = Stage::open();
    drop(listener);
    let refused = async { while TcpStream::connect(address).await.is_ok() {} };
    soon("a refused connection", refused).await;
}

#[actix::test]
async fn declared_ports_accept_connections_only_between_opening_and_closing() {
    let mut legs = LegSections::default();
    legs.audiosocket.listen = ([127, 0, 0, 1], 0).into();
    let room = HandshakeRoom { live: LiveCount::default(), max: 8 };
    let (registry, _arrivals) = RegistryLine::open();
    let taken: Vec<_> = legs.each().into_iter().flat_map(|section| section.take(&room).unwrap()).collect();
    assert_eq!(taken.len(), 1, "WebRTC has no port for connections");
    for port in taken {
        let address = port.address();
        assert!(TcpStream::connect(address).await.is_err(), "it is open before it is opened");
        let open = port.open(registry.clone()).unwrap();
        let view = open.view();
        drop(TcpStream::connect(address).await.unwrap());
        until("the connection's end", || (view.outcomes)().contains(&("closed_early", 1))).await;
        assert!((view.is_open)());
        open.close().await;
        assert!(!(view.is_open)());
        assert!(TcpStream::connect(address).await.is_err(), "it is open after it was closed");
    }
}
