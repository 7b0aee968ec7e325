//! What a call has been told of its caller's channel: pure. Facts say how things are, so that one that is known already
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

/// Reports that a call has got.
#[derive(Debug)]
pub(super) struct ReportedState {
    standing: LinkKnowledge,
    company: Option<String>,
}

impl ReportedState {
    pub(super) fn nothing() -> Self {
        Self { standing: LinkKnowledge::Away, company: None }
    }

    /// Whether it was told that the channel is no more.
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
        self.company.clone_from(&company);
        let seen = ChannelSeen {
            switch: SwitchKind::Asterisk,
            answer_state: if channel.is_up { AnswerState::Answered } else { AnswerState::Ringing },
            bridged_with: company,
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
        self.company.clone_from(&company);
        Some(company.map_or(Fact::Unbridged, |other| Fact::Bridged { other }))
    }

    /// Something that befalls the channel, where the call hears of it.
    pub(super) fn happened(&mut self, fact: Fact) -> Option<Fact> {
        if self.standing != LinkKnowledge::Attached {
            return None;
        }
        if matches!(fact, Fact::Hangup { .. }) {
            self.standing = LinkKnowledge::Over;
        }
        Some(fact)
    }

    /// The switch has no such channel.
    pub(super) fn gone(&mut self) -> Option<Fact> {
        self.standing.gone()
    }

    /// The switch can't be reached any more.
    pub(super) fn link_lost(&mut self, reason: &str) -> Option<Fact> {
        self.standing.link_lost(reason)
    }
}
