//! Asterisk's side of one AudioSocket connection, on any clock and thread: the wire, and the caller's methods.

use std::collections::VecDeque;
use std::io;
use std::net::Shutdown;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use socket2::SockRef;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until, timeout};

use super::message::{Message, MessageReader, kind};
use super::report::{Report, Violation};
use crate::audio::{Sound, samples_in};

const TICK: Duration = Duration::from_millis(20);
/// How long Asterisk tries to connect.
pub(super) const CONNECT_LIMIT: Duration = Duration::from_secs(2);
/// Asterisk takes a write that does not go through at once as the end; the kernel's buffer delays that.
const WRITE_LIMIT: Duration = Duration::from_millis(20);
/// A digit of 100 ms makes a hole of 160 ms in the audio; its message comes 20 ms before the audio is back.
const DIGIT_HOLE_TICKS: usize = 8;
/// More than the kernel returns in one read, so that a message in two reads was written in two.
const READ_BYTES: usize = 256 * 1024;

/// How a leg ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LegEnd {
    /// The server sent `00 00 00`: the dialplan goes on.
    Hangup,
    /// The server closed its side without a hang-up message: the dialplan goes on, too.
    Fin,
    /// The server reset the connection: the caller is hung up.
    Reset,
    /// The server sent what Asterisk does not accept: the caller is hung up.
    Violation,
    /// The server did not read: Asterisk could not write and hung the caller up.
    NotRead,
    /// We ended it.
    ByCaller,
}

/// The data to send in one tick, or between two.
#[derive(Debug)]
enum Step {
    /// One frame; it takes one tick.
    Frame(Vec<u8>),
    /// Nothing in this tick.
    Hole,
    /// Bytes that take no time: digits, bursts, garbage.
    Bytes(Vec<u8>),
    /// A pause in which nothing is sent.
    Hesitation(Duration),
}

#[derive(Debug)]
struct Shared {
    connected_at: Instant,
    rate: u32,
    steps: Mutex<VecDeque<Step>>,
    report: Mutex<Report>,
    end: Mutex<Option<(LegEnd, Instant)>>,
    ended: Notify,
    /// Whether nothing is sent any more; what comes is still read.
    write_closed: AtomicBool,
    stop: Notify,
}

/// The caller's methods. Silent frames are sent whenever there is nothing else to send, as telephones do.
#[derive(Debug)]
pub struct Line {
    shared: Arc<Shared>,
    /// A second handle of the connection, which closes with its last handle. `None` after a reset.
    socket: Option<std::net::TcpStream>,
}

/// The connection itself, for the code that drives it.
#[derive(Debug)]
pub(super) struct Wire {
    shared: Arc<Shared>,
    stream: TcpStream,
}

impl Line {
    /// Begins a caller on a connection that has just been made, and returns what has to be driven for them. `hello` is sent first.
    pub(super) async fn begin(mut stream: TcpStream, hello: &[u8], rate: u32) -> io::Result<(Self, Wire)> {
        let connected_at = Instant::now();
        stream.set_nodelay(true)?;
        stream.write_all(hello).await?;
        let socket = SockRef::from(&stream).try_clone()?.into();
        let shared = Arc::new(Shared {
            connected_at,
            rate,
            steps: Mutex::default(),
            report: Mutex::default(),
            end: Mutex::default(),
            ended: Notify::new(),
            write_closed: AtomicBool::new(false),
            stop: Notify::new(),
        });
        let wire = Wire { shared: Arc::clone(&shared), stream };
        Ok((Self { shared, socket: Some(socket) }, wire))
    }

    /// Returns when the connection was up; the times in the report count from here.
    pub(super) fn began(&self) -> Instant {
        self.shared.connected_at
    }

    /// Says something, frame by frame, after what is still to be said. Returns at once.
    pub fn say(&self, sound: &Sound) {
        lock(&self.shared.steps).extend(self.frames(sound).into_iter().map(Step::Frame));
    }

    /// Sends a sound in one go, as Asterisk does with audio that it held back.
    pub fn burst(&self, sound: &Sound) {
        lock(&self.shared.steps).push_back(Step::Bytes(self.frames(sound).concat()));
    }

