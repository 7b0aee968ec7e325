//! All connections of one UDP port: their number, their timeouts, and the owner of each datagram.
//!
//! An ICE check names its connection in the first half of its USERNAME, and must be signed with that connection's password. From then on all
//! datagrams from its address go to that connection. Datagrams from any other address are dropped without an answer.
//!
//! If a peer has answered at an address, the address becomes another connection's only when that connection's peer answers there as well. So nobody
//! takes a peer's datagrams by forging its address on a check of their own.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use ring::rand::SystemRandom;
use str0m::ice::StunMessage;

use crate::connection::{Common, Connection, Ended, Happening, Quality};
use crate::crypto::{Certificate, provider};
use crate::offer::OfferFault;
use crate::remote::{OurAddress, Remote};
use crate::restart::RestartFault;
use crate::stun;
use crate::voice::FRAME_SAMPLES;

/// A connection of a hub.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConnectionId(pub u64);

/// A datagram to be sent, or that was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Datagram {
    /// The recipient.
    pub to: Remote,
    /// The bytes.
    pub bytes: Vec<u8>,
}

/// Limits of a hub.
#[derive(Clone, Debug)]
pub struct HubSettings {
    /// Addresses at which browsers reach the port, the best first.
    pub addresses: Vec<OurAddress>,
    /// Whether a TCP port with the same number is open, for peers that UDP does not reach.
    pub accepts_tcp: bool,
    /// Maximum connections.
    pub connections_max: usize,
    /// Maximum connections that were answered and are not up yet.
    pub unmade_max: usize,
    /// Time limit for establishing a connection.
    pub unmade_for: Duration,
    /// Longest silence of an established connection.
    pub silent_for: Duration,
    /// Maximum lines of an offer.
    pub offer_lines_max: usize,
    /// Maximum different addresses of one peer that are passed to its connection, until its ICE restarts.
    pub addresses_max: usize,
    /// Maximum signed checks of one peer, from addresses that have answered, that are processed in a second.
    pub questions_per_s_max: u32,
    /// Maximum other datagrams of one peer that are processed in a second, and maximum answers to our checks.
    pub datagrams_per_s_max: u32,
    /// Maximum bytes of one text of a peer. Longer texts are dropped.
    pub text_bytes_max: usize,
}

/// Why an offer is not answered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoConnection {
    /// It can't be answered.
    #[error(transparent)]
    Offer(#[from] OfferFault),
    /// The maximum of connections, or of pending ones, is reached.
    #[error("the maximum number of connections is reached: try again in a moment")]
    Full,
}

/// The connections of one port.
pub struct Hub {
    settings: HubSettings,
    common: Common,
    /// Ordered by their offers, so that a repeated run gives the same datagrams in the same order. Boxed, because one has some 20 KB besides what it
    /// points to, and a map keeps room for up to twice as many entries.
    connections: BTreeMap<ConnectionId, Box<Connection>>,
    by_ufrag: HashMap<String, ConnectionId>,
    by_address: HashMap<Remote, ConnectionId>,
    /// Addresses of another connection, with the connection that last sent a check from there and whose peer has not answered there yet.
    claimed: HashMap<Remote, ConnectionId>,
    last_id: u64,
    out: VecDeque<Datagram>,
    happened: VecDeque<(ConnectionId, Happening)>,
}

impl std::fmt::Debug for Hub {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hub").field("connections", &self.connections.len()).finish_non_exhaustive()
    }
}

impl Hub {
    /// Makes a hub without connections.
    pub fn new(settings: HubSettings, certificate: Certificate) -> Self {
        let common = Common {
            certificate,
            provider: provider(),
            addresses: settings.addresses.clone().into(),
            accepts_tcp: settings.accepts_tcp,
            offer_lines_max: settings.offer_lines_max,
            addresses_max: settings.addresses_max,
            questions_per_s_max: settings.questions_per_s_max,
            datagrams_per_s_max: settings.datagrams_per_s_max,
            text_bytes_max: settings.text_bytes_max,
            random: SystemRandom::new(),
        };
        Self {
            settings,
            common,
            connections: BTreeMap::new(),
            by_ufrag: HashMap::new(),
            by_address: HashMap::new(),
            claimed: HashMap::new(),
            last_id: 0,
            out: VecDeque::new(),
            happened: VecDeque::new(),
        }
    }

    /// Number of connections that are up or pending.
    pub fn count(&self) -> usize {
        self.connections.len()
    }

