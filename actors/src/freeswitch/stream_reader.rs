//! The reading side of an audio WebSocket: the caller's audio goes to the leg's mouth. It waits only for the peer.

use cordboard_schema::audio::{Frame, SampleRate};
use cordboard_schema::call::LegEnd;
use cordboard_schema::event::{Announcement, Fact};
use cordboard_schema::limits::STREAM_ANNOUNCED_CHARS_MAX;
use cordboard_schema::wire::freeswitch_audio::{Metadata, rate_of_first_message, read_pcm};
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error, Message};

use super::stream_socket::StreamSocket;
use crate::legs::{Burst, Leg, MessageHearing, OddMessages, read_messages};

/// How reading ended, and how the connection is to be closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ReadEnd {
    /// The peer sent a close frame.
    Goodbye,
    /// The peer closed its side without a close frame.
    Closed,
    /// The connection broke.
    Broken,
    /// The peer violates the protocol.
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

/// Reads a leg until its peer ends it. After a panic it can be called again with the same `hearing`.
pub(super) async fn read_stream(hearing: &mut Hearing<'_>, mut socket: &StreamSocket) -> ReadEnd {
    let end = read_messages(hearing, &mut socket, None).await.unwrap_or(ReadEnd::Closed);
    hearing.report();
    end
}

/// State of a connection that is being read.
#[derive(Debug)]
pub(super) struct Hearing<'a> {
    leg: &'a Leg,
    /// The rate with which the stream was started, as far as is known.
    rate: SampleRate,
    /// Samples of the messages that arrived together.
    burst: Burst,
    audio_messages: u64,
    texts: u64,
    odd_messages: OddMessages,
    samples_dropped: u64,
}

impl<'a> Hearing<'a> {
    /// `rate` is the rate that was ordered; the first message may show another one.
    pub(super) fn new(leg: &'a Leg, rate: SampleRate) -> Self {
        let burst = Burst::new(rate);
        Self {
            leg,
            rate,
            burst,
            audio_messages: 0,
            texts: 0,
            odd_messages: OddMessages::of("peer"),
            samples_dropped: 0,
        }
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
            Err(error) => self.odd_messages.note(&error),
        }
    }

    /// Handles a text. The first one is the metadata of the start; later ones come from a dialplan and are ignored.
    fn take_text(&mut self, text: &str) {
        self.texts += 1;
        if self.texts > 1 || self.audio_messages > 0 {
            return;
        }
        match Metadata::parse(text) {
            Ok(Metadata::Text(_)) => self.odd_messages.note(&"metadata that is not a JSON object"),
            Ok(metadata) => self.announce(&metadata),
            Err(error) => self.odd_messages.note(&error),
        }
    }

    /// Announces the caller and the called number from the metadata, for a dialplan that has no control connection for that.
    fn announce(&self, metadata: &Metadata) {
        let field = |name: &str| metadata.field(name).and_then(announced);
        let (from, to) = (field("from"), field("to"));
        if from.is_some() || to.is_some() {
            let announcement = Announcement { from, to, ..Announcement::default() };
            self.leg.call.fact(Fact::Announced { announcement });
        }
    }

    fn report(&self) {
        let Self { audio_messages, texts, samples_dropped, .. } = self;
        let odd_messages = self.odd_messages.count;
        tracing::debug!(audio_messages, texts, odd_messages, samples_dropped, "read to the end");
    }
}

impl MessageHearing for Hearing<'_> {
    type Message = Result<Message, Error>;
    type End = ReadEnd;

    fn take(&mut self, message: Option<Result<Message, Error>>) -> Option<ReadEnd> {
        match message {
            Some(Ok(Message::Binary(bytes))) => self.hear(&bytes),
            Some(Ok(Message::Text(text))) => self.take_text(&text),
            // Pings were answered before they are seen here.
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => {}
            Some(Ok(Message::Close(_))) => return Some(ReadEnd::Goodbye),
            Some(Err(error)) => return Some(end_of(&error)),
            None => return Some(ReadEnd::Closed),
        }
        None
    }

    fn speak(&mut self) {
        self.leg.speak(&mut self.burst);
    }
}

/// Returns a number or name that metadata may announce.
fn announced(text: &str) -> Option<String> {
    let is_plain = !text.is_empty() && !text.chars().any(char::is_control);
    (is_plain && text.chars().count() <= STREAM_ANNOUNCED_CHARS_MAX).then(|| text.to_owned())
}

fn end_of(error: &Error) -> ReadEnd {
    match error {
        // A FIN without a close frame: a switch that ended in a hurry, as it does when it is stopped.
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
    tracing::warn!(%error, "closed an audio websocket that violates the protocol");
    ReadEnd::Unfit(code)
}
