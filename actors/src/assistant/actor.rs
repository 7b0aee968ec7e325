//! `RealtimeAiActor`: an assistant on a call, for any provider.

use std::panic::AssertUnwindSafe;
use std::rc::Rc;
use std::time::Duration;

use actix::{Actor, ActorContext, AsyncContext, Context, Handler, Message, Recipient, WeakAddr};
use cordboard_schema::event::Fact;
use cordboard_schema::ids::LegId;
use cordboard_schema::limits::ASSISTANT_ORDERS_MAX;
use cordboard_schema::provider::ProviderFailure;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;
use tokio::task::JoinHandle;
use tracing::error_span;

use super::headset::Headset;
use super::provider::{Provider, ProviderFault};
use crate::call::neighbours::NewAssistant;
use crate::late_span::in_span;
use crate::live_count::{Live, LiveCount};
use crate::messages::{AssistantOrder, CallLine, OrderAssistant};
use crate::panic_text::panic_text;

/// Time that a provider has to close its connection: enough for a closing handshake. It is short, so that a finished call isn't
/// kept waiting.
const STOPPING_TIME: Duration = Duration::from_secs(1);

/// Runs a provider for a call: passes on the call's orders, and reports to the call once if the provider fails.
///
/// It owns the provider's task. It receives [`OrderAssistant`], and sends facts to its call.
///
/// It ends on [`AssistantOrder::Stop`], when its provider ends, or when every recipient of it has been dropped. The provider's
/// task ends with it.
pub struct RealtimeAiActor {
    leg: LegId,
    call: CallLine,
    provider: &'static str,
    /// Boxed, as the messages of a line are: a channel allocates slots for 32 orders at once, and most orders are small.
    orders: mpsc::Sender<Box<AssistantOrder>>,
    task: JoinHandle<()>,
    state: State,
    _live: Rc<Live>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// The provider serves the call.
    Serving,
    /// The provider was ordered to stop or has failed: nothing more is reported to the call.
    Ending,
}

/// The provider's task -> its actor: the task has ended.
#[derive(Message)]
#[rtype(result = "()")]
struct ProviderEnded(Result<(), ProviderFault>);

impl RealtimeAiActor {
    /// Starts an assistant on the current arbiter, with this voice AI. It is counted in `live` as long as it runs.
    pub fn start(
        assistant: NewAssistant,
        provider: Box<dyn Provider>,
        live: &LiveCount,
    ) -> Recipient<OrderAssistant> {
        let live = live.one_more();
        Self::create(|ctx| Self::with_provider(assistant, provider, live, ctx.address().downgrade()))
            .recipient()
    }

    fn with_provider(
        assistant: NewAssistant,
        provider: Box<dyn Provider>,
        live: Live,
        own: WeakAddr<Self>,
    ) -> Self {
        let (leg, call, name) = (assistant.leg, assistant.call.clone(), provider.name());
        let (orders, waiting) = mpsc::channel(ASSISTANT_ORDERS_MAX);
        let headset = Headset::new(assistant, name, provider.speaks_text(), waiting);
        let live = Rc::new(live);
        // A child of the span of the call that starts it.
        let span = error_span!("assistant", %leg, provider = name);
        // Boxed, because the future reserves room for its argument several times as it passes it on.
        let serving =
            AssertUnwindSafe(async move { provider.run(headset).await }).catch_unwind().boxed_local();
        let task = actix_rt::spawn(in_span(span, run(name, serving, Rc::clone(&live), own)));
        Self { leg, call, provider: name, orders, task, state: State::Serving, _live: live }
    }

    /// Ends the assistant. Reports the reason to the call, unless the call asked for the end or already knows it.
    fn fail(&mut self, failure: ProviderFailure, reason: String, ctx: &mut Context<Self>) {
        if self.state == State::Serving {
            self.state = State::Ending;
            self.call.fact(Fact::AssistantFailed { leg: self.leg, failure, reason });
        }
        ctx.stop();
    }
}

impl Actor for RealtimeAiActor {
    type Context = Context<Self>;
}

impl Handler<OrderAssistant> for RealtimeAiActor {
    type Result = ();

    fn handle(&mut self, OrderAssistant(order): OrderAssistant, ctx: &mut Context<Self>) {
        #[cfg(feature = "fault-injection")]
        crate::fault::strike(crate::fault::Fault::PanicInAssistant);
        if order == AssistantOrder::Stop {
            self.state = State::Ending;
            ctx.run_later(STOPPING_TIME, |_, ctx| ctx.stop());
        }
        if let Err(TrySendError::Full(_)) = self.orders.try_send(Box::new(order)) {
            let provider = self.provider;
            let reason = format!("`{provider}` is stuck: {ASSISTANT_ORDERS_MAX} orders wait for it");
            self.fail(ProviderFailure::Other, reason, ctx);
        }
    }
}

impl Handler<ProviderEnded> for RealtimeAiActor {
    type Result = ();

    fn handle(&mut self, ProviderEnded(end): ProviderEnded, ctx: &mut Context<Self>) {
        let ProviderFault { failure, reason } = end.err().unwrap_or_else(|| {
            let reason = format!("`{}` ended before the call did", self.provider);
            ProviderFault::new(ProviderFailure::Other, reason)
        });
        self.fail(failure, reason, ctx);
    }
}

impl Drop for RealtimeAiActor {
    /// If the actor panicked, its provider ends as well, and the call is notified.
    fn drop(&mut self) {
        self.task.abort();
        if std::thread::panicking() && self.state == State::Serving {
            let reason = "the assistant's actor died".to_owned();
            let failure = ProviderFailure::Panicked;
            self.call.fact(Fact::AssistantFailed { leg: self.leg, failure, reason });
        }
    }
}

/// Runs a provider until it ends for any reason, and reports that to the actor if the actor is still running.
async fn run(
    name: &'static str,
    serving: LocalBoxFuture<'static, std::thread::Result<Result<(), ProviderFault>>>,
    live: Rc<Live>,
    actor: WeakAddr<RealtimeAiActor>,
) {
    let end = serving.await.unwrap_or_else(|panic| {
        let reason = format!("`{name}` panicked: {}", panic_text(panic.as_ref()));
        Err(ProviderFault::new(ProviderFailure::Panicked, reason))
    });
    drop(live);
    if let Some(actor) = actor.upgrade() {
        actor.do_send(ProviderEnded(end));
    }
}
