//! Requests of a call to its caller's channel, the same for every link to it.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use cordboard_schema::audio::SampleRate;
use cordboard_schema::call::HangupCause;
use cordboard_schema::dialplan::DialplanTarget;
use cordboard_schema::digit::Digit;
use uuid::Uuid;

/// A request of a call to its channel. The same for every link to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChannelAction {
    /// Answer it.
    Answer,
    /// End it.
    HangUp(HangupCause),
    /// Open an audio WebSocket to us.
    StartStream {
        /// Destination, with the one-time token.
        url: String,
        /// Rate of the samples that are wanted.
        rate: SampleRate,
    },
    /// Close the audio WebSocket.
    StopStream,
    /// Send raw samples to this address of ours, and take some. Only as [`UnicastRules`](crate::unicast::UnicastRules) admit.
    StartUnicast {
        /// Our socket.
        to: SocketAddr,
    },
    /// Leave what the channel is doing and park it: the only clean end of a unicast, after which another can begin.
    ParkAnew,
    /// Stop what is being played, and throw away what waits behind it. Chunks of lower numbers than this are not played
    /// any more.
    StopPlayback {
        /// The first chunk that is to be played again.
        next_chunk: u64,
        /// The link that had the switch play the sound which is stopped.
        given_by: GivenBy,
    },
    /// Play a prompt that the switch can read; done when it was heard.
    Play(PromptFile),
    /// Play music until [`Self::StopPlayback`].
    PlayMusic,
    /// Play digits to the caller's side.
    SendDtmf(Vec<Digit>),
    /// Have the switch hold a phone: the party that it is joined with hears music. The caller's own phone is never meant.
    Hold {
        /// The phone's channel.
        channel: Uuid,
    },
    /// Have the switch end that.
    Unhold {
        /// The phone's channel.
        channel: Uuid,
    },
    /// Send the channel elsewhere in the dialplan.
    Transfer(DialplanTarget),
    /// Put it into the switch's car park, where anybody can fetch it.
    Park {
        /// When the switch gives it back to the dialplan if nobody of us does, in ms.
        timeout_ms: u64,
    },
    /// Take it back from there.
    Fetch,
    /// Have the switch ask what to do with the caller, whom it serves by documents.
    NextDocument,
    /// Have the switch record it, in a file of its own.
    Record,
    /// Record it no more.
    StopRecording,
    /// Give variables of it values, by name.
    SetVariables(BTreeMap<String, String>),
    /// Join it with another channel; when that one leaves, it is parked.
    BridgeWith {
        /// The other channel.
        channel: Uuid,
    },
}

/// A prompt on the switch's disk: an absolute path of letters, digits and `_ - . /`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PromptFile(String);

impl PromptFile {
    /// The prompt of this path, if nothing in it could mean something to a switch.
    pub fn new(path: &str) -> Option<Self> {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/');
        (path.starts_with('/') && path.chars().all(plain)).then(|| Self(path.to_owned()))
    }

    /// The path.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The link that has given chunks to the switch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GivenBy {
    /// The one that is asked, which knows them.
    ThisLink,
    /// One before it, which is gone: the switch's playback shows when it stops.
    AnotherLink,
}

/// The source of a call's channel events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listening {
    /// The inbound link, for there is no other.
    Inbound,
    /// The outbound link.
    Outbound,
}
