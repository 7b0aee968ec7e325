//! Messages of a leg to its browser: sound as it is, marks and everything else as texts.

use std::collections::VecDeque;

use cordboard_schema::audio::SampleRate;
use cordboard_schema::limits::{WEB_AUDIO_AHEAD_MS_MAX, WEB_AUDIO_STALL_MS_MAX};
use cordboard_schema::wire::web_audio::{Mark, ServerMessage, write_sound};

use crate::legs::{MarkedPlayback, MarkedWire};
use crate::media::{PipedMessage, SpokenAt};
use crate::messages::Shown;

/// The playback from a leg's ear to the browser's queue.
pub(super) type WebPlayback = MarkedPlayback<WebWire>;

/// The messages of `/ws/audio`.
#[derive(Debug)]
pub(super) struct WebWire {
    /// The rate of sound, both ways.
    pub(super) rate: SampleRate,
    /// The rates at which sent sound was spoken, for a transport that encodes it.
    pub(super) spoken_at: SpokenAt,
}

/// An outgoing message.
#[derive(Debug)]
pub(super) enum Outgoing {
    Sound(Vec<u8>),
    Text(ServerMessage),
}

impl From<Outgoing> for PipedMessage {
    fn from(outgoing: Outgoing) -> Self {
        match outgoing {
            Outgoing::Sound(bytes) => Self::Binary(bytes),
            Outgoing::Text(message) => Self::Text(message.to_text()),
        }
    }
}

impl MarkedWire for WebWire {
    type Message = Outgoing;

    const AHEAD_MS_MAX: u64 = WEB_AUDIO_AHEAD_MS_MAX;
    const STALL_MS_MAX: u64 = WEB_AUDIO_STALL_MS_MAX;
    const PEER: &'static str = "the browser";

    fn rate(&self) -> SampleRate {
        self.rate
    }

    fn spoken_at(&mut self, rate: SampleRate) {
        self.spoken_at.note(rate);
    }

    fn post_sound(&mut self, samples: &[i16], outbox: &mut VecDeque<Outgoing>) {
        outbox.push_back(Outgoing::Sound(write_sound(samples)));
    }

    /// Each frame is a message.
    fn post_kept(&mut self, _: &mut VecDeque<Outgoing>) {}

    fn mark(&self, mark: Mark) -> Outgoing {
        Outgoing::Text(ServerMessage::Mark { name: mark.to_string() })
    }

    /// Texts other than marks do not belong to the sound.
    fn clear(&mut self, outbox: &mut VecDeque<Outgoing>) {
        let is_sound = |message: &Outgoing| {
            matches!(message, Outgoing::Sound(_) | Outgoing::Text(ServerMessage::Mark { .. }))
        };
        outbox.retain(|message| !is_sound(message));
        outbox.push_back(Outgoing::Text(ServerMessage::Clear));
    }

    fn shown(&self, shown: Shown) -> Option<Outgoing> {
        Some(Outgoing::Text(match shown {
            Shown::Stand(stand) => ServerMessage::Stand { stand },
            Shown::Line(line) => ServerMessage::Line { line },
        }))
    }

    /// Pages are put to sleep, and browsers closed: that is not an error.
    fn log_missed(&self, echoes_missed: u64) {
        tracing::info!(echoes_missed, "marks were not echoed: what was heard is known less well");
    }
}
