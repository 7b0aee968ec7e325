//! `RealtimeAiActor`: an assistant on a call, whatever provider speaks for it.

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

/// Time that a provider may take to close its connection: enough for a
/// goodbye on the wire. A call that is over waits for nobody.
const STOPPING_TIME: Duration = Duration::from_secs(1);

/// Runs a provider for a call: hands it the call's orders, and reports to the call once if it fails.
///
/// It owns the provider's task. It takes [`OrderAssistant`], and sends facts to its call.
///
/// It ends with [`AssistantOrder::Stop`], with its provider, or when nobody holds its recipient any more; the
/// provider's task ends with it.
pub struct RealtimeAiActor {
    leg: LegId,
    call: CallLine,
    provider: &'static str,
    /// In boxes, as the messages of a line are: a channel has places for 32 orders from its beginning, and most are small.
    orders: mpsc::Sender<Box<AssistantOrder>>,
    task: JoinHandle<()>,
    state: State,
    _live: Rc<Live>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// The provider is to serve the call.
    Serving,
    /// It was ordered to stop, or has failed: nothing more is reported to the call.
    Ending,
}

/// The provider's task -> its actor: it has ended.
#[derive(Message)]
#[rtype(result = "()")]
struct ProviderEnded(Result<(), ProviderFault>);

impl RealtimeAiActor {
    /// Starts an assistant on the current arbiter, with this voice AI. It is counted in `live` while it lives.
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
        // Below the span of the call that starts it.
        let span = error_span!("assistant", %leg, provider = name);
        // In a box, for the task has room three times for what it is given and gives on.
        let serving =
            AssertUnwindSafe(async move { provider.run(headset).await }).catch_unwind().boxed_local();
        let task = actix_rt::spawn(in_span(span, run(name, serving, Rc::clone(&live), own)));
        Self { leg, call, provider: name, orders, task, state: State::Serving, _live: live }
    }

    /// Ends the assistant. The call gets the reason, unless it asked for the end or knows already.
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
    /// An actor that panicked takes its provider with it, and says so.
    fn drop(&mut self) {
        self.task.abort();
        if std::thread::panicking() && self.state == State::Serving {
            let reason = "the assistant's actor died".to_owned();
            let failure = ProviderFailure::Panicked;
            self.call.fact(Fact::AssistantFailed { leg: self.leg, failure, reason });
        }
    }
}

/// Runs a provider to its end, however it ends, and says so to the actor if that still lives.
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
