//! A listener with stand-ins for the registry and the call.

use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use actix::Arbiter;
use cordboard_actors::asterisk::{
    AudioSocketActor, AudioSocketListener, AudioSocketSettings, LegSettings, ListenerHandle,
};
use cordboard_actors::line::{Asked, CallMailbox, RegistryMailbox};
use cordboard_actors::live_count::LiveCount;
use cordboard_actors::media::{Pace, Port, plug};
use cordboard_actors::messages::{
    AudioArrived, AudioConnection, CallLine, LegLine, RegistryLine, ToCall, ToLeg, ToRegistry,
};
use cordboard_actors::meters::Meters;
use cordboard_schema::audio::{Frame, SampleRate};
use cordboard_schema::call::LegEnd;
use cordboard_schema::event::Fact;
use cordboard_schema::ids::LegId;
use tokio::sync::oneshot;

use crate::asterisk::Asterisk;

/// The leg of every test.
pub(crate) const LEG: LegId = LegId(1);

/// Waits for what has to come; a test that would hang fails instead.
pub(crate) async fn soon<T>(what: &str, coming: impl Future<Output = T>) -> T {
    let coming = tokio::time::timeout(Duration::from_secs(20), coming).await;
    coming.unwrap_or_else(|_| panic!("waited in vain for {what}"))
}

/// Polls until `condition` holds.
pub(crate) async fn until(what: &str, condition: impl Fn() -> bool) {
    let polling = async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    soon(what, polling).await;
}

/// An open AudioSocket port.
pub(crate) struct Stage {
    pub(crate) address: SocketAddr,
    pub(crate) listener: ListenerHandle,
    pub(crate) live: LiveCount,
    arrivals: RegistryMailbox,
}

impl Stage {
    /// A port on loopback, open to loopback.
    pub(crate) fn open() -> Self {
        Self::open_to("127.0.0.0/8")
    }

    /// A port on loopback, open to a network.
    pub(crate) fn open_to(allow: &str) -> Self {
        let settings =
            AudioSocketSettings { listen: ([127, 0, 0, 1], 0).into(), allow: vec![allow.parse().unwrap()] };
        Self::serve(AudioSocketListener::bind(settings).unwrap())
    }

    pub(crate) fn serve(listener: AudioSocketListener) -> Self {
        let address = listener.local_addr().unwrap();
        let (registry, arrivals) = RegistryLine::open();
        let listener = listener.serve(registry).unwrap();
        Self { address, listener, live: LiveCount::default(), arrivals }
    }

    /// The next connection that reaches the registry.
    pub(crate) async fn arrival(&mut self) -> AudioConnection {
        match soon("an arrival", self.arrivals.recv()).await {
            Some(ToRegistry::AudioArrived(Asked { request: AudioArrived(connection), reply })) => {
                reply.send(()).unwrap();
                connection
            }
            other => panic!("the listener does not say {other:?}"),
        }
    }

    /// Whether no connection waits at the registry.
    pub(crate) fn is_without_arrivals(&self) -> bool {
        self.arrivals.is_empty()
    }

    /// A leg whose Asterisk has said its UUID and nothing else.
    pub(crate) async fn leg(&mut self) -> (Asterisk, Call) {
        let asterisk = Asterisk::connect(self.address).await;
        let call = self.start_leg().await;
        (asterisk, call)
    }

    /// The leg of the next arrival.
    pub(crate) async fn start_leg(&mut self) -> Call {
        let (settings, told) = self.next_leg().await;
        Call { leg: Some(AudioSocketActor::start(settings)), told }
    }

    /// The leg of the next arrival, and a second handle of its socket.
    pub(crate) async fn start_leg_with_its_socket(&mut self) -> (Call, TcpStream) {
        let (settings, told) = self.next_leg().await;
        let socket = settings.connection.stream.try_clone().unwrap();
        (Call { leg: Some(AudioSocketActor::start(settings)), told }, socket)
    }

    /// The leg of the next arrival, on another thread.
    pub(crate) async fn start_leg_on(&mut self, arbiter: &Arbiter) -> Call {
        let (settings, told) = self.next_leg().await;
        let (sender, leg) = oneshot::channel();
        arbiter.spawn_fn(|| {
            let _ = sender.send(AudioSocketActor::start(settings));
        });
        Call { leg: Some(soon("the leg", leg).await.unwrap()), told }
    }

