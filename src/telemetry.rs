//! The program's log: what is written, how, and where.
//!
//! Events carry fields, not sentences with numbers in them; units are in a field's name (`duration_ms`). All that
//! belongs to a call is logged inside its span `call`, whose field `call_id` every line then shows. A panic is logged in the
//! span it happened in. A thread of its own writes the lines, so threads that carry sound do not
//! wait for whoever reads standard error. The same spans become traces, where `otel.endpoint` is set ([`traces`]). Never logged: audio, transcripts, digits, prompts, tokens, whole telephone numbers.

mod traces;

use std::backtrace::{Backtrace, BacktraceStatus};
use std::io::{self, IsTerminal};
use std::panic::{self, PanicHookInfo};
use std::sync::{Mutex, OnceLock, PoisonError};

use tracing::level_filters::LevelFilter;
use tracing::{error, warn};
use tracing_appender::non_blocking::{ErrorCounter, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::writer::BoxMakeWriter;
use tracing_subscriber::layer::{Filter, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, Registry, fmt, registry, reload};

use self::traces::Traces;
use crate::config::{Log, LogFormat, LogLevel, Otel};
use cordboard_actors::late_span::EnteredLate;
use cordboard_actors::panic_text::panic_text;
use cordboard_actors::threads::Threads;

/// The crates to whose events the level applies. Others are never allowed below `info`: their `debug` events are about themselves, and some show
/// payloads.
const OURS: [&str; 3] = ["cordboard", "cordboard_actors", "cordboard_schema"];

/// Libraries that log a line for input of strangers: a junk request, which our HTTP server counts (`web/server/serving.rs`), or a WebRTC datagram
/// with an unknown part, of which even the slowest line carries a thousand a second.
const WRITTEN_BY_STRANGERS: [&str; 5] = ["actix_http", "str0m", "is::", "dimpl", "sctp_proto"];

/// Libraries that log each failed attempt: the pool of connections for reading makes some eight a second while the database is away. Each of its errors
/// is also the cause of a read that failed, which our code logs.
const REPEATING: [&str; 1] = ["r2d2"];

/// Why there is no log.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The process has a log already.
    #[error("the log can't be started twice in one process: {0}")]
    StartedTwice(#[from] tracing_subscriber::util::TryInitError),
    /// Traces are configured and can't be sent.
    #[error(
        "traces can't be sent to `otel.endpoint`: {0}; set it to a collector's address, such as http://127.0.0.1:4318, or unset it"
    )]
    NoTraces(String),
    /// The process has no log whose level could be read or changed.
    #[error("this process keeps no log")]
    NotStarted,
}

/// The level of the process's log, which can be changed at run time.
static LEVEL: OnceLock<Level> = OnceLock::new();

/// The lines that may wait until standard error takes them, in a queue of 0.3 MB: those of some minutes at the usual level.
const WAITING_LINES_MAX: usize = 8_192;

/// How many lines of the process's log found no room.
static LOST: OnceLock<ErrorCounter> = OnceLock::new();

/// The thread that writes the process's log; dropping it waits until the last lines are written, for a second at most.
static WRITER: Mutex<Option<WorkerGuard>> = Mutex::new(None);

struct Level {
    now: Mutex<LogLevel>,
    filter: reload::Handle<Targets, Registry>,
}

/// Log and traces of the process. Dropping it delivers the last traces and writes the last lines.
#[must_use = "traces end when this is dropped"]
pub struct Telemetry {
    traces: Option<Traces>,
}

impl Drop for Telemetry {
    fn drop(&mut self) {
        // Their delivery may log a line.
        drop(self.traces.take());
        finish();
    }
}

