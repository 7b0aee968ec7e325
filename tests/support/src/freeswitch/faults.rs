//! Faults that a test asks for: for everything new, or now on one connection.

use std::time::Duration;

/// How the ESL port treats an inbound client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Door {
    /// As FreeSWITCH does.
    #[default]
    Open,
    /// Nothing listens.
    Refused,
    /// It is accepted and closed at once.
    Closed,
    /// The connection is accepted, and nothing is ever sent.
    Mute,
    /// The address is not in the ACL.
    Rude,
}

/// Whether HEARTBEAT is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Beat {
    /// At the interval of [`super::Settings::heartbeat`].
    #[default]
    Configured,
    /// Never: connections are up, and nothing comes.
    Silent,
}

/// The treatment of the last events of a call whose program did not `linger`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Farewell {
    /// They are sent, as usually on a real switch.
    #[default]
    Sent,
    /// They are lost, as in 12 of 40 calls on a real switch.
    Lost,
}

/// Whether the community's audio module is loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AudioModule {
    /// It is loaded.
    #[default]
    Loaded,
    /// It was never installed, as in stock packages.
    Missing,
}

/// The current faults, for everything new.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Faults {
    /// The ESL port.
    pub door: Door,
    /// `mod_audio_stream`.
    pub audio_module: AudioModule,
    /// How much later the application `socket` dials: with an audio stream from the dialplan, the audio half then comes first.
    pub socket_delay: Duration,
    /// How much later the audio stream dials.
    pub stream_delay: Duration,
    /// How much later every ESL reply is sent, and events with it.
    pub reply_delay: Duration,
    /// Every write is cut at random into pieces of 1 to this many bytes.
    pub split_writes: Option<usize>,
    /// HEARTBEAT.
    pub beat: Beat,
    /// Events of calls without `linger`.
    pub farewell: Farewell,
}

/// Something that happens to one connection now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Strike {
    /// FIN.
    Close,
    /// RST.
    Reset,
    /// These bytes are sent between two frames.
    Inject(Vec<u8>),
    /// Nothing is read or written for this long.
    Stall(Duration),
}

impl Strike {
    /// Bytes that are not a frame.
    #[must_use]
    pub fn garbage() -> Self {
        Self::Inject(b"\x00\xff\xfe no header at all\r\n\x80\n\n".to_vec())
    }

    /// A frame with one header of this many bytes.
    #[must_use]
    pub fn huge_header(bytes: usize) -> Self {
        let value = "x".repeat(bytes);
        Self::Inject(format!("Content-Type: text/unheard-of\nX-Huge: {value}\n\n").into_bytes())
    }

    /// An event of another call, as a connection without a filter gets it.
    #[must_use]
    pub fn foreign_event(name: &str, uuid: &str) -> Self {
        let inner = format!("Event-Name: {name}\nUnique-ID: {uuid}\nHangup-Cause: NORMAL_CLEARING\n\n");
        Self::event(&inner, inner.len())
    }

    /// A plain event with `length` as its `Content-Length`, whatever `inner` has.
    #[must_use]
    pub fn event(inner: &str, length: usize) -> Self {
        Self::Inject(
            format!("Content-Length: {length}\nContent-Type: text/event-plain\n\n{inner}").into_bytes(),
        )
    }
}
