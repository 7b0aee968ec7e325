//! A browser, with stand-ins for its socket and its call.

use cordboard_actors::legs::LegSettings;
use cordboard_actors::line::LegLine;
use cordboard_actors::live_count::LiveCount;
use cordboard_actors::media::{MessagePipe, Pace, PipeEnd, PipedMessage, Port, plug};
use cordboard_actors::messages::CallLine;
use cordboard_actors::meters::Meters;
use cordboard_actors::web::{AudioGrant, AudioPasses, CameFrom, WebAudio, WebLegActor, let_in};
use cordboard_schema::audio::{Frame, SampleRate};
use cordboard_schema::ids::{CallId, ItemId, LegId, OrganizationId, ProfileId, TalkLinkId};
use cordboard_schema::line_quality::LineQuality;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::leg_call::{Call, LEG, soon};

pub(crate) const CALL: CallId = CallId(Uuid::from_u128(4));
pub(crate) const NAME: Uuid = Uuid::from_u128(5);

pub(crate) fn passes() -> AudioPasses {
    AudioPasses::new([7; 32])
}

/// A visitor's grant.
pub(crate) fn grant() -> AudioGrant {
    AudioGrant::Visitor {
        organization: OrganizationId(Uuid::from_u128(1)),
        profile: ProfileId(Uuid::from_u128(2)),
        link: Some(TalkLinkId(Uuid::from_u128(3))),
        call: CALL,
        name: NAME,
        page: None,
        opened_by: None,
    }
}

/// A hello with this secret as `token` or `resume`.
pub(crate) fn hello(rate: u32, by: &str, secret: &str) -> Value {
    json!({ "type": "hello", "version": 1, "rate": rate, by: secret })
}

/// The browser's side of a connection.
pub(crate) struct Browser {
    pipe: PipeEnd,
    pub(crate) live: LiveCount,
    /// Its `resume`.
    pub(crate) resume: String,
    /// The number of the visitor's newest text that the call has, by its `ready`.
    pub(crate) typed: Option<u64>,
}

/// A message of the leg.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    Samples(Vec<i16>),
    Text(Value),
}

impl Heard {
    /// The name of a mark.
    pub(crate) fn mark(&self) -> Option<String> {
        match self {
            Self::Text(text) if text["type"] == "mark" => Some(text["name"].as_str().unwrap().to_owned()),
            _ => None,
        }
    }
}

impl Browser {
    /// A leg that has joined, and its port.
    pub(crate) async fn joined_leg(rate: u32) -> (Self, Call, Port) {
        let passes = passes();
        let token = passes.mint(grant());
        Self::come(&passes, &hello(rate, "token", &token)).await
    }

    /// A leg of a browser that sends this.
    pub(crate) async fn come(passes: &AudioPasses, hello: &Value) -> (Self, Call, Port) {
        let (audio, end) = knocks(passes, &[PipedMessage::Text(hello.to_string())]).await;
        Self::start(audio.unwrap(), end).await
    }

    /// The leg of an admitted browser.
    pub(crate) async fn start(audio: WebAudio, pipe: PipeEnd) -> (Self, Call, Port) {
        let (call, reports) = CallLine::open();
        let live = LiveCount::default();
        let rate = audio.rate;
        let settings = LegSettings { leg: LEG, audio, call, live: live.clone(), meters: Meters::default() };
        let line: LegLine = WebLegActor::start(settings);
        let mut call = Call::of(line, reports);
        let port = call.joined().await;
        assert_eq!(port.ear.rate(), rate);
        let mut browser = Self { pipe, live, resume: String::new(), typed: None };
        let Some(Heard::Text(ready)) = browser.hears().await else { panic!("no ready") };
        assert_eq!((&ready["type"], &ready["rate"]), (&json!("ready"), &json!(rate.hz())));
        assert_eq!((&ready["version"], &ready["call_id"]), (&json!(1), &json!(CALL.to_string())));
        browser.resume = ready["resume"].as_str().unwrap().to_owned();
        browser.typed = ready["typed"].as_u64();
        (browser, call, port)
    }

    /// Sends a text.
    pub(crate) async fn sends(&self, message: Value) {
        self.pipes(PipedMessage::Text(message.to_string())).await;
    }

    /// Sends bytes.
    pub(crate) async fn sends_bytes(&self, bytes: Vec<u8>) {
        self.pipes(PipedMessage::Binary(bytes)).await;
    }

    /// Sends these samples as sound.
    pub(crate) async fn says(&self, samples: &[i16]) {
        self.sends_bytes(samples.iter().flat_map(|sample| sample.to_le_bytes()).collect()).await;
    }

    /// The connection's carrier reports its quality.
    pub(crate) fn measures(&self, quality: LineQuality) {
        self.pipe.quality.send_replace(Some(quality));
    }

    pub(crate) async fn presses(&self, digit: &str) {
        self.sends(json!({ "type": "dtmf", "digit": digit })).await;
    }

    pub(crate) async fn echoes(&self, name: &str) {
        self.sends(json!({ "type": "mark", "name": name })).await;
    }

    async fn pipes(&self, message: PipedMessage) {
        soon("a leg that reads", self.pipe.incoming.send(message)).await.unwrap();
    }

    /// The next message of the leg; none once it has ended.
    pub(crate) async fn hears(&mut self) -> Option<Heard> {
        Some(match soon("a message of the leg", self.pipe.outgoing.recv()).await? {
            PipedMessage::Text(text) => Heard::Text(serde_json::from_str(&text).unwrap()),
            PipedMessage::Binary(bytes) => {
                let (pairs, []) = bytes.as_chunks::<2>() else { panic!("half a sample") };
                Heard::Samples(pairs.iter().map(|pair| i16::from_le_bytes(*pair)).collect())
            }
        })
    }

    /// The highest rate at which the leg's sound was spoken, in Hz.
    pub(crate) fn spoken_at(&self) -> Option<u32> {
        self.pipe.spoken_at.take()
    }

    /// Whether nothing of the leg waits.
    pub(crate) fn is_quiet(&self) -> bool {
        self.pipe.outgoing.is_empty()
    }

    /// The socket breaks.
    pub(crate) fn breaks(self) {}
}

/// The result for a browser that sends these messages first.
pub(crate) async fn knocks(
    passes: &AudioPasses,
    messages: &[PipedMessage],
) -> (Result<WebAudio, cordboard_actors::web::TurnedAway>, PipeEnd) {
    let (pipe, end) = MessagePipe::open(64);
    for message in messages {
        end.incoming.send(message.clone()).await.unwrap();
    }
    (let_in(pipe, passes, ([127, 0, 0, 1], 9).into(), CameFrom::Here).await, end)
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
        let rate = self.0.ear.rate();
        let samples: Vec<i16> = vec![4_000; rate.samples_in_ms(u32::try_from(ms).unwrap())];
        self.0.mouth.speak(Some(ItemId(item)), Frame::pcm(rate, samples));
    }

    /// Says an item to its end.
    pub(crate) fn says_all(&self, item: u64, ms: u64) {
        self.says(item, ms);
        self.0.mouth.end_item(ItemId(item));
    }

    /// Says this much at a telephone's rate.
    pub(crate) fn says_narrow(&self, item: u64, ms: u32) {
        let samples: Vec<i16> = vec![4_000; SampleRate::HZ_8000.samples_in_ms(ms)];
        self.0.mouth.speak(Some(ItemId(item)), Frame::pcm(SampleRate::HZ_8000, samples));
        self.0.mouth.end_item(ItemId(item));
    }
}