/// Starts the log on standard error, including panics, and traces if they are configured.
///
/// # Errors
/// Fails if the process has a log already, or traces can't be sent.
pub fn start(log: &Log, otel: &Otel) -> Result<Telemetry, TelemetryError> {
    let traces = otel.endpoint.as_ref().map(Traces::open).transpose()?;
    let spans = traces.as_ref().map(|traces| {
        tracing_opentelemetry::layer()
            .with_tracer(traces.tracer())
            .with_location(false)
            .with_threads(false)
            .with_tracked_inactivity(false)
            .with_filter(Targets::new().with_targets(OURS.map(|target| (target, LevelFilter::INFO))))
    });
    let (filter, handle) = reload::Layer::new(filter(log.level));
    let log_only = registry().with(layer(log.format, filter, writer()));
    match spans {
        Some(spans) => EnteredLate::over(log_only.with(spans)).try_init()?,
        None => EnteredLate::over(log_only).try_init()?,
    }
    // Set once, because a second start has failed above.
    let _ = LEVEL.set(Level { now: Mutex::new(log.level), filter: handle });
    panic::set_hook(Box::new(log_panic));
    Ok(Telemetry { traces })
}

/// Returns the log's writer: a thread of its own, or standard error itself inside a test's world, which has no other threads.
fn writer() -> BoxMakeWriter {
    if Threads::here() != Threads::OnCores {
        return BoxMakeWriter::new(io::stderr);
    }
    let queue = NonBlockingBuilder::default().buffered_lines_limit(WAITING_LINES_MAX).lossy(true);
    let (lines, writer) = queue.thread_name("log-writer").finish(io::stderr());
    let _ = LOST.set(lines.error_counter());
    // A second start fails, and must not end the writer of the first.
    WRITER.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(writer);
    BoxMakeWriter::new(lines)
}

/// Waits until the last lines are written, for a second at most. Lines after this are lost.
pub fn finish() {
    drop(WRITER.lock().unwrap_or_else(PoisonError::into_inner).take());
}

/// Returns how many lines of the log were lost.
pub fn lost_lines() -> u64 {
    LOST.get().map_or(0, |lost| u64::try_from(lost.dropped_lines()).unwrap_or(u64::MAX))
}

/// Returns the log's level.
///
/// # Errors
/// Fails if the process keeps no log.
pub fn level() -> Result<LogLevel, TelemetryError> {
    let level = LEVEL.get().ok_or(TelemetryError::NotStarted)?;
    Ok(*level.now.lock().unwrap_or_else(PoisonError::into_inner))
}

/// Changes the log's level, at once and for all threads.
///
/// # Errors
/// Fails if the process keeps no log.
pub fn set_level(wanted: LogLevel) -> Result<(), TelemetryError> {
    let level = LEVEL.get().ok_or(TelemetryError::NotStarted)?;
    let mut now = level.now.lock().unwrap_or_else(PoisonError::into_inner);
    level.filter.reload(filter(wanted)).map_err(|_| TelemetryError::NotStarted)?;
    *now = wanted;
    // A line in JSON has a member `level` of its own, and a second one would take its place.
    warn!(log_level = ?wanted, "the log's level is changed");
    Ok(())
}

/// The layer that writes events, to any writer so that a test can read them.
fn layer<F, W>(format: LogFormat, filter: F, writer: W) -> Box<dyn Layer<Registry> + Send + Sync>
where
    F: Filter<Registry> + Send + Sync + 'static,
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    match format {
        LogFormat::Text => {
            let colours = io::stderr().is_terminal();
            fmt::layer().with_writer(writer).with_ansi(colours).with_filter(filter).boxed()
        }
        LogFormat::Json => {
            let lines = fmt::layer().json().flatten_event(true).with_current_span(false);
            lines.with_writer(writer).with_filter(filter).boxed()
        }
    }
}

fn filter(level: LogLevel) -> Targets {
    let level = match level {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    };
    let ours = OURS.map(|target| (target, level));
    let others = Targets::new().with_default(level.min(LevelFilter::INFO));
    let silent = WRITTEN_BY_STRANGERS.into_iter().chain(REPEATING).map(|target| (target, LevelFilter::OFF));
    others.with_targets(silent).with_targets(ours)
}

