//! An open ESL port, with stand-ins for the registry and the call.

use std::any::Any;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use cordboard_actors::freeswitch::commands::STOCK_MUSIC;
use cordboard_actors::freeswitch::{
    ChannelSettings, ControlConnection, ControlSettings, EslActor, EslArrival, EslListener,
    EslListenerHandle, EslSettings,
};
use cordboard_actors::line::{CallMailbox, PendingRequest, RegistryMailbox};
use cordboard_actors::live_count::LiveCount;
use cordboard_actors::messages::{
    CallLine, ChannelAction, ControlArrived, ControlLine, PlaybackEvent, RegistryLine, ToCall, ToControl,
    ToRegistry,
};
use cordboard_schema::event::Fact;
use cordboard_schema::ids::EffectId;
use cordboard_schema::switch::{ActionOutcome, ControlId, ControlLink, UNANSWERED_CAUSES};
use cordboard_schema::wire::esl::{DialText, EslValue};

use crate::esl_switch::Freeswitch;
pub(crate) use crate::leg_call::{soon, until};

pub(crate) const CONTROL: ControlId = ControlId(1);

/// The inline dialplan of a channel whose own dialplan has no such extension.
pub(crate) fn way_back(extension: &str) -> String {
    back_or(extension, "NO_ROUTE_DESTINATION")
}

/// The actions that bring a channel back to our port, or end it for this cause.
fn back_or(extension: &str, cause: &str) -> String {
    let tries = vec!["socket:192.0.2.7:8022 async full"; 15].join("^sleep:2000^");
    format!("set:cordboard_unrouted={extension}^{tries}^hangup:{cause}")
}

/// Variables that are set and deleted before a channel is sent elsewhere.
pub(crate) fn sets_before(extension: &str) -> Vec<String> {
    let causes = UNANSWERED_CAUSES.map(str::to_ascii_uppercase).join(",");
    let back = back_or(extension, "NORMAL_TEMPORARY_FAILURE");
    vec![
        "park_after_bridge".to_owned(),
        "playback_terminators".to_owned(),
        "cordboard_unrouted".to_owned(),
        "originate_failed_cause".to_owned(),
        "last_bridge_hangup_cause".to_owned(),
        format!(r"transfer_on_fail {causes} \'m:^:unset:transfer_on_fail^{back}\' inline"),
        "continue_on_fail".to_owned(),
    ]
}

/// Settings of channels: the switch's own music, and a way back.
fn channels() -> ChannelSettings {
    ChannelSettings {
        music: EslValue::new(STOCK_MUSIC).unwrap(),
        way_back: Some(DialText::new("192.0.2.7:8022").unwrap()),
    }
}

/// An open port.
pub(crate) struct Stage {
    pub(crate) address: SocketAddr,
    pub(crate) listener: EslListenerHandle,
    pub(crate) live: LiveCount,
    arrivals: RegistryMailbox,
}

impl Stage {
    /// A port on loopback, open to loopback; 127.0.0.1 is the switch `pbx1`.
    pub(crate) fn open() -> Self {
        Self::open_to("127.0.0.0/8")
    }

    /// A port on loopback, open to a network.
    pub(crate) fn open_to(allow: &str) -> Self {
        let server_at = |address: IpAddr| address.is_loopback().then(|| "pbx1".to_owned());
        let listener = EslListener::bind(EslSettings {
            listen: ([127, 0, 0, 1], 0).into(),
            allow: vec![allow.parse().unwrap()],
            server_at: Arc::new(server_at),
        });
        let listener = listener.unwrap();
        let address = listener.local_addr().unwrap();
        let (registry, arrivals) = RegistryLine::open();
        let listener = listener.serve(registry, channels()).unwrap();
        Self { address, listener, live: LiveCount::default(), arrivals }
    }

    /// The next connection that reaches the registry.
    pub(crate) async fn arrival(&mut self) -> ControlConnection {
        match soon("an arrival", self.arrivals.recv()).await {
            Some(ToRegistry::ControlArrived(PendingRequest {
                request: ControlArrived(connection),
                reply,
            })) => {
                reply.send(()).unwrap();
                let arrival: EslArrival = *(connection as Box<dyn Any>).downcast().unwrap();
                arrival.connection
            }
            other => panic!("the listener does not send {other:?}"),
        }
    }

    /// Whether no connection waits at the registry.
    pub(crate) fn is_without_arrivals(&self) -> bool {
        self.arrivals.is_empty()
    }

    /// The control of the next arrival.
    pub(crate) async fn take(&mut self) -> Call {
        let connection = self.arrival().await;
        self.take_this(connection)
    }

    /// The control of this connection.
    pub(crate) fn take_this(&self, connection: ControlConnection) -> Call {
        let (settings, reports) = self.settings(connection);
        Call { line: Some(EslActor::start(settings)), reports }
    }