    /// Presses a key: the audio stops for 160 ms, and the digit comes 20 ms before the audio is back.
    pub fn press(&self, digit: char) {
        let message = Message { kind: kind::DTMF, payload: digit.to_string().into_bytes() };
        let mut steps = lock(&self.shared.steps);
        steps.extend((1..DIGIT_HOLE_TICKS).map(|_| Step::Hole));
        steps.push_back(Step::Bytes(message.to_bytes()));
        steps.push_back(Step::Hole);
    }

    /// Sends nothing for a while, as a telephone with voice detection does, or a network that loses packets.
    pub fn fall_silent(&self, length: Duration) {
        let ticks = length.as_millis() / TICK.as_millis();
        lock(&self.shared.steps).extend((0..ticks).map(|_| Step::Hole));
    }

    /// Sends these bytes as they are, between two frames.
    pub fn send(&self, bytes: &[u8]) {
        lock(&self.shared.steps).push_back(Step::Bytes(bytes.to_vec()));
    }

    /// Sends these bytes in two parts with a pause between them.
    pub fn send_split(&self, bytes: &[u8], cut: usize, pause: Duration) {
        let (first, rest) = bytes.split_at(cut.min(bytes.len()));
        lock(&self.shared.steps).extend([
            Step::Bytes(first.to_vec()),
            Step::Hesitation(pause),
            Step::Bytes(rest.to_vec()),
        ]);
    }

    /// Returns whether all of that was sent.
    #[must_use]
    pub fn has_said(&self) -> bool {
        lock(&self.shared.steps).is_empty()
    }

    /// Hangs up as Asterisk does when the caller does: a FIN without any message, and nothing is read any more.
    pub fn hang_up(&self) {
        self.shared.finish(LegEnd::ByCaller);
        self.close(Shutdown::Both);
    }

    /// Closes the sending side only.
    pub fn half_close(&self) {
        self.close(Shutdown::Write);
    }

    /// Makes the kernel reset the connection (RST) when its last handle closes. This handle closes here, the driver's when it is stopped.
    pub(super) fn prepare_reset(&mut self) -> io::Result<()> {
        self.shared.finish(LegEnd::ByCaller);
        if let Some(socket) = self.socket.take() {
            SockRef::from(&socket).set_linger(Some(Duration::ZERO))?;
        }
        self.stop();
        Ok(())
    }

    /// Stops the driver of the connection.
    pub(super) fn stop(&self) {
        self.shared.stop.notify_one();
    }

    /// Returns the report of everything so far.
    #[must_use]
    pub fn report(&self) -> Report {
        lock(&self.shared.report).clone()
    }

    /// Inspects the report so far without copying it.
    pub fn look<T>(&self, look: impl FnOnce(&Report) -> T) -> T {
        look(&lock(&self.shared.report))
    }

    /// Returns everything that was heard so far, at the rate of the first frame.
    #[must_use]
    pub fn heard(&self) -> Sound {
        self.look(Report::heard)
    }

    /// Returns how the leg ended, if it has.
    #[must_use]
    pub fn ended(&self) -> Option<LegEnd> {
        self.ended_at().map(|(end, _)| end)
    }

    /// Returns how and when the leg ended (counted from the connection), if it has.
    pub(super) fn ended_at(&self) -> Option<(LegEnd, Duration)> {
        let end = *lock(&self.shared.end);
        end.map(|(end, at)| (end, at - self.shared.connected_at))
    }

    /// Waits until the leg has ended.
    pub(super) async fn until_ended(&self) -> (LegEnd, Duration) {
        loop {
            if let Some(ended) = self.ended_at() {
                return ended;
            }
            self.shared.ended.notified().await;
        }
    }

    fn close(&self, side: Shutdown) {
        self.shared.write_closed.store(true, Ordering::Relaxed);
        if let Some(socket) = &self.socket {
            // An error means that it is closed already.
            let _ = socket.shutdown(side);
        }
    }

    /// Returns the messages of a sound, one for each 20 ms; the last one is filled up with silence.
    fn frames(&self, sound: &Sound) -> Vec<Vec<u8>> {
        let rate = self.shared.rate;
        let length = samples_in(TICK, rate);
        let samples = sound.resampled(rate).samples;
        let frame = |chunk: &[i16]| {
            let mut chunk = chunk.to_vec();
            chunk.resize(length, 0);
            Message::audio(rate, &chunk).to_bytes()
        };
        samples.chunks(length).map(frame).collect()
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.hang_up();
        self.stop();
    }
}

