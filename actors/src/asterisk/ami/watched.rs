//! Facts that a call has received about its caller's channel. Pure. Facts describe a state, so a fact that is known already changes
//! nothing.

use cordboard_schema::event::Fact;
use cordboard_schema::switch::{AnswerState, ChannelSeen, ControlLink, SwitchKind};
use cordboard_schema::wire::ami::{AmiValue, uuid_of_ours};
use uuid::Uuid;

use super::channels::{Channel, Channels};
use crate::switches::LinkKnowledge;

/// The person whom a caller is held from by us. The two are apart, and neither has left.
#[derive(Debug)]
pub(super) struct HeldFrom {
    /// The person's channel.
    pub(super) person: AmiValue,
    /// Whether the two were seen apart since we ordered it. Until then they are still in the bridge that they are about to leave.
    pub(super) is_parted: bool,
}

impl HeldFrom {
    pub(super) fn new(person: AmiValue) -> Self {
        Self { person, is_parted: false }
    }

    /// Returns a person who is apart from the caller already: an earlier process did it, and died.
    pub(super) fn found(person: Uuid) -> Self {
        Self { person: AmiValue::channel_of_ours(person), is_parted: true }
    }

    /// Returns the person as the company of the caller, while the person's channel exists.
    pub(super) fn company(&self, channels: &Channels) -> Option<String> {
        channels.get(self.person.as_str())?;
        uuid_of_ours(self.person.as_str()).map(|person| person.to_string())
    }
}

/// Whether the caller's own phone holds the call, as the call knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PhoneHold {
    /// It does not.
    No,
    /// It does.
    Yes,
    /// It did when the connection was lost, or when another process was last notified.
    InDoubt,
}

/// Whether the caller's company has transferred them with their phone.
#[derive(Debug)]
enum SentOn {
    /// It has not.
    No,
    /// It has, and they are about to be separated.
    Leaving,
    /// They are separated, and the call was not notified: the dialplan rings the next person for the caller.
    Unreported {
        /// The previous company.
        by: String,
    },
}

/// The last report to a call about its channel.
#[derive(Debug)]
pub(super) struct ReportedState {
    standing: LinkKnowledge,
    company: Option<String>,
    phone: PhoneHold,
    sent_on: SentOn,
}

impl ReportedState {
    /// Starts without reports, apart from a possible hold by the caller's phone.
    pub(super) fn nothing(phone_holds: bool) -> Self {
        let phone = if phone_holds { PhoneHold::InDoubt } else { PhoneHold::No };
        Self { standing: LinkKnowledge::Away, company: None, phone, sent_on: SentOn::No }
    }

    /// Returns whether the channel was reported as gone or ended.
    pub(super) fn is_over(&self) -> bool {
        self.standing.is_over()
    }

    pub(super) fn is_attached(&self) -> bool {
        self.standing == LinkKnowledge::Attached
    }

    /// Notes that the channel exists, in this company.
    pub(super) fn found(&mut self, channel: &Channel, company: Option<String>) -> Option<Fact> {
        if self.standing != LinkKnowledge::Away {
            return None;
        }
        self.standing = LinkKnowledge::Attached;
        let before = std::mem::replace(&mut self.company, company.clone());
        let by = match std::mem::replace(&mut self.sent_on, SentOn::No) {
            SentOn::No => None,
            SentOn::Leaving => before,
            SentOn::Unreported { by } => Some(by),
        };
        // The next person is still being rung. The call was not notified of the separation before the connection was lost, and is
        // not now.
        let by = by.filter(|_| company.is_none());
        if let Some(by) = &by {
            self.sent_on = SentOn::Unreported { by: by.clone() };
        }
        let seen = ChannelSeen {
            switch: SwitchKind::Asterisk,
            answer_state: if channel.is_up { AnswerState::Answered } else { AnswerState::Ringing },
            bridged_with: company.or(by),
            from: channel.caller.clone(),
            to: channel.extension.clone(),
            ..ChannelSeen::default()
        };
        Some(Fact::ControlAttached { link: ControlLink::Inbound, channel: seen })
    }

    /// Notes that the channel talks with this party, or with nobody.
    pub(super) fn company_is(&mut self, company: Option<String>) -> Option<Fact> {
        if self.standing != LinkKnowledge::Attached || self.company == company {
            return None;
        }
        let before = std::mem::replace(&mut self.company, company.clone());
        match (company, std::mem::replace(&mut self.sent_on, SentOn::No), before) {
            (Some(other), ..) => Some(Fact::Bridged { other }),
            // If notified, the call would lead the caller back to us, away from the next person.
            (None, SentOn::Leaving, Some(by)) => {
                self.sent_on = SentOn::Unreported { by };
                None
            }
            (None, ..) => Some(Fact::Unbridged),
        }
    }

    /// Notes that the caller's company transfers them with their phone: the dialplan has them from now on.
    pub(super) fn is_sent_on(&mut self) {
        if self.company.is_some() {
            self.sent_on = SentOn::Leaving;
        }
    }

    /// Notes that a transferred caller is with nobody else: the call is notified of the separation after all.
    pub(super) fn is_back(&mut self) -> Option<Fact> {
        let was_unreported =
            matches!(std::mem::replace(&mut self.sent_on, SentOn::No), SentOn::Unreported { .. });
        (was_unreported && self.is_attached()).then_some(Fact::Unbridged)
    }

    /// Notes an event of the channel. Returns the fact if the call is to get it.
    pub(super) fn happened(&mut self, fact: Fact) -> Option<Fact> {
        if self.standing != LinkKnowledge::Attached {
            return None;
        }
        match fact {
            Fact::Hangup { .. } => self.standing = LinkKnowledge::Over,
            Fact::Held => self.phone = PhoneHold::Yes,
            Fact::Unheld => self.phone = PhoneHold::No,
            _ => {}
        }
        Some(fact)
    }

    /// Notes that the switch has no such channel.
    pub(super) fn gone(&mut self) -> Option<Fact> {
        self.standing.gone()
    }

    /// Notes that the switch can't be reached any more.
    pub(super) fn link_lost(&mut self, reason: &str) -> Option<Fact> {
        if self.phone == PhoneHold::Yes {
            self.phone = PhoneHold::InDoubt;
        }
        self.standing.link_lost(reason)
    }

    /// Returns whether it has to be checked if the caller's phone still holds the call.
    pub(super) fn is_phone_in_doubt(&self) -> bool {
        self.is_attached() && self.phone == PhoneHold::InDoubt
    }

    /// Notes the result of that check. An event that arrived meanwhile is more reliable.
    pub(super) fn phone_seen(&mut self, holds: bool) -> Option<Fact> {
        if !self.is_phone_in_doubt() {
            return None;
        }
        self.phone = if holds { PhoneHold::Yes } else { PhoneHold::No };
        (!holds).then_some(Fact::Unheld)
    }
}
