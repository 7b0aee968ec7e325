//! Settings of WebRTC, and its ports. They are not ports for connections, which [`LegSection::take`] takes:
//! `src/boot` takes and opens them by name ([`TakenRtcPorts`](super::TakenRtcPorts)).

use std::net::{IpAddr, SocketAddr};

use cordboard_settings::{Layers, Secret, loopback, section};

use super::IceServers;
use super::answering::check_server;
use crate::legs::{LegCheck, LegSection};
use crate::listening::{DeclaredPort, Transport};

/// The setting for the address of both ports.
pub(super) const LISTEN: &str = "webrtc.listen";

section! {
    /// Browsers by WebRTC, as well as /ws/audio: one UDP port for all calls, and a TCP port of the same number.
    "webrtc." WebrtcSection {
        /// Whether browsers may talk by WebRTC.
        enabled: bool = false,
        /// Address and UDP port to which browsers send their sound; port 0 takes a free one.
        listen: SocketAddr = loopback(8189),
        /// Address at which browsers reach the port, if it differs from the one in listen: behind NAT, in a
        /// container, or with 0.0.0.0.
        public_ip: Option<IpAddr> = None,
        /// Whether browsers that can't use UDP may use TCP, at the port of the same number.
        tcp: bool = true,
        /// STUN and TURN servers that browsers may use, separated by commas, such as
        /// stun:stun.example.com:3478,turn:turn.example.com:3478?transport=udp.
        ice_servers: Option<IceServers> = None,
        /// The secret that those TURN servers share with this server (coturn: use-auth-secret). Browsers get
        /// credentials for one call, derived from it.
        turn_secret: Option<Secret> = None,
    }
}

impl WebrtcSection {
    /// The address of this port that browsers are given.
    pub(super) fn announced(&self, bound: SocketAddr) -> SocketAddr {
        self.public_ip.map_or(bound, |ip| SocketAddr::new(ip, bound.port()))
    }
}

impl LegSection for WebrtcSection {
    fn ports(&self) -> Vec<DeclaredPort> {
        let listen = self.listen;
        let port = |check, transport| {
            let has_handshakes = transport == Transport::Tcp;
            DeclaredPort { check, setting: LISTEN, listen, transport, has_handshakes }
        };
        let udp = self.enabled.then(|| port("webrtc port", Transport::Udp));
        let tcp = (self.enabled && self.tcp).then(|| port("webrtc port of tcp", Transport::Tcp));
        udp.into_iter().chain(tcp).collect()
    }

    fn checks(&self) -> Vec<LegCheck> {
        let servers = self.ice_servers.as_ref().filter(|_| self.enabled);
        servers.map(|servers| servers.addresses().iter().map(check_server).collect()).unwrap_or_default()
    }

    fn contradictions(&self, layers: &mut Layers) {
        if self.enabled && self.public_ip.is_none() && self.listen.ip().is_unspecified() {
            layers.contradiction(
                LISTEN,
                format!("{} is every address, and browsers have to be given one", self.listen.ip()),
                "set webrtc.public_ip to the address by which browsers reach this machine".to_owned(),
            );
        }
        if self.enabled && self.listen.is_ipv4() && self.public_ip.is_some_and(|ip| ip.is_ipv6()) {
            layers.contradiction(
                LISTEN,
                format!(
                    "{} takes no IPv6, and browsers are given the IPv6 address of webrtc.public_ip",
                    self.listen
                ),
                "set webrtc.listen to an IPv6 address such as [::]:8189".to_owned(),
            );
        }
        let has_turn = self.ice_servers.as_ref().is_some_and(|servers| !servers.turn().is_empty());
        if has_turn && self.turn_secret.is_none() {
            layers.contradiction(
                "webrtc.turn_secret",
                "a TURN server refuses clients without credentials".to_owned(),
                "set it to the secret that the TURN servers of webrtc.ice_servers have (coturn: static-auth-secret)".to_owned(),
            );
        }
    }
}
