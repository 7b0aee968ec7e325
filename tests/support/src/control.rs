//! A program on the control socket, or an agent's desk: a WebSocket client that sends what it is told to, and waits a bounded time.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where the server is not as it expects")]

mod task;

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::Value;
use tokio::runtime::{Builder, Runtime};
use tokio_tungstenite::tungstenite::Error;

pub use self::task::TaskProgram;
use crate::described;

/// Everything comes by then, on a machine with two busy cores.
const LIMIT: Duration = Duration::from_secs(20);

/// A program that is connected, for a test that blocks: a [`TaskProgram`], which reads only when something is waited for.
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
    /// The connection ended without a goodbye.
    Gone,
}

/// The server did not open the socket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The status of its answer.
    pub status: u16,
    /// Its body, as far as it came with the head.
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
    /// [`Refused`], as the server says it.
    pub fn knock(server: SocketAddr, headers: &[(&str, &str)]) -> Result<Self, Refused> {
        Self::knock_at(server, "/ws/control", headers)
    }

    /// An agent's screen, by the access token of their sign-in.
    #[must_use]
    #[track_caller]
    pub fn at_desk(server: SocketAddr, token: &str) -> Self {
        Self::knock_at(server, "/ws/desk", &[("Authorization", &format!("Bearer {token}"))]).unwrap()
    }

    /// Connects to a socket of JSON messages at this path.
    ///
    /// # Errors
    /// [`Refused`], as the server says it.
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

    /// Sends a text as it is, or what the server has left to be sent.
    ///
    /// # Errors
    /// The server takes nothing any more.
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

    /// Sends bytes, which no command is.
    pub fn send_binary(&mut self, bytes: &[u8]) {
        self.runtime.block_on(self.program.send_binary(bytes));
    }

    /// Pings, and waits for the answer.
    #[track_caller]
    pub fn ping(&mut self) {
        self.runtime.block_on(self.program.ping());
    }

    /// Says a command with an id of its own, and gives that.
    pub fn begin(&mut self, command: Value) -> String {
        self.runtime.block_on(self.program.begin(command))
    }

    /// Says a command and waits for its answer; events that come before are kept.
    #[track_caller]
    pub fn ask(&mut self, command: Value) -> Value {
        self.runtime.block_on(self.program.ask(command))
    }

    /// The result of a command that is expected to be done.
    #[track_caller]
    pub fn done(&mut self, command: Value) -> Value {
        self.runtime.block_on(self.program.done(command))
    }

    /// The kind of the error of a command that is expected to be refused.
    #[track_caller]
    pub fn refusal(&mut self, command: Value) -> String {
        self.runtime.block_on(self.program.refusal(command))
    }

    /// The next event.
    #[track_caller]
    pub fn event(&mut self) -> Value {
        self.runtime.block_on(self.program.event())
    }

    /// The next event of a kind; those before it are passed over.
    #[track_caller]
    pub fn event_of(&mut self, kind: &str) -> Value {
        self.runtime.block_on(self.program.event_of(kind))
    }

    /// The server's next message, except pings.
    #[track_caller]
    pub fn receive(&mut self) -> Received {
        self.runtime.block_on(self.program.receive())
    }

    /// Reads one message and does not look at it.
    #[track_caller]
    pub fn pass_over(&mut self) {
        self.runtime.block_on(self.program.pass_over());
    }

    /// Reads until the server closes the socket: all messages before, the code and the reason.
    #[track_caller]
    pub fn until_closed(&mut self) -> (Vec<Value>, u16, String) {
        self.runtime.block_on(self.program.until_closed())
    }

    /// Says goodbye, and waits for the server's.
    #[track_caller]
    pub fn close(self) {
        self.runtime.block_on(self.program.close());
    }
}
