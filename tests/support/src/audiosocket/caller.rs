//! A caller on a thread of their own, for a test that reads from top to bottom.

use std::io;
use std::net::SocketAddr;
use std::ops::{Deref, DerefMut};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use tokio::net::TcpStream;
use tokio::runtime::Builder;
use uuid::Uuid;

use super::line::{CONNECT_LIMIT, LegEnd, Line};
use super::message::{Message, kind};
use crate::priority;
use crate::waiting::{TimedOut, wait_until};

/// A caller on an AudioSocket connection, with the methods of a [`Line`]. Closed on drop.
#[derive(Debug)]
pub struct Caller {
    line: Line,
    thread: Option<JoinHandle<()>>,
}

impl Caller {
    /// Connects and sends the UUID, then audio at `rate` Hz.
    ///
    /// # Errors
    /// Nobody listens, or nobody accepts within 2 s.
    pub fn connect(server: SocketAddr, uuid: Uuid, rate: u32) -> io::Result<Self> {
        Self::connect_saying(server, &hello(uuid), rate)
    }

    /// Connects and sends these bytes instead of a UUID, then audio.
    ///
    /// # Errors
    /// As [`Caller::connect`].
    pub fn connect_saying(server: SocketAddr, hello: &[u8], rate: u32) -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let stream = std::net::TcpStream::connect_timeout(&server, CONNECT_LIMIT)?;
        stream.set_nonblocking(true)?;
        let (line, wire) =
            runtime.block_on(async { Line::begin(TcpStream::from_std(stream)?, hello, rate).await })?;
        let thread = thread::spawn(move || {
            priority::raise();
            runtime.block_on(wire.run());
        });
        Ok(Self { line, thread: Some(thread) })
    }

    /// Returns when the connection was up; the times in the report count from here.
    #[must_use]
    pub fn connected_at(&self) -> Instant {
        self.line.began().into_std()
    }

    /// Waits until everything that the caller says was sent.
    ///
    /// # Errors
    /// There is still something to send after `limit`.
    pub fn wait_said(&self, limit: Duration) -> Result<(), TimedOut> {
        wait_until("the end of the caller's speech", limit, || self.line.has_said().then_some(()))
    }

    /// Waits until the leg has ended, and returns how and when (counted from the connection).
    ///
    /// # Errors
    /// It has not after `limit`.
    pub fn wait_ended(&self, limit: Duration) -> Result<(LegEnd, Duration), TimedOut> {
        wait_until("the end of the leg", limit, || self.line.ended_at())
    }

    /// Resets the connection (RST), as a switch does that died.
    ///
    /// # Errors
    /// The socket is closed.
    pub fn reset(&mut self) -> io::Result<()> {
        self.line.prepare_reset()?;
        self.join_thread();
        Ok(())
    }

    fn join_thread(&mut self) {
        if let Some(thread) = self.thread.take() {
            // A panic in the thread is reported where it happened.
            let _ = thread.join();
        }
    }
}

impl Drop for Caller {
    fn drop(&mut self) {
        self.line.hang_up();
        self.line.stop();
        self.join_thread();
    }
}

impl Deref for Caller {
    type Target = Line;

    fn deref(&self) -> &Line {
        &self.line
    }
}

impl DerefMut for Caller {
    fn deref_mut(&mut self) -> &mut Line {
        &mut self.line
    }
}

/// The first message that Asterisk sends.
pub(super) fn hello(uuid: Uuid) -> Vec<u8> {
    Message { kind: kind::UUID, payload: uuid.as_bytes().to_vec() }.to_bytes()
}
