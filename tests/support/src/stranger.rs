//! Strangers on a port: clients that connect and do what no proper client does, in each possible way.
//!
//! A stranger gets the opening of a proper client ([`Port::opening`]), so that it can act before a port's first gate and after it: at an HTTP
//! server, an open WebSocket, a switch's port.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{Rng as _, RngCore as _, SeedableRng as _};
use socket2::{Domain, Protocol, Socket, Type};

/// How long the server may take to answer an opening, or to accept what is written: a stranger does not wait for long.
const PATIENCE: Duration = Duration::from_millis(500);
/// How often a slow stranger sends a byte.
const BYTE_EACH: Duration = Duration::from_secs(5);
/// How often a stranger checks whether it has to stop.
const LOOK: Duration = Duration::from_millis(10);
/// The receive buffer of a stranger that reads nothing.
const SMALL_BUFFER: usize = 4_096;

/// A port of the server, as a stranger sees it.
#[derive(Debug, Clone)]
pub struct Port {
    /// Its name.
    pub name: &'static str,
    /// Its address.
    pub address: SocketAddr,
    /// The first bytes of a proper client.
    pub opening: Vec<u8>,
    /// Whether the server answers that before anything else may be sent, as for a WebSocket.
    pub is_answered: bool,
    /// The largest allowed message after the opening.
    pub largest: Vec<u8>,
    /// A request after the opening that gets a large answer.
    pub question: Vec<u8>,
}

/// How a stranger behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// It connects and sends nothing.
    SaysNothing,
    /// It sends what is proper, and then nothing.
    FallsSilent,
    /// It sends what is proper, one byte each 5 s.
    ByteInFiveSeconds,
    /// It requests much and reads nothing.
    NeverReads,
    /// It sends random bytes, before and after the opening.
    Garbage,
    /// It sends the largest allowed message, over and over.
    TheLargest,
}

impl Manner {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::SaysNothing,
        Self::FallsSilent,
        Self::ByteInFiveSeconds,
        Self::NeverReads,
        Self::Garbage,
        Self::TheLargest,
    ];
}

/// Strangers on a port, until this is dropped.
#[derive(Debug)]
pub struct Strangers {
    is_over: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
    /// A crowd that holds its connections and does nothing else.
    held: Vec<TcpStream>,
}

impl Port {
    /// Starts strangers of every manner, this many of each.
    #[must_use]
    pub fn beset(&self, of_each: usize) -> Strangers {
        let is_over = Arc::new(AtomicBool::new(false));
        let threads = Manner::ALL.map(|manner| {
            let (port, is_over) = (self.clone(), Arc::clone(&is_over));
            thread::spawn(move || port.behave(manner, of_each, &is_over))
        });
        Strangers { is_over, threads: threads.into(), held: Vec::new() }
    }

    /// A crowd that connects, and sends no more than what is proper. It holds the connections that the system allows.
    #[must_use]
    pub fn crowd(&self, count: usize) -> Strangers {
        let mut held = Vec::with_capacity(count);
        for _ in 0..count {
            let Ok(mut stream) = TcpStream::connect_timeout(&self.address, PATIENCE) else { continue };
            let _ = stream.set_nonblocking(true);
            let _ = stream.write_all(&self.opening);
            held.push(stream);
        }
        Strangers { is_over: Arc::default(), threads: Vec::new(), held }
    }

    fn connect(&self, manner: Manner) -> Option<TcpStream> {
        let socket =
            Socket::new(Domain::for_address(self.address), Type::STREAM, Some(Protocol::TCP)).ok()?;
        if manner == Manner::NeverReads {
            socket.set_recv_buffer_size(SMALL_BUFFER).ok()?;
        }
        socket.connect_timeout(&self.address.into(), PATIENCE).ok()?;
        let stream: TcpStream = socket.into();
        stream.set_read_timeout(Some(PATIENCE)).ok()?;
        stream.set_write_timeout(Some(LOOK)).ok()?;
        Some(stream)
    }

