//! Open WebSockets that have not authenticated yet: how many there may be, and which one closes for the next.
//!
//! Anybody may open one. A client that belongs to a call authenticates at once, so at the limit the oldest is closed: it has been silent for the
//! longest. Each kind of socket has a room of its own, so strangers at one don't affect the others.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::rc::Rc;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use actix_web::HttpRequest;
use cordboard_schema::limits::{
    TWILIO_HANDSHAKES_MAX, WEB_AUDIO_HANDSHAKES_MAX, WEB_AUDIO_HANDSHAKES_OF_ADDRESS_MAX,
};

use crate::config::Networks;
use crate::web::arrival::RequestOrigin;
use crate::web::arriving::arrival;
use crate::web::attempts::household;
use crate::web::server::{Connection, Cut, counted_as};

/// The waiting sockets of one kind. Clones share them.
#[derive(Clone)]
pub(in crate::web) struct WaitingRoom {
    guests: Arc<Mutex<Guests<Option<Cut>>>>,
    trusted_proxies: Option<Networks>,
}

/// The place of a waiting socket; dropping it reports that it no longer waits.
pub(super) struct Waiting {
    number: u64,
    room: WaitingRoom,
}

impl WaitingRoom {
    /// For the audio of browsers.
    pub(in crate::web) fn of_browsers(trusted_proxies: Option<Networks>) -> Self {
        let guests = Guests::new(WEB_AUDIO_HANDSHAKES_MAX, WEB_AUDIO_HANDSHAKES_OF_ADDRESS_MAX);
        Self { guests: Arc::new(Mutex::new(guests)), trusted_proxies }
    }

    /// For media streams, whose opening Twilio has signed: all of them come from a few addresses.
    pub(in crate::web) fn of_twilio() -> Self {
        let guests = Guests::new(TWILIO_HANDSHAKES_MAX, TWILIO_HANDSHAKES_MAX);
        Self { guests: Arc::new(Mutex::new(guests)), trusted_proxies: None }
    }

    /// Limits the waiting sockets to the available files.
    pub(in crate::web) fn keep_to(&self, most: usize) {
        let mut guests = self.guests();
        guests.most = guests.most.min(most.max(1));
    }

    /// A place for the socket that this request has opened, in place of another if there are too many.
    pub(super) fn enter(&self, request: &HttpRequest) -> Waiting {
        let arrival = arrival(request);
        let address = match arrival.way() {
            // A proxy that names no client, or two different ones, is counted itself, so a client that causes this gains no room.
            RequestOrigin::Trusted => arrival.client().map(household),
            RequestOrigin::Direct | RequestOrigin::Untrusted => {
                arrival.client().and_then(|client| counted_as(client, self.trusted_proxies.as_ref()))
            }
        };
        let cut = request.conn_data::<Rc<Connection>>().map(|connection| connection.cut().clone());
        let (number, gone) = self.guests().enter(address, cut);
        if let Some(cut) = gone.flatten() {
            tracing::debug!("the oldest silent WebSocket was closed to make room");
            cut.now();
        }
        Waiting { number, room: self.clone() }
    }

    /// A panic under this lock leaves at worst a place that is not in use, until it is the oldest.
    fn guests(&self) -> MutexGuard<'_, Guests<Option<Cut>>> {
        self.guests.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.room.guests().by_number.remove(&self.number);
    }
}

/// Waiting sockets, by a number that is never reused: the first is the oldest. Pure.
struct Guests<G> {
    most: usize,
    of_address: usize,
    next: u64,
    by_number: BTreeMap<u64, (Option<IpAddr>, G)>,
}

impl<G> Guests<G> {
    fn new(most: usize, of_address: usize) -> Self {
        Self { most, of_address, next: 0, by_number: BTreeMap::new() }
    }

    /// A socket comes, from an address with or without a limit; returns its number, and the socket that has to close.
    fn enter(&mut self, address: Option<IpAddr>, guest: G) -> (u64, Option<G>) {
        let own = || self.by_number.iter().filter(|(_, (of, _))| address.is_some() && *of == address);
        let oldest = if own().count() >= self.of_address {
            own().next().map(|(number, _)| *number)
        } else if self.by_number.len() >= self.most {
            self.by_number.keys().next().copied()
        } else {
            None
        };
        let gone = oldest.and_then(|number| self.by_number.remove(&number)).map(|(_, guest)| guest);
        let number = self.next;
        self.next += 1;
        self.by_number.insert(number, (address, guest));
        (number, gone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(last: u8) -> Option<IpAddr> {
        Some(IpAddr::from([192, 0, 2, last]))
    }

    #[test]
    fn newcomers_replace_the_oldest_at_their_address_or_overall() {
        let mut guests = Guests::new(4, 2);
        assert_eq!(guests.enter(address(9), "visitor").1, None);
        assert_eq!(guests.enter(address(1), "first").1, None);
        assert_eq!(guests.enter(address(1), "second").1, None);
        assert_eq!(guests.enter(address(1), "third").1, Some("first"), "not the visitor");
        assert_eq!(guests.enter(None, "by proxy").1, None);
        assert_eq!(guests.enter(None, "by proxy again").1, Some("visitor"), "all places are taken");
        assert_eq!(guests.enter(None, "a third by proxy").1, Some("second"));
        assert_eq!(guests.by_number.len(), 4);
    }
}
