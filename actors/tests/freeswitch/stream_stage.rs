//! The port of audio WebSockets, with stand-ins for the registry and the call.

use std::any::Any;
use std::net::SocketAddr;

use cordboard_actors::freeswitch::{
    AudioStreamActor, StreamConnection, StreamListener, StreamListenerHandle, StreamSettings, StreamTokens,
};
use cordboard_actors::legs::LegSettings;
use cordboard_actors::line::{PendingRequest, RegistryMailbox};
use cordboard_actors::live_count::LiveCount;
use cordboard_actors::media::{Pace, Port, plug};
use cordboard_actors::messages::{AudioArrived, CallLine, PlaybackEvent, RegistryLine, ToLeg, ToRegistry};
use cordboard_actors::meters::Meters;
use cordboard_schema::audio::{Frame, SampleRate};
use cordboard_schema::event::PlayedEnd;
use cordboard_schema::ids::{ItemId, LegId};

use crate::leg_call::{Call, LEG, soon};
use crate::stream_module::Module;

pub(crate) const RATE: SampleRate = SampleRate::HZ_8000;

/// The port, open to loopback.
pub(crate) struct Stage {
    pub(crate) address: SocketAddr,
    pub(crate) listener: StreamListenerHandle,
    pub(crate) tokens: StreamTokens,
    pub(crate) live: LiveCount,
    arrivals: RegistryMailbox,
}

impl Stage {
    pub(crate) fn open() -> Self {
        Self::open_to("127.0.0.0/8")
    }

    pub(crate) fn open_to(allow: &str) -> Self {
        let settings = StreamSettings {
            listen: ([127, 0, 0, 1], 0).into(),
            allow: vec![allow.parse().unwrap()],
            rate: RATE,
        };
        let listener = StreamListener::bind(settings).unwrap();
        let address = listener.local_addr().unwrap();
        let (registry, arrivals) = RegistryLine::open();
        let tokens = StreamTokens::new(&format!("ws://{address}/{{uuid}}"));
        let listener = listener.serve(registry, tokens.clone()).unwrap();
        Self { address, listener, tokens, live: LiveCount::default(), arrivals }
    }

    /// The next connection that reaches the registry.
    pub(crate) async fn arrival(&mut self) -> StreamConnection {
        match soon("an arrival", self.arrivals.recv()).await {
            Some(ToRegistry::AudioArrived(PendingRequest { request: AudioArrived(audio), reply })) => {
                reply.send(Ok(())).unwrap();
                *(audio as Box<dyn Any>).downcast().unwrap()
            }
            other => panic!("the listener does not send {other:?}"),
        }
    }

    /// Whether no connection waits at the registry.
    pub(crate) fn is_without_arrivals(&self) -> bool {
        self.arrivals.is_empty()
    }

    /// The leg of the next arrival.
    pub(crate) async fn start_leg(&mut self) -> Call {
        let audio = self.arrival().await;
        let (call, reports) = CallLine::open();
        let (live, meters) = (self.live.clone(), Meters::default());
        Call::of(AudioStreamActor::start(LegSettings { leg: LEG, audio, call, live, meters }), reports)
    }

    /// A leg whose request was answered, and nothing else.
    pub(crate) async fn leg(&mut self) -> (Module, Call) {
        let mut module = Module::ask(self.address).await;
        let call = self.start_leg().await;
        let (status, _) = module.answer().await;
        assert_eq!(status, "HTTP/1.1 101 Switching Protocols");
        (module, call)
    }

    /// A leg that has joined at 8 kHz, and its port.
    pub(crate) async fn joined_leg(&mut self) -> (Module, Call, Port) {
        let (mut module, mut call) = self.leg().await;
        module.say(1).await;
        let port = call.joined().await;
        (module, call, port)
    }
}

/// An assistant's mouth that a leg's ear hears.
pub(crate) struct Speaker(pub(crate) Port);

impl Speaker {
    pub(crate) fn plugged(leg: &Port) -> Self {
        let speaker = Port::new(LegId(2), leg.ear.rate(), Pace::Flowing);
        plug(&speaker.mouth, &leg.ear);
        Self(speaker)
    }

    /// Says this much of an item; each sample is its own position in it (from 1, in ms).
    pub(crate) fn says(&self, item: u64, ms: u64) {
        let samples: Vec<i16> = (0..ms * 8).map(|at| (at / 8 + 1) as i16).collect();
        self.0.mouth.speak(Some(ItemId(item)), Frame::pcm(RATE, samples));
    }

    /// Says an item to its end.
    pub(crate) fn says_all(&self, item: u64, ms: u64) {
        self.says(item, ms);
        self.0.mouth.end_item(ItemId(item));
    }
}

impl Call {
    pub(crate) fn began(&self, chunk: u64) {
        self.order(ToLeg::Playback(PlaybackEvent::Began { chunk }));
    }

    pub(crate) fn finished(&self, chunk: u64, heard_ms: u64) {
        let end = PlayedEnd::Finished;
        self.order(ToLeg::Playback(PlaybackEvent::Ended { chunk, heard_ms, end }));
    }

    pub(crate) fn cut(&self, chunk: u64, heard_ms: u64) {
        let end = PlayedEnd::Cleared;
        self.order(ToLeg::Playback(PlaybackEvent::Ended { chunk, heard_ms, end }));
    }
}