impl Shared {
    fn finish(&self, end: LegEnd) {
        lock(&self.end).get_or_insert((end, Instant::now()));
        self.ended.notify_one();
    }

    /// Judges what one read returned. Returns the end of the leg if Asterisk would close here.
    fn take(&self, incoming: &mut Incoming, bytes: &[u8]) -> Option<LegEnd> {
        let now = Instant::now();
        incoming.reader.push(bytes);
        let mut report = lock(&self.report);
        if let Some(begun_at) = incoming.begun_at.take() {
            report.violations.push(Violation::Split { gap: now - begun_at });
        }
        while let Some(message) = incoming.reader.next_message() {
            report.take(now - self.connected_at, &message);
            if let Some(end) = ends_the_leg(&message) {
                return Some(end);
            }
        }
        incoming.begun_at = incoming.reader.is_inside_a_message().then_some(now);
        None
    }
}

impl Wire {
    /// Sends and receives until both are over, or the caller is dropped.
    pub(super) async fn run(self) {
        let Self { shared, mut stream } = self;
        let (reading, writing) = stream.split();
        let both = async {
            tokio::join!(send_all(&shared, writing), receive_all(&shared, reading));
        };
        tokio::select! {
            biased;
            () = shared.stop.notified() => {}
            () = both => {}
        }
    }
}

async fn send_all(shared: &Shared, mut stream: WriteHalf<'_>) {
    let silent_frame = Message::audio(shared.rate, &vec![0; samples_in(TICK, shared.rate)]).to_bytes();
    let mut next = Instant::now();
    while !shared.write_closed.load(Ordering::Relaxed) {
        let step = lock(&shared.steps).pop_front().unwrap_or_else(|| Step::Frame(silent_frame.clone()));
        if let Step::Frame(bytes) | Step::Bytes(bytes) = &step {
            let end = match timeout(WRITE_LIMIT, stream.write_all(bytes)).await {
                Ok(Ok(())) => None,
                Ok(Err(_)) => Some(LegEnd::Reset),
                Err(_) => Some(LegEnd::NotRead),
            };
            if let Some(end) = end {
                shared.finish(end);
                return close(shared, stream.as_ref());
            }
        }
        next += match step {
            Step::Frame(_) | Step::Hole => TICK,
            Step::Bytes(_) => Duration::ZERO,
            Step::Hesitation(pause) => pause,
        };
        sleep_until(next).await;
    }
}

async fn receive_all(shared: &Shared, stream: ReadHalf<'_>) {
    let mut incoming = Incoming::default();
    let mut buffer = vec![0; READ_BYTES];
    loop {
        let read = match stream.readable().await {
            Ok(()) => stream.try_read(&mut buffer),
            Err(error) => Err(error),
        };
        let end = match read {
            Ok(count @ 1..) => shared.take(&mut incoming, &buffer[..count]),
            Ok(0) => {
                if incoming.reader.is_inside_a_message() {
                    lock(&shared.report).violations.push(Violation::Unfinished);
                }
                Some(LegEnd::Fin)
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => None,
            Err(_) => Some(LegEnd::Reset),
        };
        if let Some(end) = end {
            shared.finish(end);
            return close(shared, stream.as_ref());
        }
    }
}

fn close(shared: &Shared, stream: &TcpStream) {
    shared.write_closed.store(true, Ordering::Relaxed);
    // An error means that it is closed already.
    let _ = SockRef::from(stream).shutdown(Shutdown::Both);
}

/// Bytes that were read and don't make a whole message yet.
#[derive(Debug, Default)]
struct Incoming {
    reader: MessageReader,
    begun_at: Option<Instant>,
}

/// Returns how the leg ends if Asterisk closes the connection at this message.
fn ends_the_leg(message: &Message) -> Option<LegEnd> {
    let is_audio = super::rate_of_kind(message.kind).is_some();
    match message.kind {
        kind::HANGUP => Some(LegEnd::Hangup),
        _ if is_audio && !message.payload.is_empty() => None,
        _ => Some(LegEnd::Violation),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