/// A panic is contained where it happens (supervision). Here it is only logged, with its call.
fn log_panic(panic: &PanicHookInfo<'_>) {
    let message = panic_text(panic.payload());
    let location = panic.location().map(ToString::to_string).unwrap_or_default();
    let backtrace = Backtrace::capture();
    match backtrace.status() {
        BacktraceStatus::Captured => error!(message, location, %backtrace),
        _ => error!(message, location),
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::sync::{Arc, Mutex};
    use std::task::{Context, Waker};

    use cordboard_actors::late_span::in_span;
    use tracing::{Span, debug, error_span, info};

    use super::*;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// Returns the log lines about one call, at a level and in a format.
    fn logged(level: LogLevel, format: LogFormat) -> String {
        let lines = Lines::default();
        let writer = lines.clone();
        let subscriber = registry().with(layer(format, filter(level), move || writer.clone()));
        tracing::subscriber::with_default(subscriber, || {
            error_span!("call", call_id = "0190-7").in_scope(|| {
                info!(duration_ms = 20, "leg joined");
                debug!("frame shape settled");
                tracing::info!(target: "actix_server", "a library's word");
                tracing::debug!(target: "actix_server", "a library's secret");
                tracing::error!(target: "actix_http::h1::dispatcher", "what a stranger sends");
                tracing::warn!(target: "is::stun", "what a stranger sends");
                tracing::warn!(target: "str0m::sctp", "what a stranger sends");
                tracing::error!(target: "r2d2", "an attempt of very many");
            });
        });
        String::from_utf8(lines.0.lock().unwrap().clone()).unwrap()
    }

    #[test]
    fn a_json_line_has_the_call_and_the_fields() {
        let text = logged(LogLevel::Info, LogFormat::Json);
        let first: serde_json::Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
        assert_eq!(first["message"], "leg joined");
        assert_eq!(first["duration_ms"], 20);
        assert_eq!(first["level"], "INFO");
        assert_eq!(first["spans"][0]["call_id"], "0190-7");
        assert!(!text.contains("settled"), "{text}");
    }

    #[test]
    fn a_text_line_has_the_call_too() {
        let text = logged(LogLevel::Info, LogFormat::Text);
        assert!(text.contains("call{call_id=\"0190-7\"}"), "{text}");
        assert!(text.contains("leg joined duration_ms=20"), "{text}");
    }

    #[test]
    fn log_lines_keep_their_spans_when_spans_are_entered_late() {
        let lines = Lines::default();
        let writer = lines.clone();
        let log = registry().with(layer(LogFormat::Json, filter(LogLevel::Info), move || writer.clone()));
        tracing::subscriber::with_default(EnteredLate::over(log), || {
            let leg = error_span!("call").in_scope(|| error_span!("leg"));
            let mut task = pin!(in_span(leg, async {
                info!("begun");
                tokio::task::yield_now().await;
                error_span!("part").in_scope(|| info!("within"));
                tokio::task::yield_now().await;
                Span::current().in_scope(|| info!("again"));
            }));
            let mut context = Context::from_waker(Waker::noop());
            while task.as_mut().poll(&mut context).is_pending() {
                info!("between");
            }
        });
        let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
        let logged: Vec<(String, Vec<String>)> = text
            .lines()
            .map(|line| {
                let line: serde_json::Value = serde_json::from_str(line).unwrap();
                let spans = line["spans"].as_array().cloned().unwrap_or_default();
                let names = spans.iter().map(|span| span["name"].as_str().unwrap().to_owned()).collect();
                (line["message"].as_str().unwrap().to_owned(), names)
            })
            .collect();
        let spans = |line: &str| {
            let found = logged.iter().find(|(message, _)| message == line);
            found.unwrap().1.clone()
        };
        assert_eq!(spans("begun"), ["call", "leg"]);
        assert_eq!(spans("between"), [""; 0]);
        assert_eq!(spans("within"), ["call", "leg", "part"]);
        assert_eq!(spans("again"), ["call", "leg"]);
    }

    #[test]
    fn the_level_opens_our_own_parts_only() {
        let text = logged(LogLevel::Trace, LogFormat::Text);
        assert!(text.contains("settled") && text.contains("a library's word"), "{text}");
        assert!(!text.contains("a library's secret") && !text.contains("stranger"), "{text}");
        assert!(!text.contains("an attempt"), "{text}");
        assert!(!logged(LogLevel::Error, LogFormat::Text).contains("library"));
    }
}
