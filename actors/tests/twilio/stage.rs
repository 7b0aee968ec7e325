//! A stream, with stand-ins for its socket and its call.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cordboard_actors::legs::LegSettings;
use cordboard_actors::line::LegLine;
use cordboard_actors::live_count::LiveCount;
use cordboard_actors::media::{MessagePipe, Pace, PipeEnd, PipedMessage, Port, plug};
use cordboard_actors::messages::CallLine;
use cordboard_actors::meters::Meters;
use cordboard_actors::twilio::{MediaStream, MediaStreamActor};
use cordboard_schema::audio::{Frame, Law, SampleRate, g711};
use cordboard_schema::ids::{ItemId, LegId};
use serde_json::{Value, json};

use crate::leg_call::{Call, LEG, soon};

pub(crate) const CALL: &str = "CA22222222222222222222222222222222";
pub(crate) const STREAM: &str = "MZ33333333333333333333333333333333";

/// Twilio's side of a stream.
pub(crate) struct Twilio {
    pipe: PipeEnd,
    pub(crate) live: LiveCount,
}

impl Twilio {
    /// A leg that has joined, and its port.
    pub(crate) async fn joined_leg() -> (Self, Call, Port) {
        let (pipe, end) = MessagePipe::open(64);
        let (call, reports) = CallLine::open();
        let stream = MediaStream {
            call: CALL.parse().unwrap(),
            stream: STREAM.parse().unwrap(),
            pipe,
            peer: ([127, 0, 0, 1], 9).into(),
        };
        let live = LiveCount::default();
        let settings =
            LegSettings { leg: LEG, audio: stream, call, live: live.clone(), meters: Meters::default() };
        let line: LegLine = MediaStreamActor::start(settings);
        let mut call = Call::of(line, reports);
        let port = call.joined().await;
        (Self { pipe: end, live }, call, port)
    }

    /// Sends a message.
    pub(crate) async fn sends(&self, message: Value) {
        let sending = self.pipe.incoming.send(PipedMessage::Text(message.to_string()));
        soon("a leg that reads", sending).await.unwrap();
    }

    /// Sends these samples as sound of this time.
    pub(crate) async fn says(&self, timestamp_ms: u64, samples: &[i16]) {
        self.says_piece(1, timestamp_ms, samples).await;
    }

    /// The same, as the piece with this number.
    pub(crate) async fn says_piece(&self, chunk: u64, timestamp_ms: u64, samples: &[i16]) {
        let payload = STANDARD.encode(g711::encode_all(Law::Mu, samples));
        let (chunk, timestamp) = (chunk.to_string(), timestamp_ms.to_string());
        let media = json!({ "track": "inbound", "chunk": chunk, "timestamp": timestamp, "payload": payload });
        self.sends(json!({ "event": "media", "sequenceNumber": "2", "media": media, "streamSid": STREAM }))
            .await;
    }

    pub(crate) async fn presses(&self, digit: &str) {
        let dtmf = json!({ "track": "inbound_track", "digit": digit });
        self.sends(json!({ "event": "dtmf", "sequenceNumber": "3", "dtmf": dtmf, "streamSid": STREAM }))
            .await;
    }

    pub(crate) async fn echoes(&self, name: &str) {
        let mark = json!({ "name": name });
        self.sends(json!({ "event": "mark", "sequenceNumber": "4", "mark": mark, "streamSid": STREAM }))
            .await;
    }

    pub(crate) async fn stops(&self) {
        self.sends(json!({ "event": "stop", "sequenceNumber": "5", "stop": {}, "streamSid": STREAM })).await;
    }

    /// The next message of the leg; none once it has ended.
    pub(crate) async fn hears(&mut self) -> Option<Heard> {
        let message = soon("a message of the leg", self.pipe.outgoing.recv()).await?;
        let PipedMessage::Text(text) = message else { panic!("Twilio accepts no bytes") };
        let message: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(message["streamSid"], STREAM);
        Some(match message["event"].as_str().unwrap() {
            "media" => Heard::Octets(STANDARD.decode(message["media"]["payload"].as_str().unwrap()).unwrap()),
            "mark" => Heard::Mark(message["mark"]["name"].as_str().unwrap().to_owned()),
            "clear" => Heard::Clear,
            event => panic!("Twilio does not know {event}"),
        })
    }

    /// Whether no message of the leg waits.
    pub(crate) fn is_quiet(&self) -> bool {
        self.pipe.outgoing.is_empty()
    }

    /// The socket breaks.
    pub(crate) fn breaks(self) {}
}

/// A message of the leg.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    Octets(Vec<u8>),
    Mark(String),
    Clear,
}

/// An assistant's mouth that the leg's ear hears.
pub(crate) struct Speaker(Port);

impl Speaker {
    pub(crate) fn plugged(leg: &Port) -> Self {
        let speaker = Port::new(LegId(2), leg.ear.rate(), Pace::Flowing);
        plug(&speaker.mouth, &leg.ear);
        Self(speaker)
    }

    /// Says this much of an item.
    pub(crate) fn says(&self, item: u64, ms: u64) {
        let samples: Vec<i16> = vec![4_000; usize::try_from(ms * 8).unwrap()];
        self.0.mouth.speak(Some(ItemId(item)), Frame::pcm(SampleRate::HZ_8000, samples));
    }

    /// Says 20 ms as a person does, almost silent.
    pub(crate) fn says_live(&self) {
        self.0.mouth.speak(None, Frame::pcm(SampleRate::HZ_8000, vec![100; 160]));
    }

    /// Says an item to its end.
    pub(crate) fn says_all(&self, item: u64, ms: u64) {
        self.says(item, ms);
        self.0.mouth.end_item(ItemId(item));
    }
}
