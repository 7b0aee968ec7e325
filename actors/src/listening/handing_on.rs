//! The end of a handshake at a port of calls: reports the connection to the registry, or counts and logs the fault.

use std::error::Error;
use std::net::SocketAddr;
use std::sync::atomic::AtomicU64;

use actix::Message;

use super::tally::{Tally, count};
use crate::line::PendingRequest;
use crate::messages::{RegistryLine, ToRegistry};

/// Why a handshake failed, for the log.
pub(crate) trait HandshakeFault: Error {
    /// The counters of the port.
    type Counters: Tally;

    /// Returns the party to blame, with the counter of such connections.
    fn blame<'c>(&self, counters: &'c Self::Counters) -> Blame<'c>;
}

/// The party to blame for a failed handshake.
#[derive(Debug)]
pub(crate) enum Blame<'c> {
    /// No one: a port scanner, a health check, a caller who hung up.
    Harmless(&'c AtomicU64),
    /// A peer that does not belong here. The text is for the log.
    Peer(&'c AtomicU64, &'static str),
    /// The settings of a switch that does belong here; the fault names the fix.
    Switch(&'c AtomicU64),
    /// This server.
    Server,
}

/// Counts and logs why a handshake with `peer` failed. Anyone can cause failed handshakes as often as they like: at level debug
/// all of them are logged, otherwise one a minute.
pub(crate) fn report<F: HandshakeFault>(fault: &F, peer: SocketAddr, counters: &F::Counters) {
    let cause = fault.source();
    match fault.blame(counters) {
        Blame::Harmless(counter) => {
            count(counter);
            tracing::debug!(%peer, ?cause, "{fault}");
        }
        Blame::Peer(counter, sentence) => {
            count(counter);
            match counters.about_strangers().again() {
                Some(left_out) => tracing::warn!(%peer, error = %fault, left_out, "{sentence}"),
                None => tracing::debug!(%peer, error = %fault, "{sentence}"),
            }
        }
        Blame::Switch(counter) => {
            count(counter);
            match counters.about_switches().again() {
                Some(left_out) => tracing::error!(%peer, left_out, "{fault}"),
                None => tracing::debug!(%peer, "{fault}"),
            }
        }
        Blame::Server => tracing::error!(%peer, ?cause, "{fault}"),
    }
}

/// Counts a connection with `peer` and reports it to the registry with this message, waiting until the registry has it. A
/// connection that the registry can't take is closed; the log calls it `connection`, for example `a control connection`.
pub(crate) async fn hand_on<M, T>(
    arrived: M,
    (peer, connection): (SocketAddr, &'static str),
    registry: &RegistryLine,
    counters: &T,
) where
    M: Message<Result: Send>,
    ToRegistry: From<PendingRequest<M>>,
    T: Tally,
{
    count(counters.arrived());
    if let Err(cause) = registry.ask(arrived).await {
        tracing::warn!(%peer, %cause, "{connection} was closed");
    }
}
