//! A link that a test can cut: a proxy between two sides that speak TCP.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::free_ports::free_ports;

/// How often the threads check whether something has changed.
const LOOK_INTERVAL: Duration = Duration::from_millis(5);
/// How long the other side may take to accept.
const CONNECT_LIMIT: Duration = Duration::from_secs(5);

#[derive(Debug)]
struct Shared {
    address: SocketAddr,
    to: SocketAddr,
    /// `None` while the link is cut: nothing listens then.
    listener: Mutex<Option<TcpListener>>,
    /// Both ends of every connection since the last cut.
    ends: Mutex<Vec<TcpStream>>,
    taken: AtomicU64,
    stalled: AtomicBool,
    /// How late each piece from the other side is, in ms.
    late_ms: AtomicU64,
    stop: AtomicBool,
}

/// A proxy on a free port of 127.0.0.1. Everything ends on drop.
#[derive(Debug)]
pub struct TcpProxy {
    shared: Arc<Shared>,
    acceptor: Option<JoinHandle<()>>,
}

impl TcpProxy {
    /// Accepts connections and forwards each to one of its own at `to`, both ways.
    ///
    /// # Errors
    /// There is no free port.
    pub fn start(to: SocketAddr) -> io::Result<Self> {
        // The kernel does not give these ports to others while the link is cut.
        let port = free_ports(1).map_err(io::Error::other)?.start;
        let listener = listen((Ipv4Addr::LOCALHOST, port).into())?;
        let shared = Arc::new(Shared {
            address: listener.local_addr()?,
            to,
            listener: Mutex::new(Some(listener)),
            ends: Mutex::default(),
            taken: AtomicU64::new(0),
            stalled: AtomicBool::new(false),
            late_ms: AtomicU64::new(0),
            stop: AtomicBool::new(false),
        });
        let accepting = Arc::clone(&shared);
        let acceptor = thread::spawn(move || accepting.accept_all());
        Ok(Self { shared, acceptor: Some(acceptor) })
    }

    /// The address to connect to.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.shared.address
    }

    /// How many connections were accepted so far.
    #[must_use]
    pub fn connections(&self) -> u64 {
        self.shared.taken.load(Ordering::Relaxed)
    }

    /// Closes all connections now, on both sides, and refuses new ones until [`TcpProxy::restore`].
    pub fn cut(&self) {
        // The acceptor holds this lock while it accepts a connection, so none slips through.
        let mut listener = lock(&self.shared.listener);
        *listener = None;
        self.shared.close_all();
    }

    /// Keeps the connections and forwards nothing more, until [`TcpProxy::restore`].
    pub fn stall(&self) {
        self.shared.stalled.store(true, Ordering::Relaxed);
    }

    /// Delays each piece from the other side by this much from now on, one after the other.
    ///
    /// # Panics
    /// It is more than the milliseconds of a `u64`.
    #[expect(clippy::expect_used, reason = "a test stops where it fails")]
    pub fn answers_late(&self, late: Duration) {
        let late_ms = u64::try_from(late.as_millis()).expect("it is too long");
        self.shared.late_ms.store(late_ms, Ordering::Relaxed);
    }

    /// Accepts connections again after a cut, at the same address, and forwards again after a stall: what arrived in the meantime goes first.
    ///
    /// # Errors
    /// Another process has taken the port meanwhile.
    pub fn restore(&self) -> io::Result<()> {
        self.shared.stalled.store(false, Ordering::Relaxed);
        let mut listener = lock(&self.shared.listener);
        if listener.is_none() {
            *listener = Some(listen(self.shared.address)?);
        }
        Ok(())
    }
}

impl Drop for TcpProxy {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
        self.cut();
        if let Some(acceptor) = self.acceptor.take() {
            // Its panic is reported where it happened.
            let _ = acceptor.join();
        }
    }
}

impl Shared {
    fn accept_all(self: Arc<Self>) {
        while !self.stop.load(Ordering::Relaxed) {
            if !self.accept_one() {
                thread::sleep(LOOK_INTERVAL);
            }
        }
    }

    /// Accepts a connection, and returns whether there was one. Without the other side the connection is closed again at once.
    fn accept_one(self: &Arc<Self>) -> bool {
        let listener = lock(&self.listener);
        let Some(Ok((near, _))) = listener.as_ref().map(TcpListener::accept) else { return false };
        self.taken.fetch_add(1, Ordering::Relaxed);
        // A connection that fails here is closed: the client sees its end.
        let _ = self.join_ends(near);
        true
    }

