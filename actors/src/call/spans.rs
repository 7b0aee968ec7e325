//! Spans within a call's span, for traces: each utterance of the assistant, from its beginning to the report of how
//! much was heard, and each tool.

use cordboard_schema::event::{Decision, Event, Fact};
use cordboard_schema::ids::{EffectId, ItemId};
use cordboard_schema::tool::ToolOutcome;
use tracing::{Span, field, info_span};

/// Utterances that are followed at a time. An utterance that no ear ever reports makes room for others.
const RESPONSES_MAX: usize = 16;

/// Open spans with what they belong to, in the order in which they began. A list, because it has one or two entries,
/// and a tree allocates room for eleven at its first.
type OpenSpans<K> = Vec<(K, Span)>;

fn open<K: Copy + PartialEq>(spans: &mut OpenSpans<K>, key: K, span: Span) {
    close(spans, key);
    spans.push((key, span));
}

fn close<K: Copy + PartialEq>(spans: &mut OpenSpans<K>, key: K) -> Option<Span> {
    let at = spans.iter().position(|(open, _)| *open == key)?;
    Some(spans.remove(at).1)
}

/// The open spans of a call.
#[derive(Debug, Default)]
pub(super) struct CallSpans {
    responses: OpenSpans<ItemId>,
    tools: OpenSpans<EffectId>,
}

impl CallSpans {
    /// Opens and closes spans according to what is journalled. To be called in the call's own span.
    pub(super) fn take(&mut self, event: &Event) {
        match event {
            Event::Fact(Fact::ItemStarted { item, line, .. }) => {
                let span = info_span!("response", %item, ?line, heard_ms = field::Empty, end = field::Empty);
                open(&mut self.responses, *item, span);
                if self.responses.len() > RESPONSES_MAX {
                    self.responses.remove(0);
                }
            }
            Event::Fact(Fact::PlayedUntil { item, heard_ms, end }) => {
                if let Some(span) = close(&mut self.responses, *item) {
                    span.record("heard_ms", heard_ms).record("end", field::debug(end));
                }
            }
            Event::Decision(Decision::ToolStarted { effect, tool, .. }) => {
                let span = info_span!("tool", %tool, outcome = field::Empty);
                open(&mut self.tools, *effect, span);
            }
            Event::Decision(Decision::CustomToolStarted { effect, tool, .. }) => {
                let span = info_span!("tool", %tool, outcome = field::Empty);
                open(&mut self.tools, *effect, span);
            }
            Event::Decision(Decision::ToolFinished { effect, outcome, .. }) => {
                if let Some(span) = close(&mut self.tools, *effect) {
                    span.record("outcome", word(outcome));
                }
            }
            Event::Decision(Decision::Ended { .. }) => self.responses.clear(),
            _ => {}
        }
    }
}

fn word(outcome: &ToolOutcome) -> &'static str {
    match outcome {
        ToolOutcome::Done { .. } => "done",
        ToolOutcome::Refused { .. } => "refused",
        ToolOutcome::Failed { .. } => "failed",
        ToolOutcome::TimedOut => "timed_out",
    }
}
