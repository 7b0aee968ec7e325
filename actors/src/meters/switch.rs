//! Figures of our connection to a switch. One meter for each switch; `/metrics` shows them by its name.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use cordboard_schema::time::UnixMs;

use super::count;
use super::spread::{SHORT_US, Spread};

/// The figures of one switch. Clones share the same figures.
#[derive(Clone, Default)]
pub struct SwitchMeter(Arc<Figures>);

struct Figures {
    is_connected: AtomicBool,
    losses: AtomicU64,
    commands: AtomicU64,
    unanswered: AtomicU64,
    events: AtomicU64,
    /// In Unix milliseconds; 0 before the first event.
    last_event_at: AtomicI64,
    answers: Spread,
}

impl Default for Figures {
    fn default() -> Self {
        Self {
            is_connected: AtomicBool::new(false),
            losses: AtomicU64::new(0),
            commands: AtomicU64::new(0),
            unanswered: AtomicU64::new(0),
            events: AtomicU64::new(0),
            last_event_at: AtomicI64::new(0),
            answers: Spread::new(SHORT_US),
        }
    }
}

/// The present figures of one switch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SwitchFigures {
    /// Whether we are connected and signed in.
    pub is_connected: bool,
    /// How often an established connection was lost.
    pub losses: u64,
    /// Commands that were sent to it.
    pub commands: u64,
    /// Commands that it has not answered.
    pub unanswered: u64,
    /// Events that it sent.
    pub events: u64,
    /// When it sent the newest of them.
    pub last_event_at: Option<UnixMs>,
}

impl SwitchMeter {
    /// Returns the present figures.
    pub fn figures(&self) -> SwitchFigures {
        let Self(figures) = self;
        SwitchFigures {
            is_connected: figures.is_connected.load(Ordering::Relaxed),
            losses: figures.losses.load(Ordering::Relaxed),
            commands: figures.commands.load(Ordering::Relaxed),
            unanswered: figures.unanswered.load(Ordering::Relaxed),
            events: figures.events.load(Ordering::Relaxed),
            last_event_at: Some(UnixMs(figures.last_event_at.load(Ordering::Relaxed))).filter(|at| at.0 != 0),
        }
    }

    /// How long the switch took to answer, as a histogram in seconds.
    pub fn answers(&self) -> &impl prometheus_client::encoding::EncodeMetric {
        &self.0.answers
    }

    /// The switch has sent an event: a message on its event socket or manager interface that is not an answer to a
    /// command, or a webhook.
    pub fn event_came(&self, now: UnixMs) {
        count(&self.0.events);
        self.0.last_event_at.store(now.0, Ordering::Relaxed);
    }

    pub(crate) fn connected(&self) {
        self.0.is_connected.store(true, Ordering::Relaxed);
    }

    pub(crate) fn lost(&self) {
        self.0.is_connected.store(false, Ordering::Relaxed);
        count(&self.0.losses);
    }

    pub(crate) fn asked(&self) {
        count(&self.0.commands);
    }

    pub(crate) fn answered(&self, took_ms: u64) {
        self.0.answers.observe(Duration::from_millis(took_ms));
    }

    pub(crate) fn unanswered(&self, commands: usize) {
        self.0.unanswered.store(u64::try_from(commands).unwrap_or(u64::MAX), Ordering::Relaxed);
    }
}

impl fmt::Debug for SwitchMeter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.figures().fmt(f)
    }
}
