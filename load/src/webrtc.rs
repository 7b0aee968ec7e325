//! A WebRTC connection as a browser makes it: an offer over HTTP, a UDP socket, and a clock of 20 ms.

use std::cell::Cell;
use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::rc::Rc;
use std::time::{Duration, Instant};

use cordboard_rtc::{Peer, PeerFault, Remote};
use rand::Rng as _;
use tokio::net::UdpSocket;
use tokio::task::{JoinHandle, spawn_local};
use tokio::time::{MissedTickBehavior, interval_at, sleep, timeout};

use super::organization::Organization;

/// Interval of frames.
pub(super) const FRAME: Duration = Duration::from_millis(20);

/// How long connecting may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(60);

/// Interval of checks whether it is connected.
const POLL_INTERVAL: Duration = Duration::from_millis(5);

/// Maximum bytes of a datagram.
const DATAGRAM_BYTES_MAX: usize = 2_048;

/// A party on a connection.
pub(super) trait Party {
    /// Handles a tick of 20 ms: something is sent, and heard. `late` is how late the clock is.
    ///
    /// # Errors
    /// Fails if the connection is broken.
    fn frame(&mut self, peer: &mut Peer, now: Instant, late: Duration) -> Result<(), PeerFault>;
}

/// A connection that is up. Dropping it stops the sound without telling the server.
pub(super) struct Connection {
    /// Address at which the connection is ended.
    location: String,
    visitor: IpAddr,
    state: Rc<State>,
    task: JoinHandle<()>,
}

#[derive(Debug, Default)]
struct State {
    is_connected: Cell<bool>,
    loss_percent: Cell<u8>,
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").field("state", &self.state).finish_non_exhaustive()
    }
}

impl Connection {
    /// Offers a connection to the target of this token, for a visitor at this address, and waits until it is up.
    ///
    /// # Errors
    /// A sentence with the cause.
    pub(super) async fn open(
        organization: &Organization,
        token: &str,
        visitor: IpAddr,
        party: Box<dyn Party>,
    ) -> Result<Self, String> {
        let failed = |error: &dyn fmt::Display| format!("a connection of WebRTC: {error}");
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(|error| failed(&error))?;
        let at = socket.local_addr().map_err(|error| failed(&error))?;
        let mut peer = Peer::new(Instant::now(), Remote::udp(at)).map_err(|error| failed(&error))?;
        let offer = peer.offer().map_err(|error| failed(&error))?;
        let (location, answer) = organization.offer(token, offer, visitor).await?;
        peer.accept(&answer).map_err(|error| failed(&error))?;
        let state = Rc::<State>::default();
        let task = spawn_local(run(peer, socket, Rc::clone(&state), party));
        let connection = Self { location, visitor, state, task };
        let connected = async {
            while !connection.state.is_connected.get() {
                sleep(POLL_INTERVAL).await;
            }
        };
        match timeout(CONNECT_TIMEOUT, connected).await {
            Ok(()) => Ok(connection),
            Err(_) => Err(failed(&format!("it is not up after {} s", CONNECT_TIMEOUT.as_secs()))),
        }
    }

    /// Loses this percentage of datagrams from now on, each way.
    pub(super) fn lose(&self, percent: u8) {
        self.state.loss_percent.set(percent);
    }

    /// Hangs up as a page does, over HTTP.
    ///
    /// # Errors
    /// Fails if the server does not know the connection.
    pub(super) async fn hang_up(self, organization: &Organization) -> Result<(), String> {
        organization.end(self.location.clone(), self.visitor).await
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Keeps a connection until it breaks or is no longer needed.
async fn run(peer: Peer, socket: UdpSocket, state: Rc<State>, party: Box<dyn Party>) {
    // The server notices that it has ended, and so does everything that waits for sound.
    let _ended: Result<(), PeerFault> = Line { peer, socket, state, party }.talk().await;
}

struct Line {
    peer: Peer,
    socket: UdpSocket,
    state: Rc<State>,
    party: Box<dyn Party>,
}

impl Line {
    async fn talk(mut self) -> Result<(), PeerFault> {
        let first = Instant::now() + FRAME.mul_f64(rand::random::<f64>());
        let mut ticks = interval_at(first.into(), FRAME);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
        let mut datagram = [0; DATAGRAM_BYTES_MAX];
        loop {
            tokio::select! {
                due = ticks.tick() => {
                    let now = Instant::now();
                    if self.peer.is_connected() {
                        self.state.is_connected.set(true);
                        self.party.frame(&mut self.peer, now, now.saturating_duration_since(due.into_std()))?;
                    }
                }
                received = self.socket.recv_from(&mut datagram) => self.receive(received, &mut datagram)?,
            }
            self.peer.tick(Instant::now())?;
            self.send();
        }
    }

    /// Reads everything that has arrived. An error of the system refers to a sent datagram, or says that nothing is there.
    fn receive(
        &mut self,
        first: io::Result<(usize, SocketAddr)>,
        datagram: &mut [u8],
    ) -> Result<(), PeerFault> {
        let mut received = first;
        while let Ok((length, from)) = received {
            if !self.is_lost() {
                self.peer.receive(Instant::now(), Remote::udp(from), &datagram[..length])?;
            }
            received = self.socket.try_recv_from(datagram);
        }
        Ok(())
    }

    fn send(&mut self) {
        while let Some(datagram) = self.peer.next_datagram() {
            if !self.is_lost() {
                // A datagram that the system does not accept is lost, as on the network.
                let _ = self.socket.try_send_to(&datagram.bytes, datagram.to.at);
            }
        }
    }

    fn is_lost(&self) -> bool {
        let percent = self.state.loss_percent.get();
        percent > 0 && rand::rng().random_range(0..100) < percent
    }
}
