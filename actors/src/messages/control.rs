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
    /// Have chunks of sound played from now on: say
    /// [`PlaybackEvent::Handed`](super::PlaybackEvent::Handed) once the switch reports the next.
    TakeSound,
    /// The call lives again and may have missed something: report the state of the channel once more.
    Resync,
    /// The call is over, or another connection took this one's place: leave.
    Release,
    /// Another connection has the channel, which is elsewhere in its dialplan: to be released so that nothing happens there.
    Replaced,
}

impl Repeatable for ToControl {
    fn again(&self) -> Option<Self> {
        match self {
            Self::TakeSound | Self::Resync | Self::Release | Self::Replaced => Some(self.clone()),
            // An action may not be done twice: the call waits for its outcome for as long as it may take.
            Self::Act { .. } => None,
        }
    }
}
