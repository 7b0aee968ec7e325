//! To the RegistryActor: audio that comes for calls.

use std::net::{SocketAddr, TcpStream};

use actix::Message;
use cordboard_schema::call::LegKind;
use cordboard_schema::event::Fact;
use cordboard_schema::ids::{EffectId, LegId, OutsideId, UserId};
use cordboard_schema::wire::twilio::{CallSid, StreamSid};
use uuid::Uuid;

use super::{NoSuchCall, PortHold};
use crate::media::MessagePipe;
use crate::web::WebAudio;

/// A listener -> registry: an audio connection has said whose it is.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct AudioArrived(pub AudioConnection);

/// An audio connection on its way from the listener to the arbiter of its call.
#[derive(Debug)]
pub struct AudioConnection {
    /// What speaks on it.
    pub wire: AudioWire,
    /// The UUID that it said: of AudioSocket's first frame, or the channel in a WebSocket's path.
    pub uuid: Uuid,
    /// The socket, non-blocking, registered with no runtime.
    pub stream: TcpStream,
    /// Who connected.
    pub peer: SocketAddr,
    /// What was read behind that.
    pub early: Vec<u8>,
    /// The leased port that it came to; none for one that is open to all.
    pub port: Option<PortHold>,
}

/// A webhook's socket -> registry: a media stream of Twilio has begun, with a token of ours. Only a call that is there gets
/// one.
#[derive(Debug, Message)]
#[rtype(result = "Result<(), NoSuchCall>")]
pub struct MediaStreamArrived(pub MediaStream);

/// A media stream of Twilio on its way from the worker that reads its socket to the arbiter of its call.
#[derive(Debug)]
pub struct MediaStream {
    /// The call.
    pub call: CallSid,
    /// The stream.
    pub stream: StreamSid,
    /// Its messages, `start` taken off.
    pub pipe: MessagePipe,
    /// Who connected.
    pub peer: SocketAddr,
}

/// A browser's socket -> registry: the audio of a party has come, with a token or a `resume` of ours. Only a call that is there
/// gets it; of one that is not the browser is told.
#[derive(Debug, Message)]
#[rtype(result = "Result<(), NoSuchCall>")]
pub struct WebAudioArrived(pub WebAudio);

/// Audio that has come for a call.
#[derive(Debug)]
pub enum Arrival {
    /// Over a connection of its own.
    Connection(AudioConnection),
    /// Over a WebSocket of the web server's, which Twilio has opened.
    MediaStream(MediaStream),
    /// Over a WebSocket of the web server's, which a browser has opened.
    Web(WebAudio),
    /// Over a socket of ours, which is bound once the call takes it: a FreeSWITCH has somebody parked, and sends their sound by
    /// `unicast` when it is told to.
    Parked(ParkedChannel),
    /// Of a phone that the call has rung, whichever way it came.
    Phone {
        /// The ringing.
        ringing: EffectId,
        /// The audio.
        audio: Box<Arrival>,
    },
}

/// A channel that its FreeSWITCH has parked, answered, and of which nothing was sent yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParkedChannel {
    /// The channel.
    pub uuid: Uuid,
    /// Samples a second of its codec, where the switch has said it.
    pub read_rate: Option<u32>,
}

impl Arrival {
    /// The name of the call that it belongs to.
    pub fn outside_id(&self) -> OutsideId {
        match self {
            Self::Connection(connection) => connection.outside_id(),
            Self::MediaStream(stream) => OutsideId::twilio(&stream.call),
            Self::Web(audio) => OutsideId::web(audio.name),
            Self::Parked(channel) => OutsideId::freeswitch(channel.uuid),
            Self::Phone { audio, .. } => audio.outside_id(),
        }
    }

    /// The ringing of the phone whose audio it is.
    pub const fn ringing(&self) -> Option<EffectId> {
        match self {
            Self::Phone { ringing, .. } => Some(*ringing),
            Self::Connection(_) | Self::MediaStream(_) | Self::Web(_) | Self::Parked(_) => None,
        }
    }

    /// The agent whose audio it is; none of the caller's.
    pub fn agent(&self) -> Option<UserId> {
        match self {
            Self::Web(audio) => audio.agent,
            Self::Connection(_) | Self::MediaStream(_) | Self::Parked(_) | Self::Phone { .. } => None,
        }
    }

    /// Whether it has shown that it belongs to the call.
    pub fn is_confirmed(&self) -> bool {
        match self {
            Self::Connection(connection) => connection.is_confirmed(),
            // It came with a token that only the call's TwiML has.
            Self::MediaStream(_) => true,
            // It came with a token that only this party was told.
            Self::Web(_) => true,
            // Its switch says it.
            Self::Parked(_) => true,
            Self::Phone { audio, .. } => audio.is_confirmed(),
        }
    }

    /// What the call's machine is told of it.
    pub fn arrived(&self, leg: LegId) -> Fact {
        let (leg_kind, outside_id) = (self.leg_kind(), self.outside_id());
        let (confirmed, agent) = (self.is_confirmed(), self.agent());
        match self.ringing() {
            Some(ringing) => Fact::PhoneLegArrived { leg, ringing },
            None => Fact::LegArrived { leg, leg_kind, outside_id, confirmed, agent },
        }
    }

    /// The kind of leg that it makes.
    pub fn leg_kind(&self) -> LegKind {
        match self {
            Self::Connection(connection) => connection.leg_kind(),
            Self::MediaStream(_) => LegKind::Twilio,
            Self::Web(audio) => audio.carrier.leg_kind(),
            Self::Parked(_) => LegKind::Freeswitch,
            Self::Phone { audio, .. } => audio.leg_kind(),
        }
    }
}

/// What speaks on an audio connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AudioWire {
    /// Asterisk's AudioSocket.
    AudioSocket,
    /// `mod_audio_stream` of FreeSWITCH: a WebSocket whose request was read and not answered yet.
    AudioStream {
        /// The `Sec-WebSocket-Key` of the request.
        key: String,
        /// Whether the one-time token was in its path that we gave the switch.
        proof: StreamProof,
    },
}

/// What an audio WebSocket has shown besides the name of a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamProof {
    /// The token of a start that we asked for.
    Token,
    /// Nothing.
    None,
}

impl AudioConnection {
    /// The name of the call that it belongs to.
    pub fn outside_id(&self) -> OutsideId {
        match self.wire {
            AudioWire::AudioSocket => OutsideId::audiosocket(self.uuid),
            AudioWire::AudioStream { .. } => OutsideId::freeswitch(self.uuid),
        }
    }

    /// Whether it has shown that it belongs to the call, as nothing but AudioSocket's first frame can: that is all it has.
    pub fn is_confirmed(&self) -> bool {
        match &self.wire {
            AudioWire::AudioSocket => true,
            AudioWire::AudioStream { proof, .. } => *proof == StreamProof::Token,
        }
    }

    /// The kind of leg that it makes.
    pub fn leg_kind(&self) -> LegKind {
        match self.wire {
            AudioWire::AudioSocket => LegKind::Audiosocket,
            AudioWire::AudioStream { .. } => LegKind::Freeswitch,
        }
    }
}
