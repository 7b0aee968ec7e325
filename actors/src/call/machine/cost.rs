//! What the assistant costs.

use cordboard_schema::event::Decision;
use cordboard_schema::usage::TokenUsage;

use super::{Effects, Machine, note};

impl Machine {
    /// Prices what the provider used. A model without a price costs nothing.
    pub(super) fn used(&mut self, model: &str, usage: &TokenUsage, fx: &mut Effects) {
        let Some(price) = self.policy.prices.get(model) else { return };
        let cost_micros = usage.cost_micros(price);
        fx.push(note(Decision::Charged { model: model.to_owned(), cost_micros }));
    }
}
