//! Cost of the assistant.

use std::collections::VecDeque;
use std::sync::Arc;

use cordboard_schema::event::Decision;
use cordboard_schema::ids::LegId;
use cordboard_schema::time::UnixMs;
use cordboard_schema::usage::{TokenUsage, price_of};

use super::{Effects, Machine, note};

/// The newest answers and transcriptions that are remembered, so that a repeated one is charged once.
const SOURCES_MAX: usize = 64;
/// Time that the usage of the last answer is waited for when the call has ended, in ms: a provider has a second to
/// close its connection, and reports until then.
const USAGE_AFTER_END_MS_MAX: u64 = 1_200;

/// Usage that was charged already: the assistant's leg, and the provider's id. Shared between the copies that a machine
/// is decided on.
type Sources = Arc<VecDeque<(LegId, String)>>;

/// Cost of the assistant so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Cost {
    charged: Sources,
    /// Once the call has ended: how long usage is waited for.
    usage_until: Option<UnixMs>,
}

impl Cost {
    /// Once the call has ended: how long usage is waited for; none where it is not.
    pub(super) fn usage_until(&self) -> Option<UnixMs> {
        self.usage_until
    }

    /// Usage is waited for until then; no longer where there is no time.
    pub(super) fn waits_for_usage(&mut self, until: Option<UnixMs>) {
        self.usage_until = until;
    }
}

impl Machine {
    /// Prices what the provider used, once for each answer and transcription; also of a call that has ended. A model
    /// without a price costs nothing.
    pub(super) fn used(
        &mut self,
        leg: LegId,
        model: &str,
        source: &str,
        usage: &TokenUsage,
        fx: &mut Effects,
    ) {
        if self.cost.charged.iter().any(|(charged_leg, charged)| *charged_leg == leg && charged == source) {
            return;
        }
        let charged = Arc::make_mut(&mut self.cost.charged);
        if charged.len() == SOURCES_MAX {
            charged.pop_front();
        }
        charged.push_back((leg, source.to_owned()));
        let Some(price) = price_of(&self.policy.prices, model) else { return };
        let cost_micros = usage.cost_micros(price);
        if cost_micros > 0 {
            fx.push(note(Decision::Charged { model: model.to_owned(), cost_micros }));
            self.spent(cost_micros, fx);
        }
    }

    /// The call ends; if its assistant costs something, its last usage is waited for.
    pub(super) fn await_usage(&mut self, now: UnixMs) {
        let costs = !self.policy.prices.is_empty();
        let is_there = self.conversation.has_ready_assistant();
        self.cost.waits_for_usage((costs && is_there).then_some(now + USAGE_AFTER_END_MS_MAX));
    }
}
