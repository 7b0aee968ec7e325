//! Callers as Asterisk brings them: an AudioSocket connection each, a frame of 20 ms at each 20 ms, by an absolute clock.
//!
//! One task sends the frames of all callers, in the order of their moments, so that hundreds of them cost one timer; a task
//! for each caller reads.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use cordboard_schema::audio::{Frame, SampleRate};
use cordboard_schema::wire::audiosocket::{Decoder, Message, Sender, encode_audio, encode_uuid};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::Notify;
use tokio::task::{JoinHandle, spawn_local};
use tokio::time::{sleep_until, timeout};
use uuid::Uuid;

use super::board::{CallNumber, SharedBoard};
use super::marker::Marker;

/// Interval of a caller's frames.
const FRAME: Duration = Duration::from_millis(20);

/// How late a caller's clock may be before frames are left out. Later than this the load is no load any more.
const LATENESS_MAX: Duration = Duration::from_millis(200);

/// How long a connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Bytes read at once: some six frames of the server.
const READ_BYTES: usize = 2_048;

/// All callers of a measurement. Within a `LocalSet`.
#[derive(Debug)]
pub(super) struct Callers {
    to: SocketAddr,
    board: SharedBoard,
    lines: Rc<Lines>,
    pacing: JoinHandle<()>,
}

/// The sending sides, in the order of their next frames.
#[derive(Debug, Default)]
struct Lines {
    waiting: RefCell<VecDeque<Line>>,
    changed: Notify,
}

#[derive(Debug)]
struct Line {
    call: CallNumber,
    /// Dropping it sends a FIN.
    writer: OwnedWriteHalf,
    due: Instant,
}

impl Callers {
    /// Callers of the server at this address; nobody calls yet.
    pub(super) fn of(to: SocketAddr, board: SharedBoard) -> Self {
        let lines = Rc::<Lines>::default();
        let pacing = spawn_local(pace(Rc::clone(&lines), Rc::clone(&board)));
        Self { to, board, lines, pacing }
    }

    /// One more call. Its frames go out from a random moment of the next 20 ms on.
    ///
    /// # Errors
    /// Nobody takes the call.
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
        let due = Instant::now() + FRAME.mul_f64(rand::random::<f64>());
        self.lines.add(Line { call, writer, due });
        Ok(call)
    }

    /// Hangs up as Asterisk does: with a FIN and nothing else.
    pub(super) fn hang_up(&self, call: CallNumber) {
        self.board.borrow_mut().hang_up(call, Instant::now());
        self.lines.waiting.borrow_mut().retain(|line| line.call != call);
    }
}

impl Drop for Callers {
    fn drop(&mut self) {
        self.pacing.abort();
    }
}

impl Lines {
    fn add(&self, line: Line) {
        self.put(line);
        self.changed.notify_one();
    }

    fn put(&self, line: Line) {
        let mut waiting = self.waiting.borrow_mut();
        let place = waiting.partition_point(|other| other.due <= line.due);
        waiting.insert(place, line);
    }

    fn next_due(&self) -> Option<Instant> {
        self.waiting.borrow().front().map(|line| line.due)
    }

    /// The line whose frame is due now, taken out.
    fn take_due(&self, now: Instant) -> Option<Line> {
        let mut waiting = self.waiting.borrow_mut();
        waiting.front().filter(|line| line.due <= now)?;
        waiting.pop_front()
    }
}

/// Sends each caller's frames when they are due.
async fn pace(lines: Rc<Lines>, board: SharedBoard) {
    let mut message = Vec::new();
    loop {
        let Some(due) = lines.next_due() else {
            lines.changed.notified().await;
            continue;
        };
        tokio::select! {
            () = sleep_until(due.into()) => {}
            () = lines.changed.notified() => {}
        }
        let woken_at = Instant::now();
        while let Some(mut line) = lines.take_due(woken_at) {
            if let Err(error) = send_frame(&line, &board, &mut message) {
                let call = line.call.0;
                board.borrow_mut().fail(format!("call {call}: the server takes no audio: {error}"));
                continue;
            }
            line.due = next_due(line.due, woken_at);
            lines.put(line);
        }
    }
}

/// By the absolute clock, but without the frames of a time that was overslept.
fn next_due(due: Instant, now: Instant) -> Instant {
    let next = due + FRAME;
    if now.saturating_duration_since(next) > LATENESS_MAX { now } else { next }
}

fn send_frame(line: &Line, board: &SharedBoard, message: &mut Vec<u8>) -> io::Result<()> {
    let now = Instant::now();
    let frame = {
        let mut board = board.borrow_mut();
        board.sent_late(now.saturating_duration_since(line.due));
        board.send_frame(line.call, now)
    };
    let Some((marker, loudness)) = frame else { return Ok(()) };
    message.clear();
    encode_audio(SampleRate::HZ_8000, &marker.samples(loudness), message).map_err(io::Error::other)?;
    // Asterisk writes without waiting and drops the call whose frame is not taken whole.
    match line.writer.try_write(message)? {
        written if written == message.len() => Ok(()),
        written => Err(io::Error::other(format!("{written} of {} bytes of a frame", message.len()))),
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
                    board.caller_heard(call, Marker::of_samples(&samples), now);
                }
                Ok(Some(_)) => {}
                Ok(None) => break,
                Err(error) => board.fail(format!("call {}: {error}", call.0)),
            }
        }
    }
    board.borrow_mut().caller_closed(call);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_is_absolute_until_it_was_overslept() {
        let due = Instant::now();
        let ms = Duration::from_millis;
        assert_eq!(next_due(due, due + ms(3)), due + ms(20));
        assert_eq!(next_due(due, due + ms(150)), due + ms(20), "a burst makes up for a short stall");
        assert_eq!(next_due(due, due + ms(900)), due + ms(900), "a long one is left out");
    }
}
