//! The meaning of keys: actions of the profile's DTMF map, or the end of a message.
//!
//! A key that may start a longer sequence of the map waits a moment for the next one.

use cordboard_schema::digit::{Digit, Digits};
use cordboard_schema::event::Decision;
use cordboard_schema::ids::LegId;
use cordboard_schema::line::Line;
use cordboard_schema::profile::KeyAction;
use cordboard_schema::time::UnixMs;
use cordboard_schema::tool::ToolOrigin;

use super::{Effects, Machine, Phase, note};
use crate::AssistantOrder;
use crate::tools::end_call::EndCall;
use crate::tools::request_handoff::RequestHandoff;
use crate::tools::take_message::TakeMessage;
use crate::tools::transfer_call::TransferCall;
use crate::tools::{OptOut, ToolRequest};

impl Machine {
    /// The caller has pressed a key, reported by their leg, or by the switch of their channel. A leg of such a channel does not detect keys
    /// itself, so if it reports one, it is the same key.
    pub(super) fn key_pressed(&mut self, leg: Option<LegId>, digit: Digit, now: UnixMs, fx: &mut Effects) {
        if leg.is_some() && self.caller != leg {
            return;
        }
        // Some switches report a key twice: over the audio connection and over the control link.
        let is_known = match self.line.reports_keys_twice() {
            true => !self.conversation.keys_mut().note_report(leg.is_some(), digit, now),
            false => leg.is_some() && self.line.has_separate_audio(),
        };
        if is_known {
            return fx.push(note(Decision::KeyToldAgain { digit }));
        }
        self.conversation.silence_is_forgiven();
        self.unhold_by_caller(now, fx);
        match self.lifecycle.phase() {
            Phase::Conversing => self.key_in_conversation(digit, now, fx),
            Phase::TakingMessage(_) if digit == Digit::HASH => self.finish_message(now, fx),
            Phase::LiveAnswer(_) => self.key_without_agent(digit, now, fx),
            _ => {}
        }
        self.watch_silence(now);
    }

    fn key_in_conversation(&mut self, digit: Digit, now: UnixMs, fx: &mut Effects) {
        self.barge_in(fx);
        if let Some(digits) = self.keys_with(digit, now) {
            self.keys_are(&digits, now, fx);
        }
    }

    /// Returns the keys that this one completes; `None` if a longer sequence may follow.
    fn keys_with(&mut self, digit: Digit, now: UnixMs) -> Option<Digits> {
        let digits = self.conversation.keys_mut().continue_with(digit);
        if self.profile.has_longer_keys(&digits) {
            self.conversation.keys_mut().wait_for_more(digits, now);
            return None;
        }
        Some(digits)
    }

    /// A callee for whom no agent is there yet, or none is free, has pressed a key.
    fn key_without_agent(&mut self, digit: Digit, now: UnixMs, fx: &mut Effects) {
        if let Some(digits) = self.keys_with(digit, now) {
            self.keys_without_agent(&digits, now, fx);
        }
    }

    /// Nobody serves them, so all that they can ask for is not to be called again.
    fn keys_without_agent(&mut self, digits: &Digits, now: UnixMs, fx: &mut Effects) {
        let action = KeyAction::DoNotCall;
        if self.profile.key_action(digits) == Some(&action) {
            fx.push(note(Decision::KeyPressed { digits: digits.clone(), action }));
            self.start_tool(OptOut::by_keys(digits).request(), ToolOrigin::Key, now, fx);
        }
    }

    /// No further key came in time.
    pub(super) fn keys_deadline(&mut self, now: UnixMs, fx: &mut Effects) {
        let Some(digits) = self.conversation.keys_mut().take_begun() else { return };
        match self.lifecycle.phase() {
            Phase::Conversing => {
                self.keys_are(&digits, now, fx);
                self.watch_silence(now);
            }
            Phase::LiveAnswer(_) => self.keys_without_agent(&digits, now, fx),
            _ => {}
        }
    }

    fn keys_are(&mut self, digits: &Digits, now: UnixMs, fx: &mut Effects) {
        let Some(action) = self.profile.key_action(digits).cloned() else {
            return self.say(Line::UnknownKey, fx);
        };
        fx.push(note(Decision::KeyPressed { digits: digits.clone(), action: action.clone() }));
        let request = match action {
            KeyAction::Repeat => return self.say(Line::Repeat, fx),
            KeyAction::Say { text } => return self.say_for_key(text, fx),
            KeyAction::DoNotCall => OptOut::by_keys(digits).request(),
            KeyAction::EndCall => ToolRequest::EndCall(EndCall {}),
            KeyAction::TakeMessage => ToolRequest::TakeMessage(TakeMessage {}),
            KeyAction::TransferCall { target } => ToolRequest::TransferCall(TransferCall { target }),
            KeyAction::RequestHandoff { target } => {
                let reason = "the caller pressed a key".to_owned();
                ToolRequest::RequestHandoff(RequestHandoff { target, reason })
            }
        };
        self.start_tool(request, ToolOrigin::Key, now, fx);
    }

    fn say_for_key(&mut self, text: String, fx: &mut Effects) {
        match self.conversation.finds_words() {
            // The person who is being briefed would hear it.
            true if self.briefing.is_under_way() => {}
            true => self.order(AssistantOrder::SayText(text), fx),
            false => self.say(Line::UnknownKey, fx),
        }
    }
}
