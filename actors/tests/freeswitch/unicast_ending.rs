//! How unicast legs end: reported once, and the port is free.

use std::net::UdpSocket;
use std::time::Duration;

use cordboard_actors::freeswitch::bind_unicast;
use cordboard_actors::messages::ToLeg;
use cordboard_schema::call::LegEnd;
use tokio::time::Instant;

use crate::leg_call::until;
use crate::unicast_stage::{Peer, Unicast, settings};
use crate::virtual_time::virtually;

/// Sends something every 20 ms.
async fn talks(stranger: Peer) {
    let mut pace = tokio::time::interval(Duration::from_millis(20));
    loop {
        pace.tick().await;
        stranger.say(&[1; 160]).await;
    }
}

#[test]
fn a_unicast_that_never_begins_breaks_after_400_ms() {
    virtually(async {
        let mut unicast = Unicast::open().await;
        let began = Instant::now();
        assert_eq!(unicast.call.left().await.0, LegEnd::Broken);
        assert_eq!(began.elapsed().as_millis(), 400);
        until("a closed socket", || unicast.live.now() == 0).await;
    });
}

#[test]
fn a_disallowed_sender_neither_begins_nor_prolongs_a_unicast() {
    virtually(async {
        let mut unicast = Unicast::open_with(&settings("10.0.0.0/8"), None).await;
        let began = Instant::now();
        let stranger = unicast.switch.another().await;
        let talking = actix::spawn(talks(stranger));
        assert_eq!(unicast.call.left().await.0, LegEnd::Broken);
        assert_eq!(began.elapsed().as_millis(), 400);
        talking.abort();
    });
}

#[test]
fn a_unicast_that_falls_silent_is_broken_after_2_s() {
    virtually(async {
        let mut unicast = Unicast::open().await;
        unicast.switch.say(&[1; 160]).await;
        unicast.call.joined().await;
        let began = Instant::now();
        // A stranger's datagrams are not a sign of life.
        let stranger = unicast.switch.another().await;
        let talking = actix::spawn(talks(stranger));
        assert_eq!(unicast.call.left().await.0, LegEnd::Broken);
        assert_eq!(began.elapsed().as_millis(), 2_000);
        talking.abort();
    });
}

#[actix::test]
async fn a_release_frees_the_port_at_once() {
    let settings = settings("127.0.0.0/8");
    let (socket, address) = bind_unicast(&settings).unwrap();
    drop(socket);
    assert!(UdpSocket::bind(address).is_ok(), "a socket that no leg took is closed with it");

    tokio::time::pause();
    let mut unicast = Unicast::open().await;
    unicast.switch.say(&[1; 160]).await;
    unicast.call.joined().await;
    let began = Instant::now();
    unicast.call.order(ToLeg::Release);
    assert_eq!(unicast.call.left().await.0, LegEnd::Released);
    assert_eq!(began.elapsed(), Duration::ZERO);
    until("a closed socket", || unicast.live.now() == 0).await;
}

#[actix::test]
async fn a_call_that_drops_its_leg_releases_it() {
    let mut unicast = Unicast::open().await;
    unicast.call.leg = None;
    assert_eq!(unicast.call.left().await.0, LegEnd::Released);
}

#[test]
fn a_switch_gets_an_address_it_can_reach() {
    let loopback = settings("127.0.0.0/8");
    assert_eq!(bind_unicast(&loopback).unwrap().1.ip(), loopback.bind);
    let wildcard = cordboard_actors::freeswitch::UnicastSettings { bind: [0, 0, 0, 0].into(), ..loopback };
    let error = bind_unicast(&wildcard).unwrap_err().to_string();
    assert!(error.contains("unicast_advertise_ip"), "{error}");
    let advertised =
        cordboard_actors::freeswitch::UnicastSettings { advertise: Some([192, 0, 2, 1].into()), ..wildcard };
    let (socket, address) = bind_unicast(&advertised).unwrap();
    assert_eq!(address.to_string(), format!("192.0.2.1:{}", socket.local_addr().unwrap().port()));
}
