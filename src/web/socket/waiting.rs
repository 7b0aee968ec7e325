//! WebSockets that are open and have not said yet whose they are: how many may be, and who goes for the next.
//!
//! Anybody may open one. Whoever belongs to a call says so at once, so at the most the oldest goes: it has been silent for the
//! longest. Each kind of socket has a room of its own: strangers at one leave the others alone.

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

/// The sockets of one kind that wait. Clones are the same.
#[derive(Clone)]
pub(in crate::web) struct WaitingRoom {
    guests: Arc<Mutex<Guests<Option<Cut>>>>,
    trusted_proxies: Option<Networks>,
}

/// The place of a socket that waits; dropping it says that it waits no more.
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

    /// For media streams, whose opening Twilio has signed: they all come from a few addresses.
    pub(in crate::web) fn of_twilio() -> Self {
        let guests = Guests::new(TWILIO_HANDSHAKES_MAX, TWILIO_HANDSHAKES_MAX);
        Self { guests: Arc::new(Mutex::new(guests)), trusted_proxies: None }
    }

    /// Lets no more wait than there are files for.
    pub(in crate::web) fn keep_to(&self, most: usize) {
        let mut guests = self.guests();
        guests.most = guests.most.min(most.max(1));
    }

    /// A place for the socket that this request has opened, for another's where there are too many.
    pub(super) fn enter(&self, request: &HttpRequest) -> Waiting {
        let arrival = arrival(request);
        let address = match arrival.way() {
            // A proxy that names no client, or two that differ, is counted itself: a client who makes it do so gains no room.
            RequestOrigin::Trusted => arrival.client().map(household),
            RequestOrigin::Direct | RequestOrigin::Untrusted => {
                arrival.client().and_then(|client| counted_as(client, self.trusted_proxies.as_ref()))
            }
        };
        let cut = request.conn_data::<Rc<Connection>>().map(|connection| connection.cut().clone());
        let (number, gone) = self.guests().enter(address, cut);
        if let Some(cut) = gone.flatten() {
            tracing::debug!("the oldest silent WebSocket went for another");
            cut.now();
        }
        Waiting { number, room: self.clone() }
    }

    /// A panic under this lock leaves at worst a place that nobody has, until it is the oldest.
    fn guests(&self) -> MutexGuard<'_, Guests<Option<Cut>>> {
        self.guests.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.room.guests().by_number.remove(&self.number);
    }
}

/// Waiting sockets, by a number that is never used twice: the oldest is the first. Pure.
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

    /// Somebody comes, from an address that has a bound or from another: their number, and who has to go.
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
