//! Accepting connections: the allowed networks, and the limit on simultaneous handshakes.

use std::net::SocketAddr;

use ipnet::IpNet;
use tokio::net::TcpStream;

use super::accept_backoff::AcceptBackoff;
use super::handshakes::{Handshakes, Room};
use super::probing::Probing;
use super::taken_port::PortListener;
use super::tally::{Tally, count};
use crate::live_count::{Live, LiveCount};

/// Handles the connections of a port.
pub(crate) trait ConnectionHandler: 'static {
    /// Name of the connecting side, for the log.
    const KIND: &'static str;
    /// The setting that lists the networks that may connect.
    const ALLOW_SETTING: &'static str;
    /// The type of its counters.
    type Counters: Tally;

    /// Returns its counters.
    fn counters(&self) -> &Self::Counters;

    /// Runs a connection's handshake, until its receiver has the connection: so the limit on handshakes also limits the
    /// connections that wait for their receiver.
    fn handshake(&self, stream: TcpStream, peer: SocketAddr) -> impl Future<Output = ()> + 'static;
}

/// Accepts connections on the current arbiter for as long as it is polled. The running handshakes, whose number is limited, are
/// counted in `live`.
pub(crate) async fn accepting<D: ConnectionHandler>(
    port: PortListener,
    allow: Vec<IpNet>,
    live: LiveCount,
    handshakes_max: usize,
    door: D,
) {
    let PortListener { listener, is_given } = port;
    let mut handshakes = Handshakes::at_most(handshakes_max);
    if is_given {
        handshakes = handshakes.outliving_the_port();
    }
    let mut backoff = AcceptBackoff::new(D::KIND);
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                backoff.accepted();
                let live = live.one_more();
                take(stream, peer, &allow, live, &door, &mut handshakes);
            }
            Err(error) => tokio::time::sleep(backoff.failed(&error)).await,
        }
    }
}

fn take<D: ConnectionHandler>(
    stream: TcpStream,
    peer: SocketAddr,
    allow: &[IpNet],
    live: Live,
    door: &D,
    handshakes: &mut Handshakes,
) {
    let address = peer.ip().to_canonical();
    if !allow.iter().any(|network| network.contains(&address)) {
        let (counters, setting) = (door.counters(), D::ALLOW_SETTING);
        count(counters.not_allowed());
        // The switch itself shows only that the connection ended.
        match counters.about_refused().again() {
            Some(left_out) => tracing::warn!(
                kind = D::KIND,
                %address,
                left_out,
                "refused a connection: its address is in no network of `{setting}`; if it is your switch's, add it there"
            ),
            None => {
                tracing::debug!(kind = D::KIND, %address, "refused a connection: in no network of `{setting}`")
            }
        }
        return;
    }
    if let Err(error) = stream.set_nodelay(true) {
        // Without it written data may wait for an answer to earlier data: slower, but the call works.
        tracing::debug!(kind = D::KIND, %peer, %error, "TCP_NODELAY was refused");
    }
    if let Err(error) = Probing::OF_SWITCHES.begin(&stream) {
        tracing::debug!(kind = D::KIND, %peer, %error, "a peer that vanishes would not be noticed");
    }
    let handshake = door.handshake(stream, peer);
    let counted = async move {
        handshake.await;
        drop(live);
    };
    let handshake = tokio::task::spawn_local(counted).abort_handle();
    if handshakes.push(handshake) == Room::OldestDropped {
        count(door.counters().no_room());
        tracing::debug!(kind = D::KIND, "dropped the oldest silent connection to make room");
    }
}
