//! Callers whom a queue could not serve, and who will be called back.
//!
//! The call itself decides this and has it written. So a caller who hangs up, or whose assistant is cut off before it could announce the
//! callback, is on the list, too.

use cordboard_schema::event::Decision;
use cordboard_schema::ids::EffectId;
use cordboard_schema::switch::HandoffFailure;
use cordboard_schema::tool::ToolOutcome;

use super::{Effects, Machine, note};
use crate::tools::write::in_a_line;
use crate::tools::{CallbackRequest, ToolWrite};

impl Machine {
    /// Nobody has taken over. Puts the caller on the callback list of a queue that is set up for it, once until a person takes them. A caller
    /// without a number is asked for one.
    pub(super) fn note_callback(&mut self, handoff: EffectId, failure: HandoffFailure, fx: &mut Effects) {
        let Some(queue_id) = self.handoffs.calls_back(handoff) else { return };
        let Some(phone) = self.handoffs.calling_back().phone() else { return };
        // A caller who left of their own accord was not turned away.
        if failure == HandoffFailure::CallerLeft || self.handoffs.calling_back().noted().is_some() {
            return;
        }
        let effect = self.number_effect();
        let about = in_a_line(self.handoffs.reason());
        self.handoffs.calling_back_mut().is_noted(effect, phone.clone());
        fx.push(note(Decision::CallbackNoted { effect, queue_id, phone: phone.clone() }));
        self.write_for_tool(effect, ToolWrite::Callback(CallbackRequest { queue_id, phone, about }), fx);
    }

    /// Returns the instruction to the assistant about the callback.
    pub(super) fn callback_in_words(&self) -> String {
        match self.handoffs.calling_back().noted() {
            Some(phone) => format!(
                "it is noted that somebody calls them back at {phone}: tell them so. No tool changes that number: \
                 who wants to be called at another one can leave it in a message"
            ),
            None => "offer that somebody calls them back, and take down their number and what it is about"
                .to_owned(),
        }
    }

    /// The store has answered. A callback that could not be written is no longer promised.
    pub(super) fn callback_ended(&mut self, effect: EffectId, outcome: &ToolOutcome, fx: &mut Effects) {
        let is_written = matches!(outcome, ToolOutcome::Done { .. });
        if !is_written && self.handoffs.calling_back_mut().is_not_written(effect) {
            let message =
                "that somebody calls the caller back could not be noted: say so, and offer to take a message";
            self.has_said(message.to_owned(), fx);
        }
    }
}
