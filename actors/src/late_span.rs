//! Spans of tasks that are polled at every frame and hardly ever log: a span is entered only when something is logged.
//!
//! `Instrument` enters and leaves a span at each poll, with four look-ups for nothing: 3.5 % of the server's CPU.
//! Here a poll only notes its span. The process's log ([`EnteredLate`]) enters that span before the first thing that
//! needs it, which is a line, a child span, or a query for the present span; it is left when the poll ends. With any
//! other log, spans are entered at each poll.

use std::cell::Cell;
use std::fmt;
use std::future::poll_fn;

use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, EnteredSpan, Id, Record};
use tracing::subscriber::Interest;
use tracing::{Dispatch, Event, Instrument, Metadata, Span, Subscriber};
use tracing_core::span::Current;

thread_local! {
    /// The span of what is being polled.
    static HERE: Cell<Option<Known>> = const { Cell::new(None) };
}

enum Known {
    Outside(Span),
    Inside(EnteredSpan),
}

/// Runs a future in a span.
pub fn in_span<F: Future>(span: Span, future: F) -> impl Future<Output = F::Output> {
    let is_late = span.with_subscriber(|(_, log)| log.is::<EnteredLate>()).unwrap_or_default();
    let mut own = is_late.then(|| span.clone());
    // In a box, because a task would otherwise contain the future twice. It is dropped in its span.
    let mut inside = Box::pin(future.instrument(span));
    poll_fn(move |task| {
        if own.is_none() {
            return inside.as_mut().poll(task);
        }
        let _here = Here::note(&mut own);
        inside.as_mut().inner_pin_mut().poll(task)
    })
}

/// Notes the span for the duration of a poll.
struct Here<'a> {
    own: &'a mut Option<Span>,
    /// The span of the surrounding poll.
    around: Option<Known>,
}

impl<'a> Here<'a> {
    fn note(own: &'a mut Option<Span>) -> Self {
        let around = HERE.replace(own.take().map(Known::Outside));
        Self { own, around }
    }
}

impl Drop for Here<'_> {
    fn drop(&mut self) {
        *self.own = match HERE.replace(self.around.take()) {
            Some(Known::Outside(span)) => Some(span),
            Some(Known::Inside(span)) => Some(span.exit()),
            None => None,
        };
    }
}

/// Enters the span of what is being polled, if that was not done yet.
fn enter() {
    // A thread that ends has none.
    let _ = HERE.try_with(|here| {
        // Nothing is noted meanwhile, so entering it does not recurse here.
        let known = match here.take() {
            Some(Known::Outside(span)) => Some(Known::Inside(span.entered())),
            known => known,
        };
        here.set(known);
    });
}

/// A log that enters spans of [`in_span`] when they are needed.
pub struct EnteredLate(Box<dyn Subscriber + Send + Sync>);

impl EnteredLate {
    /// Wraps a log that does everything else.
    pub fn over(log: impl Subscriber + Send + Sync) -> Self {
        Self(Box::new(log))
    }
}

impl fmt::Debug for EnteredLate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EnteredLate")
    }
}

impl Subscriber for EnteredLate {
    fn on_register_dispatch(&self, log: &Dispatch) {
        self.0.on_register_dispatch(log);
    }

    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        self.0.register_callsite(metadata)
    }

    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        self.0.enabled(metadata)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        self.0.max_level_hint()
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        enter();
        self.0.new_span(span)
    }

    fn record(&self, span: &Id, values: &Record<'_>) {
        self.0.record(span, values);
    }

    fn record_follows_from(&self, span: &Id, follows: &Id) {
        self.0.record_follows_from(span, follows);
    }

    fn event_enabled(&self, event: &Event<'_>) -> bool {
        self.0.event_enabled(event)
    }

    fn event(&self, event: &Event<'_>) {
        enter();
        self.0.event(event);
    }

    fn enter(&self, span: &Id) {
        enter();
        self.0.enter(span);
    }

    fn exit(&self, span: &Id) {
        self.0.exit(span);
    }

    fn clone_span(&self, span: &Id) -> Id {
        self.0.clone_span(span)
    }

    fn try_close(&self, span: Id) -> bool {
        self.0.try_close(span)
    }

    fn current_span(&self) -> Current {
        enter();
        self.0.current_span()
    }
}
