//! A program on the control socket, or an agent's desk: a WebSocket client that sends what the test asks for, and waits a bounded time.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails where the server is not as it expects")]

mod task;

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::Value;
use tokio::runtime::{Builder, Runtime};
use tokio_tungstenite::tungstenite::Error;

pub use self::task::TaskProgram;
use crate::described;

/// The time by which everything has arrived, on a machine with two busy cores.
const LIMIT: Duration = Duration::from_secs(20);

/// A connected program, for a test that blocks: a [`TaskProgram`] that reads only when the test waits for something.
#[derive(Debug)]
pub struct Program {
    runtime: Runtime,
    program: TaskProgram,
}

/// A received message.
#[derive(Debug, Clone, PartialEq)]
pub enum Received {
    /// An answer or an event.
    Message(Value),
    /// The server closed the socket, with this code and reason.
    Closed(u16, String),
    /// The connection ended without a closing frame.
    Gone,
}

/// The server did not open the socket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The status of its answer.
    pub status: u16,
    /// Its body, as far as it arrived with the head.
    pub body: String,
}

impl Program {
    /// Connects with a token.
    #[must_use]
    #[track_caller]
    pub fn connect(server: SocketAddr, token: &str) -> Self {
        Self::knock(server, &[("Authorization", &format!("Bearer {token}"))]).unwrap()
    }

    /// Connects with these headers.
    ///
    /// # Errors
    /// [`Refused`], with the server's answer.
    pub fn knock(server: SocketAddr, headers: &[(&str, &str)]) -> Result<Self, Refused> {
        Self::knock_at(server, "/ws/control", headers)
    }

    /// Connects an agent's desk with the access token of their sign-in.
    #[must_use]
    #[track_caller]
    pub fn at_desk(server: SocketAddr, token: &str) -> Self {
        Self::knock_at(server, "/ws/desk", &[("Authorization", &format!("Bearer {token}"))]).unwrap()
    }

    /// Connects to a socket of JSON messages at this path.
    ///
    /// # Errors
    /// [`Refused`], with the server's answer.
    pub fn knock_at(server: SocketAddr, path: &str, headers: &[(&str, &str)]) -> Result<Self, Refused> {
        described::learn(server);
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let program = runtime.block_on(TaskProgram::reading_on_demand(server, path, headers, LIMIT))?;
        Ok(Self { runtime, program })
    }

    /// Sends a text as it is.
    pub fn send(&mut self, text: &str) {
        self.runtime.block_on(self.program.send(text));
    }

    /// Sends a text as it is.
    ///
    /// # Errors
    /// The server accepts nothing any more.
    pub fn try_send(&mut self, text: &str) -> Result<(), Error> {
        self.runtime.block_on(self.program.try_send(text))
    }

    /// Sends a text in two frames.
    pub fn send_in_pieces(&mut self, text: &str) {
        self.runtime.block_on(self.program.send_in_pieces(text));
    }

    /// Sends what claims to be a text, with any bytes.
    pub fn send_as_text(&mut self, bytes: &[u8]) {
        self.runtime.block_on(self.program.send_as_text(bytes));
    }

    /// Sends bytes, which are never a command.
    pub fn send_binary(&mut self, bytes: &[u8]) {
        self.runtime.block_on(self.program.send_binary(bytes));
    }

    /// Pings, and waits for the answer.
    #[track_caller]
    pub fn ping(&mut self) {
        self.runtime.block_on(self.program.ping());
    }

    /// Sends a command with an id of its own, and returns the id.
    pub fn begin(&mut self, command: Value) -> String {
        self.runtime.block_on(self.program.begin(command))
    }

    /// Sends a command and waits for its answer; events that arrive before it are kept.
    #[track_caller]
    pub fn ask(&mut self, command: Value) -> Value {
        self.runtime.block_on(self.program.ask(command))
    }

    /// Sends a command that is expected to succeed, and returns its result.
    #[track_caller]
    pub fn done(&mut self, command: Value) -> Value {
        self.runtime.block_on(self.program.done(command))
    }

    /// Sends a command that is expected to be refused, and returns the kind of its error.
    #[track_caller]
    pub fn refusal(&mut self, command: Value) -> String {
        self.runtime.block_on(self.program.refusal(command))
    }

    /// The next event.
    #[track_caller]
    pub fn event(&mut self) -> Value {
        self.runtime.block_on(self.program.event())
    }

    /// The next event of a kind; those before it are skipped.
    #[track_caller]
    pub fn event_of(&mut self, kind: &str) -> Value {
        self.runtime.block_on(self.program.event_of(kind))
    }

    /// The server's next message, except pings.
    #[track_caller]
    pub fn receive(&mut self) -> Received {
        self.runtime.block_on(self.program.receive())
    }

    /// Reads one message and ignores it.
    #[track_caller]
    pub fn pass_over(&mut self) {
        self.runtime.block_on(self.program.pass_over());
    }

    /// Reads until the server closes the socket. Returns all messages before that, the code and the reason.
    #[track_caller]
    pub fn until_closed(&mut self) -> (Vec<Value>, u16, String) {
        self.runtime.block_on(self.program.until_closed())
    }

    /// Closes the socket, and waits for the server's closing frame.
    #[track_caller]
    pub fn close(self) {
        self.runtime.block_on(self.program.close());
    }
}
