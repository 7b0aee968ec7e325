//! A call's leg over an audio WebSocket of a FreeSWITCH (`mod_audio_stream`).

use std::net::{SocketAddr, TcpStream};

use cordboard_schema::audio::SampleRate;
use cordboard_schema::call::LegKind;
use cordboard_schema::ids::{CallId, OutsideId};
use tracing::Instrument;
use uuid::Uuid;

use super::stream_leg::StreamLegTask;
use super::stream_refusal::refuse_stream;
use crate::legs::{AudioSource, LegPlace, LegSettings};
use crate::line::LegLine;
use crate::media::Pace;

/// A WebSocket of `mod_audio_stream`, whose request was read and not answered yet.
#[derive(Debug)]
pub struct StreamConnection {
    /// The channel that its path names.
    pub uuid: Uuid,
    /// The `Sec-WebSocket-Key` of the request.
    pub key: String,
    /// Whether the one-time token was in its path that we gave the switch.
    pub proof: StreamProof,
    /// The rate that streams are asked for, 8000 or 16000 Hz; it counts where the first audio does not tell another by its length.
    pub rate: SampleRate,
    /// The socket, non-blocking, registered with no runtime.
    pub stream: TcpStream,
    /// Address of the peer.
    pub peer: SocketAddr,
    /// The bytes that were read behind the request.
    pub early: Vec<u8>,
}

/// The proof that an audio WebSocket has brought besides the name of a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamProof {
    /// The token of a start that we asked for.
    Token,
    /// Nothing.
    None,
}

impl AudioSource for StreamConnection {
    fn leg_kind(&self) -> LegKind {
        LegKind::Freeswitch
    }

    fn outside_id(&self) -> OutsideId {
        OutsideId::freeswitch(self.uuid)
    }

    fn begins_calls(&self) -> bool {
        // Of a phone that a call has rung it is never a call of its own.
        !CallId::is_phone(self.uuid)
    }

    fn is_confirmed(&self) -> bool {
        self.proof == StreamProof::Token
    }

    fn peer(&self) -> SocketAddr {
        self.peer
    }

    fn start(self: Box<Self>, place: LegPlace<'_>) -> LegLine {
        AudioStreamActor::start(place.settings(*self))
    }

    fn refuse(self: Box<Self>) {
        refuse_stream(*self);
    }
}

/// The leg of one audio WebSocket, whose request was read and not answered yet. It joins the call with the first audio, or
/// after 200 ms without any, and leaves it exactly once, however it ends; nothing of it outlives the connection.
///
/// What it sends is played by the switch, when the call's control link says so: it tells the call what to stop
/// ([`ToCall::StopPlayback`](crate::messages::ToCall)), and is told what was heard
/// ([`ToLeg::Playback`](crate::messages::ToLeg)).
#[derive(Debug)]
pub enum AudioStreamActor {}

impl AudioStreamActor {
    /// Starts the leg on the current arbiter, which has to be that of its call.
    pub fn start(settings: LegSettings<StreamConnection>) -> LegLine {
        let (line, leg, audio, live) = settings.open(Pace::Buffered);
        // Below the span of the call that starts it.
        actix_rt::spawn(StreamLegTask::new(leg, audio, live).run().in_current_span());
        line
    }
}