    /// Answers an offer (RFC 8829) with an SDP.
    ///
    /// # Errors
    /// Fails if it can't be answered, or there is no room.
    pub fn offer(&mut self, now: Instant, offer: &str) -> Result<(ConnectionId, String), NoConnection> {
        let unmade =
            self.connections.values().filter(|connection| connection.unmade_since().is_some()).count();
        if self.connections.len() >= self.settings.connections_max || unmade >= self.settings.unmade_max {
            return Err(NoConnection::Full);
        }
        let common = &self.common;
        // An offer that makes the library panic only breaks itself.
        let answered = catch_unwind(AssertUnwindSafe(|| Connection::answer(common, offer, now)));
        let broken = |_| OfferFault::Malformed("it breaks the reader".to_owned());
        let (connection, answer) = answered.map_err(broken).flatten()?;
        self.last_id += 1;
        let id = ConnectionId(self.last_id);
        self.by_ufrag.insert(connection.ufrag().to_owned(), id);
        self.connections.insert(id, Box::new(connection));
        self.collect(id);
        Ok((id, answer))
    }

    /// Handles a piece of SDP (RFC 8840). Answers with one if the peer restarts its ICE.
    ///
    /// # Errors
    /// Fails if there is no such connection, or it does not accept the piece.
    pub fn patch(&mut self, id: ConnectionId, fragment: &str) -> Result<Option<String>, RestartFault> {
        let patched = self.with(id, |_, connection| {
            let before = connection.ufrag().to_owned();
            let piece = connection.patch(fragment);
            (before, connection.ufrag().to_owned(), piece)
        });
        let (before, after, piece) = patched.ok_or(RestartFault::Gone)?;
        self.rename(id, &before, after)?;
        piece
    }

    /// Updates the name of a connection. One that has ended in the meantime gets none.
    fn rename(&mut self, id: ConnectionId, before: &str, after: String) -> Result<(), RestartFault> {
        if !self.connections.contains_key(&id) {
            return Err(RestartFault::Gone);
        }
        if before != after {
            self.by_ufrag.remove(before);
            self.by_ufrag.insert(after, id);
        }
        Ok(())
    }

    /// Handles a datagram from the port.
    pub fn receive(&mut self, now: Instant, from: Remote, datagram: &[u8]) {
        let id = if stun::is_request(datagram) {
            self.checked_connection(from, datagram)
        } else {
            self.take_claimed(now, from, datagram);
            self.by_address.get(&from).copied()
        };
        let Some(id) = id else { return };
        self.with(id, |common, connection| connection.receive(common, now, from, datagram));
    }

    /// Does what is due. Call it every 20 ms.
    pub fn tick(&mut self, now: Instant) {
        let due: Vec<ConnectionId> = self.connections.keys().copied().collect();
        for id in due {
            self.with(id, |common, connection| connection.tick(common, now));
            let Some(connection) = self.connections.get(&id) else { continue };
            let unmade = connection.unmade_since().map(|since| now.saturating_duration_since(since));
            if unmade.is_some_and(|passed| passed >= self.settings.unmade_for) {
                self.remove(id, Ended::NeverMade);
            } else if now.saturating_duration_since(connection.heard_at) >= self.settings.silent_for {
                self.remove(id, Ended::Silent);
            }
        }
    }

    /// Notes the highest rate, in samples a second, at which a part of the peer's next frame was spoken. A peer that hears only telephones is sent
    /// sound as narrow as theirs. Without these notes all of the sound is sent.
    pub fn spoken_at(&mut self, id: ConnectionId, rate_hz: u32) {
        self.with(id, |_, connection| connection.spoken_at(rate_hz));
    }

    /// Sends a peer 20 ms of sound at [`RATE_HZ`](crate::RATE_HZ); none means silence. Call it every 20 ms.
    pub fn send_sound(&mut self, id: ConnectionId, now: Instant, frame: Option<&[i16; FRAME_SAMPLES]>) {
        self.with(id, |_, connection| connection.send_sound(now, frame));
    }

    /// Returns the next 20 ms of a peer's sound at [`RATE_HZ`](crate::RATE_HZ). Call it every 20 ms.
    pub fn hear(&mut self, id: ConnectionId, now: Instant) -> Option<[i16; FRAME_SAMPLES]> {
        self.with(id, |_, connection| connection.hear(now))
    }

    /// Sends a peer a text over its data channel, if it has one.
    pub fn send_text(&mut self, id: ConnectionId, text: String) {
        self.with(id, |_, connection| connection.send_text(text));
    }

    /// Ends a connection and informs its peer.
    pub fn end(&mut self, id: ConnectionId) {
        self.with(id, |_, connection| connection.close());
        self.forget(id);
    }