    async fn next_leg(&mut self) -> (LegSettings, CallMailbox) {
        let connection = self.arrival().await;
        let (call, told) = CallLine::open();
        (LegSettings { leg: LEG, connection, call, live: self.live.clone(), meters: Meters::default() }, told)
    }
}

/// The call's side of a leg.
pub(crate) struct Call {
    pub(crate) leg: Option<LegLine>,
    told: CallMailbox,
}

/// What a call is told, as far as tests compare it.
#[derive(Debug, PartialEq)]
pub(crate) enum Told {
    Joined(SampleRate),
    Fact(Fact),
}

impl Call {
    pub(crate) fn order(&self, order: ToLeg) {
        self.leg.as_ref().unwrap().order(order);
    }

    /// The next word of the leg.
    pub(crate) async fn told(&mut self) -> ToCall {
        soon("a word of the leg", self.told.recv()).await.expect("the stand-in lives as long as the leg")
    }

    /// Waits until the leg joins; it is the first word of it.
    pub(crate) async fn joined(&mut self) -> Port {
        match self.told().await {
            ToCall::LegJoined { leg: LEG, port, .. } => port,
            other => panic!("not joined but {other:?}"),
        }
    }

    /// The next word, which has to be a fact.
    pub(crate) async fn fact(&mut self) -> Fact {
        match self.told().await {
            ToCall::Fact(fact) => fact,
            other => panic!("no fact but {other:?}"),
        }
    }

    /// All that the leg says until nobody is there any more to say anything.
    pub(crate) async fn told_to_the_end(&mut self) -> Vec<Told> {
        let mut all = Vec::new();
        while let Some(told) = soon("the leg's end", self.told.recv()).await {
            all.push(match told {
                ToCall::Fact(fact) => Told::Fact(fact),
                ToCall::LegJoined { rate, .. } => Told::Joined(rate),
                other => panic!("a leg does not say {other:?}"),
            });
        }
        all
    }

    /// What was found wrong with the leg's dialplan, in what was told so far.
    pub(crate) fn findings_so_far(&mut self) -> Vec<String> {
        let mut findings = Vec::new();
        while let Ok(told) = self.told.try_recv() {
            if let ToCall::Fact(Fact::LegMisconfigured { leg: LEG, finding }) = told {
                findings.push(finding);
            }
        }
        findings
    }

    /// As [`Self::findings_so_far`], of what the leg says until its end.
    pub(crate) async fn findings_to_the_end(&mut self) -> Vec<String> {
        let told = self.told_to_the_end().await.into_iter();
        let finding = |told| match told {
            Told::Fact(Fact::LegMisconfigured { leg: LEG, finding }) => Some(finding),
            _ => None,
        };
        told.filter_map(finding).collect()
    }

    /// Waits for the end; answers how the leg left, which has to be its last word, and the digits before it.
    pub(crate) async fn left(&mut self) -> (LegEnd, String) {
        let mut told = self.told_to_the_end().await;
        let Some(Told::Fact(Fact::LegLeft { leg: LEG, how })) = told.pop() else {
            panic!("the last word is not that the leg left")
        };
        let digits = told.iter().filter_map(|told| match told {
            Told::Fact(Fact::Dtmf { leg: Some(LEG), digit, duration_ms: None }) => Some(digit.to_string()),
            Told::Fact(Fact::LegLeft { .. }) => panic!("left twice"),
            _ => None,
        });
        (how, digits.collect())
    }
}

/// An assistant's ear on a leg, at the leg's rate.
pub(crate) struct Listener(Port);

impl Listener {
    pub(crate) fn plugged(leg: &Port) -> Self {
        let listener = Port::new(LegId(2), leg.ear.rate(), Pace::Flowing);
        plug(&leg.mouth, &listener.ear);
        Self(listener)
    }

    /// The next piece of the caller's audio.
    pub(crate) async fn hears(&self) -> Vec<i16> {
        match soon("the caller's audio", self.0.ear.next_frame()).await.frame {
            Some(Frame::Pcm { samples, .. }) => samples.to_vec(),
            other => panic!("no linear audio: {other:?}"),
        }
    }

    /// The next `count` samples of the caller's audio.
    pub(crate) async fn hears_samples(&self, count: usize) -> Vec<i16> {
        let mut heard = Vec::new();
        while heard.len() < count {
            heard.extend(self.hears().await);
        }
        assert_eq!(heard.len(), count, "heard more than was said");
        heard
    }
}
