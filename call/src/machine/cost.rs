//! What the assistant costs.

use std::collections::VecDeque;
use std::sync::Arc;

use cordboard_schema::event::Decision;
use cordboard_schema::ids::LegId;
use cordboard_schema::time::UnixMs;
use cordboard_schema::usage::{ModelPrice, TokenUsage};

use super::{Effects, Machine, note};

/// The newest answers and transcriptions that are remembered, so that one told twice is charged once.
const SOURCES_MAX: usize = 64;
/// How long the usage of the last answer is waited for when the call has ended: a provider has a second to close its
/// connection, and tells until then.
const USAGE_AFTER_END_MS_MAX: u64 = 1_200;

/// What was charged already: the assistant's leg, and the provider's id. Shared between the copies that a machine is
/// decided on.
pub(super) type Sources = Arc<VecDeque<(LegId, String)>>;

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
        if self.charged.iter().any(|(charged_leg, charged)| *charged_leg == leg && charged == source) {
            return;
        }
        let charged = Arc::make_mut(&mut self.charged);
        if charged.len() == SOURCES_MAX {
            charged.pop_front();
        }
        charged.push_back((leg, source.to_owned()));
        let Some(price) = self.price(model) else { return };
        let cost_micros = usage.cost_micros(price);
        if cost_micros > 0 {
            fx.push(note(Decision::Charged { model: model.to_owned(), cost_micros }));
            self.spent(cost_micros, fx);
        }
    }

    /// What a model costs; one with a date behind its name (`gpt-realtime-2025-08-28`) what the plain name costs.
    fn price(&self, model: &str) -> Option<&ModelPrice> {
        let prices = &self.policy.prices;
        prices.get(model).or_else(|| prices.get(without_date(model)?))
    }

    /// The call ends; where its assistant costs something, its last bill is waited for.
    pub(super) fn await_usage(&mut self, now: UnixMs) {
        let costs = !self.policy.prices.is_empty();
        let is_there = self.assistant.is_some_and(|assistant| assistant.ready);
        self.usage_until = (costs && is_there).then_some(now + USAGE_AFTER_END_MS_MAX);
    }
}

/// The name before `-YYYY-MM-DD`.
fn without_date(model: &str) -> Option<&str> {
    let (name, date) = model.split_at_checked(model.len().checked_sub("-YYYY-MM-DD".len())?)?;
    let is_date = date.bytes().enumerate().all(|(at, byte)| match at {
        0 | 5 | 8 => byte == b'-',
        _ => byte.is_ascii_digit(),
    });
    is_date.then_some(name)
}

#[cfg(test)]
mod tests {
    use super::without_date;

    #[test]
    fn a_date_is_no_part_of_a_models_name() {
        assert_eq!(without_date("gpt-realtime-2025-08-28"), Some("gpt-realtime"));
        for name in ["gpt-realtime", "gpt-realtime-mini", "", "é-2025-08-2x", "2025-08-28"] {
            assert_eq!(without_date(name), None, "{name}");
        }
    }
}