    /// The current quality of a connection.
    pub fn quality(&self, id: ConnectionId, now: Instant) -> Option<Quality> {
        self.connections.get(&id).map(|connection| connection.quality(now))
    }

    /// The next datagram to be sent.
    pub fn next_datagram(&mut self) -> Option<Datagram> {
        self.out.pop_front()
    }

    /// The next event.
    pub fn next_happening(&mut self) -> Option<(ConnectionId, Happening)> {
        self.happened.pop_front()
    }

    /// Whether datagrams from this address belong to a connection.
    pub fn knows(&self, remote: Remote) -> bool {
        self.by_address.contains_key(&remote)
    }

    /// Returns the connection to which an ICE check is addressed, if the check is allowed.
    fn checked_connection(&mut self, from: Remote, datagram: &[u8]) -> Option<ConnectionId> {
        let message = StunMessage::parse(datagram).ok()?;
        let (ours, _) = message.split_username()?;
        let id = *self.by_ufrag.get(ours)?;
        let connection = self.connections.get_mut(&id)?;
        if !connection.is_signed(datagram) {
            return None;
        }
        if let Some(forgotten) = connection.admit(from) {
            for owners in [&mut self.by_address, &mut self.claimed] {
                if owners.get(&forgotten) == Some(&id) {
                    owners.remove(&forgotten);
                }
            }
        }
        let holder = self.by_address.get(&from).filter(|holder| **holder != id);
        let holder = holder.and_then(|holder| self.connections.get(holder));
        let owners = if holder.is_some_and(|holder| holder.has_answered(from)) {
            &mut self.claimed
        } else {
            &mut self.by_address
        };
        owners.insert(from, id);
        Some(id)
    }

    /// Gives an address to the connection that has claimed it, if this is the answer of that connection's peer.
    fn take_claimed(&mut self, now: Instant, from: Remote, datagram: &[u8]) {
        let Some(id) = self.claimed.get(&from).copied() else { return };
        let claimant = self.connections.get_mut(&id);
        if claimant.is_some_and(|claimant| claimant.is_answered(now, from, datagram)) {
            self.claimed.remove(&from);
            let holder = self.by_address.insert(from, id);
            let holder = holder.filter(|holder| *holder != id);
            if let Some(holder) = holder.and_then(|holder| self.connections.get_mut(&holder)) {
                holder.give_up(from);
            }
        }
    }

    /// Runs an action on a connection. A connection that panics in it is removed.
    fn with<T>(&mut self, id: ConnectionId, act: impl FnOnce(&Common, &mut Connection) -> T) -> Option<T> {
        let connection: &mut Connection = self.connections.get_mut(&id)?;
        let common = &self.common;
        let done = catch_unwind(AssertUnwindSafe(|| act(common, connection)));
        if done.is_err() {
            self.remove(id, Ended::Broken);
            return None;
        }
        self.collect(id);
        done.ok()
    }

    fn collect(&mut self, id: ConnectionId) {
        let Some(connection) = self.connections.get_mut(&id) else { return };
        self.out.extend(std::iter::from_fn(|| connection.next_datagram()));
        self.happened
            .extend(std::iter::from_fn(|| connection.next_happening()).map(|happening| (id, happening)));
        if let Some(ended) = connection.ended() {
            self.remove(id, ended);
        }
    }

    fn remove(&mut self, id: ConnectionId, ended: Ended) {
        self.forget(id);
        self.happened.push_back((id, Happening::Ended(ended)));
    }

    fn forget(&mut self, id: ConnectionId) {
        self.connections.remove(&id);
        self.by_ufrag.retain(|_, of| *of != id);
        self.by_address.retain(|_, of| *of != id);
        self.claimed.retain(|_, of| *of != id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hub() -> Hub {
        let settings = HubSettings {
            addresses: Vec::new(),
            accepts_tcp: false,
            connections_max: 1,
            unmade_max: 1,
            unmade_for: Duration::from_secs(10),
            silent_for: Duration::from_secs(5),
            offer_lines_max: 1_000,
            addresses_max: 1,
            questions_per_s_max: 1,
            datagrams_per_s_max: 1,
            text_bytes_max: 1,
        };
        Hub::new(settings, Certificate::generate().unwrap())
    }

    #[test]
    fn a_connection_that_ends_before_its_restart_leaves_no_name() {
        let mut hub = hub();
        assert_eq!(hub.rename(ConnectionId(1), "before", "after".to_owned()), Err(RestartFault::Gone));
        assert!(hub.by_ufrag.is_empty());
    }
}
