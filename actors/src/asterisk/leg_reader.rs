//! The reading side of a leg: the caller's audio goes to the leg's mouth, keys to the call. It waits only for the peer, because
//! Asterisk drops the call when its writes are refused.

use cordboard_schema::audio::{Frame, SampleRate};
use cordboard_schema::call::LegEnd;
use cordboard_schema::digit::Digit;
use cordboard_schema::event::Fact;
use cordboard_schema::wire::audiosocket::{Decoder, FrameShape, Message, Sender, encode_uuid};
use tokio::time::Instant;
use uuid::Uuid;

use crate::legs::{Burst, Leg, OddMessages};
use crate::socket::{Reading, Readings, Writings};

/// The rate of a leg whose caller has sent no audio. Every Asterisk accepts it, whatever its channel has.
pub(super) const RATE_WITHOUT_AUDIO: SampleRate = SampleRate::HZ_8000;

/// Frames that a leg keeps room for between two reads. After a stall up to 4 KB arrive at once.
const FRAMES_KEPT: usize = 3;

/// Reads a leg until its peer ends it. After a panic it can be called again with the same `hearing`: decoding resumes where it
/// stopped.
pub(super) async fn read_leg(hearing: &mut Hearing<'_>, writings: &Writings<'_>) -> LegEnd {
    let mut readings = Readings::with_writings(writings);
    hearing.decode();
    let how = loop {
        #[cfg(feature = "fault-injection")]
        crate::fault::strike(crate::fault::Fault::PanicInReading);
        hearing.speak();
        if hearing.has_hung_up {
            break LegEnd::Closed;
        }
        match readings.next(|bytes| hearing.take(bytes)).await {
            Ok(Reading::Open) => {}
            Ok(Reading::Ended) => break LegEnd::Closed,
            Err(error) => {
                tracing::debug!(%error, "the leg's connection broke");
                break LegEnd::Broken;
            }
        }
    };
    hearing.speak();
    hearing.report();
    how
}

/// State of a connection that is being read.
#[derive(Debug)]
pub(super) struct Hearing<'a> {
    leg: &'a Leg,
    decoder: Decoder,
    /// The bytes that were read. The decoder has read the first `decoded` of them.
    read: Vec<u8>,
    decoded: usize,
    shape: FrameShape,
    /// Audio of the current read.
    burst: Burst,
    began: Instant,
    /// Whether the peer has ended the leg, although only our side is meant to do that.
    has_hung_up: bool,
    samples_dropped: u64,
    odd_messages: OddMessages,
}

impl<'a> Hearing<'a> {
    /// `early` is what the listener read after the UUID.
    pub(super) fn new(leg: &'a Leg, uuid: Uuid, early: Vec<u8>) -> Self {
        let began = Instant::now();
        Self {
            leg,
            decoder: decoder_after(uuid),
            read: early,
            decoded: 0,
            shape: FrameShape::default(),
            burst: Burst::new(RATE_WITHOUT_AUDIO),
            began,
            has_hung_up: false,
            samples_dropped: 0,
            odd_messages: OddMessages::of("peer"),
        }
    }

    fn take(&mut self, bytes: &[u8]) {
        self.read.extend_from_slice(bytes);
        self.decode();
    }

    fn decode(&mut self) {
        loop {
            let mut rest = &self.read[self.decoded..];
            let decoded = self.decoder.decode(&mut rest);
            self.decoded = self.read.len() - rest.len();
            match decoded {
                Ok(Some(message)) => self.take_message(message),
                Ok(None) => break,
                Err(error) => self.odd_messages.note(&error),
            }
        }
        self.read.drain(..self.decoded);
        self.decoded = 0;
        self.read.shrink_to(FRAMES_KEPT * size_of::<i16>() * self.burst.rate().samples_per_frame());
    }

    fn take_message(&mut self, message: Message) {
        match message {
            Message::Audio(frame) => self.hear(&frame),
            Message::Dtmf(digit) => self.pass_on(digit),
            Message::Hangup => self.has_hung_up = true,
            Message::Error { .. } | Message::Uuid(_) | Message::Unknown { .. } => {
                self.odd_messages.note(&format_args!("{message:?}"));
            }
        }
    }

    fn hear(&mut self, frame: &Frame) {
        let at_ms = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        if let Some(fault) = self.shape.observe(at_ms, frame) {
            tracing::error!("{fault}");
            self.leg.call.fact(Fact::LegMisconfigured { leg: self.leg.id, finding: fault.to_string() });
        }
        let Frame::Pcm { rate, samples } = frame else { return };
        if *rate != self.burst.rate() {
            self.speak();
            self.burst = Burst::new(*rate);
        }
        self.samples_dropped += self.burst.push(samples) as u64;
    }

    /// Gives the audio of this read to the leg's mouth.
    fn speak(&mut self) {
        self.leg.speak(&mut self.burst);
    }

    fn pass_on(&mut self, digit: Digit) {
        // The call learns of a leg before its keys, and learns its rate from audio that arrived before them.
        self.speak();
        self.leg.join(RATE_WITHOUT_AUDIO);
        self.leg.call.fact(Fact::Dtmf { leg: Some(self.leg.id), digit, duration_ms: None });
    }

    fn report(&self) {
        let Self { samples_dropped, odd_messages: OddMessages { count: odd_messages, .. }, .. } = self;
        tracing::debug!(bytes = self.decoder.position(), samples_dropped, odd_messages, "read to the end");
    }
}

/// Returns a decoder in its state after the UUID, which the listener has read.
fn decoder_after(uuid: Uuid) -> Decoder {
    let mut decoder = Decoder::new(Sender::Asterisk);
    let mut opening = Vec::new();
    encode_uuid(uuid, &mut opening);
    let opened = decoder.decode(&mut opening.as_slice());
    debug_assert_eq!(opened, Ok(Some(Message::Uuid(uuid))));
    decoder
}
