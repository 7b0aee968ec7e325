//! A network with weather: a proxy between two sides that speak UDP, which loses and delays datagrams by a seed.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tokio::net::UdpSocket;
use tokio::runtime::Builder;
use tokio::sync::oneshot;
use tokio::time::sleep;

/// The most bytes of a datagram.
const DATAGRAM_BYTES_MAX: usize = 2_048;

/// How datagrams are treated, both ways.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Weather {
    /// How many of a hundred are lost.
    pub loss_percent: u64,
    /// The longest delay in ms. Each datagram has a delay of its own, so that they overtake one another.
    pub jitter_ms: u64,
}

#[derive(Debug)]
struct Sky {
    weather: Mutex<Weather>,
    /// The state of a generator (xorshift64).
    chance: AtomicU64,
    lost: AtomicU64,
}

impl Sky {
    fn next(&self) -> u64 {
        let step = |mut x: u64| {
            x ^= x << 13;
            x ^= x >> 7;
            x ^ (x << 17)
        };
        let before = self.chance.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |x| Some(step(x)));
        before.map_or(1, step) >> 16
    }

    /// The delay of the next datagram; `None` where it is lost.
    fn delay(&self) -> Option<Duration> {
        let Weather { loss_percent, jitter_ms } =
            *self.weather.lock().unwrap_or_else(PoisonError::into_inner);
        if self.next() % 100 < loss_percent {
            self.lost.fetch_add(1, Ordering::Relaxed);
            return None;
        }
        Some(Duration::from_millis(self.next() % (jitter_ms + 1)))
    }
}

/// A proxy on a free port of 127.0.0.1. It ends on drop.
#[derive(Debug)]
pub struct UdpProxy {
    address: SocketAddr,
    sky: Arc<Sky>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl UdpProxy {
    /// Forwards what arrives to `to`, and the answers back, at first without loss or delay.
    ///
    /// # Errors
    /// There is no free port.
    pub fn start(to: SocketAddr, seed: u64) -> io::Result<Self> {
        let socket = std::net::UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        socket.set_nonblocking(true)?;
        let address = socket.local_addr()?;
        let sky = Arc::new(Sky {
            weather: Mutex::default(),
            chance: AtomicU64::new(seed | 1),
            lost: AtomicU64::new(0),
        });
        let above = Arc::clone(&sky);
        let (stop, stopped) = oneshot::channel();
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let thread = thread::spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    end = forward(socket, to, above) => eprintln!("the UDP proxy ended: {end:?}"),
                    _ = stopped => {}
                }
            });
        });
        Ok(Self { address, sky, stop: Some(stop), thread: Some(thread) })
    }

    /// The address to send to.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Changes the weather from now on.
    pub fn becomes(&self, weather: Weather) {
        *self.sky.weather.lock().unwrap_or_else(PoisonError::into_inner) = weather;
    }

    /// The number of datagrams that were lost so far.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.sky.lost.load(Ordering::Relaxed)
    }
}

impl Drop for UdpProxy {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Each sender has a socket of their own to the other side.
async fn forward(socket: std::net::UdpSocket, to: SocketAddr, sky: Arc<Sky>) -> io::Result<()> {
    let socket = Arc::new(UdpSocket::from_std(socket)?);
    let mut upward: HashMap<SocketAddr, Arc<UdpSocket>> = HashMap::new();
    let mut datagram = vec![0; DATAGRAM_BYTES_MAX];
    loop {
        let (length, from) = socket.recv_from(&mut datagram).await?;
        let up = match upward.entry(from) {
            Entry::Occupied(known) => Arc::clone(known.get()),
            Entry::Vacant(new) => {
                let up = Arc::new(UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await?);
                up.connect(to).await?;
                tokio::spawn(answer(Arc::clone(&up), Arc::clone(&socket), from, Arc::clone(&sky)));
                Arc::clone(new.insert(up))
            }
        };
        let bytes = datagram[..length].to_vec();
        if let Some(delay) = sky.delay() {
            tokio::spawn(async move {
                sleep(delay).await;
                let _ = up.send(&bytes).await;
            });
        }
    }
}

async fn answer(up: Arc<UdpSocket>, down: Arc<UdpSocket>, to: SocketAddr, sky: Arc<Sky>) {
    let mut datagram = vec![0; DATAGRAM_BYTES_MAX];
    loop {
        // An error belongs to an earlier datagram.
        let Ok(length) = up.recv(&mut datagram).await else { continue };
        let (down, bytes) = (Arc::clone(&down), datagram[..length].to_vec());
        if let Some(delay) = sky.delay() {
            tokio::spawn(async move {
                sleep(delay).await;
                let _ = down.send_to(&bytes, to).await;
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn datagrams_come_back_except_for_the_set_loss() {
        let echo = std::net::UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let to = echo.local_addr().unwrap();
        thread::spawn(move || {
            let mut datagram = [0; 64];
            while let Ok((length, from)) = echo.recv_from(&mut datagram) {
                let _ = echo.send_to(&datagram[..length], from);
            }
        });
        let proxy = UdpProxy::start(to, 7).unwrap();
        let socket = std::net::UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        socket.set_read_timeout(Some(Duration::from_millis(500))).unwrap();
        socket.send_to(b"fair", proxy.address()).unwrap();
        let mut datagram = [0; 64];
        assert_eq!(socket.recv(&mut datagram).unwrap(), 4);
        proxy.becomes(Weather { loss_percent: 30, jitter_ms: 5 });
        for _ in 0..200 {
            socket.send_to(b"x", proxy.address()).unwrap();
        }
        while socket.recv(&mut datagram).is_ok() {}
        // 200 up, and the rest of them down: 30 % of some 340.
        assert!((60..150).contains(&proxy.lost()), "{}", proxy.lost());
    }
}
