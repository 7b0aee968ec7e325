//! Settings of WebRTC, and its ports. They are not ports for connections, which [`LegSection::take`] takes:
//! `src/boot` takes and opens them by name ([`TakenRtcPorts`](super::TakenRtcPorts)).

use std::net::SocketAddr;

use cordboard_settings::{Layers, Secret, loopback, section};

use super::answering::check_server;
use super::{IceServers, PublicAddresses};
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
        /// Addresses at which browsers reach the port, if they differ from the one in listen: behind NAT, in a
        /// container, or with 0.0.0.0. Several are separated by commas, the best first: a public one and an internal
        /// one, or IPv4 and IPv6. Each browser uses the one that it reaches.
        public_ip: Option<PublicAddresses> = None,
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
    /// The addresses of this port that browsers are given.
    pub fn announced(&self, bound: SocketAddr) -> Vec<SocketAddr> {
        let public = self.public_ip.as_ref();
        public.map_or_else(|| vec![bound], |public| public.with_port(bound.port()))
    }

    /// Whether datagrams for this address can arrive: only the port at every IPv6 address takes both kinds.
    fn serves(&self, address: SocketAddr) -> bool {
        let listen = self.listen.ip().to_canonical();
        let is_every_address = listen.is_ipv6() && listen.is_unspecified();
        is_every_address || address.ip().to_canonical().is_ipv4() == listen.is_ipv4()
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
        let unserved = self.announced(self.listen).into_iter().find(|address| !self.serves(*address));
        if let Some(unserved) = unserved.filter(|_| self.enabled) {
            let kind = if unserved.is_ipv6() { "IPv6" } else { "IPv4" };
            layers.contradiction(
                LISTEN,
                format!(
                    "{} takes no {kind}, and browsers are given the {kind} address {} of webrtc.public_ip",
                    self.listen,
                    unserved.ip()
                ),
                "set webrtc.listen to [::]:8189, which takes both".to_owned(),
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
