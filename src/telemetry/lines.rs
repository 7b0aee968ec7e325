//! Lines of the log on their way to standard error. A thread that logs hands its line over and goes on: whoever reads standard error (journald, a
//! pipe, a terminal) may be stuck, and threads that carry sound must not wait for that.
//!
//! One thread writes the lines. If it falls behind by [`WAITING_BYTES_MAX`], further lines are lost and counted; once there is room, a line says how
//! many. Lines of a panic have room of their own.

use std::cell::Cell;
use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cordboard_actors::threads::Threads;
use tracing::warn;
use tracing_subscriber::fmt::MakeWriter;

/// Bytes of lines that may wait: those of some minutes at the usual level.
const WAITING_BYTES_MAX: usize = 4 * 1_024 * 1_024;

/// Further bytes for lines of panics.
const URGENT_BYTES_MAX: usize = 1_024 * 1_024;

/// How long the end of the program waits for the last lines.
const LAST_LINES_WAIT: Duration = Duration::from_secs(2);

/// How long a thread that panics waits for its lines: if the panic ends the process, nothing else writes them.
const PANIC_WAIT: Duration = Duration::from_millis(100);

thread_local! {
    /// Whether this thread is logging a panic.
    static IS_URGENT: Cell<bool> = const { Cell::new(false) };
}

/// The lines that wait, for the threads that log, the one that writes, and those that wait for it.
pub(super) struct Lines {
    waiting: Mutex<Waiting>,
    bytes_max: usize,
    /// Lines wait again.
    arrived: Condvar,
    /// Lines were written.
    written: Condvar,
}

#[derive(Default)]
struct Waiting {
    bytes: Vec<u8>,
    /// Lines that were handed over, and have found room.
    accepted: u64,
    /// Those of them that do not wait any more.
    done: u64,
    /// Lines that found no room, or could not be written.
    lost: u64,
    /// Those of them that a line of the log has reported.
    reported: u64,
}

impl Lines {
    /// Returns the lines of a process; none inside a test's world, which has no thread that could write them.
    pub(super) fn here() -> Option<Arc<Self>> {
        (Threads::here() == Threads::OnCores).then(|| Self::new(WAITING_BYTES_MAX))
    }

    fn new(bytes_max: usize) -> Arc<Self> {
        let waiting = Mutex::default();
        Arc::new(Self { waiting, bytes_max, arrived: Condvar::new(), written: Condvar::new() })
    }

    /// Starts the thread that writes to standard error.
    ///
    /// # Errors
    /// The system can't start a thread.
    pub(super) fn start_writing(self: &Arc<Self>) -> io::Result<()> {
        let lines = Arc::clone(self);
        Threads::OnCores.start("log-writer", move || async move { lines.keep_writing() }).map(drop)
    }

    fn keep_writing(&self) {
        loop {
            self.write_next(&mut io::stderr());
        }
    }

    /// How many lines were lost.
    pub(super) fn lost(&self) -> u64 {
        self.lock().lost
    }

    /// Logs a panic by this, and waits a moment until it is written.
    pub(super) fn log_panic(&self, log: impl FnOnce()) {
        urgently(log);
        self.flush(PANIC_WAIT);
    }

    /// Waits until the lines of this moment are written, for some seconds at most.
    pub(super) fn finish(&self) {
        self.flush(LAST_LINES_WAIT);
    }

    /// Waits until the lines of this moment are written. Returns whether they are.
    fn flush(&self, limit: Duration) -> bool {
        let waiting = self.lock();
        let last = waiting.accepted;
        let waited = self.written.wait_timeout_while(waiting, limit, |waiting| waiting.done < last);
        !waited.unwrap_or_else(PoisonError::into_inner).1.timed_out()
    }

    fn push(&self, line: &[u8]) {
        let bytes_max = self.bytes_max + if IS_URGENT.get() { URGENT_BYTES_MAX } else { 0 };
        let mut waiting = self.lock();
        if waiting.bytes.len() + line.len() > bytes_max {
            waiting.lost += 1;
            return;
        }
        let is_first = waiting.bytes.is_empty();
        waiting.bytes.extend_from_slice(line);
        waiting.accepted += 1;
        drop(waiting);
        if is_first {
            self.arrived.notify_one();
        }
    }

