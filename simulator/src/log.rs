//! The log of this thread's server from level warn, and the panics on this thread.

use std::cell::RefCell;
use std::io::Write;
use std::panic;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, Once, PoisonError};
use std::time::Duration;

use cordboard_terminal::print_notice;
use tokio::time::{Instant, sleep};
use tracing::Subscriber;
use tracing::span::{Attributes, Id};
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::{Layer, fmt};

/// Prefix of a panic that a plan ordered.
pub(crate) const ASKED_FOR: &str = "a fault that was asked for";

thread_local! {
    /// Panics of this thread since collection began; none while nothing collects them.
    static PANICS: RefCell<Option<Vec<String>>> = const { RefCell::new(None) };
}

/// The log since this was created.
pub(crate) struct Log {
    lines: Lines,
    spans: OpenSpans,
    _guard: DefaultGuard,
}

/// Number of open spans: each call, leg and assistant has one, which lives as long as its last task.
#[derive(Clone, Default)]
struct OpenSpans(Arc<AtomicU64>);

impl<S: Subscriber> Layer<S> for OpenSpans {
    fn on_new_span(&self, _: &Attributes<'_>, _: &Id, _: Context<'_, S>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn on_close(&self, _: Id, _: Context<'_, S>) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[derive(Clone)]
struct Lines(Arc<Mutex<Kept>>);

/// Text of a log, and the number of lines that did not fit.
struct Kept {
    text: Vec<u8>,
    bytes_max: usize,
    left_out: u64,
}

impl Lines {
    fn of(bytes_max: usize) -> Self {
        Self(Arc::new(Mutex::new(Kept { text: Vec::new(), bytes_max, left_out: 0 })))
    }
}

impl Write for Lines {
    /// Takes one or several lines.
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.text.len() < kept.bytes_max {
            kept.text.extend_from_slice(bytes);
        } else {
            kept.left_out += bytes.iter().filter(|byte| **byte == b'\n').count() as u64;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Log {
    /// Collects what this thread logs from now on.
    #[must_use]
    pub(crate) fn begin() -> Self {
        Self::with_room(usize::MAX)
    }

    /// As above, but after `bytes_max` bytes only counts lines: otherwise the text of a long run would be taken for the server's own memory.
    #[must_use]
    pub(crate) fn with_room(bytes_max: usize) -> Self {
        let lines = Lines::of(bytes_max);
        let writer = lines.clone();
        let level = if tells_everything() { LevelFilter::DEBUG } else { LevelFilter::WARN };
        let layer = fmt::layer().with_ansi(false).without_time().with_writer(move || writer.clone());
        let spans = OpenSpans::default();
        let subscriber = tracing_subscriber::registry().with(level).with(layer).with(spans.clone());
        Self { lines, spans, _guard: tracing::subscriber::set_default(subscriber) }
    }

    /// Returns its lines.
    #[must_use]
    pub(crate) fn lines(&self) -> Vec<String> {
        let kept = self.lines.0.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&kept.text).lines().map(str::to_owned).collect()
    }

    /// Returns the number of further lines.
    #[must_use]
    pub(crate) fn left_out(&self) -> u64 {
        self.lines.0.lock().unwrap_or_else(PoisonError::into_inner).left_out
    }

    /// Waits until no span is open, up to a time; returns how many are open. None if the log has more than warnings: then other things have spans,
    /// too, such as connections of the API.
    pub(crate) async fn spans_at_rest(&self, longest: Duration) -> Option<u64> {
        let began = Instant::now();
        while self.open_spans() > 0 && began.elapsed() < longest {
            sleep(Duration::from_millis(100)).await;
        }
        (!tells_everything()).then(|| self.open_spans())
    }

    /// Number of open spans of calls, legs and assistants.
    #[must_use]
    pub(crate) fn open_spans(&self) -> u64 {
        self.spans.0.load(Ordering::Relaxed)
    }
}

fn tells_everything() -> bool {
    std::env::var_os("CORDBOARD_SIM_LOG").is_some()
}

/// Guard while the panics of this thread are collected. If the simulator itself panics, nothing is left to report the panics: they are then printed.
pub(crate) struct PanicsCollected(());

impl Drop for PanicsCollected {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let all = panics();
            all.iter()
                .filter(|panic| !panic.contains(ASKED_FOR))
                .for_each(|panic| print_notice(format_args!("{panic}")));
        }
    }
}

/// Collects the panics of this thread from now on, and prints none of them.
pub(crate) fn listen_to_panics() -> PanicsCollected {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let taken = PANICS.with_borrow_mut(|panics| {
                panics.as_mut().map(|panics| panics.push(info.to_string())).is_some()
            });
            if !taken {
                before(info);
            }
        }));
    });
    PANICS.set(Some(Vec::new()));
    PanicsCollected(())
}

/// Returns the panics since then. From now on panics are printed again.
pub(crate) fn panics() -> Vec<String> {
    PANICS.take().unwrap_or_default()
}
