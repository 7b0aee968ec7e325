//! Admits connections, whichever thread serves them, and tells connections to close.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cordboard_actors::ledger::Ledger;
use cordboard_actors::live_count::Live;
use cordboard_schema::call::LegCarrier;
use cordboard_schema::limits::{HTTP_CONNECTIONS_LEAVING_MAX, HTTP_CONNECTIONS_OF_ADDRESS_MAX};
use tokio::sync::Notify;
use tokio::time::Instant;

use super::admission::{Admission, Arrival, Bounds, ConnectionId, Standing, TooMany};
use crate::config::{Config, Networks};
use crate::open_files::Shares;
use crate::web::attempts::household;

/// Admits connections. Clones are the same entrance.
#[derive(Clone)]
pub(super) struct Entrance(Arc<Inner>);

struct Inner {
    trusted_proxies: Option<Networks>,
    ledger: Ledger,
    book: Mutex<Book>,
    /// Notified when a connection has gone.
    left: Notify,
}

struct Book {
    admission: Admission,
    cuts: HashMap<ConnectionId, Cut>,
}

/// Tells a connection to close at once, from any thread. Clones are for the same connection.
#[derive(Clone, Debug, Default)]
pub(in crate::web) struct Cut(Arc<Notify>);

/// A connection's place; dropping it reports that the connection is gone.
pub(super) struct Seat {
    pub(super) place: Place,
    _counted: Live,
}

/// A connection's place in the entrance. Holding it does not keep the connection open.
#[derive(Clone)]
pub(super) struct Place {
    id: ConnectionId,
    entrance: Entrance,
    pub(super) cut: Cut,
}

/// Address that a connection counts for, if its address has a limit. Trusted proxies and this machine have none: a proxy connects from its own
/// address for everybody, also on this machine, and the dialplans of a local switch send their requests from here. A program on this machine has
/// easier ways to stop us, and the total limits apply to it.
pub(in crate::web) fn counted_as(address: IpAddr, trusted_proxies: Option<&Networks>) -> Option<IpAddr> {
    let is_exempt = address.to_canonical().is_loopback()
        || trusted_proxies.is_some_and(|networks| networks.contains(address));
    (!is_exempt).then(|| household(address))
}

impl Cut {
    /// Tells the connection to close: whatever is running on it is dropped.
    pub(in crate::web) fn now(&self) {
        self.0.notify_one();
    }

    /// Waits until the connection is told to close.
    pub(super) async fn requested(&self) {
        self.0.notified().await;
    }
}

impl Entrance {
    /// An entrance with HTTP's share of the files.
    pub(super) fn new(config: &Config, shares: &Shares, ledger: Ledger) -> Self {
        let bounds = Bounds {
            all: shares.http,
            sockets: shares.sockets,
            requests: shares.http - shares.sockets,
            of_address: HTTP_CONNECTIONS_OF_ADDRESS_MAX,
        };
        Self::bounded(bounds, config.http.trusted_proxies.clone(), ledger)
    }

    /// An entrance with these limits.
    pub(super) fn bounded(bounds: Bounds, trusted_proxies: Option<Networks>, ledger: Ledger) -> Self {
        Self(Arc::new(Inner {
            trusted_proxies,
            ledger,
            book: Mutex::new(Book { admission: Admission::new(bounds), cuts: HashMap::new() }),
            left: Notify::new(),
        }))
    }

    /// Admits a client that connects now, in place of another if there are too many.
    pub(super) fn admit(&self, peer: SocketAddr, now: Instant) -> Result<Seat, TooMany> {
        let address = counted_as(peer.ip(), self.0.trusted_proxies.as_ref());
        let legs = self.legs();
        let mut book = self.book();
        let (id, instead_of) = match book.admission.arrive(address, legs, now) {
            Arrival::Admitted { id, instead_of } => (id, instead_of),
            Arrival::Refused(why) => return Err(why),
        };
        if let Some(cut) = instead_of.and_then(|oldest| book.cuts.get(&oldest)) {
            cut.now();
        }
        let cut = Cut::default();
        book.cuts.insert(id, cut.clone());
        drop(book);
        let counted = self.0.ledger.http_connections.one_more();
        Ok(Seat { place: Place { id, entrance: self.clone(), cut }, _counted: counted })
    }

    /// Waits until all but a few of the connections that were told to close are gone, because nothing counts their files.
    pub(super) async fn until_there_is_room(&self) {
        while self.book().admission.leaving() >= HTTP_CONNECTIONS_LEAVING_MAX {
            self.0.left.notified().await;
        }
    }

    /// WebSockets whose files count for their calls.
    fn legs(&self) -> usize {
        self.0.ledger.legs_by(LegCarrier::Http)
    }

    /// A panic under this lock leaves at worst a place that is not in use.
    fn book(&self) -> MutexGuard<'_, Book> {
        self.0.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    /// Sets the state of the connection.
    pub(super) fn set_standing(&self, standing: Standing) {
        self.entrance.book().admission.set_standing(self.id, standing);
    }

    /// Whether it may become a WebSocket.
    pub(super) fn may_be_socket(&self) -> bool {
        let legs = self.entrance.legs();
        self.entrance.book().admission.has_room_for_socket(legs)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let Place { id, entrance, .. } = &self.place;
        let mut book = entrance.book();
        book.admission.gone(*id);
        book.cuts.remove(id);
        drop(book);
        entrance.0.left.notify_one();
    }
}
