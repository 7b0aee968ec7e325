//! The reading side of a browser's leg: sound goes to the leg's mouth, keys to the call, echoes to the playback.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use cordboard_schema::call::LegEnd;
use cordboard_schema::digit::Digit;
use cordboard_schema::event::Fact;
use cordboard_schema::limits::WEB_AUDIO_SILENT_MS_MAX;
use cordboard_schema::wire::web_audio::{BrowserMessage, ServerMessage, read_sound, read_typed};
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::allowance::Allowance;
use super::received_texts::{ReceivedTexts, TextOrder};
use super::typing_pace::TypingPace;
use super::web_playback::{Outgoing, WebPlayback};
use crate::legs::{Burst, Leg, MessageHearing, OddMessages, read_messages};
use crate::media::PipedMessage;

const SILENT_LIMIT: Duration = Duration::from_millis(WEB_AUDIO_SILENT_MS_MAX);

/// Why reading ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ReadEnd {
    /// The browser has said goodbye.
    Bye,
    /// Its page is being left, and has reported so.
    Away,
    /// The socket ended without either.
    Broken,
    /// Nothing arrived any more, not even silence.
    Silent,
}

impl ReadEnd {
    pub(super) fn leg_end(self) -> LegEnd {
        match self {
            Self::Bye => LegEnd::Closed,
            Self::Away => LegEnd::Away,
            Self::Broken | Self::Silent => LegEnd::Broken,
        }
    }
}

/// Reads a leg until its connection ends. After a panic it can be called again with the same `hearing`.
pub(super) async fn read_audio(
    hearing: &mut Hearing<'_>,
    incoming: &mut mpsc::Receiver<PipedMessage>,
) -> ReadEnd {
    let end = read_messages(hearing, incoming, Some(SILENT_LIMIT)).await.unwrap_or(ReadEnd::Silent);
    hearing.report(end);
    end
}

/// State of a browser while it is read.
#[derive(Debug)]
pub(super) struct Hearing<'a> {
    leg: &'a Leg,
    playback: &'a WebPlayback,
    /// Set once anything has come from the browser.
    is_read: Arc<AtomicBool>,
    /// Samples of messages that arrived together.
    burst: Burst,
    /// Samples of one message, in memory that is reused.
    samples: Vec<i16>,
    allowance: Allowance,
    pace: TypingPace,
    texts: ReceivedTexts,
    /// The limit on confirmations of texts that the call already has.
    repeats: TypingPace,
    /// The limit on requests for a person beyond `pace`: who has just written several texts may still ask.
    requests: TypingPace,
    odd_messages: OddMessages,
    samples_dropped: u64,
}

impl<'a> Hearing<'a> {
    pub(super) fn new(
        leg: &'a Leg,
        playback: &'a WebPlayback,
        texts: ReceivedTexts,
        is_read: Arc<AtomicBool>,
    ) -> Self {
        let now = Instant::now();
        Self {
            leg,
            playback,
            is_read,
            burst: Burst::new(playback.rate()),
            samples: Vec::new(),
            allowance: Allowance::new(playback.rate(), now),
            pace: TypingPace::new(now),
            texts,
            repeats: TypingPace::new(now),
            requests: TypingPace::new(now),
            odd_messages: OddMessages::of("browser"),
            samples_dropped: 0,
        }
    }

    fn hear(&mut self, bytes: &[u8]) {
        self.samples.clear();
        if let Err(error) = read_sound(bytes, &mut self.samples) {
            return self.odd_messages.note(&error);
        }
        let taken = self.allowance.take(self.samples.len(), Instant::now());
        let dropped = self.samples.len() - taken + self.burst.push(&self.samples[..taken]);
        self.samples_dropped += dropped as u64;
    }

    fn pass_on(&mut self, digit: Digit) {
        self.tell(Fact::Dtmf { leg: Some(self.leg.id), digit, duration_ms: None });
    }

    /// Passes a text on. A page that numbers its texts sends one again until it is confirmed.
    fn typed(&mut self, text: &str, number: Option<u32>) {
        let now = Instant::now();
        match number.map(|number| self.texts.order_of(number)) {
            None | Some(TextOrder::Next) => {}
            Some(TextOrder::Known) if self.repeats.takes(now) => return self.confirm_texts(),
            Some(TextOrder::Known | TextOrder::TooEarly) => return,
        }
        let text = read_typed(text);
        if text.is_none() {
            self.odd_messages.note(&"a text that is empty, or longer than a person writes at once");
            if number.is_none() {
                return;
            }
        }
        if !self.pace.takes(now) {
            return self.odd_messages.note(&"texts that came faster than a person writes");
        }
        if let Some(text) = text {
            self.tell(Fact::Typed { leg: self.leg.id, text });
        }
        if let Some(number) = number {
            // Also for one that can't be read: sent again, it would hold up those after it.
            self.texts.received(number);
            self.confirm_texts();
        }
    }

    fn confirm_texts(&self) {
        self.playback.post(Outgoing::Text(ServerMessage::Typed { number: self.texts.newest() }));
    }

    fn person_asked(&mut self) {
        let now = Instant::now();
        if self.pace.takes(now) || self.requests.takes(now) {
            self.tell(Fact::PersonAsked { leg: self.leg.id });
        }
    }

    /// Reports to the call what was done on the page. The call has learned of the leg before.
    fn tell(&mut self, fact: Fact) {
        self.leg.speak(&mut self.burst);
        self.leg.join(self.playback.rate());
        self.leg.call.fact(fact);
    }

    fn report(&self, end: ReadEnd) {
        let Self { odd_messages: OddMessages { count: odd_messages, .. }, samples_dropped, .. } = self;
        tracing::debug!(?end, odd_messages, samples_dropped, "read to the end");
    }
}

impl MessageHearing for Hearing<'_> {
    type Message = PipedMessage;
    type End = ReadEnd;

    fn take(&mut self, message: Option<PipedMessage>) -> Option<ReadEnd> {
        if message.is_some() {
            self.is_read.store(true, Ordering::Relaxed);
        }
        match message {
            Some(PipedMessage::Binary(bytes)) => self.hear(&bytes),
            Some(PipedMessage::Text(text)) => match BrowserMessage::parse(&text) {
                Ok(BrowserMessage::Mark { name }) => self.playback.echoed(&name),
                Ok(BrowserMessage::Dtmf { digit }) => self.pass_on(digit),
                Ok(BrowserMessage::Typed { text, number }) => self.typed(&text, number),
                Ok(BrowserMessage::Person) => self.person_asked(),
                Ok(BrowserMessage::Bye) => return Some(ReadEnd::Bye),
                Ok(BrowserMessage::Away) => return Some(ReadEnd::Away),
                Ok(BrowserMessage::Hello(_)) => self.odd_messages.note(&"a second hello"),
                // A message of a later version.
                Ok(BrowserMessage::Other) => {}
                Err(error) => self.odd_messages.note(&error),
            },
            None => return Some(ReadEnd::Broken),
        }
        None
    }

    fn speak(&mut self) {
        self.leg.speak(&mut self.burst);
    }
}
