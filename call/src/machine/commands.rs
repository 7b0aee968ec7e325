//! Commands to a call from programs and people.

use std::collections::BTreeMap;

use cordboard_schema::digit::Digit;
use cordboard_schema::event::Decision;
use cordboard_schema::switch::Capability;
use cordboard_schema::time::UnixMs;

use super::handoffs::HandoffRequester;
use super::hold::HoldRequester;
use super::holding::HoldOwner;
use super::{Effect, Effects, Machine, Phase, note};
use crate::{AssistantOrder, ChannelAction, Command, CommandRefused};

impl Machine {
    /// Whether a command can be carried out at the moment.
    ///
    /// # Errors
    /// Returns the reason if it can't.
    pub fn admits(&self, command: &Command) -> Result<(), CommandRefused> {
        if let Command::OfAgent { user_id, request } = command {
            return self.admits_of_agent(*user_id, request);
        }
        if let Command::OfSupervisor { user_id, request } = command {
            return self.admits_of_supervisor(*user_id, request);
        }
        if let Command::SetVariables(_) = command {
            return match *self.lifecycle.phase() {
                Phase::Ended => Err(CommandRefused::NotConversing),
                _ => self.admits_if_able(Capability::SetVariables),
            };
        }
        if self.is_parked() {
            return match command {
                Command::Unhold => self.admits_if_able(Capability::Park),
                _ => Err(CommandRefused::NotConversing),
            };
        }
        if let Some(is_held) = self.is_held_by_person() {
            return self.admits_with_person(command, is_held);
        }
        let is_there = self.caller.is_some() || self.conversation.has_menu();
        let is_on_hold = matches!(*self.lifecycle.phase(), Phase::OnHold);
        if !is_there || !(self.lifecycle.talks() || is_on_hold) {
            return Err(CommandRefused::NotConversing);
        }
        match command {
            // The person who is being briefed would hear it.
            Command::Say(_) if self.briefing.is_under_way() => Err(CommandRefused::NotConversing),
            Command::Say(_) => self.admits_say(),
            Command::SendDtmf(_) => self.admits_if_able(Capability::SendDtmf),
            Command::Hold => match *self.lifecycle.phase() {
                Phase::OnHold => Err(CommandRefused::AlreadyHeld),
                // They will have a person in a moment.
                Phase::Conversing if self.briefing.is_under_way() => Err(CommandRefused::NotConversing),
                Phase::Conversing => self.admits_if_able(Capability::Hold),
                _ => Err(CommandRefused::NotConversing),
            },
            Command::Unhold if self.holding.is(HoldOwner::Ours) => Ok(()),
            Command::Unhold => Err(CommandRefused::NotHeld),
            Command::Park => {
                self.admits_if_able(Capability::Park)?;
                if self.taken_already().is_some() {
                    return Err(CommandRefused::HandoffUnderWay);
                }
                Ok(())
            }
            Command::SetVariables(_) => self.admits_if_able(Capability::SetVariables),
            Command::OfAgent { user_id, request } => self.admits_of_agent(*user_id, request),
            Command::OfSupervisor { user_id, request } => self.admits_of_supervisor(*user_id, request),
            Command::Transfer(target) => {
                self.admits_if_able(Capability::TransferBlind)?;
                if self.is_checking_place() {
                    return Err(CommandRefused::HandoffUnderWay);
                }
                self.admits_target(target)
            }
            Command::Handoff(target) => {
                self.admits_if_able(Capability::TransferAttended)?;
                if self.taken_already().is_some() {
                    return Err(CommandRefused::HandoffUnderWay);
                }
                match self.person_at(target) {
                    Some((_, callee)) if callee.desk.is_some() => Ok(()),
                    Some(_) => self.admits_target(target),
                    None if self.policy.person(target).is_none() => Err(CommandRefused::NoSuchTarget),
                    // Other people can be asked, but not this one.
                    None => Err(CommandRefused::Incapable(Capability::TransferAttended)),
                }
            }
        }
    }

