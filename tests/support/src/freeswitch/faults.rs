//! Faults that a test wants: for everything that comes, or at a moment on one connection.

use std::time::Duration;

/// Behaviour of the ESL port for an inbound client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Door {
    /// FreeSWITCH.
    #[default]
    Open,
    /// Nobody listens.
    Refused,
    /// It is accepted and closed at once.
    Closed,
    /// It is accepted, and nothing is ever said.
    Mute,
    /// The address is not in the ACL.
    Rude,
}

/// Whether HEARTBEAT is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Beat {
    /// As often as [`super::Settings::heartbeat`] says.
    #[default]
    Configured,
    /// Not at all: connections are up, and nothing comes.
    Silent,
}

/// Treatment of the last events of a call whose program did not `linger`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Farewell {
    /// They are sent, as mostly on a real switch.
    #[default]
    Sent,
    /// They are lost, as in 12 of 40 calls on a real switch.
    Lost,
}

/// Whether the community's audio module is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AudioModule {
    /// It is loaded.
    #[default]
    Loaded,
    /// The switch was never given it, as stock packages come.
    Missing,
}

/// Present faults, for everything new.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Faults {
    /// The ESL port.
    pub door: Door,
    /// `mod_audio_stream`.
    pub audio_module: AudioModule,
    /// The application `socket` dials so much later: with an audio stream from the dialplan, the audio half is first.
    pub socket_delay: Duration,
    /// The audio stream dials so much later.
    pub stream_delay: Duration,
    /// Every reply of ESL comes so much later, and events with it.
    pub reply_delay: Duration,
    /// Every write is cut into pieces of 1 to so many bytes, at random.
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
    /// Nothing is read or written for so long.
    Stall(Duration),
}

impl Strike {
    /// A frame of bytes that are no frame.
    #[must_use]
    pub fn garbage() -> Self {
        Self::Inject(b"\x00\xff\xfe no header at all\r\n\x80\n\n".to_vec())
    }

    /// A frame with one header of so many bytes.
    #[must_use]
    pub fn huge_header(bytes: usize) -> Self {
        let value = "x".repeat(bytes);
        Self::Inject(format!("Content-Type: text/unheard-of\nX-Huge: {value}\n\n").into_bytes())
    }

    /// An event of another call, as a connection without a filter gets them.
    #[must_use]
    pub fn foreign_event(name: &str, uuid: &str) -> Self {
        let inner = format!("Event-Name: {name}\nUnique-ID: {uuid}\nHangup-Cause: NORMAL_CLEARING\n\n");
        Self::event(&inner, inner.len())
    }

    /// A plain event whose `Content-Length` says `length`, whatever `inner` has.
    #[must_use]
    pub fn event(inner: &str, length: usize) -> Self {
        Self::Inject(
            format!("Content-Length: {length}\nContent-Type: text/event-plain\n\n{inner}").into_bytes(),
        )
    }
}
