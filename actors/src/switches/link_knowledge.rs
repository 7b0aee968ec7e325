//! A call's knowledge of the link to its caller's channel. Pure.

use cordboard_schema::event::Fact;
use cordboard_schema::switch::ControlLink;

/// A call's knowledge of the inbound link to its channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LinkKnowledge {
    /// Nothing is known, or there is no link.
    Away,
    /// There is a link.
    Attached,
    /// The switch has no such channel.
    Gone,
    /// The end of the channel was reported.
    Over,
}

impl LinkKnowledge {
    /// Returns whether the channel was reported as gone or ended.
    pub(crate) fn is_over(self) -> bool {
        matches!(self, Self::Gone | Self::Over)
    }

    /// Notes that the switch has no such channel.
    pub(crate) fn gone(&mut self) -> Option<Fact> {
        if self.is_over() {
            return None;
        }
        *self = Self::Gone;
        Some(Fact::ChannelGone)
    }

    /// Notes that the switch can't be reached any more.
    pub(crate) fn link_lost(&mut self, reason: &str) -> Option<Fact> {
        if *self != Self::Attached {
            return None;
        }
        *self = Self::Away;
        Some(Fact::ControlLost { link: ControlLink::Inbound, reason: reason.to_owned() })
    }
}
