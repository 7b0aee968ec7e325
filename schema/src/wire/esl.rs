//! ESL, FreeSWITCH's event socket: bytes to frames, and commands to bytes.
//!
//! The format is the same on both kinds of connection: the outbound one that FreeSWITCH opens for a call (`socket` in the
//! dialplan), and the inbound one that we open to the switch. FreeSWITCH sends [`Frame`]s, which a [`Decoder`] reads; we send
//! [`Command`]s. There is one reply to each command, strictly in order; events come between them.
//!
//! Each subject has a type, in a file of its own, that reads the meaning of an event: [`Hangup`], [`KeyPress`], [`Bridge`],
//! [`PlaybackStopped`], [`ExecuteComplete`], [`JobDone`], [`AudioStreamEvent`], [`ChannelData`], [`Heartbeat`]. Answers of the
//! API commands: [`ApiAnswer`], [`live_channels`], [`Registration`], [`yes_or_no`].
//!
//! Source: FreeSWITCH's documentation, "mod_event_socket" and "Event Socket Outbound" (developer.signalwire.com), and traffic of
//! a FreeSWITCH 1.11 (`tests/captures`), which takes precedence where the two differ.

mod answer;
mod api;
mod audio_stream;
mod bridge;
mod channel_data;
mod command;
mod decoder;
mod dtmf;
mod event;
mod event_json;
mod event_name;
mod execute;
mod hangup;
mod heartbeat;
mod job;
mod live_channel;
mod originate;
mod playback;
mod registration;
mod value;

pub use answer::{ApiAnswer, yes_or_no};
pub use api::{ApiCommand, BreakScope, HoldChange, StreamMix, UNROUTED};
pub use audio_stream::{AudioStreamEvent, BadStreamEvent, StreamedPiece};
pub use bridge::{Bridge, DialResult};
pub use channel_data::{ChannelData, ChannelDirection, Control, SocketMode};
pub use command::{Application, Command, ExecuteOrder, Execution, Password, Repetition, UnicastRoute};
pub use decoder::{Decoder, EslError};
pub use dtmf::{KeyPress, KeySource};
pub use event::{Event, array_items, decode_percent};
pub use event_name::{EventName, Subclass};
pub use execute::{ExecuteComplete, PlaybackResult};
pub use hangup::{Hangup, HungUpBy, hangup_cause_of, switch_cause_of};
pub use heartbeat::Heartbeat;
pub use job::JobDone;
pub use live_channel::{BadChannelList, LiveChannel, live_channels};
pub use originate::{Answered, BadTrunk, DialText, Originate, Trunk};
pub use playback::{PlaybackStopped, StopReason};
pub use registration::Registration;
pub use value::{BadValue, EslValue, EslWord};

/// One frame that FreeSWITCH sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// A request for the password: the first frame of an inbound connection.
    AuthRequest,
    /// The answer to a command, except for `api` and `connect`.
    Reply(Reply),
    /// Output of an `api` command, unchanged; see [`ApiAnswer`].
    ApiResponse(String),
    /// An event of the switch.
    Event(Event),
    /// The answer to `connect`, with the whole call; see [`ChannelData`].
    ChannelData(Event),
    /// The call or the connection ends.
    Disconnect(Notice),
    /// Our address isn't in the switch's access list. The text is FreeSWITCH's.
    Rejected(String),
    /// A frame of a kind that we don't use, such as a log line. Or a block of headers without a kind: the rest of a reply whose
    /// text had an empty line.
    Other {
        /// The frame's `Content-Type`; empty if it has none.
        content_type: String,
        /// Its body.
        body: String,
    },
}

/// The answer to a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// `+OK ...` or `-ERR ...`. Text of several lines, which FreeSWITCH doesn't encode here, is joined again.
    pub text: String,
    /// The id of the job that `bgapi` started.
    pub job_uuid: Option<String>,
}

impl Reply {
    /// Returns the meaning of the text. `+OK` to a `sendmsg` means that it is queued, not that it is done.
    pub fn answer(&self) -> ApiAnswer<'_> {
        ApiAnswer::of(&self.text)
    }
}

/// A disconnect notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// The call ended and the connection stays open, because we requested `linger`. `CHANNEL_HANGUP_COMPLETE` may still come.
    Linger {
        /// The call's channel.
        channel: Option<String>,
        /// Number of seconds; `None` for until we leave.
        seconds: Option<u32>,
    },
    /// The connection ends now, and a FIN follows.
    Final {
        /// The call's channel, on an outbound connection.
        channel: Option<String>,
        /// FreeSWITCH's text: goodbye, or that it is shutting down.
        text: String,
    },
}
