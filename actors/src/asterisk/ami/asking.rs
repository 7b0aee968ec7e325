//! Whether a person can be reached at an extension. Asterisk knows the state of each phone's device, and the channels of the phone
//! show what that state leaves open. Also whether the dialplan has a place, before a caller is sent there.

use cordboard_schema::dialplan::DialplanTarget;
use cordboard_schema::ids::EffectId;
use cordboard_schema::switch::{ExtensionChecked, ExtensionState};
use cordboard_schema::time::UnixMs;
use cordboard_schema::wire::ami::{Action, AmiValue, Answer, Message, phone_state_of};

use super::{Asterisk, Awaited};
use crate::messages::{CallLine, Phone};
use crate::switches::AnswerTo;

/// The source of the answer.
const BY_DEVICE: &str = "DEVICE_STATE";
/// The source of the answer for a phone that is in a call.
const BY_CHANNELS: &str = "DEVICE_STATE, channels";
/// The source named for a phone of another switch.
const BY_NOTHING: &str = "nothing: the phone belongs to another switch";

impl Asterisk {
    /// Checks a place and then the phone there, or reports at once that it can't be checked.
    pub(super) fn ask_about_place(
        &mut self,
        effect: EffectId,
        place: &DialplanTarget,
        phone: Phone,
        call: CallLine,
        now: UnixMs,
    ) {
        match place_question(place).filter(|_| self.link.is_up()) {
            Some(variable) => {
                let getvar = Action::Getvar { channel: None, variable };
                self.ask(&getvar, Awaited::Place { effect, phone, call }, now);
            }
            None => AnswerTo::Transfer { effect, exists: None, call }.say(None),
        }
    }

    /// Handles the answer about a place. If the dialplan does not have it, the check is done. A dialplan without the function
    /// returns nothing about it.
    pub(super) fn place_answered(
        &mut self,
        effect: EffectId,
        phone: &Phone,
        call: CallLine,
        answer: &Message,
        now: UnixMs,
    ) {
        let exists = match answer.get("Value") {
            Some("0") => Some(false),
            Some("1") => Some(true),
            _ => None,
        };
        let answer_to = AnswerTo::Transfer { effect, exists, call };
        match exists {
            Some(false) => answer_to.say(None),
            _ => self.inquire(phone, answer_to, now),
        }
    }

    /// Checks an extension, or reports at once that it can't be checked. The state of another switch's phone is known only by
    /// ringing it.
    pub(super) fn inquire(&mut self, phone: &Phone, answer_to: AnswerTo, now: UnixMs) {
        if !self.link.is_up() {
            return answer_to.say(None);
        }
        let Some(device) = self.settings.dial.device(phone.number()) else {
            let (state, found_by) = (ExtensionState::Registered, BY_NOTHING.to_owned());
            return answer_to.say(Some(ExtensionChecked { state, found_by }));
        };
        match AmiValue::new(format!("{BY_DEVICE}({device})")) {
            Ok(variable) => {
                let getvar = Action::Getvar { channel: None, variable };
                self.ask(&getvar, Awaited::Extension { device, answer_to }, now);
            }
            Err(_) => answer_to.say(None),
        }
    }

    /// Handles the state of a device. A kind of phone without states answers `UNKNOWN`; only ringing it shows more.
    pub(super) fn inquiry_answered(&self, device: &str, answer_to: AnswerTo, answer: &Message) {
        let state = match (Answer::of(answer), answer.get("Value")) {
            (Answer::Success, Some("UNKNOWN")) => Some(ExtensionState::Registered),
            (Answer::Success, Some(value)) => phone_state_of(value),
            _ => None,
        };
        let by_channels = self
            .channels
            .state_of(device)
            .filter(|of_channels| state == Some(ExtensionState::InCall) && state != Some(*of_channels));
        let (state, found_by) = match by_channels {
            Some(of_channels) => (Some(of_channels), BY_CHANNELS),
            None => (state, BY_DEVICE),
        };
        answer_to.say(state.map(|state| ExtensionChecked { state, found_by: found_by.to_owned() }));
    }
}

/// Returns the variable that tells whether a dialplan has a place.
pub(super) fn place_question(place: &DialplanTarget) -> Option<AmiValue> {
    AmiValue::new(format!("DIALPLAN_EXISTS({place})")).ok()
}