    /// A caller who talks with a person can be put on hold by the switch.
    fn admits_with_person(&self, command: &Command, is_held: bool) -> Result<(), CommandRefused> {
        match command {
            Command::Hold if is_held => Err(CommandRefused::AlreadyHeld),
            Command::Hold => self.admits_if_able(Capability::Hold),
            Command::Unhold if is_held => Ok(()),
            Command::Unhold => Err(CommandRefused::NotHeld),
            _ => Err(CommandRefused::NotConversing),
        }
    }

    /// Whether there is an assistant that can say any text.
    pub(super) fn admits_say(&self) -> Result<(), CommandRefused> {
        match self.conversation.assistant().filter(|assistant| assistant.ready && self.lifecycle.talks()) {
            None => Err(CommandRefused::NotConversing),
            Some(assistant) if !assistant.speaks_text => Err(CommandRefused::CannotSpeakText),
            Some(_) => Ok(()),
        }
    }

    pub(super) fn admits_if_able(&self, capability: Capability) -> Result<(), CommandRefused> {
        match self.capabilities().contains(&capability) {
            true => Ok(()),
            false => Err(CommandRefused::Incapable(capability)),
        }
    }

    fn admits_target(&self, target: &str) -> Result<(), CommandRefused> {
        match self.policy.extension(target) {
            None => Err(CommandRefused::NoSuchTarget),
            Some(_) if self.has_dialled_enough() => Err(CommandRefused::DialLimit),
            Some(_) => Ok(()),
        }
    }

    /// Whether the dial policy allows no further person or number on this call.
    pub(super) fn has_dialled_enough(&self) -> bool {
        self.outgoing.dialled() >= self.policy.dial.per_call_max
    }

    /// Counts a transfer towards the dial policy's limit.
    pub(super) fn dials(&mut self, target: &str, fx: &mut Effects) {
        self.outgoing.dials_one_more();
        fx.push(note(Decision::TransferRequested { target: target.to_owned() }));
    }

    pub(super) fn say_asked(&mut self, text: &str, fx: &mut Effects) {
        if self.admits(&Command::Say(String::new())).is_ok() {
            self.order(AssistantOrder::SayText(text.to_owned()), fx);
        }
    }

    pub(super) fn dtmf_asked(&mut self, digits: &[Digit], fx: &mut Effects) {
        match self.caller {
            // A line served by documents accepts some commands only by its stream.
            _ if !self.lifecycle.has_ended()
                && self.line.acts_on_request()
                && (self.line.has_separate_audio() || self.link().is_some()) =>
            {
                self.act(ChannelAction::SendDtmf(digits.to_vec()), fx);
            }
            Some(leg) => fx.push(Effect::SendDtmf { leg, digits: digits.to_vec() }),
            None => {}
        }
    }

    pub(super) fn variables_asked(&mut self, variables: &BTreeMap<String, String>, fx: &mut Effects) {
        if self.admits(&Command::SetVariables(BTreeMap::new())).is_ok() {
            self.act(ChannelAction::SetVariables(variables.clone()), fx);
        }
    }

    pub(super) fn hold_asked(&mut self, now: UnixMs, fx: &mut Effects) {
        if self.admits(&Command::Hold).is_err() {
            return;
        }
        if self.is_joined_with_person() {
            self.hold_person(now, fx);
        } else {
            self.hold_caller(HoldRequester::Other, now, fx);
        }
    }

    pub(super) fn handoff_asked(&mut self, target: &str, now: UnixMs, fx: &mut Effects) {
        if self.admits(&Command::Handoff(target.to_owned())).is_ok()
            && let Some(person) = self.person_at(target)
        {
            let id = self.number_effect();
            self.begin_handoff(id, person, "asked for by a program", HandoffRequester::Other, now, fx);
        }
    }
}