    /// Connects, and sends what is proper; returns whether the server has accepted it.
    fn open(&self, manner: Manner) -> Option<TcpStream> {
        let mut stream = self.connect(manner)?;
        stream.write_all(&self.opening).ok()?;
        if self.is_answered {
            // It does not matter how much of the answer comes first.
            let _ = stream.read(&mut [0; 4_096]).ok()?;
        }
        Some(stream)
    }

    /// Behaves in a manner until it is over. A stranger that is thrown out comes again.
    fn behave(&self, manner: Manner, count: usize, is_over: &AtomicBool) {
        let mut random = StdRng::seed_from_u64(count as u64);
        let mut streams: Vec<Option<Place>> = (0..count).map(|_| None).collect();
        let mut said = 0;
        let mut next_byte = Instant::now();
        while !is_over.load(Ordering::Relaxed) {
            let says_byte = manner == Manner::ByteInFiveSeconds && Instant::now() >= next_byte;
            for place in &mut streams {
                if is_over.load(Ordering::Relaxed) {
                    return;
                }
                let begins_properly = match manner {
                    Manner::SaysNothing | Manner::ByteInFiveSeconds => false,
                    Manner::Garbage => random.random(),
                    Manner::FallsSilent | Manner::NeverReads | Manner::TheLargest => true,
                };
                if place.is_none() {
                    let stream = if begins_properly { self.open(manner) } else { self.connect(manner) };
                    *place = stream.map(|stream| Place { stream, taken: 0 });
                }
                let Some(held) = place else { continue };
                let goes_on = match manner {
                    Manner::SaysNothing | Manner::FallsSilent => true,
                    Manner::ByteInFiveSeconds => {
                        !says_byte || self.opening.get(said).is_none_or(|byte| held.says(&[*byte]))
                    }
                    Manner::NeverReads => held.says(&self.question),
                    Manner::TheLargest => held.says(&self.largest),
                    Manner::Garbage => {
                        let mut bytes = vec![0; random.random_range(1..2_000)];
                        random.fill_bytes(&mut bytes);
                        held.says(&bytes) && random.random()
                    }
                };
                if !goes_on {
                    *place = None;
                }
            }
            if says_byte {
                said += 1;
                next_byte += BYTE_EACH;
            }
            thread::sleep(LOOK);
        }
    }
}

/// A stranger's connection.
struct Place {
    stream: TcpStream,
    /// How many bytes of the repeated message the kernel has taken.
    taken: usize,
}

impl Place {
    /// Goes on sending this; returns whether the connection is up.
    fn says(&mut self, bytes: &[u8]) -> bool {
        let rest = bytes.get(self.taken..).filter(|rest| !rest.is_empty()).unwrap_or(bytes);
        match self.stream.write(rest) {
            Ok(written) => {
                self.taken = (bytes.len() - rest.len() + written) % bytes.len().max(1);
                true
            }
            Err(error) => {
                matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut)
            }
        }
    }
}

impl Strangers {
    /// No strangers.
    #[must_use]
    pub fn nobody() -> Self {
        Self { is_over: Arc::default(), threads: Vec::new(), held: Vec::new() }
    }

    /// How many connections of a crowd the system allowed.
    #[must_use]
    pub fn held(&self) -> usize {
        self.held.len()
    }
}

impl Drop for Strangers {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        for stranger in self.threads.drain(..) {
            // A stranger that panicked has ended as well.
            let _ = stranger.join();
        }
    }
}

/// A request that opens a WebSocket at a path, with these additional header lines.
#[must_use]
pub fn web_socket(path: &str, headers: &str) -> Vec<u8> {
    format!(
        "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Key: AT4y8LZ9v21yyXBA/s5UdQ==\r\n{headers}\r\n"
    )
    .into_bytes()
}

/// A client's frame: a text, masked with zeros.
#[must_use]
pub fn frame(payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![0x81];
    match payload.len() {
        length @ 0..=125 => frame.push(0x80 | length as u8),
        length @ 126..=65_535 => {
            frame.push(0x80 | 126);
            frame.extend((length as u16).to_be_bytes());
        }
        length => {
            frame.push(0x80 | 127);
            frame.extend((length as u64).to_be_bytes());
        }
    }
    frame.extend([0; 4]);
    frame.extend(payload);
    frame
}
