//! The connection itself: what Asterisk does for one leg.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use socket2::SockRef;
use uuid::Uuid;

use super::message::{Message, MessageReader, kind};
use super::report::{Report, Violation};
use crate::audio::{Sound, samples_in};
use crate::priority;
use crate::waiting::{TimedOut, wait_until};

const TICK: Duration = Duration::from_millis(20);
/// Asterisk tries so long to connect.
const CONNECT_LIMIT: Duration = Duration::from_secs(2);
/// Asterisk takes a write that does not go through at once as the end; the kernel's buffer makes that late.
const WRITE_LIMIT: Duration = Duration::from_millis(20);
/// How often the receiving thread looks whether it shall end.
const LOOK_INTERVAL: Duration = Duration::from_millis(20);
/// A digit of 100 ms makes a hole of 160 ms in the audio; its message comes 20 ms before the audio is back.
const DIGIT_HOLE_TICKS: usize = 8;
/// More than the kernel hands over in one read, so that a message in two reads was written in two.
const READ_BYTES: usize = 256 * 1024;

/// How a leg ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LegEnd {
    /// The server sent `00 00 00`: the dialplan goes on.
    Hangup,
    /// The server closed its side without a word: the dialplan goes on, too.
    Fin,
    /// The server reset the connection: the caller is hung up.
    Reset,
    /// The server sent what Asterisk does not stand: the caller is hung up.
    Violation,
    /// The server did not read: Asterisk could not write and hung the caller up.
    NotRead,
    /// We ended it.
    ByCaller,
}

/// What is sent in one tick, or between two.
#[derive(Debug)]
enum Step {
    /// One frame, then the clock goes on.
    Frame(Vec<u8>),
    /// Nothing in this tick.
    Hole,
    /// Bytes that take no time of their own: digits, bursts, nonsense.
    Bytes(Vec<u8>),
    /// Nothing but real time passes: the connection hesitates.
    Hesitation(Duration),
}

#[derive(Debug)]
struct Shared {
    connected_at: Instant,
    rate: u32,
    steps: Mutex<VecDeque<Step>>,
    report: Mutex<Report>,
    end: Mutex<Option<(LegEnd, Instant)>>,
    /// Nothing is sent any more; what comes is still read.
    write_closed: AtomicBool,
    /// Both threads end.
    stop: AtomicBool,
}

/// A caller on an AudioSocket connection. Silent frames are sent whenever there is nothing else to send, as
/// telephones do. Closed when dropped.
#[derive(Debug)]
pub struct Caller {
    shared: Arc<Shared>,
    /// The threads have it, too: it closes with its last owner. `None` after a reset.
    stream: Option<Arc<TcpStream>>,
    threads: Vec<JoinHandle<()>>,
}

impl Caller {
    /// Connects and sends the UUID, then audio at `rate` Hz.
    ///
    /// # Errors
    /// Nobody listens, or nobody accepts within 2 s.
    pub fn connect(server: SocketAddr, uuid: Uuid, rate: u32) -> io::Result<Self> {
        let hello = Message { kind: kind::UUID, payload: uuid.as_bytes().to_vec() };
        Self::connect_saying(server, &hello.to_bytes(), rate)
    }

    /// Connects and sends these bytes instead of a UUID, then audio.
    ///
    /// # Errors
    /// As [`Caller::connect`].
    pub fn connect_saying(server: SocketAddr, hello: &[u8], rate: u32) -> io::Result<Self> {
        let mut stream = TcpStream::connect_timeout(&server, CONNECT_LIMIT)?;
        let connected_at = Instant::now();
        stream.set_nodelay(true)?;
        stream.set_write_timeout(Some(WRITE_LIMIT))?;
        stream.set_read_timeout(Some(LOOK_INTERVAL))?;
        stream.write_all(hello)?;
        let stream = Arc::new(stream);
        let shared = Arc::new(Shared {
            connected_at,
            rate,
            steps: Mutex::default(),
            report: Mutex::default(),
            end: Mutex::default(),
            write_closed: AtomicBool::new(false),
            stop: AtomicBool::new(false),
        });
        let run = |work: fn(&Shared, &TcpStream)| {
            let (shared, stream) = (Arc::clone(&shared), Arc::clone(&stream));
            thread::spawn(move || {
                priority::raise();
                work(&shared, &stream);
            })
        };
        let threads = vec![run(Shared::send_all), run(Shared::receive_all)];
        Ok(Self { shared, stream: Some(stream), threads })
    }

    /// When the connection stood; the times in the report count from here.
    #[must_use]
    pub fn connected_at(&self) -> Instant {
        self.shared.connected_at
    }

    /// Says something, frame by frame, after what is still to be said. Returns at once.
    pub fn say(&self, sound: &Sound) {
        lock(&self.shared.steps).extend(self.frames(sound).into_iter().map(Step::Frame));
    }

    /// Sends a sound in one go, as Asterisk does with what it held back.
    pub fn burst(&self, sound: &Sound) {
        lock(&self.shared.steps).push_back(Step::Bytes(self.frames(sound).concat()));
    }

