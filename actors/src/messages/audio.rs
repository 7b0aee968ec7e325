//! To the RegistryActor and from there to a call: audio that has arrived.

use actix::Message;
use cordboard_schema::event::Fact;
use cordboard_schema::ids::{EffectId, LegId};
use uuid::Uuid;

use super::NoSuchCall;
use crate::legs::AudioSource;

/// A listener -> registry: audio has arrived, and has named its owner.
/// Answered when its call has it. If no call takes it, it is refused.
#[derive(Debug, Message)]
#[rtype(result = "Result<(), NoSuchCall>")]
pub struct AudioArrived(pub Box<dyn AudioSource>);

/// Audio that has arrived for a call.
#[derive(Debug)]
pub enum Arrival {
    /// It has arrived.
    Audio {
        /// The audio.
        audio: Box<dyn AudioSource>,
        /// The ringing of the phone whose audio it is; none for audio that was not rung for.
        ringing: Option<EffectId>,
    },
    /// It arrives once the call takes it: a switch has a phone of this call parked, and sends the phone's sound when
    /// it is ordered to ([`ChannelAudio`](crate::switches::ChannelAudio)).
    Parked {
        /// The ringing of that phone.
        ringing: EffectId,
        /// Its channel.
        channel: ParkedChannel,
    },
}

/// A channel that its switch has answered and parked, and from which it has sent nothing yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParkedChannel {
    /// The channel.
    pub uuid: Uuid,
    /// Samples a second of its codec, if the switch has reported them.
    pub read_rate: Option<u32>,
}

impl Arrival {
    /// Whether it is the caller's audio, and not that of an agent, a supervisor or a phone that rings for the call.
    pub(crate) fn is_callers(&self) -> bool {
        matches!(self, Self::Audio { audio, ringing: None } if audio.agent().is_none())
    }

    /// The fact for the call's machine.
    pub fn arrived(&self, leg: LegId) -> Fact {
        match self {
            Self::Parked { ringing, .. } | Self::Audio { ringing: Some(ringing), .. } => {
                Fact::PhoneLegArrived { leg, ringing: *ringing }
            }
            Self::Audio { audio, ringing: None } => Fact::LegArrived {
                leg,
                leg_kind: audio.leg_kind(),
                outside_id: audio.outside_id(),
                confirmed: audio.is_confirmed(),
                agent: audio.agent(),
            },
        }
    }
}
