//! What a program or a person asks of a call from outside.

use cordboard_schema::digit::Digit;
use cordboard_schema::switch::Capability;

use super::{Effect, Effects, Machine};
use crate::messages::{AssistantOrder, Command, CommandRefused};

impl Machine {
    /// Whether a command can be carried out as the call stands.
    ///
    /// # Errors
    /// Why it can't.
    pub fn admits(&self, command: &Command) -> Result<(), CommandRefused> {
        if !self.is_conversing() || self.caller.is_none() {
            return Err(CommandRefused::NotConversing);
        }
        match command {
            Command::Say(_) if self.assistant.is_none_or(|assistant| !assistant.ready) => {
                Err(CommandRefused::NotConversing)
            }
            Command::Say(_) if !self.assistant.is_some_and(|assistant| assistant.speaks_text) => {
                Err(CommandRefused::CannotSpeakText)
            }
            Command::Say(_) | Command::SendDtmf(_) => Ok(()),
            Command::Hold | Command::Unhold => Err(CommandRefused::Incapable(Capability::Hold)),
            Command::Transfer(_) => Err(CommandRefused::Incapable(Capability::TransferBlind)),
            Command::Handoff(_) => Err(CommandRefused::Incapable(Capability::TransferAttended)),
        }
    }

    pub(super) fn say_asked(&mut self, text: &str, fx: &mut Effects) {
        if self.admits(&Command::Say(String::new())).is_ok() {
            self.order(AssistantOrder::SayText(text.to_owned()), fx);
        }
    }

    pub(super) fn dtmf_asked(&mut self, digits: &[Digit], fx: &mut Effects) {
        if let Some(leg) = self.caller {
            fx.push(Effect::SendDtmf { leg, digits: digits.to_vec() });
        }
    }
}
