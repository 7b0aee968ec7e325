//! A listener with stand-ins for the registry and the call.

use std::any::Any;
use std::net::{SocketAddr, TcpStream};

use actix::Arbiter;
use cordboard_actors::asterisk::{
    AudioConnection, AudioSocketActor, AudioSocketListener, AudioSocketSettings, ListenerHandle,
};
use cordboard_actors::legs::LegSettings;
use cordboard_actors::line::{CallMailbox, PendingRequest, RegistryMailbox};
use cordboard_actors::live_count::LiveCount;
use cordboard_actors::messages::{AudioArrived, CallLine, RegistryLine, ToRegistry};
use cordboard_actors::meters::Meters;
use tokio::sync::oneshot;

use crate::asterisk::Asterisk;
pub(crate) use crate::leg_call::{Call, LEG, Listener, soon, until};

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

    /// A leg whose Asterisk has sent its UUID and nothing else.
    pub(crate) async fn leg(&mut self) -> (Asterisk, Call) {
        let asterisk = Asterisk::connect(self.address).await;
        let call = self.start_leg().await;
        (asterisk, call)
    }

    /// The leg of the next arrival.
    pub(crate) async fn start_leg(&mut self) -> Call {
        let (settings, reports) = self.next_leg().await;
        Call::of(AudioSocketActor::start(settings), reports)
    }

    /// The leg of the next arrival, and a second handle to its socket.
    pub(crate) async fn start_leg_with_its_socket(&mut self) -> (Call, TcpStream) {
        let (settings, reports) = self.next_leg().await;
        let socket = settings.audio.stream.try_clone().unwrap();
        (Call::of(AudioSocketActor::start(settings), reports), socket)
    }

    /// The leg of the next arrival, on another thread.
    pub(crate) async fn start_leg_on(&mut self, arbiter: &Arbiter) -> Call {
        let (settings, reports) = self.next_leg().await;
        let (sender, leg) = oneshot::channel();
        arbiter.spawn_fn(|| {
            let _ = sender.send(AudioSocketActor::start(settings));
        });
        Call::of(soon("the leg", leg).await.unwrap(), reports)
    }

    async fn next_leg(&mut self) -> (LegSettings<AudioConnection>, CallMailbox) {
        let audio = self.arrival().await;
        let (call, reports) = CallLine::open();
        (LegSettings { leg: LEG, audio, call, live: self.live.clone(), meters: Meters::default() }, reports)
    }
}
