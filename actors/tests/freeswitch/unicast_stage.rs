//! A FreeSWITCH that exchanges datagrams with a leg, and strangers who also send some.

use std::net::SocketAddr;
use std::time::Duration;

use cordboard_actors::freeswitch::{UnicastActor, UnicastSettings, bind_unicast};
use cordboard_actors::live_count::LiveCount;
use cordboard_actors::messages::CallLine;
use cordboard_actors::meters::Meters;
use cordboard_actors::switches::SocketLeg;
use tokio::net::UdpSocket;
use tokio::time::timeout;

use crate::leg_call::{Call, LEG, soon};
use crate::stream_module::bytes_of;

/// A leg, its call, and the switch's socket.
pub(crate) struct Unicast {
    pub(crate) switch: Peer,
    pub(crate) call: Call,
    pub(crate) live: LiveCount,
}

/// Settings for loopback.
pub(crate) fn settings(allow: &str) -> UnicastSettings {
    UnicastSettings {
        bind: [127, 0, 0, 1].into(),
        advertise: None,
        allow: vec![allow.parse().unwrap()],
        live: LiveCount::default(),
        meters: Meters::default(),
    }
}

impl Unicast {
    pub(crate) async fn open() -> Self {
        Self::open_with(&settings("127.0.0.0/8"), None).await
    }

    pub(crate) async fn open_with(settings: &UnicastSettings, read_rate: Option<u32>) -> Self {
        let (socket, address) = bind_unicast(settings).unwrap();
        let (call, reports) = CallLine::open();
        let leg = UnicastActor::start(SocketLeg { leg: LEG, read_rate, call }, socket, settings);
        let switch = Peer::to(address).await;
        Self { switch, call: Call::of(leg, reports), live: settings.live.clone() }
    }
}

/// A peer that sends datagrams to a leg.
pub(crate) struct Peer(UdpSocket);

impl Peer {
    pub(crate) async fn to(leg: SocketAddr) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        socket.connect(leg).await.unwrap();
        Self(socket)
    }

    /// Another peer that sends to the same leg.
    pub(crate) async fn another(&self) -> Self {
        Self::to(self.0.peer_addr().unwrap()).await
    }

    pub(crate) async fn send(&self, datagram: &[u8]) {
        self.0.send(datagram).await.unwrap();
    }

    /// Sends samples.
    pub(crate) async fn say(&self, samples: &[i16]) {
        self.send(&bytes_of(samples)).await;
    }

    /// The next datagram of the leg.
    pub(crate) async fn hears(&self) -> Vec<i16> {
        let mut buffer = [0; 65_536];
        let length = soon("a datagram", self.0.recv(&mut buffer)).await.unwrap();
        assert!(length > 0 && length.is_multiple_of(2), "a datagram of {length} bytes");
        buffer[..length].as_chunks::<2>().0.iter().map(|&pair| i16::from_le_bytes(pair)).collect()
    }

    /// Whether nothing arrives for a while.
    pub(crate) async fn hears_nothing(&self) -> bool {
        timeout(Duration::from_millis(100), self.0.recv(&mut [0; 65_536])).await.is_err()
    }
}