    fn join_ends(self: &Arc<Self>, near: TcpStream) -> io::Result<()> {
        let far = TcpStream::connect_timeout(&self.to, CONNECT_LIMIT)?;
        for stream in [&near, &far] {
            stream.set_nonblocking(false)?;
            stream.set_nodelay(true)?;
            stream.set_read_timeout(Some(LOOK_INTERVAL))?;
            lock(&self.ends).push(stream.try_clone()?);
        }
        for (from, into, is_answer) in [(near.try_clone()?, far.try_clone()?, false), (far, near, true)] {
            let forwarding = Arc::clone(self);
            // It ends with its connection.
            thread::spawn(move || forwarding.forward(from, into, is_answer));
        }
        Ok(())
    }

    fn forward(&self, mut from: TcpStream, mut into: TcpStream, is_answer: bool) {
        let mut buffer = [0; 16 * 1024];
        loop {
            match from.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => {
                    if is_answer {
                        thread::sleep(Duration::from_millis(self.late_ms.load(Ordering::Relaxed)));
                    }
                    self.wait_flowing();
                    if into.write_all(&buffer[..count]).is_err() {
                        break;
                    }
                }
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
                Err(_) => break,
            }
        }
        // The end is passed on in its direction, also after a stall; a side that has already closed needs no notice.
        self.wait_flowing();
        let _ = into.shutdown(Shutdown::Write);
    }

    fn wait_flowing(&self) {
        while self.stalled.load(Ordering::Relaxed) && !self.stop.load(Ordering::Relaxed) {
            thread::sleep(LOOK_INTERVAL);
        }
    }

    fn close_all(&self) {
        for end in lock(&self.ends).drain(..) {
            // An error means that it has ended by itself.
            let _ = end.shutdown(Shutdown::Both);
        }
    }
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let listener = TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::waiting::wait_until;

    const LIMIT: Duration = Duration::from_secs(5);
    const SHORT: Duration = Duration::from_millis(100);

    /// A server that repeats each connection's bytes.
    fn repeater() -> SocketAddr {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                thread::spawn(move || io::copy(&mut stream.try_clone().unwrap(), &mut stream));
            }
        });
        address
    }

    fn connect(proxy: &TcpProxy) -> TcpStream {
        let stream = TcpStream::connect(proxy.address()).unwrap();
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        stream
    }

    fn repeats(stream: &mut TcpStream, word: &[u8]) {
        stream.write_all(word).unwrap();
        let mut heard = vec![0; word.len()];
        stream.read_exact(&mut heard).unwrap();
        assert_eq!(heard, word);
    }

    #[test]
    fn forwards_both_ways_and_passes_an_end_on() {
        let proxy = TcpProxy::start(repeater()).unwrap();
        let mut stream = connect(&proxy);
        repeats(&mut stream, b"one");
        stream.write_all(b"last").unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        let mut rest = String::new();
        stream.read_to_string(&mut rest).unwrap();
        assert_eq!(rest, "last");
    }

    #[test]
    fn a_cut_ends_and_refuses_connections_until_restored() {
        let proxy = TcpProxy::start(repeater()).unwrap();
        let mut stream = connect(&proxy);
        repeats(&mut stream, b"one");
        proxy.cut();
        assert_eq!(stream.read(&mut [0; 8]).unwrap(), 0);
        let refused = TcpStream::connect(proxy.address()).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
        proxy.restore().unwrap();
        repeats(&mut connect(&proxy), b"two");
        assert_eq!(proxy.connections(), 2);
    }

    #[test]
    fn a_stall_keeps_connections_and_holds_data_back() {
        let proxy = TcpProxy::start(repeater()).unwrap();
        let mut stream = connect(&proxy);
        repeats(&mut stream, b"one");
        proxy.stall();
        stream.write_all(b"two").unwrap();
        stream.set_read_timeout(Some(SHORT)).unwrap();
        let nothing = stream.read(&mut [0; 8]).unwrap_err();
        assert_eq!(nothing.kind(), ErrorKind::WouldBlock);
        proxy.restore().unwrap();
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        let mut heard = [0; 3];
        stream.read_exact(&mut heard).unwrap();
        assert_eq!(&heard, b"two");
    }

    #[test]
    fn answers_come_late_from_a_proxy_that_delays_them() {
        let proxy = TcpProxy::start(repeater()).unwrap();
        let mut stream = connect(&proxy);
        repeats(&mut stream, b"one");
        proxy.answers_late(SHORT);
        let asked_at = std::time::Instant::now();
        repeats(&mut stream, b"two");
        assert!(asked_at.elapsed() >= SHORT, "{:?}", asked_at.elapsed());
    }

    #[test]
    fn an_absent_side_ends_the_connection() {
        let nobody = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap();
        let proxy = TcpProxy::start(nobody).unwrap();
        let mut stream = connect(&proxy);
        let ended =
            wait_until("the end", LIMIT, || matches!(stream.read(&mut [0; 8]), Ok(0) | Err(_)).then_some(()));
        assert_eq!(ended, Ok(()));
    }
}
