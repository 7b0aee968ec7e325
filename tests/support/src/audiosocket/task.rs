//! A caller as a task of the current thread, whose clock may be paused.

use std::io;
use std::net::SocketAddr;
use std::ops::Deref;
use std::time::{Duration, Instant};

use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use uuid::Uuid;

use super::caller::hello;
use super::line::{CONNECT_LIMIT, LegEnd, Line};

/// A caller on an AudioSocket connection, with the methods of a [`Line`]. Closed on drop.
#[derive(Debug)]
pub struct TaskCaller {
    line: Line,
    task: JoinHandle<()>,
}

impl TaskCaller {
    /// Connects and sends the UUID, then audio at `rate` Hz.
    ///
    /// # Errors
    /// Nobody listens, or nobody accepts within 2 s.
    pub async fn connect(server: SocketAddr, uuid: Uuid, rate: u32) -> io::Result<Self> {
        Self::connect_saying(server, &hello(uuid), rate).await
    }

    /// Connects and sends these bytes instead of a UUID, then audio.
    ///
    /// # Errors
    /// As [`TaskCaller::connect`].
    pub async fn connect_saying(server: SocketAddr, hello: &[u8], rate: u32) -> io::Result<Self> {
        let stream = timeout(CONNECT_LIMIT, TcpStream::connect(server)).await??;
        let (line, wire) = Line::begin(stream, hello, rate).await?;
        Ok(Self { line, task: tokio::spawn(wire.run()) })
    }

    /// Returns when the connection was up; the times in the report count from here.
    #[must_use]
    pub fn connected_at(&self) -> Instant {
        self.line.began().into_std()
    }

    /// Waits until the leg has ended, and returns how and when (counted from the connection).
    pub async fn until_ended(&self) -> (LegEnd, Duration) {
        self.line.until_ended().await
    }

    /// Resets the connection (RST), as a switch does that died.
    ///
    /// # Errors
    /// The socket is closed.
    pub async fn reset(mut self) -> io::Result<()> {
        self.line.prepare_reset()?;
        // A panic in the task is reported where it happened.
        let _ = self.task.await;
        Ok(())
    }
}

impl Deref for TaskCaller {
    type Target = Line;

    fn deref(&self) -> &Line {
        &self.line
    }
}
