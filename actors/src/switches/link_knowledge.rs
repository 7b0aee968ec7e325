//! How far a call knows the link to its caller's channel: pure.

use cordboard_schema::event::Fact;
use cordboard_schema::switch::ControlLink;

/// A call's knowledge of the inbound link to its channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LinkKnowledge {
    /// Nothing, or that there is none.
    Away,
    /// That there is one.
    Attached,
    /// That the switch has no such channel.
    Gone,
    /// How the channel ended.
    Over,
}

impl LinkKnowledge {
    /// Whether it was told that the channel is no more.
    pub(crate) fn is_over(self) -> bool {
        matches!(self, Self::Gone | Self::Over)
    }

    /// The switch has no such channel.
    pub(crate) fn gone(&mut self) -> Option<Fact> {
        if self.is_over() {
            return None;
        }
        *self = Self::Gone;
        Some(Fact::ChannelGone)
    }

    /// The switch can't be reached any more.
    pub(crate) fn link_lost(&mut self, reason: &str) -> Option<Fact> {
        if *self != Self::Attached {
            return None;
        }
        *self = Self::Away;
        Some(Fact::ControlLost { link: ControlLink::Inbound, reason: reason.to_owned() })
    }
}
