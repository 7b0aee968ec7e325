//! To a control link.

use cordboard_schema::ids::EffectId;

use super::ChannelAction;
use crate::at_hand::Repeatable;

/// Call -> the actor of a control connection, on its [`ControlLine`].
#[derive(Clone, Debug, PartialEq)]
pub enum ToControl {
    /// Have the channel do something; the outcome comes back as `action_done`.
    Act {
        /// The request.
        effect: EffectId,
        /// The action.
        action: ChannelAction,
    },
    /// Have chunks of sound played from now on: report [`PlaybackEvent::Handed`](super::PlaybackEvent::Handed) once
    /// the switch reports the next one.
    TakeSound,
    /// The call has a new actor and may have missed something: report the state of the channel again.
    Resync,
    /// The call is over, or another connection has taken this one's place: leave.
    Release,
    /// Another connection has the channel, which is elsewhere in its dialplan: release this one so that nothing happens there.
    Replaced,
}

impl Repeatable for ToControl {
    fn again(&self) -> Option<Self> {
        match self {
            Self::TakeSound | Self::Resync | Self::Release | Self::Replaced => Some(self.clone()),
            // An action may not be done twice: the call waits for its outcome until its timeout.
            Self::Act { .. } => None,
        }
    }
}
