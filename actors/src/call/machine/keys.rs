//! What a key does: the profile's DTMF map, or the end of a message.

use cordboard_schema::digit::Digit;
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
    pub(super) fn key_pressed(&mut self, leg: LegId, digit: Digit, now: UnixMs, fx: &mut Effects) {
        if self.caller != Some(leg) {
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
        let Some(action) = self.profile.key_action(digit).cloned() else {
            return self.say(Line::UnknownKey, fx);
        };
        fx.push(note(Decision::KeyPressed { digit, action: action.clone() }));
        let request = match action {
            KeyAction::Repeat => return self.say(Line::Repeat, fx),
            KeyAction::EndCall => ToolRequest::EndCall(EndCall {}),
            KeyAction::TakeMessage => ToolRequest::TakeMessage(TakeMessage {}),
            KeyAction::TransferCall { target } => ToolRequest::TransferCall(TransferCall { target }),
        };
        self.start_tool(request, ToolOrigin::Key, now, fx);
    }
}
