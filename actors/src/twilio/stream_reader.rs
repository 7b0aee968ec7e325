//! The reading side of a media stream: the caller's audio goes to the leg's mouth, keys to the call, echoes to the playback.

use std::time::Duration;

use cordboard_schema::audio::{Frame, g711};
use cordboard_schema::call::LegEnd;
use cordboard_schema::digit::Digit;
use cordboard_schema::event::Fact;
use cordboard_schema::limits::TWILIO_SILENT_MS_MAX;
use cordboard_schema::wire::twilio_media::{Media, StreamMessage};
use tokio::sync::mpsc;

use super::stream_playback::{RATE, StreamPlayback};
use super::stream_timeline::StreamTimeline;
use crate::legs::{Burst, Leg, MessageHearing, OddMessages, read_messages};
use crate::media::PipedMessage;

const SILENT_LIMIT: Duration = Duration::from_millis(TWILIO_SILENT_MS_MAX);

/// How reading ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ReadEnd {
    /// Twilio said that the stream is over.
    Stopped,
    /// The socket ended without that.
    Broken,
    /// Nothing arrived any more, not even silence.
    Silent,
}

impl ReadEnd {
    pub(super) fn leg_end(self) -> LegEnd {
        match self {
            Self::Stopped => LegEnd::Closed,
            Self::Broken | Self::Silent => LegEnd::Broken,
        }
    }
}

/// Reads a leg until its stream ends. After a panic it can be called again with the same `hearing`.
pub(super) async fn read_stream(
    hearing: &mut Hearing<'_>,
    incoming: &mut mpsc::Receiver<PipedMessage>,
) -> ReadEnd {
    let end = read_messages(hearing, incoming, Some(SILENT_LIMIT)).await.unwrap_or(ReadEnd::Silent);
    hearing.report(end);
    end
}

/// State of a stream that is being read.
#[derive(Debug)]
pub(super) struct Hearing<'a> {
    leg: &'a Leg,
    playback: &'a StreamPlayback,
    timeline: StreamTimeline,
    /// Samples of the messages that arrived together.
    burst: Burst,
    odd_messages: OddMessages,
    samples_dropped: u64,
}

impl<'a> Hearing<'a> {
    pub(super) fn new(leg: &'a Leg, playback: &'a StreamPlayback) -> Self {
        Self {
            leg,
            playback,
            timeline: StreamTimeline::default(),
            burst: Burst::new(RATE),
            odd_messages: OddMessages::of("stream"),
            samples_dropped: 0,
        }
    }

    fn take_text(&mut self, text: &str) -> Option<ReadEnd> {
        match StreamMessage::parse(text) {
            Ok(StreamMessage::Media(media)) if media.inbound => self.hear(&media),
            // The other track: an echo of our own audio.
            Ok(StreamMessage::Media(_)) => {}
            Ok(StreamMessage::Mark { name }) => self.playback.echoed(&name),
            Ok(StreamMessage::Dtmf { digit }) => self.pass_on(digit),
            Ok(StreamMessage::Stop) => return Some(ReadEnd::Stopped),
            Ok(StreamMessage::Start(_) | StreamMessage::Connected { .. }) => {
                self.odd_messages.note(&"a second start")
            }
            // An event that Twilio introduced later.
            Ok(StreamMessage::Other { .. }) => {}
            Err(error) => self.odd_messages.note(&error),
        }
        None
    }

    fn hear(&mut self, media: &Media<'_>) {
        match media.frame() {
            Ok(Some(Frame::G711 { law, bytes })) => {
                let Some(silent) = self.timeline.take(media.chunk, media.timestamp_ms, bytes.len()) else {
                    return self.odd_messages.note(&"a piece of audio that was repeated or late");
                };
                // In frames: it is no long message of the peer's, and people who listen have heard most of it already.
                for silence in vec![0; silent].chunks(RATE.samples_per_frame()) {
                    self.push(silence);
                }
                self.push(&g711::decode_all(law, &bytes));
            }
            Ok(Some(Frame::Pcm { .. }) | None) => {}
            Err(error) => self.odd_messages.note(&error),
        }
    }

    fn push(&mut self, samples: &[i16]) {
        self.samples_dropped += self.burst.push(samples) as u64;
    }

    fn pass_on(&mut self, digit: Digit) {
        // The call learns of a leg before its keys.
        self.leg.speak(&mut self.burst);
        self.leg.join(RATE);
        self.leg.call.fact(Fact::Dtmf { leg: Some(self.leg.id), digit, duration_ms: None });
    }

    fn report(&self, end: ReadEnd) {
        let Self { odd_messages: OddMessages { count: odd_messages, .. }, samples_dropped, .. } = self;
        let lost_ms = RATE.ms_of_samples(self.timeline.lost);
        tracing::debug!(?end, odd_messages, samples_dropped, lost_ms, "read to the end");
    }
}

impl MessageHearing for Hearing<'_> {
    type Message = PipedMessage;
    type End = ReadEnd;

    fn take(&mut self, message: Option<PipedMessage>) -> Option<ReadEnd> {
        match message {
            Some(PipedMessage::Text(text)) => return self.take_text(&text),
            // Twilio sends no binary messages.
            Some(PipedMessage::Binary(_)) => self.odd_messages.note(&"a binary message"),
            None => return Some(ReadEnd::Broken),
        }
        None
    }

    fn speak(&mut self) {
        self.leg.speak(&mut self.burst);
    }
}