    /// Waits for lines, and writes all that wait. Afterwards it logs how many were lost.
    fn write_next(&self, to: &mut impl Write) {
        let waiting = self.lock();
        let waited = self.arrived.wait_while(waiting, |waiting| waiting.bytes.is_empty());
        let mut waiting = waited.unwrap_or_else(PoisonError::into_inner);
        let bytes = std::mem::take(&mut waiting.bytes);
        let last = waiting.accepted;
        drop(waiting);

        let written = to.write_all(&bytes).and_then(|()| to.flush());

        let mut waiting = self.lock();
        let count = last - waiting.done;
        waiting.done = last;
        let mut unreported = 0;
        match written {
            // Lines about lines that can't be written can't be written either.
            Err(_) => waiting.lost += count,
            Ok(()) => {
                unreported = waiting.lost - waiting.reported;
                waiting.reported = waiting.lost;
            }
        }
        drop(waiting);
        self.written.notify_all();
        if unreported > 0 {
            warn!(lines = unreported, "lines of the log are lost: standard error was not read in time");
        }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Logs by this, with the room that lines of panics have.
fn urgently(log: impl FnOnce()) {
    let was_urgent = IS_URGENT.replace(true);
    log();
    IS_URGENT.set(was_urgent);
}

/// The log's writer: the lines that wait, or standard error itself if there are none.
pub(super) struct LogWriter(pub(super) Option<Arc<Lines>>);

/// Takes one line.
pub(super) enum LineWriter<'a> {
    Waiting(&'a Lines),
    Direct(io::Stderr),
}

impl<'a> MakeWriter<'a> for LogWriter {
    type Writer = LineWriter<'a>;

    fn make_writer(&'a self) -> LineWriter<'a> {
        match &self.0 {
            Some(lines) => LineWriter::Waiting(lines),
            None => LineWriter::Direct(io::stderr()),
        }
    }
}

impl Write for LineWriter<'_> {
    /// The subscriber hands over each line as a whole.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        match self {
            Self::Waiting(lines) => {
                lines.push(line);
                Ok(line.len())
            }
            Self::Direct(stderr) => stderr.write(line),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Waiting(_) => Ok(()),
            Self::Direct(stderr) => stderr.flush(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use tracing_subscriber::layer::SubscriberExt as _;
    use tracing_subscriber::registry;

    use super::*;
    use crate::config::{LogFormat, LogLevel};
    use crate::telemetry::{filter, layer};

    /// Standard error that accepts nothing.
    struct Closed;

    impl Write for Closed {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn lines_beyond_the_room_are_lost_and_counted_in_the_log() {
        let lines = Lines::new(1_000);
        let log = layer(LogFormat::Text, filter(LogLevel::Info), LogWriter(Some(Arc::clone(&lines))));
        tracing::subscriber::with_default(registry().with(log), || {
            let [first, second] = [[b'1'; 400], [b'2'; 400]];
            // Nobody writes meanwhile, and nobody waits.
            for line in [first, second, [b'3'; 400], [b'4'; 400]] {
                lines.push(&line);
            }
            let mut written = Vec::new();
            lines.write_next(&mut written);
            assert_eq!(written, [first, second].concat());
            assert_eq!(lines.lost(), 2);
            lines.write_next(&mut written);
            let said = String::from_utf8_lossy(&written[800..]).into_owned();
            assert!(said.contains("lines of the log are lost") && said.contains("lines=2"), "{said}");
            lines.push(b"more\n");
            let before = written.len();
            lines.write_next(&mut written);
            assert_eq!(&written[before..], b"more\n");
            assert!(lines.lock().bytes.is_empty(), "it is said once");
        });
    }

    #[test]
    fn lines_of_a_panic_have_room_of_their_own() {
        let lines = Lines::new(4);
        lines.push(b"full");
        urgently(|| lines.push(b"panic"));
        lines.push(b"more");
        let mut written = Vec::new();
        lines.write_next(&mut written);
        assert_eq!((written.as_slice(), lines.lost()), (&b"fullpanic"[..], 1));
        urgently(|| lines.push(&vec![b'x'; 5 + URGENT_BYTES_MAX]));
        assert_eq!(lines.lost(), 2, "it has an end as well");
    }

    #[test]
    fn the_end_of_a_process_waits_for_the_last_lines() {
        let lines = Lines::new(100);
        assert!(lines.flush(Duration::ZERO), "there are none");
        lines.push(b"the last line\n");
        assert!(!lines.flush(Duration::ZERO), "a stuck reader does not delay the end for long");
        let mut written = Vec::new();
        thread::scope(|threads| {
            threads.spawn(|| lines.write_next(&mut written));
            assert!(lines.flush(Duration::from_secs(60)));
        });
        assert_eq!(written, b"the last line\n");
    }

    #[test]
    fn lines_that_can_not_be_written_are_lost() {
        let lines = Lines::new(100);
        lines.push(b"one\n");
        lines.push(b"two\n");
        lines.write_next(&mut Closed);
        assert_eq!(lines.lost(), 2);
        assert!(lines.flush(Duration::ZERO), "nobody waits for them");
    }
}
