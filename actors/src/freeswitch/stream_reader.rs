//! The reading side of an audio WebSocket: what the caller says goes to the leg's mouth. It waits for nobody but the peer.

use cordboard_schema::audio::{Frame, SampleRate};
use cordboard_schema::call::LegEnd;
use cordboard_schema::event::{Announcement, Fact};
use cordboard_schema::limits::STREAM_ANNOUNCED_CHARS_MAX;
use cordboard_schema::wire::freeswitch_audio::{Metadata, rate_of_first_message, read_pcm};
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error, Message};

use super::stream_socket::StreamSocket;
use crate::legs::{Burst, Leg};

/// Messages in a row before others get their turn: 1.3 s of sound.
const MESSAGES_IN_A_ROW_MAX: usize = 64;

/// How reading ended, and what is to be said about that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ReadEnd {
    /// The peer has said goodbye.
    Goodbye,
    /// The peer has closed its side without a word.
    Closed,
    /// The connection broke.
    Broken,
    /// The peer does not keep to the protocol.
    Unfit(CloseCode),
}

impl ReadEnd {
    pub(super) fn leg_end(self) -> LegEnd {
        match self {
            Self::Goodbye | Self::Closed => LegEnd::Closed,
            Self::Broken | Self::Unfit(_) => LegEnd::Broken,
        }
    }
}

/// Reads a leg until its peer ends it. Where it panicked it can be called again with the same `hearing`.
pub(super) async fn read_stream(hearing: &mut Hearing<'_>, socket: &StreamSocket) -> ReadEnd {
    loop {
        #[cfg(feature = "fault-injection")]
        crate::fault::strike(crate::fault::Fault::PanicInReading);
        let mut message = socket.next().await;
        let mut end = None;
        for _ in 0..MESSAGES_IN_A_ROW_MAX {
            end = hearing.take(message);
            if end.is_some() {
                break;
            }
            match socket.next_there() {
                Some(next) => message = Some(next),
                None => break,
            }
        }
        hearing.leg.speak(&mut hearing.burst);
        if let Some(end) = end {
            hearing.report();
            return end;
        }
        tokio::task::consume_budget().await;
    }
}

/// What is known of a peer while it is read.
#[derive(Debug)]
pub(super) struct Hearing<'a> {
    leg: &'a Leg,
    /// The rate at which the stream was started, as far as is known.
    rate: SampleRate,
    /// Samples of the messages that came together.
    burst: Burst,
    audio_messages: u64,
    texts: u64,
    odd_messages: u64,
    samples_dropped: u64,
}

impl<'a> Hearing<'a> {
    /// `rate` is what was asked for; the first message may say otherwise.
    pub(super) fn new(leg: &'a Leg, rate: SampleRate) -> Self {
        let burst = Burst::new(rate);
        Self { leg, rate, burst, audio_messages: 0, texts: 0, odd_messages: 0, samples_dropped: 0 }
    }

    fn take(&mut self, message: Option<Result<Message, Error>>) -> Option<ReadEnd> {
        match message {
            Some(Ok(Message::Binary(bytes))) => self.hear(&bytes),
            Some(Ok(Message::Text(text))) => self.take_text(&text),
            // Pings were answered by the time they are seen.
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => {}
            Some(Ok(Message::Close(_))) => return Some(ReadEnd::Goodbye),
            Some(Err(error)) => return Some(end_of(&error)),
            None => return Some(ReadEnd::Closed),
        }
        None
    }

    fn hear(&mut self, bytes: &[u8]) {
        if self.audio_messages == 0
            && let Some(rate) = rate_of_first_message(bytes)
        {
            self.rate = rate;
            self.burst = Burst::new(rate);
        }
        match read_pcm(bytes, self.rate) {
            Ok(Frame::Pcm { samples, .. }) => {
                self.audio_messages += 1;
                self.samples_dropped += self.burst.push(&samples) as u64;
            }
            Ok(Frame::G711 { .. }) => {}
            Err(error) => self.note_odd(&error),
        }
    }

    /// The first text is the metadata of the start; those behind it a dialplan sends, and they say nothing to us.
    fn take_text(&mut self, text: &str) {
        self.texts += 1;
        if self.texts > 1 || self.audio_messages > 0 {
            return;
        }
        match Metadata::parse(text) {
            Ok(Metadata::Text(_)) => self.note_odd(&"metadata that is no JSON object"),
            Ok(metadata) => self.announce(&metadata),
            Err(error) => self.note_odd(&error),
        }
    }

    /// The dialplan says who calls whom, where it has no control connection to say it on.
    fn announce(&self, metadata: &Metadata) {
        let field = |name: &str| metadata.field(name).and_then(announced);
        let (from, to) = (field("from"), field("to"));
        if from.is_some() || to.is_some() {
            let announcement = Announcement { from, to, ..Announcement::default() };
            self.leg.call.fact(Fact::Announced { announcement });
        }
    }

    /// Something that no FreeSWITCH sends: passed over, and said once.
    fn note_odd(&mut self, what: &dyn std::fmt::Display) {
        if self.odd_messages == 0 {
            tracing::warn!("passed over a message of the leg's peer: {what}");
        }
        self.odd_messages += 1;
    }

    fn report(&self) {
        let Self { audio_messages, texts, odd_messages, samples_dropped, .. } = self;
        tracing::debug!(audio_messages, texts, odd_messages, samples_dropped, "read to the end");
    }
}

/// A number or name that metadata may announce.
fn announced(text: &str) -> Option<String> {
    let is_plain = !text.is_empty() && !text.chars().any(char::is_control);
    (is_plain && text.chars().count() <= STREAM_ANNOUNCED_CHARS_MAX).then(|| text.to_owned())
}

fn end_of(error: &Error) -> ReadEnd {
    match error {
        // A FIN without a goodbye: a switch that ended in some haste, as it does when it is stopped.
        Error::ConnectionClosed
        | Error::AlreadyClosed
        | Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => ReadEnd::Closed,
        Error::Capacity(_) => unfit(error, CloseCode::Size),
        Error::Utf8(_) => unfit(error, CloseCode::Invalid),
        Error::Protocol(_) => unfit(error, CloseCode::Protocol),
        error => {
            tracing::debug!(%error, "the leg's connection broke");
            ReadEnd::Broken
        }
    }
}

fn unfit(error: &Error, code: CloseCode) -> ReadEnd {
    tracing::warn!(%error, "closed an audio websocket that does not keep to the protocol");
    ReadEnd::Unfit(code)
}