    /// Presses a key: the audio stops for 160 ms, and the digit comes at the end of the hole.
    pub fn press(&self, digit: char) {
        let message = Message { kind: kind::DTMF, payload: digit.to_string().into_bytes() };
        let mut steps = lock(&self.shared.steps);
        steps.extend((1..DIGIT_HOLE_TICKS).map(|_| Step::Hole));
        steps.push_back(Step::Bytes(message.to_bytes()));
        steps.push_back(Step::Hole);
    }

    /// Sends nothing for a while: a telephone with voice detection, or a network that lost packets.
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

    /// Waits until all of that was sent.
    ///
    /// # Errors
    /// There is still something to send after `limit`.
    pub fn wait_said(&self, limit: Duration) -> Result<(), TimedOut> {
        wait_until("the end of what the caller says", limit, || {
            lock(&self.shared.steps).is_empty().then_some(())
        })
    }

    /// Hangs up as Asterisk does when the caller does: FIN, without a word, and nothing is read any more.
    pub fn hang_up(&self) {
        self.shared.finish(LegEnd::ByCaller);
        self.close(Shutdown::Both);
    }

    /// Closes the sending side only.
    pub fn half_close(&self) {
        self.close(Shutdown::Write);
    }

    /// Resets the connection (RST): a switch that died.
    ///
    /// # Errors
    /// The socket is gone.
    pub fn reset(&mut self) -> io::Result<()> {
        self.shared.finish(LegEnd::ByCaller);
        if let Some(stream) = &self.stream {
            // The kernel then resets when the last owner closes.
            SockRef::from(&**stream).set_linger(Some(Duration::ZERO))?;
        }
        self.join_threads();
        self.stream = None;
        Ok(())
    }

    /// What has come so far.
    #[must_use]
    pub fn report(&self) -> Report {
        lock(&self.shared.report).clone()
    }

    /// How the leg ended, if it has.
    #[must_use]
    pub fn ended(&self) -> Option<LegEnd> {
        self.shared.ended().map(|(end, _)| end)
    }

    /// Waits until the leg has ended, and tells how and when (counted from the connection).
    ///
    /// # Errors
    /// It has not after `limit`.
    pub fn wait_ended(&self, limit: Duration) -> Result<(LegEnd, Duration), TimedOut> {
        let (end, at) = wait_until("the end of the leg", limit, || self.shared.ended())?;
        Ok((end, at - self.shared.connected_at))
    }

    fn close(&self, side: Shutdown) {
        if let Some(stream) = &self.stream {
            self.shared.close(stream, side);
        }
    }

    fn join_threads(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            // A panic there is reported where it happened.
            let _ = thread.join();
        }
    }

    /// The messages of a sound, one for each 20 ms; the last one is filled up with silence.
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

impl Drop for Caller {
    fn drop(&mut self) {
        self.shared.finish(LegEnd::ByCaller);
        self.close(Shutdown::Both);
        self.join_threads();
    }
}

impl Shared {
    fn ended(&self) -> Option<(LegEnd, Instant)> {
        *lock(&self.end)
    }

    fn finish(&self, end: LegEnd) {
        lock(&self.end).get_or_insert((end, Instant::now()));
    }

    fn close(&self, stream: &TcpStream, side: Shutdown) {
        self.write_closed.store(true, Ordering::Relaxed);
        // Closed already is as good.
        let _ = stream.shutdown(side);
    }

    fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    fn send_all(&self, mut stream: &TcpStream) {
        let silent_frame = Message::audio(self.rate, &vec![0; samples_in(TICK, self.rate)]).to_bytes();
        let mut next = Instant::now();
        while !self.is_stopped() && !self.write_closed.load(Ordering::Relaxed) {
            let step = lock(&self.steps).pop_front().unwrap_or_else(|| Step::Frame(silent_frame.clone()));
            let written = match &step {
                Step::Frame(bytes) | Step::Bytes(bytes) => stream.write_all(bytes),
                Step::Hole | Step::Hesitation(_) => Ok(()),
            };
            if let Err(error) = written {
                self.finish(if is_timeout(&error) { LegEnd::NotRead } else { LegEnd::Reset });
                return self.close(stream, Shutdown::Both);
            }
            next += match step {
                Step::Frame(_) | Step::Hole => TICK,
                Step::Bytes(_) => Duration::ZERO,
                Step::Hesitation(pause) => pause,
            };
            thread::sleep(next.saturating_duration_since(Instant::now()));
        }
    }

    fn receive_all(&self, mut stream: &TcpStream) {
        let mut incoming = Incoming::default();
        let mut buffer = vec![0; READ_BYTES];
        while !self.is_stopped() {
            let end = match stream.read(&mut buffer) {
                Ok(count @ 1..) => self.take(&mut incoming, &buffer[..count]),
                Ok(0) => {
                    if incoming.reader.is_inside_a_message() {
                        lock(&self.report).violations.push(Violation::Unfinished);
                    }
                    Some(LegEnd::Fin)
                }
                Err(error) if is_timeout(&error) || error.kind() == ErrorKind::Interrupted => None,
                Err(_) => Some(LegEnd::Reset),
            };
            if let Some(end) = end {
                self.finish(end);
                return self.close(stream, Shutdown::Both);
            }
        }
    }

    /// Judges what one read brought; tells when Asterisk would close.
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

/// What was read and is not a whole message yet.
#[derive(Debug, Default)]
struct Incoming {
    reader: MessageReader,
    begun_at: Option<Instant>,
}

fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}

/// What Asterisk closes the connection at.
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
