//! What a key does: the profile's DTMF map, or the end of a message.

use cordboard_schema::digit::{Digit, Digits};
use cordboard_schema::event::Decision;
use cordboard_schema::ids::LegId;
use cordboard_schema::line::Line;
use cordboard_schema::profile::KeyAction;
use cordboard_schema::time::UnixMs;
use cordboard_schema::tool::ToolOrigin;

use super::{Effects, Machine, Phase, note};
use crate::tools::ToolRequest;
use crate::tools::end_call::EndCall;
use crate::tools::take_message::TakeMessage;
use crate::tools::transfer_call::TransferCall;

impl Machine {
    /// A key of the caller: on their leg, or on their channel as its switch tells.
    pub(super) fn key_pressed(&mut self, leg: Option<LegId>, digit: Digit, now: UnixMs, fx: &mut Effects) {
        if leg.is_some() && self.caller != leg {
            return;
        }
        self.silence.prompted = false;
        match &self.phase {
            Phase::Conversing => self.key_in_conversation(digit, now, fx),
            Phase::TakingMessage(_) if digit == Digit::HASH => self.finish_message(now, fx),
            _ => {}
        }
        self.watch_silence(now);
    }

    fn key_in_conversation(&mut self, digit: Digit, now: UnixMs, fx: &mut Effects) {
        self.barge_in(fx);
        let digits = Digits::from(digit);
        let Some(action) = self.profile.key_action(&digits).cloned() else {
            return self.say(Line::UnknownKey, fx);
        };
        fx.push(note(Decision::KeyPressed { digits, action: action.clone() }));
        let request = match action {
            KeyAction::Repeat => return self.say(Line::Repeat, fx),
            KeyAction::Say { .. } | KeyAction::RequestHandoff { .. } => return,
            KeyAction::EndCall => ToolRequest::EndCall(EndCall {}),
            KeyAction::TakeMessage => ToolRequest::TakeMessage(TakeMessage {}),
            KeyAction::TransferCall { target } => ToolRequest::TransferCall(TransferCall { target }),
        };
        self.start_tool(request, ToolOrigin::Key, now, fx);
    }
}
