//! Callers as Asterisk connects them: an AudioSocket connection each, with a task that reads.

use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use cordboard_schema::audio::Frame;
use cordboard_schema::wire::audiosocket::{Decoder, Message, Sender, encode_uuid};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::OwnedReadHalf;
use tokio::task::spawn_local;
use tokio::time::timeout;
use uuid::Uuid;

use super::super::board::{CallNumber, SharedBoard};
use super::super::marker::Marker;
use super::pacing::{Outlet, Pacing};

/// How long a connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(60);

/// Bytes read at once: some six frames of the server.
const READ_BYTES: usize = 2_048;

/// All callers of a measurement. Within a `LocalSet`.
#[derive(Debug)]
pub(in super::super) struct AudiosocketCallers {
    to: SocketAddr,
    board: SharedBoard,
    pacing: Pacing,
}

impl AudiosocketCallers {
    /// Makes callers for the server at this address. None calls yet.
    pub(super) fn of(to: SocketAddr, board: SharedBoard) -> Self {
        let pacing = Pacing::start(Rc::clone(&board));
        Self { to, board, pacing }
    }

    /// Starts one more call.
    ///
    /// # Errors
    /// Fails if the server does not take the call.
    pub(super) async fn call(&self) -> io::Result<CallNumber> {
        let connected = timeout(CONNECT_TIMEOUT, TcpStream::connect(self.to)).await;
        let stream = connected.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))?;
        stream.set_nodelay(true)?;
        let (reader, mut writer) = stream.into_split();
        let mut opening = Vec::new();
        encode_uuid(Uuid::new_v4(), &mut opening);
        writer.write_all(&opening).await?;

        let call = self.board.borrow_mut().add_call();
        spawn_local(listen(reader, call, Rc::clone(&self.board)));
        self.pacing.begin(call, Outlet::Audiosocket(writer));
        Ok(call)
    }

    /// Hangs up as Asterisk does: with a FIN and nothing else.
    pub(super) fn hang_up(&self, call: CallNumber) {
        self.board.borrow_mut().hang_up(call, Instant::now());
        self.pacing.end(call);
    }
}

/// Reads what one caller hears, to the end.
async fn listen(mut reader: OwnedReadHalf, call: CallNumber, board: SharedBoard) {
    let mut decoder = Decoder::new(Sender::Server);
    let mut bytes = [0; READ_BYTES];
    while let Ok(read @ 1..) = reader.read(&mut bytes).await {
        let now = Instant::now();
        let mut rest = &bytes[..read];
        let mut board = board.borrow_mut();
        loop {
            match decoder.decode(&mut rest) {
                Ok(Some(Message::Audio(Frame::Pcm { samples, .. }))) => {
                    board.sound_arrived(call, now);
                    board.caller_heard(call, Marker::of_samples(&samples), now);
                }
                Ok(Some(_)) => {}
                Ok(None) => break,
                Err(error) => board.fail_call(call, &error.to_string()),
            }
        }
    }
    board.borrow_mut().caller_closed(call);
}
