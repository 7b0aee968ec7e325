//! The actions that a call can ask of its caller's channel. The actions are the same for every kind of link.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use cordboard_schema::audio::SampleRate;
use cordboard_schema::call::HangupCause;
use cordboard_schema::dialplan::DialplanTarget;
use cordboard_schema::digit::Digit;
use uuid::Uuid;

/// An action for the caller's channel. It is the same for every kind of link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChannelAction {
    /// Answer the channel.
    Answer,
    /// Hang up.
    HangUp(HangupCause),
    /// Open an audio WebSocket to us.
    StartStream {
        /// Destination, with the one-time token.
        url: String,
        /// The sample rate that we want.
        rate: SampleRate,
    },
    /// Close the audio WebSocket.
    StopStream,
    /// Send raw samples to this address of ours and accept some back. Only where [`UnicastRules`](crate::unicast::UnicastRules) allow it.
    StartUnicast {
        /// Our socket.
        to: SocketAddr,
    },
    /// Interrupt what the channel is doing and park it. This is the only clean way to end a unicast so that another can begin.
    ParkAgain,
    /// Stop the current playback and discard what is queued. Chunks with a lower number than `next_chunk` are no longer played.
    StopPlayback {
        /// The first chunk that may be played again.
        next_chunk: u64,
        /// The link that gave the switch the sound that is to stop.
        given_by: GivenBy,
    },
    /// Play a prompt file of the switch. Done once it was heard.
    Play(PromptFile),
    /// Play music until [`Self::StopPlayback`].
    PlayMusic,
    /// Play digits to the caller's side.
    SendDtmf(Vec<Digit>),
    /// Have the switch put a phone on hold: the party that it is joined with hears music. Never used for the caller's own phone.
    Hold {
        /// The phone's channel.
        channel: Uuid,
    },
    /// Have the switch take that phone off hold.
    Unhold {
        /// The phone's channel.
        channel: Uuid,
    },
    /// Send the channel to another place in the dialplan.
    Transfer(DialplanTarget),
    /// Put it into the switch's car park, where anyone can fetch it.
    Park {
        /// After how many ms the switch returns the caller to the dialplan, unless one of our processes takes them back before.
        timeout_ms: u64,
    },
    /// Take it back from the car park.
    Fetch,
    /// For a caller whom the switch serves by documents: have the switch ask what to do next.
    NextDocument,
    /// Have the switch record the channel to a file of its own.
    Record,
    /// Stop that recording.
    StopRecording,
    /// Set variables of the channel, by name.
    SetVariables(BTreeMap<String, String>),
    /// Join it with another channel. When the other leaves, this one is parked.
    BridgeWith {
        /// The other channel.
        channel: Uuid,
    },
}

/// A prompt file on the switch's disk: an absolute path of letters, digits and `_ - . /`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PromptFile(String);

impl PromptFile {
    /// Returns the prompt of this path, or `None` if the path has a character that could mean something to a switch.
    pub fn new(path: &str) -> Option<Self> {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/');
        (path.starts_with('/') && path.chars().all(plain)).then(|| Self(path.to_owned()))
    }

    /// The path.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Which link gave the switch the chunks that it plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GivenBy {
    /// The link that carries this request; it knows the chunks.
    ThisLink,
    /// An earlier link that is gone. The switch's playback event shows when it stops.
    AnotherLink,
}

/// Which link reports the call's channel events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listening {
    /// The inbound link, because there is no other.
    Inbound,
    /// The outbound link.
    Outbound,
}
