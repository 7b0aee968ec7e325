//! Messages of a leg to its caller over a media stream: audio as G.711 octets, many frames in one message.

use std::collections::VecDeque;

use cordboard_schema::audio::{Law, SampleRate, g711};
use cordboard_schema::limits::{TWILIO_AHEAD_MS_MAX, TWILIO_STALL_MS_MAX};
use cordboard_schema::wire::twilio::StreamSid;
use cordboard_schema::wire::twilio_media::{Mark, write_clear, write_mark, write_media};

use crate::legs::{MarkedPlayback, MarkedWire};
use crate::media::PipedMessage;
use crate::messages::Shown;

/// Twilio's sample rate.
pub(super) const RATE: SampleRate = SampleRate::HZ_8000;

/// The playback from a leg's ear into Twilio's queue.
pub(super) type StreamPlayback = MarkedPlayback<StreamWire>;

/// The messages of a media stream.
#[derive(Debug)]
pub(super) struct StreamWire {
    stream: StreamSid,
    /// Octets for the next message.
    octets: Vec<u8>,
}

impl StreamWire {
    pub(super) fn new(stream: StreamSid) -> Self {
        Self { stream, octets: Vec::new() }
    }
}

impl MarkedWire for StreamWire {
    type Message = PipedMessage;

    const AHEAD_MS_MAX: u64 = TWILIO_AHEAD_MS_MAX;
    const STALL_MS_MAX: u64 = TWILIO_STALL_MS_MAX;
    const PEER: &'static str = "the peer";

    fn rate(&self) -> SampleRate {
        RATE
    }

    fn post_sound(&mut self, samples: &[i16], _: &mut VecDeque<PipedMessage>) {
        g711::encode_into(Law::Mu, samples, &mut self.octets);
    }

    fn post_kept(&mut self, outbox: &mut VecDeque<PipedMessage>) {
        if !self.octets.is_empty() {
            let octets = std::mem::take(&mut self.octets);
            outbox.push_back(text(|text| write_media(text, &self.stream, &octets)));
        }
    }

    fn mark(&self, mark: Mark) -> PipedMessage {
        text(|text| write_mark(text, &self.stream, mark))
    }

    /// A telephone has no display that we could use.
    fn shown(&self, _: Shown) -> Option<PipedMessage> {
        None
    }

    fn clear(&mut self, outbox: &mut VecDeque<PipedMessage>) {
        outbox.clear();
        self.octets.clear();
        outbox.push_back(text(|text| write_clear(text, &self.stream)));
    }

    fn log_missed(&self, echoes_missed: u64) {
        tracing::warn!(echoes_missed, "marks were not echoed: the part that was heard is known less exactly");
    }
}

fn text(write: impl FnOnce(&mut String)) -> PipedMessage {
    let mut text = String::new();
    write(&mut text);
    PipedMessage::Text(text)
}
