//! Facts that a call has had about its caller's channel: pure. Facts say how things are, so that one that is known already
//! changes nothing.

use cordboard_schema::event::Fact;
use cordboard_schema::switch::{AnswerState, ChannelSeen, ControlLink, SwitchKind};
use cordboard_schema::wire::ami::{AmiValue, uuid_of_ours};
use uuid::Uuid;

use super::channels::{Channel, Channels};
use crate::switches::LinkKnowledge;

/// The person whom a caller is held from, by us: they are parted, and nobody has left.
#[derive(Debug)]
pub(super) struct HeldFrom {
    /// The person's channel.
    pub(super) person: AmiValue,
    /// The two were seen apart since we asked for it. Before that their talk is the one that is about to be parted.
    pub(super) is_parted: bool,
}

impl HeldFrom {
    pub(super) fn new(person: AmiValue) -> Self {
        Self { person, is_parted: false }
    }

    /// They are parted already: a process before us did it, and died.
    pub(super) fn found(person: Uuid) -> Self {
        Self { person: AmiValue::channel_of_ours(person), is_parted: true }
    }

    /// The person as the company of the caller, while they are there.
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
    /// It did when the connection was lost, or another process was told so.
    InDoubt,
}

/// Whether the caller's company has sent them on by their phone.
#[derive(Debug)]
enum SentOn {
    /// It has not.
    No,
    /// It has, and they are about to be parted.
    Leaving,
    /// They are parted, and the call was not told: the dialplan has the caller rung through to the next person.
    Untold {
        /// The company of before.
        by: String,
    },
}

/// Reports that a call has got.
#[derive(Debug)]
pub(super) struct ReportedState {
    standing: LinkKnowledge,
    company: Option<String>,
    phone: PhoneHold,
    sent_on: SentOn,
}

impl ReportedState {
    /// Nothing yet, but perhaps that the caller's phone holds the call.
    pub(super) fn nothing(phone_holds: bool) -> Self {
        let phone = if phone_holds { PhoneHold::InDoubt } else { PhoneHold::No };
        Self { standing: LinkKnowledge::Away, company: None, phone, sent_on: SentOn::No }
    }

    /// Whether it was reported that the channel is no more.
    pub(super) fn is_over(&self) -> bool {
        self.standing.is_over()
    }

    pub(super) fn is_attached(&self) -> bool {
        self.standing == LinkKnowledge::Attached
    }

    /// The channel is there, in this company.
    pub(super) fn found(&mut self, channel: &Channel, company: Option<String>) -> Option<Fact> {
        if self.standing != LinkKnowledge::Away {
            return None;
        }
        self.standing = LinkKnowledge::Attached;
        let before = std::mem::replace(&mut self.company, company.clone());
        let by = match std::mem::replace(&mut self.sent_on, SentOn::No) {
            SentOn::No => None,
            SentOn::Leaving => before,
            SentOn::Untold { by } => Some(by),
        };
        // The next person is rung still: the call was told of no parting before the connection was lost, and is told of none now.
        let by = by.filter(|_| company.is_none());
        if let Some(by) = &by {
            self.sent_on = SentOn::Untold { by: by.clone() };
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

    /// The channel talks with this party, or with nobody.
    pub(super) fn company_is(&mut self, company: Option<String>) -> Option<Fact> {
        if self.standing != LinkKnowledge::Attached || self.company == company {
            return None;
        }
        let before = std::mem::replace(&mut self.company, company.clone());
        match (company, std::mem::replace(&mut self.sent_on, SentOn::No), before) {
            (Some(other), ..) => Some(Fact::Bridged { other }),
            // The call would lead the caller back to us, away from the next person.
            (None, SentOn::Leaving, Some(by)) => {
                self.sent_on = SentOn::Untold { by };
                None
            }
            (None, ..) => Some(Fact::Unbridged),
        }
    }

    /// The caller's company sends them on by their phone: the dialplan has them from now on.
    pub(super) fn is_sent_on(&mut self) {
        if self.company.is_some() {
            self.sent_on = SentOn::Leaving;
        }
    }

    /// A caller who was sent on is with nobody else: the call is told of the parting after all.
    pub(super) fn is_back(&mut self) -> Option<Fact> {
        let was_untold = matches!(std::mem::replace(&mut self.sent_on, SentOn::No), SentOn::Untold { .. });
        (was_untold && self.is_attached()).then_some(Fact::Unbridged)
    }

    /// Something that befalls the channel, where the call hears of it.
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

    /// The switch has no such channel.
    pub(super) fn gone(&mut self) -> Option<Fact> {
        self.standing.gone()
    }

    /// The switch can't be reached any more.
    pub(super) fn link_lost(&mut self, reason: &str) -> Option<Fact> {
        if self.phone == PhoneHold::Yes {
            self.phone = PhoneHold::InDoubt;
        }
        self.standing.link_lost(reason)
    }

    /// Whether somebody has to look if the caller's phone holds the call still.
    pub(super) fn is_phone_in_doubt(&self) -> bool {
        self.is_attached() && self.phone == PhoneHold::InDoubt
    }

    /// Somebody has looked. An event that came meanwhile knows better.
    pub(super) fn phone_seen(&mut self, holds: bool) -> Option<Fact> {
        if !self.is_phone_in_doubt() {
            return None;
        }
        self.phone = if holds { PhoneHold::Yes } else { PhoneHold::No };
        (!holds).then_some(Fact::Unheld)
    }
}
