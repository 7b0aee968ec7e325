//! The assistant's cost.

use std::collections::VecDeque;
use std::sync::Arc;

use cordboard_schema::event::Decision;
use cordboard_schema::ids::LegId;
use cordboard_schema::time::UnixMs;
use cordboard_schema::usage::{TokenUsage, price_of};

use super::{Effects, Machine, note};

/// How many answers and transcriptions are remembered, so that a repeated report is charged once.
const SOURCES_MAX: usize = 64;
/// How long the usage of the last answer is awaited after the call has ended, in ms. A provider has a second to close its connection, and
/// reports until then.
const USAGE_AFTER_END_MS_MAX: u64 = 1_200;

/// Usage that was already charged: the assistant's leg, and the provider's id. Shared between the machine's copies on which steps are
/// decided.
type Sources = Arc<VecDeque<(LegId, String)>>;

/// The assistant's cost so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Cost {
    charged: Sources,
    /// Once the call has ended: until when usage is awaited.
    usage_until: Option<UnixMs>,
}

impl Cost {
    /// Returns until when an ended call waits for usage; `None` if it doesn't.
    pub(super) fn usage_until(&self) -> Option<UnixMs> {
        self.usage_until
    }

    /// Waits for usage until this time; `None` stops waiting.
    pub(super) fn waits_for_usage(&mut self, until: Option<UnixMs>) {
        self.usage_until = until;
    }
}

impl Machine {
    /// Prices what the provider used, once for each answer and transcription, even after the call has ended. A model without a price costs
    /// nothing. Some servers leave out the ids of their answers: each report without one is another answer.
    pub(super) fn used(
        &mut self,
        leg: LegId,
        model: &str,
        source: &str,
        usage: &TokenUsage,
        fx: &mut Effects,
    ) {
        if !source.is_empty() {
            if self.cost.charged.iter().any(|(charged_leg, charged)| *charged_leg == leg && charged == source)
            {
                return;
            }
            let charged = Arc::make_mut(&mut self.cost.charged);
            if charged.len() == SOURCES_MAX {
                charged.pop_front();
            }
            charged.push_back((leg, source.to_owned()));
        }
        let Some(price) = price_of(&self.policy.prices, model) else { return };
        let cost_micros = usage.cost_micros(price);
        if cost_micros > 0 {
            fx.push(note(Decision::Charged { model: model.to_owned(), cost_micros }));
            self.spent(cost_micros, fx);
        }
    }

    /// The call ends. If its assistant costs something, the last usage is awaited.
    pub(super) fn await_usage(&mut self, now: UnixMs) {
        let costs = !self.policy.prices.is_empty();
        let is_there = self.conversation.has_ready_assistant();
        self.cost.waits_for_usage((costs && is_there).then_some(now + USAGE_AFTER_END_MS_MAX));
    }
}
