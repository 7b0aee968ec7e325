//! When callers' frames are sent: each caller's every 20 ms, by an absolute clock.
//!
//! One task sends the frames of all callers, in the order of their moments, so that hundreds of them cost one timer.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io;
use std::rc::Rc;
use std::time::{Duration, Instant};

use cordboard_schema::audio::SampleRate;
use cordboard_schema::wire::audiosocket::encode_audio;
use tokio::net::UdpSocket;
use tokio::net::tcp::OwnedWriteHalf;
use tokio::sync::Notify;
use tokio::task::{JoinHandle, spawn_local};
use tokio::time::sleep_until;

use super::super::board::{CallNumber, SharedBoard};
use super::super::marker::FRAME_SAMPLES;
use super::browsers::Socket;
use super::frame::{FrameKind, write_frame};
use super::twilio;

/// Interval of a caller's frames.
const FRAME: Duration = Duration::from_millis(20);

/// How late a caller's clock may be before frames are skipped. If it is later, the load is no longer valid.
const LATENESS_MAX: Duration = Duration::from_millis(200);

/// All callers' frames. Dropping it ends them. Within a `LocalSet`.
#[derive(Debug)]
pub(super) struct Pacing {
    lines: Rc<Lines>,
    task: JoinHandle<()>,
}

/// The destination of a caller's frames. Dropping it drops its share of the connection.
#[derive(Debug)]
pub(super) enum Outlet {
    /// An AudioSocket connection; dropping its writer sends a FIN.
    Audiosocket(OwnedWriteHalf),
    /// A WebSocket of `mod_audio_stream`, which its reader answers pings on.
    Stream(Rc<OwnedWriteHalf>),
    /// The datagrams of `unicast`, to its connected peer.
    Unicast(Rc<UdpSocket>),
    /// A media stream of Twilio.
    Twilio(Rc<twilio::Line>),
    /// A browser's `/ws/audio`.
    Browser(Rc<Socket>),
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
    outlet: Outlet,
    due: Instant,
}

impl Pacing {
    /// Starts without callers.
    pub(super) fn start(board: SharedBoard) -> Self {
        let lines = Rc::<Lines>::default();
        let task = spawn_local(pace(Rc::clone(&lines), board));
        Self { lines, task }
    }

    /// Starts a caller's frames at a random moment of the next 20 ms.
    pub(super) fn begin(&self, call: CallNumber, outlet: Outlet) {
        let due = Instant::now() + FRAME.mul_f64(rand::random::<f64>());
        self.lines.put(Line { call, outlet, due });
        self.lines.changed.notify_one();
    }

    /// Stops a caller's frames.
    pub(super) fn end(&self, call: CallNumber) {
        self.lines.waiting.borrow_mut().retain(|line| line.call != call);
    }
}

impl Drop for Pacing {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Lines {
    fn put(&self, line: Line) {
        let mut waiting = self.waiting.borrow_mut();
        let place = waiting.partition_point(|other| other.due <= line.due);
        waiting.insert(place, line);
    }

    fn next_due(&self) -> Option<Instant> {
        self.waiting.borrow().front().map(|line| line.due)
    }

    /// Takes out the line whose frame is due now.
    fn take_due(&self, now: Instant) -> Option<Line> {
        let mut waiting = self.waiting.borrow_mut();
        waiting.front().filter(|line| line.due <= now)?;
        waiting.pop_front()
    }
}

/// Sends each caller's frames when they are due.
async fn pace(lines: Rc<Lines>, board: SharedBoard) {
    let mut bytes = Vec::new();
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
            if let Err(error) = send_frame(&line, &board, &mut bytes) {
                board.borrow_mut().fail_call(line.call, &format!("the server takes no audio: {error}"));
                continue;
            }
            line.due = next_due(line.due, woken_at);
            lines.put(line);
        }
    }
}

/// Returns the next time by the absolute clock, without the frames of a period that was missed.
fn next_due(due: Instant, now: Instant) -> Instant {
    let next = due + FRAME;
    if now.saturating_duration_since(next) > LATENESS_MAX { now } else { next }
}

fn send_frame(line: &Line, board: &SharedBoard, bytes: &mut Vec<u8>) -> io::Result<()> {
    let now = Instant::now();
    let frame = {
        let mut board = board.borrow_mut();
        board.sent_late(now.saturating_duration_since(line.due));
        board.send_frame(line.call, now)
    };
    let Some((marker, loudness)) = frame else { return Ok(()) };
    line.outlet.send(&marker.samples(loudness), bytes)
}

impl Outlet {
    /// Sends a frame as its switch does: without waiting. Fails if it is not accepted whole.
    fn send(&self, samples: &[i16; FRAME_SAMPLES], bytes: &mut Vec<u8>) -> io::Result<()> {
        bytes.clear();
        let written = match self {
            Self::Audiosocket(writer) => {
                encode_audio(SampleRate::HZ_8000, samples, bytes).map_err(io::Error::other)?;
                writer.try_write(bytes)?
            }
            Self::Stream(writer) => {
                write_frame(FrameKind::Binary, &linear_bytes(samples), bytes);
                writer.try_write(bytes)?
            }
            Self::Twilio(line) => return line.send_frame(samples),
            Self::Browser(socket) => return socket.send_frame(samples),
            Self::Unicast(socket) => {
                bytes.extend_from_slice(&linear_bytes(samples));
                socket.try_send(bytes)?
            }
        };
        match written {
            whole if whole == bytes.len() => Ok(()),
            part => Err(io::Error::other(format!("{part} of {} bytes of a frame", bytes.len()))),
        }
    }
}

/// Samples as FreeSWITCH passes them on: 16 bits, little-endian.
fn linear_bytes(samples: &[i16; FRAME_SAMPLES]) -> [u8; 2 * FRAME_SAMPLES] {
    let mut bytes = [0; 2 * FRAME_SAMPLES];
    for (two, sample) in bytes.chunks_exact_mut(2).zip(samples) {
        two.copy_from_slice(&sample.to_le_bytes());
    }
    bytes
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