    /// The same, with this music.
    pub(crate) fn take_with_music(&self, connection: ControlConnection, music: &str) -> Call {
        let (settings, reports) = self.settings(connection);
        let music = EslValue::new(music).unwrap();
        Call { line: Some(EslActor::start(ControlSettings { music, ..settings })), reports }
    }

    /// The same on another thread, which is then stopped.
    #[cfg(feature = "fault-injection")]
    pub(crate) async fn take_on_a_thread_that_stops(&self, connection: ControlConnection) -> Call {
        let arbiter = actix::Arbiter::new();
        let (settings, reports) = self.settings(connection);
        let (sender, line) = tokio::sync::oneshot::channel();
        arbiter.spawn_fn(|| drop(sender.send(EslActor::start(settings))));
        let line = soon("the link", line).await.unwrap();
        arbiter.stop();
        Call { line: Some(line), reports }
    }

    fn settings(&self, connection: ControlConnection) -> (ControlSettings, CallMailbox) {
        let (call, reports) = CallLine::open();
        let ChannelSettings { music, way_back } = channels();
        let settings = ControlSettings {
            control: CONTROL,
            connection,
            call,
            call_id: None,
            music,
            way_back,
            live: self.live.clone(),
        };
        (settings, reports)
    }

    /// A channel under control, whose opening was answered.
    pub(crate) async fn control(&mut self) -> (Freeswitch, Call) {
        let mut freeswitch = Freeswitch::with_channel(self.address).await;
        let call = self.take().await;
        freeswitch.opening().await;
        freeswitch.answer_opening().await;
        (freeswitch, call)
    }
}

/// The call's side of a control link.
pub(crate) struct Call {
    pub(crate) line: Option<ControlLine>,
    reports: CallMailbox,
}

/// Messages to a call, as far as tests compare them.
#[derive(Debug, PartialEq)]
pub(crate) enum CallReport {
    Fact(Fact),
    Playback(PlaybackEvent),
}

impl Call {
    pub(crate) fn order(&self, order: ToControl) -> bool {
        self.line.as_ref().unwrap().order(order)
    }

    pub(crate) fn act(&self, effect: u64, action: ChannelAction) {
        assert!(self.order(ToControl::Act { effect: EffectId(effect), action }));
    }

    /// The next message of the link; none once nothing can send any more.
    pub(crate) async fn next(&mut self) -> Option<CallReport> {
        Some(match soon("a message of the link", self.reports.recv()).await? {
            ToCall::Fact(fact) => CallReport::Fact(fact),
            ToCall::Playback(event) => CallReport::Playback(event),
            other => panic!("a control link does not send {other:?}"),
        })
    }

    /// The next message, which has to be a fact.
    pub(crate) async fn fact(&mut self) -> Fact {
        match self.next().await {
            Some(CallReport::Fact(fact)) => fact,
            other => panic!("no fact but {other:?}"),
        }
    }

    /// The next message, which has to be about chunks.
    pub(crate) async fn playback(&mut self) -> PlaybackEvent {
        match self.next().await {
            Some(CallReport::Playback(event)) => event,
            other => panic!("nothing about chunks but {other:?}"),
        }
    }

    /// Whether no message waits.
    pub(crate) fn has_heard_all(&self) -> bool {
        self.reports.is_empty()
    }

    /// Everything that the link reports up to its end.
    pub(crate) async fn reports_to_the_end(&mut self) -> Vec<Fact> {
        let mut facts = Vec::new();
        while let Some(report) = self.next().await {
            if let CallReport::Fact(fact) = report {
                facts.push(fact);
            }
        }
        facts
    }

    /// Waits for the end. Returns why the link was lost, which has to be its last message, and the facts before it.
    pub(crate) async fn lost(&mut self) -> (String, Vec<Fact>) {
        let mut facts = self.reports_to_the_end().await;
        let Some(Fact::ControlLost { link, reason }) = facts.pop() else {
            panic!("the last message is not that the link is lost: {facts:?}")
        };
        assert_eq!(link, ControlLink::Outbound { control: CONTROL });
        assert!(!facts.iter().any(|fact| matches!(fact, Fact::ControlLost { .. })), "lost twice");
        (reason, facts)
    }
}

/// The fact that an action was done.
pub(crate) fn done(effect: u64) -> Fact {
    Fact::ActionDone { effect: EffectId(effect), outcome: ActionOutcome::Done }
}

/// The fact that an action was not done, for this reason.
pub(crate) fn failed(effect: u64, reason: &str) -> Fact {
    let outcome = ActionOutcome::Failed { reason: reason.to_owned() };
    Fact::ActionDone { effect: EffectId(effect), outcome }
}

/// The fact that it is unknown whether an action was done.
pub(crate) fn unknown(effect: u64) -> Fact {
    Fact::ActionDone { effect: EffectId(effect), outcome: ActionOutcome::Unknown }
}
