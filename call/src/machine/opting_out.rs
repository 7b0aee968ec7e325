//! A called person asks not to be called again: in spoken words that are recognized on calls that listen for them, or by a key. If they
//! tell the assistant, it uses its tool.

use cordboard_schema::call::{Ending, HangupBy, HangupCause};
use cordboard_schema::dialplan::NextStep;
use cordboard_schema::digit::Digits;
use cordboard_schema::ids::EffectId;
use cordboard_schema::intent::opt_out_in;
use cordboard_schema::line::Line;
use cordboard_schema::time::UnixMs;
use cordboard_schema::tool::{ToolName, ToolOutcome};

use super::ending::LastWords;
use super::live_answers::LiveAnswer;
use super::{Effects, Machine, Phase};
use crate::AssistantOrder;
use crate::tools::OptOut;

impl Machine {
    /// The callee has said this. If they ask not to be called again, this is written at once, whatever the assistant makes of it, and even
    /// if their words become known only after they have hung up. Returns whether they asked for it.
    pub(super) fn heed_opt_out(&mut self, said: &str, fx: &mut Effects) -> bool {
        let asks = self.outgoing.heeds_opt_out() && opt_out_in(said).is_some();
        if asks && !self.outgoing.has_opted_out() {
            let effect = self.number_effect();
            self.outgoing.opts_out(effect);
            self.write_for_tool(effect, OptOut::in_words(said).write(), fx);
        }
        asks
    }

    /// They have pressed the key for it on a line served by documents. It is written in the background.
    pub(super) fn opted_out_by_document(&mut self, digits: &Digits, fx: &mut Effects) {
        let effect = self.number_effect();
        self.write_for_tool(effect, OptOut::by_keys(digits).write(), fx);
    }

    /// The store has answered the request made in words: the assistant is told the result.
    pub(super) fn opt_out_ended(&mut self, effect: EffectId, outcome: &ToolOutcome, fx: &mut Effects) {
        if !self.outgoing.is_opt_out(effect) {
            return;
        }
        let is_done = matches!(outcome, ToolOutcome::Done { .. });
        if !is_done {
            self.outgoing.opts_in_again();
        }
        if self.lifecycle.converses() {
            let message = match is_done {
                true => {
                    "the callee has asked not to be called again, and their number is on the do-not-call list now: \
                         tell them so, and say goodbye"
                }
                false => {
                    "the callee has asked not to be called again, and that could not be written down: say so"
                }
            };
            self.order(AssistantOrder::Happened(message.to_owned()), fx);
        }
    }

    /// A tool run that a key has started ends. The callee hears the result, and the call ends if it was done.
    pub(super) fn opt_out_tool_ended(
        &mut self,
        effect: EffectId,
        outcome: &ToolOutcome,
        now: UnixMs,
        fx: &mut Effects,
    ) {
        let is_by_key =
            self.tools.is_running_as(effect, ToolName::DoNotCall) && self.tools.is_asked_by_caller(effect);
        if !is_by_key {
            return;
        }
        let is_told = matches!(*self.lifecycle.phase(), Phase::LiveAnswer(LiveAnswer::Saying { .. }));
        if is_told && self.caller.is_some() {
            // They hear this in place of the rest of the message. Then the call ends.
            let is_done = matches!(outcome, ToolOutcome::Done { .. });
            self.hush(fx);
            return self.say(if is_done { Line::NotCalledAgain } else { Line::MessageFailed }, fx);
        }
        if !self.lifecycle.converses() {
            return;
        }
        match outcome {
            ToolOutcome::Done { .. } => {
                let ending = Ending { cause: HangupCause::normal_clearing(), by: HangupBy::Assistant };
                self.leave(Line::NotCalledAgain, LastWords::AtOnce, (ending, NextStep::Hangup), now, fx);
            }
            _ => self.say(Line::MessageFailed, fx),
        }
    }
}
