//! Audio of a FreeSWITCH's channels that calls order: a WebSocket of `mod_audio_stream`, or a `unicast` to a socket of ours.

use std::io;

use cordboard_schema::audio::SampleRate;
use cordboard_schema::call::LegKind;
use cordboard_schema::switch::SwitchKind;
use uuid::Uuid;

use super::stream_tokens::StreamTokens;
use super::unicast_actor::{UnicastActor, UnicastSettings, bind_unicast};
use crate::line::LegLine;
use crate::messages::ChannelAction;
use crate::switches::{ChannelAudio, SocketLeg};

/// The audio that calls order for channels.
pub struct OrderedAudio {
    /// Tokens for audio streams.
    pub tokens: StreamTokens,
    /// The rate that streams are started with.
    pub rate: SampleRate,
    /// How sockets for unicasts are bound.
    pub unicast: UnicastSettings,
}

impl ChannelAudio for OrderedAudio {
    fn switch_kind(&self) -> SwitchKind {
        SwitchKind::Freeswitch
    }

    fn leg_kind(&self) -> LegKind {
        LegKind::Freeswitch
    }

    fn stream(&self, channel: Uuid) -> ChannelAction {
        ChannelAction::StartStream { url: self.tokens.url(channel), rate: self.rate }
    }

    fn socket(&self, leg: SocketLeg) -> io::Result<(LegLine, ChannelAction)> {
        let (socket, to) = bind_unicast(&self.unicast)?;
        Ok((UnicastActor::start(leg, socket, &self.unicast), ChannelAction::StartUnicast { to }))
    }
}
